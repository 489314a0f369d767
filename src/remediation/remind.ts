import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { recordNow } from '../incident/timeline.ts'
import { actions } from './actions/index.ts'
import { catalogue } from './catalogue.ts'
import { nameOf } from './decide.ts'
import type { UndoRef } from './offer.ts'
import { readingOf } from './plan.ts'
import { offerBack } from './undo.ts'
import { withPatience } from './with-patience.ts'

const DAY_SECONDS = 86_400
/** Whoever was reminded for a week wants it so. */
const LONGEST_MS = 7 * DAY_SECONDS * 1000

const LOOK_MS = 20_000

type Ended = { readonly action: StoredAction; readonly outcome: ActionStatus }

/** Sends for the reminder in the transaction that writes how it ended. What failed at its only step left nothing. */
export const sendForReminder = async ({ queue, config }: Context, trx: Trx, { action, outcome }: Ended): Promise<void> => {
  const { leaves, steps, dryRun } = action.offer
  if (leaves === undefined || dryRun || (outcome === 'failed' && steps.length === 1)) return
  await queue.send(trx, 'remind', [{ action: action.id }], { afterSeconds: config.remediation.remind_minutes * 60 })
}

/** What an action switched off and nobody has put back is said in its thread, with a card that does, an hour later and then once a day. */
export const remind = async (context: Context, id: string): Promise<void> => {
  const action = await context.db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  const since = action?.ended_at ?? null
  if (action === undefined || since === null || action.offer.leaves === undefined) return
  const { what, back } = action.offer.leaves
  const { left, unseen } = await lookAt(context, action, back)
  if (!left && !unseen) return
  const isLate = context.clock.now().getTime() - since.getTime() >= LONGEST_MS
  const again = async (afterSeconds: number): Promise<void> =>
    isLate ? undefined : context.queue.sendNow('remind', { action: id }, { afterSeconds })
  // An outage at this very hour must not be the end of it.
  if (unseen) return again(context.config.remediation.remind_minutes * 60)
  const offered = await offerBack(context, action, { back, text: `Puts back what is left: ${what}`, by: null })
  if (offered.how !== 'standing') {
    const entry = { type: 'action_left', ...nameOf(action), what, since: since.toISOString(), offered: offered.how === 'offered' } as const
    await recordNow(context, action.incident_id, [entry])
  }
  await again(DAY_SECONDS)
}

/** Planning to put it back finds out: it refuses what is as it was before. */
const lookAt = async (
  context: Context,
  { id, offer }: StoredAction,
  back: UndoRef,
): Promise<{ readonly left: boolean; readonly unseen: boolean }> => {
  const kind = catalogue(context.config, offer.cluster).find(({ name }) => name === back.entry)?.action.kind ?? back.entry
  const own = actions.find((one) => one.kind === kind)
  try {
    await withPatience(context.clock, LOOK_MS, async (signal) => own?.prepare(back.params, readingOf(context, offer, signal), id))
    return { left: true, unseen: false }
  } catch (error) {
    if (error instanceof InputError) return { left: false, unseen: false }
    if (!(error instanceof TransientError || error instanceof PermanentError)) throw error
    context.log.warn({ err: error, action: id }, 'whether what an action left is still so could not be seen')
    return { left: false, unseen: true }
  }
}
