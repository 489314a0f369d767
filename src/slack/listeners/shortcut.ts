import type { App } from '@slack/bolt'
import { z } from 'zod'
import { acting, isByColleague } from '../acting.ts'
import type { Door } from '../door.ts'
import { STRANGER } from '../people.ts'
import { type Press, tell } from '../press.ts'
import { triageMessage } from '../triage.ts'

/** The callback id in manifest.yml. */
const CALLBACK = 'triage'

const chosen = acting.extend({
  trigger_id: z.string(),
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }),
})

/** The message shortcut "Triage with Vigil". */
export const shortcut = (app: App, door: Door): void => {
  app.shortcut({ callback_id: CALLBACK, type: 'message_action' }, async ({ ack, body }) => {
    await ack()
    const pressed = chosen.parse(body)
    const { user, trigger_id: triggerId, channel, message } = pressed
    const threadTs = message.thread_ts ?? message.ts
    const allowed = isByColleague(pressed, door.identity)
    const words = allowed
      ? await triageMessage(door, { channel: channel.id, ts: message.ts }, { user: user.id, channel: channel.id, threadTs })
      : STRANGER
    const press: Press = {
      user: user.id,
      value: '',
      triggerId,
      channel: channel.id,
      threadTs,
      messageTs: null,
      view: null,
      isColleague: true,
    }
    if (words !== null) await tell(door, press, words)
  })
}
