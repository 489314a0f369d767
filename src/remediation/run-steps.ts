import type { Context } from '../context.ts'
import type { StoredAction } from '../db/schema.ts'
import { TransientError } from '../errors.ts'
import { recordNow } from '../incident/timeline.ts'
import { cut } from '../text/cut.ts'
import { isAwaited } from './awaited.ts'
import { catalogue } from './catalogue.ts'
import { nameOf } from './decide.ts'
import { frozen } from './freeze.ts'
import { hear, type Settled, takenOver } from './hear.ts'
import type { Step } from './offer.ts'
import { readingOf } from './plan.ts'
import { runnerOf } from './runners/index.ts'
import type { Probed, Ran, Running, StepRunner } from './runners/runner.ts'
import { withPatience } from './with-patience.ts'

export type Done = {
  readonly outcome: 'succeeded' | 'failed' | 'outcome_unknown' | 'dry_run'
  readonly detail: string
  readonly output?: string
}

/** Retries of what is idempotent: three tries, 1 s doubled, at most 60 s, and up to half of that by chance. */
const TRIES = 3
const BASE_MS = 1000
const CAP_MS = 60_000

/** kubectl's own pause between two tries of an eviction. */
const COME_BACK_MS = 5000

/** Looks at the target: the first ones soon, for what is done at once. */
const PROGRESS_MS = { first: 200, most: 3000 }

/**
 * Sends each step that is not done yet, with its intent committed before and its end after. What was on its way when a handler died is only
 * looked at. `awaited`: the other side will report the end, and a job comes back for it. Throws PermanentError when somebody else took the
 * action over.
 */
export const runSteps = async (context: Context, action: StoredAction, signal: AbortSignal): Promise<Done | 'awaited'> => {
  const { offer } = action
  const stop = new AbortController()
  const cancel = context.clock.after(offer.timeout * 1000, () => stop.abort(new TransientError(`not done in ${offer.timeout} s`)))
  const running: Running = {
    context,
    cluster: action.cluster,
    action: action.id,
    incident: action.incident_id,
    digest: action.digest,
    approvedBy: await approversOf(context, action),
    signal: AbortSignal.any([stop.signal, signal]),
  }
  try {
    if (offer.dryRun) return await dryRun(offer.steps, running)
    const details: string[] = []
    const outputs: string[] = []
    for (const [i, step] of offer.steps.entries()) {
      if (i < action.step) continue
      const wasSent = i === action.step && action.intent_at !== null
      const ran = await runStep(context, action, { step, number: i, running, wasSent })
      if (ran === 'awaited') return ran
      outputs.push(...(ran.output === undefined ? [] : [ran.output]))
      if (ran.outcome !== 'done') {
        const partly = i > 0 ? `step ${i + 1} of ${offer.steps.length}: ` : ''
        const outcome = ran.outcome === 'failed' ? 'failed' : 'outcome_unknown'
        return { outcome, detail: `${partly}${ran.reason}`, output: outputs.join('\n') }
      }
      details.push(ran.detail)
    }
    const progress = await settling(context, action, running)
    return { outcome: 'succeeded', detail: [...details, ...(progress === '' ? [] : [progress])].join('; '), output: outputs.join('\n') }
  } finally {
    cancel()
  }
}

const approversOf = async ({ db }: Context, { id, version }: StoredAction): Promise<string[]> => {
  const rows = await db
    .selectFrom('approval')
    .select('user_id')
    .where('action_id', '=', id)
    .where('version', '=', version)
    .orderBy('at')
    .execute()
  return rows.map(({ user_id }) => user_id)
}

const dryRun = async (steps: readonly Step[], running: Running): Promise<Done> => {
  let untried = false
  for (const { runner: id, request } of steps) {
    const tried = await runnerOf(id)?.dryRun(request, running)
    if (tried?.ok !== true) return { outcome: 'failed', detail: `the dry run was refused: ${tried?.reason ?? `there is no runner ${id}`}` }
    untried ||= tried.untried === true
  }
  const detail = untried
    ? 'dry run: nothing was changed; whether it would have gone well could not be tried'
    : 'dry run: the other side would have done it; nothing was changed'
  return { outcome: 'dry_run', detail }
}

type One = { readonly step: Step; readonly number: number; readonly running: Running; readonly wasSent: boolean }

const runStep = async (context: Context, action: StoredAction, { step, number, running, wasSent }: One): Promise<Settled | 'awaited'> => {
  const runner = runnerOf(step.runner)
  if (runner === undefined) return { outcome: 'failed', reason: `there is no runner ${step.runner}`, mayPass: false }
  const sent = { runner, step, running, number }
  if (wasSent) return settle(context, action, sent, { outcome: 'unknown', reason: 'Vigil was stopped while it was on its way' })
  for (let attempt = 1; ; attempt++) {
    const stopped = await stopOf(context)
    if (stopped !== null) return { outcome: 'failed', reason: stopped, mayPass: false }
    await intend(context, action)
    const settled = await settle(context, action, sent, await runner.run(step.request, running))
    if (settled === 'awaited') return settled
    if (settled.outcome === 'failed' && settled.comeBack === true && !running.signal.aborted) {
      await hold(context, action, { intent_at: null })
      await context.clock.sleep(COME_BACK_MS, running.signal).catch(() => undefined)
      if (!running.signal.aborted) continue
    }
    const again = settled.outcome === 'failed' && settled.mayPass && action.offer.idempotent && attempt < TRIES && !running.signal.aborted
    if (settled.outcome === 'done') await hold(context, action, { step: number + 1, intent_at: null })
    if (!again) return settled
    await hold(context, action, { intent_at: null })
    const [chance = 0] = context.random.bytes(1)
    await context.clock.sleep(Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1)) * (1 + chance / 512), running.signal).catch(() => undefined)
  }
}

export const DRY_RUN = 'only dry runs are allowed since then (remediation.dry_run)'

/** Why nothing more is sent, also in the middle of several steps; null: nothing speaks against it. */
const stopOf = async ({ db, config }: Context): Promise<string | null> => {
  if (config.remediation.dry_run) return DRY_RUN
  const brake = await frozen(db)
  return brake === null ? null : `frozen by ${brake.by}: ${brake.reason}`
}

type Sent = { readonly runner: StepRunner; readonly step: Step; readonly running: Running; readonly number: number }

/** What became of an attempt: by the other side's report where it makes one, and by a look where nothing else tells. */
const settle = async (context: Context, action: StoredAction, sent: Sent, ran: Ran): Promise<Settled | 'awaited'> => {
  const isOpen = ran.outcome === 'unknown' || ran.outcome === 'accepted'
  if (!isAwaited(sent.step)) return isOpen ? afterUnknown(context, sent, 'reason' in ran ? ran.reason : ran.detail) : ran
  const heard = await hear(context, action, ran)
  if (heard === 'awaited' || !('silence' in heard)) return heard
  if (!isOpen) return ran
  const looked = await afterUnknown(context, sent, heard.silence)
  // What was not done yet may be done in a moment: it is never called again.
  return looked.outcome === 'failed' ? { ...looked, mayPass: false } : looked
}

const LOOKS_MS = 20_000

/** Only a look can tell, and three of them: a request that was cut off may still be on its way. */
const afterUnknown = async (context: Context, { runner, step, running, number }: Sent, reason: string): Promise<Settled> => {
  // Its own time: the action's may be what ran out.
  const seen = await withPatience(context.clock, LOOKS_MS, async (signal): Promise<Probed> => {
    let last: Probed = 'unknown'
    for (let look = 0; look < 3 && last !== 'done'; look++) {
      if (look > 0) await context.clock.sleep(1000 * look)
      last = await runner.probe(step.request, { ...running, signal }).catch((): Probed => 'unknown')
    }
    return last
  })
  if (seen === 'done') return { outcome: 'done', detail: `step ${number + 1} was done, as a look shows (${reason})` }
  return seen === 'not_done'
    ? { outcome: 'failed', reason: `${reason}; a look shows that nothing was done`, mayPass: true }
    : { outcome: 'unknown', reason: `${reason}; whether it was done cannot be seen` }
}

/**
 * The intent, and that it is ours at the very moment of sending: a process that was stopped behind its commit and wakes up when another has taken over
 * would send what that one has looked at already.
 */
const intend = async (context: Context, action: StoredAction): Promise<void> => {
  const before = context.clock.monotonic()
  await hold(context, action, { intent_at: context.clock.now(), callback: null })
  if (context.clock.monotonic() - before > LEASE_MS / 2) await hold(context, action, { intent_at: context.clock.now() })
}

/** After so long without a sign another may take over (queue/queue.ts: heartbeat 10 s). */
const LEASE_MS = 10_000

/** Writes how far it is, only while it is ours. */
const hold = async (
  context: Context,
  action: StoredAction,
  set: { step?: number; intent_at: Date | null; callback?: null },
): Promise<void> => {
  const { numUpdatedRows } = await context.db
    .updateTable('action')
    .set(set)
    .where('id', '=', action.id)
    .where('epoch', '=', action.epoch)
    .where('status', '=', 'executing')
    .executeTakeFirstOrThrow()
  if (numUpdatedRows !== 1n) throw takenOver(action)
}

/** Follows the target until it has settled, live in the thread; what has not settled in time is said, and verification goes on. */
const settling = async (context: Context, action: StoredAction, running: Running): Promise<string> => {
  const { offer } = action
  const enabled = catalogue(context.config, offer.cluster).find(({ name }) => name === offer.entry)
  if (enabled === undefined) return ''
  let told = ''
  for (let pause = PROGRESS_MS.first; !running.signal.aborted; pause = Math.min(pause * 2, PROGRESS_MS.most)) {
    const now = await enabled.action.progress(offer.params, readingOf(context, offer, running.signal)).catch(() => null)
    if (now?.done === true) return now.text
    if (now !== null && now.text !== told) {
      told = now.text
      await recordNow(context, action.incident_id, [{ type: 'action_progress', ...nameOf(action), text: cut(told, 200) }])
    }
    await context.clock.sleep(pause, running.signal).catch(() => undefined)
  }
  return told === '' ? 'it has not settled yet' : `not settled yet: ${told}`
}
