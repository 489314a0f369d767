import type { Context } from '../context.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import type { Intake, Received } from './intake.ts'
import { planIntakes } from './plan.ts'
import { readState, writePlan } from './store.ts'

/** Resolves when the intake is committed: only then may its sender be told so. Throws TransientError when it cannot be stored. */
export type Receive = (intake: Intake) => Promise<Received>

/** Alerts of one transaction at most; more wait for the next. */
const BATCH = 2000
/** Alerts that may wait; beyond it the sender is told to come back, which Alertmanager does on 503. */
const WAITING = 50_000

/**
 * The one way in for alerts. Intakes that wait while a transaction runs share the next (group commit), so that a storm costs a
 * handful of transactions instead of one for each request.
 */
export const createReceive = (context: Context): Receive => {
  const waiting: Waiting[] = []
  let alerts = 0
  let running = false
  const flush = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const batch = takeBatch(waiting)
      alerts -= sizeOf(batch)
      await settle(context, batch)
    }
    running = false
  }
  return (intake) => {
    if (alerts + intake.alerts.length > WAITING)
      return Promise.reject(new TransientError('too many alerts are waiting to be stored; send again later'))
    const { promise, resolve, reject } = Promise.withResolvers<Received>()
    waiting.push({ intake, resolve, reject })
    alerts += intake.alerts.length
    if (!running) void flush()
    return promise
  }
}

type Waiting = { intake: Intake; resolve: (received: Received) => void; reject: (error: unknown) => void }

const sizeOf = (batch: readonly Waiting[]): number => batch.reduce((sum, { intake }) => sum + intake.alerts.length, 0)

const takeBatch = (waiting: Waiting[]): Waiting[] => {
  const batch: Waiting[] = []
  let size = 0
  while (waiting[0] !== undefined && (batch.length === 0 || size + waiting[0].intake.alerts.length <= BATCH)) {
    size += waiting[0].intake.alerts.length
    batch.push(...waiting.splice(0, 1))
  }
  return batch
}

/** One sender's alerts that cannot be stored do not lose the others': a failed batch is tried again one by one. */
const settle = async (context: Context, batch: readonly Waiting[]): Promise<void> => {
  try {
    const results = await store(
      context,
      batch.map((entry) => entry.intake),
    )
    for (const [i, entry] of batch.entries()) entry.resolve(results[i] ?? { accepted: [], skipped: [] })
  } catch (error) {
    if (batch.length > 1 && !isOutage(error)) {
      for (const entry of batch) await settle(context, [entry])
      return
    }
    // What the database refuses for its content it will refuse again: the sender must not be asked to come back with it.
    if (isOurs(error)) context.log.error({ err: error }, 'an alert could not be placed')
    const refusal =
      isOutage(error) || LOST_RACE.has(codeOf(error))
        ? new TransientError('the alert could not be stored', { cause: error })
        : refused(error)
    for (const entry of batch) entry.reject(refusal)
  }
}

const refused = (error: unknown): Error =>
  error instanceof TransientError ? error : new PermanentError('this alert cannot be stored', { cause: error })

/**
 * Connection errors hit everybody alike; a Postgres error with a code of five characters is about the statement, and a fault of ours
 * about what one sender sent.
 */
const isOutage = (error: unknown): boolean => !isOurs(error) && (!/^[0-9A-Z]{5}$/.test(codeOf(error)) || /^(08|57P|53)/.test(codeOf(error)))

const isOurs = (error: unknown): boolean => error instanceof TypeError || error instanceof RangeError || error instanceof InputError

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')

/** Unique violation, serialization failure, deadlock: somebody else was first. */
const LOST_RACE = new Set(['23505', '40001', '40P01'])
const TRIES = 8

const store = async (context: Context, intakes: readonly Intake[]): Promise<Received[]> => {
  for (let attempt = 1; ; attempt++) {
    try {
      const received = await attemptStore(context, intakes)
      if (received !== undefined) return received
      if (attempt >= TRIES) throw new TransientError('others keep changing the same incidents')
    } catch (error) {
      if (!LOST_RACE.has(codeOf(error)) || attempt >= TRIES) throw error
    }
  }
}

const MOVED = new TransientError('what was read has moved')

const attemptStore = async (context: Context, intakes: readonly Intake[]): Promise<Received[] | undefined> => {
  const state = await readState(context, intakes)
  const plan = planIntakes(intakes, state, { config: context.config, random: context.random, now: context.clock.now() })
  try {
    const written = await context.db.transaction().execute(async (trx) => {
      const done = await writePlan(trx, plan)
      if (done.moved) throw MOVED
      await context.queue.send(trx, 'brief', jobs(plan.brief.union(new Set(done.doubles))))
      await context.queue.send(trx, 'recover', jobs(plan.recover))
      // A new incident is drawn when its rules have answered and one that may be over when that is looked at, so that a storm does not
      // cost a second job for each.
      await context.queue.send(trx, 'deliver', jobs(plan.deliver.difference(plan.brief).difference(plan.recover)))
      return done
    })
    for (const { accepted, skipped } of plan.received) {
      for (const _ of accepted) context.telemetry.submitted('accepted')
      for (const { reason } of skipped)
        context.telemetry.submitted(
          reason === 'duplicate' ? 'skipped_duplicate' : reason === 'not_firing' ? 'skipped_not_firing' : 'skipped',
        )
    }
    return plan.received.map(({ accepted, skipped }) => ({
      accepted: accepted.map((one) => ({ ...one, id: written.investigations.get(one.incident) ?? one.id })),
      skipped,
    }))
  } catch (error) {
    if (error === MOVED) return undefined
    throw error
  }
}

const jobs = (incidents: ReadonlySet<string>): { incident: string }[] => [...incidents].map((incident) => ({ incident }))
