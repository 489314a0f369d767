import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { StoredAction } from '../db/schema.ts'
import { PermanentError } from '../errors.ts'
import { record } from '../incident/timeline.ts'
import { cut } from '../text/cut.ts'
import { duration } from '../text/number.ts'
import { lock, nameOf } from './decide.ts'
import type { Ran } from './runners/runner.ts'

/**
 * Of a step whose end the other side reports later. `awaited`: nothing came yet; `told`: what came, as it is kept; `closed`: nothing is taken
 * any more. `because`: why it is waited for.
 */
export type Callback =
  | { readonly state: 'awaited' | 'closed'; readonly because: string }
  | {
      readonly state: 'told'
      readonly status: 'succeeded' | 'failed'
      readonly detail: string
      readonly output: string
      /** Of what was posted, by which the same report is known again. */
      readonly key: string
    }

/** What an attempt came to. */
export type Settled = Exclude<Ran, { readonly outcome: 'accepted' }>

/** `silence`: nothing was reported and nothing will be taken any more, in words. */
export type Heard = Settled | 'awaited' | { readonly silence: string }

/**
 * What was reported of a step after this attempt at it. Of one that may still be on its way a report is waited for until the action's time is
 * over, by the database's clock: the wait is in the row, and a job comes back for its end, so no process has to live through it. Whoever reads
 * that there is no report closes it in the same transaction, so that none is taken and then not read. Throws PermanentError when somebody
 * else took the action over.
 */
export const hear = (context: Context, action: StoredAction, ran: Ran): Promise<Heard> =>
  context.db.transaction().execute(async (trx) => {
    const held = await lock(trx, action.id)
    if (held?.status !== 'executing' || held.epoch !== action.epoch) throw takenOver(action)
    const { callback } = held
    if (callback?.state === 'told') return ranOf(callback)
    const because = callback?.because ?? ('detail' in ran ? ran.detail : ran.reason)
    const isOpen = callback?.state !== 'closed' && (ran.outcome === 'accepted' || ran.outcome === 'unknown')
    const left = isOpen ? await secondsLeft(trx, action) : 0
    if (left <= 0) {
      await write(trx, action, { state: 'closed', because })
      return { silence: `${because}; the remediator reported nothing within ${duration(action.offer.timeout)}` }
    }
    if (callback === null) {
      await write(trx, action, { state: 'awaited', because })
      const text = `${because}; its report is waited for, ${duration(Math.ceil(left))} at most`
      await record(context, trx, action.incident_id, { entries: [{ type: 'action_progress', ...nameOf(action), text: cut(text, 200) }] })
    }
    await context.queue.send(trx, 'execute', [{ action: action.id }], { afterSeconds: Math.ceil(left) })
    return 'awaited'
  })

/** Somebody else has it and will tell its end. */
export const takenOver = ({ id }: StoredAction): PermanentError => new PermanentError(`action ${id} was taken over`, { cause: TAKEN_OVER })

export const isTakenOver = (error: unknown): boolean => error instanceof PermanentError && error.cause === TAKEN_OVER

const TAKEN_OVER = 'taken over'

/** Its own word: what it says failed is not tried again, for it may have done a part of it. */
const ranOf = ({ status, detail, output }: Extract<Callback, { readonly state: 'told' }>): Settled => {
  const words = detail === '' ? '' : `: ${detail}`
  const printed = output === '' ? {} : { output }
  return status === 'succeeded'
    ? { outcome: 'done', detail: `the remediator reported that it succeeded${words}`, ...printed }
    : { outcome: 'failed', reason: `the remediator reported that it failed${words}`, mayPass: false, ...printed }
}

const secondsLeft = async (trx: Trx, { id, offer }: StoredAction): Promise<number> => {
  const { rows } = await sql<{ left: number }>`
    select extract(epoch from coalesce(started_at, intent_at) + make_interval(secs => ${offer.timeout}) - vigil_now())::float8 as left
    from action where id = ${id}`.execute(trx)
  return rows[0]?.left ?? 0
}

const write = async (trx: Trx, { id }: StoredAction, callback: Callback): Promise<void> => {
  await trx
    .updateTable('action')
    .set({ callback: jsonbText(callback) })
    .where('id', '=', id)
    .execute()
}
