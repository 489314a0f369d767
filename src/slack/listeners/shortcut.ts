import type { App } from '@slack/bolt'
import { z } from 'zod'
import type { Door } from '../door.ts'
import { isColleague, STRANGER } from '../people.ts'
import { type Press, tell } from '../press.ts'
import { triageMessage } from '../triage.ts'

/** The callback id in manifest.yml. */
const CALLBACK = 'triage'

const chosen = z.object({
  user: z.object({ id: z.string(), team_id: z.string().optional() }),
  team: z.object({ id: z.string() }).nullish(),
  trigger_id: z.string(),
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }),
})

/** The message shortcut "Triage with Vigil". */
export const shortcut = (app: App, door: Door): void => {
  app.shortcut({ callback_id: CALLBACK, type: 'message_action' }, async ({ ack, body }) => {
    await ack()
    const { user, team, trigger_id: triggerId, channel, message } = chosen.parse(body)
    const threadTs = message.thread_ts ?? message.ts
    const allowed = isColleague({ user: user.id, team: user.team_id ?? team?.id ?? null }, door.identity)
    const words = allowed
      ? await triageMessage(door, { channel: channel.id, ts: message.ts }, { user: user.id, channel: channel.id, threadTs })
      : STRANGER
    const press: Press = { user: user.id, value: '', triggerId, channel: channel.id, threadTs, view: null }
    if (words !== null) await tell(door, press, words)
  })
}
