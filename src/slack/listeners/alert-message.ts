import type { App } from '@slack/bolt'
import { z } from 'zod'
import { alertChannel } from '../alert-channels.ts'
import { messageShape, readAlertPost } from '../alert-post.ts'
import { advanceCursor } from '../catch-up.ts'
import type { Door } from '../door.ts'

const posted = messageShape.extend({ channel: z.string() })
const changed = z.object({
  subtype: z.literal('message_changed'),
  channel: z.string(),
  message: messageShape,
  previous_message: messageShape.optional(),
})

/** Bots' messages in the configured channels, new and edited. */
export const alertMessage = (app: App, door: Door): void => {
  app.event('message', async ({ event }) => {
    const edit = changed.safeParse(event)
    const read = edit.success ? { channel: edit.data.channel, message: edit.data.message } : readNew(event)
    if (read?.message.bot_id === undefined) return
    const channel = await alertChannel(door, read.channel)
    if (channel === undefined) return
    // An edit without its former text cannot be told from one that says nothing new: an empty former text is taken.
    const previous = edit.success ? (edit.data.previous_message ?? { ts: edit.data.message.ts }) : undefined
    await readAlertPost(door, channel, read.message, previous)
    if (!edit.success) await advanceCursor(door, channel.id, read.message.ts)
  })
}

const readNew = (event: unknown) => {
  const message = posted.safeParse(event)
  return message.success ? { channel: message.data.channel, message: message.data } : undefined
}
