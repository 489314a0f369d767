import type { App } from '@slack/bolt'
import { forgetChannels } from '../channels.ts'
import type { Door } from '../door.ts'

/** Vigil came into a channel: it says nothing, and looks up names again, because it can see one more. */
export const membership = (app: App, door: Door): void => {
  app.event('member_joined_channel', async ({ event }) => {
    if (event.user !== door.identity.botUserId) return
    forgetChannels(door.clients)
    door.context.log.info({ channel: event.channel, by: event.inviter }, 'invited into a channel')
  })
}
