import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { ActionStatus, StoredAction } from '../db/schema.ts'
import { InputError } from '../errors.ts'
import { databaseNow } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { cut } from '../text/cut.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { appendAudit } from './audit.ts'
import { isAwaited, secretOf } from './awaited.ts'
import { lock } from './decide.ts'
import type { Callback } from './hear.ts'
import { checkSignature, looksSigned } from './runners/signature.ts'

/** As it came from outside: nothing of it is believed before the signature over the very bytes is checked. */
export type Posted = { readonly action: string; readonly signature: string | undefined; readonly body: Uint8Array }

export type Taken =
  | { readonly taken: true; readonly status: 'succeeded' | 'failed'; readonly repeated: boolean }
  /** No such action, or one that takes no report. */
  | { readonly taken: false; readonly why: 'gone' }
  | { readonly taken: false; readonly why: 'unsigned' | 'wrong' | 'expired' }
  /** Signed as it should be, but of another action, or of what was not approved. */
  | { readonly taken: false; readonly why: 'of_another' }
  /** It has reported something else before. */
  | { readonly taken: false; readonly why: 'differs'; readonly status: 'succeeded' | 'failed' }
  | { readonly taken: false; readonly why: 'not_waiting'; readonly status: ActionStatus }

/** What a remediator reports. `id` and `digest` are those of the call, so that a report of one action is none of another. */
export const resultBody = z.object({
  id: z.string(),
  digest: z.string(),
  status: z.enum(['succeeded', 'failed']),
  detail: z.string().optional().describe('One sentence for people; 300 characters of it are shown'),
  output: z.string().optional().describe('What it printed; 64 KB of it are kept with the action'),
})

type Result = z.output<typeof resultBody>

/**
 * Stores what a remediator reports of an action that waits for it, and sends for who goes on with it, in one transaction. The same report
 * again is taken again and changes nothing; any other is refused. Throws InputError for a body that is no report.
 */
export const takeResult = async (context: Context, posted: Posted): Promise<Taken> => {
  const { config, db } = context
  const { action: id, signature: header, body } = posted
  if (!looksSigned(header)) return { taken: false, why: 'unsigned' }
  const row = await db
    .selectFrom('action')
    .select(['offer', databaseNow.as('now')])
    .where('id', '=', id)
    .executeTakeFirst()
  const step = row?.offer.steps.find(isAwaited)
  if (row === undefined || step === undefined) return { taken: false, why: 'gone' }
  const secret = secretOf(config, step)
  const seal = secret === undefined ? 'wrong' : checkSignature(body, { header, secret, now: row.now })
  if (secret === undefined || seal !== 'good') {
    context.log.warn({ action: id, why: seal }, 'a report of a remediator was refused')
    return { taken: false, why: seal === 'expired' ? 'expired' : 'wrong' }
  }
  const result = read(body)
  return db.transaction().execute((trx) => take(context, trx, { id, result, secret }))
}

type Asked = { readonly id: string; readonly result: Result; readonly secret: string }

const take = async (context: Context, trx: Trx, { id, result, secret }: Asked): Promise<Taken> => {
  const action = await lock(trx, id)
  if (action === undefined) return { taken: false, why: 'gone' }
  if (result.id !== id || result.digest !== action.digest) return { taken: false, why: 'of_another' }
  const key = keyOf(result)
  const { status } = result
  if (action.callback?.state === 'told')
    return action.callback.key === key
      ? { taken: true, status, repeated: true }
      : { taken: false, why: 'differs', status: action.callback.status }
  if (!isWaiting(action)) return { taken: false, why: 'not_waiting', status: action.status }
  const told = (text: string): string =>
    redactorFor(context.config, action.incident_id).redact(clean(text).replaceAll(secret, '[redacted]'))
  const callback: Callback = {
    state: 'told',
    status,
    detail: cut(told(result.detail ?? '').trim(), MOST_DETAIL),
    output: shortened(told(result.output ?? '').trim()),
    key,
  }
  await trx
    .updateTable('action')
    .set({ callback: jsonbText(callback) })
    .where('id', '=', id)
    .execute()
  await appendAudit(trx, { incident: action.incident_id, action: id, who: 'vigil', what: 'action_reported', data: { status, key } })
  await context.queue.send(trx, 'execute', [{ action: id }])
  return { taken: true, status, repeated: false }
}

/** Its call is on its way: sent, and its end neither known nor given up. */
const isWaiting = ({ status, intent_at: intent, step, offer, callback }: StoredAction): boolean =>
  status === 'executing' && intent !== null && isAwaited(offer.steps[step]) && callback?.state !== 'closed'

const MOST_DETAIL = 300

/** Half of what is kept is the beginning and half the end, as of commands. */
const HALF = 32 * 1024

const shortened = (text: string): string =>
  text.length <= 2 * HALF
    ? text
    : `${text.slice(0, HALF)}\n… ${text.length - 2 * HALF} characters left out …\n${text.slice(-HALF)}`.toWellFormed()

const read = (body: Uint8Array): Result => {
  const parsed = resultBody.safeParse(jsonOf(body))
  if (parsed.success) return parsed.data
  const faults = parsed.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
  throw new InputError('Not a result (docs/runners.md has an example)', faults)
}

const jsonOf = (body: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw new InputError('Not a result: the body is no JSON (docs/runners.md has an example)')
  }
}

/** Of what was said, not of its bytes: a sender may write the same anew. */
const keyOf = ({ status, detail = '', output = '' }: Result): string =>
  createHash('sha256')
    .update(JSON.stringify([status, detail, output]))
    .digest('hex')
