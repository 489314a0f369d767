import type { Door } from './door.ts'
import { markHandled, unhandled, wordsOf } from './inbox.ts'
import { say } from './say.ts'

/** After the last try: whoever asked is told, and the row keeps the reason. */
export const giveUp = async (door: Door, key: string, error: unknown): Promise<void> => {
  const envelope = await unhandled(door.context, key)
  if (envelope === undefined) return
  door.context.log.error({ err: error, key, kind: envelope.kind }, 'an envelope of Slack is given up')
  await markHandled(door.context, key, wordsOf(error))
  const event = envelope.body['event'] as { type?: string; channel?: string; ts?: string; thread_ts?: string } | undefined
  if (event?.type !== 'app_mention' || event.channel === undefined || event.ts === undefined) return
  try {
    await say(door.context, door.clients, {
      key: `gave-up:${key}`,
      channel: event.channel,
      threadTs: event.thread_ts ?? event.ts,
      text: 'Not done: Vigil failed at this several times and has given up. Its log has the reason; asking again may help.',
    })
  } catch (failure) {
    door.context.log.warn({ err: failure, key }, 'nor could that be said')
  }
}
