import type { App } from '@slack/bolt'
import { forgetChannels } from '../channels.ts'
import type { Door } from '../door.ts'

/** Vigil came into a channel, or one is shared with another organisation: it says nothing, and looks up again what it knows of them. */
export const membership = (app: App, door: Door): void => {
  app.event('member_joined_channel', async ({ event }) => {
    if (event.user !== door.identity.botUserId) return
    forgetChannels(door.clients)
    door.context.log.info({ channel: event.channel, by: event.inviter }, 'invited into a channel')
  })
  app.event('channel_shared', async () => forgetChannels(door.clients))
  app.event('channel_unshared', async () => forgetChannels(door.clients))
}
