import type { Context } from '../context.ts'
import { type Stored, timelineOf } from '../incident/timeline.ts'
import type { Presser } from './authorise.ts'
import { isPast, lock, nameOf, note, type Pressed, type Unsealed, unsealed } from './decide.ts'
import type { ActionEntry } from './entries.ts'

type AskedEntry = Extract<ActionEntry, { type: 'action_asked' }>

export type Asked =
  | { readonly asked: true }
  | { readonly asked: false; readonly why: 'gone' | 'not_waiting' }
  /** Once is enough for one card: a second mention would only be noise. */
  | { readonly asked: false; readonly why: 'before'; readonly entry: AskedEntry; readonly at: Date }
  | { readonly asked: false; readonly why: 'sealed'; readonly refusal: Unsealed }

/**
 * Somebody who may not decide alone asks whoever may: one mention in the thread, once for each action while it waits. `whom` is a user or
 * a user group, of whom the caller knows that they may approve.
 */
export const askApprover = (
  context: Context,
  { pressed, presser }: { readonly pressed: Pressed; readonly presser: Presser },
  whom: string,
): Promise<Asked> =>
  context.db.transaction().execute(async (trx) => {
    const action = await lock(trx, pressed.action)
    if (action === undefined) return { asked: false, why: 'gone' }
    if (action.status !== 'awaiting_approval' || (await isPast(trx, action))) return { asked: false, why: 'not_waiting' }
    const refusal = await unsealed(trx, action, { pressed, presser })
    if (refusal !== null) return { asked: false, why: 'sealed', refusal }
    const isOne = (entry: Stored): entry is Stored & AskedEntry => entry.type === 'action_asked' && entry.action === action.id
    const before = (await timelineOf(trx, action.incident_id)).find(isOne)
    if (before !== undefined) return { asked: false, why: 'before', entry: before, at: before.at }
    await note(context, trx, action, {
      entry: { type: 'action_asked', ...nameOf(action), by: presser.user, whom },
      who: presser.user,
      data: { version: action.version, whom },
    })
    return { asked: true }
  })
