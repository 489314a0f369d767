import type { z } from 'zod'
import type { Context } from '../../context.ts'
import type { Sent } from '../../datasources/send.ts'
import { InputError, PermanentError, TransientError } from '../../errors.ts'

/** What a runner may use beside its request: its accounts are in the configuration, never in the request. */
export type Running = {
  readonly context: Pick<Context, 'config' | 'fetch' | 'clock' | 'random' | 'sources' | 'log'>
  readonly cluster: string
  /** The action's id: the key by which the other side may know it again. */
  readonly action: string
  readonly incident: string
  /** Of what was approved; null while it is only planned or tried out. */
  readonly digest: string | null
  /** Slack ids of those who approved it. */
  readonly approvedBy: readonly string[]
  readonly signal: AbortSignal
}

/**
 * `failed`: certainly nothing was done; `unknown`: it may have been, and only a look can tell. `comeBack`: the other side asks to be asked again
 * later, as a disruption budget does; that goes on until the action's time is over. `accepted`: it is on its way, and its end will be reported.
 */
export type Ran = (
  | { readonly outcome: 'done'; readonly detail: string }
  | { readonly outcome: 'failed'; readonly reason: string; readonly mayPass: boolean; readonly comeBack?: boolean }
  | { readonly outcome: 'unknown'; readonly reason: string }
  | { readonly outcome: 'accepted'; readonly detail: string }
) & {
  /** What it printed, redacted; kept with the result. */
  readonly output?: string
}

/** What the other side says that it would do. `change`: lines of a diff, where it tells. `untried`: there is no way to try it. */
export type DryRun =
  | { readonly ok: true; readonly change: readonly string[]; readonly untried?: true }
  | { readonly ok: false; readonly reason: string }

export type Probed = 'done' | 'not_done' | 'unknown'

/** Does what one kind of step says. Never throws for what the other side answers. */
export type Runner<R> = {
  readonly id: string
  readonly request: z.ZodType<R>
  /** Null where this cluster has no account for it. In words for people: what is to be configured. */
  missing(running: Running): string | null
  /** Undefined where the other side knows no such thing. */
  dryRun?(request: R, running: Running): Promise<DryRun>
  run(request: R, running: Running): Promise<Ran>
  /** Read-only: whether a step whose end is not known was done. Without it nobody can tell. */
  probe?(request: R, running: Running): Promise<Probed>
}

/**
 * What became of a change whose answer is not "done": refused or not sent, certainly nothing; and the same may pass later where it never got
 * there, or where 429 says "later".
 */
export const notDone = (sent: Exclude<Sent, { readonly kind: 'done' }>): Extract<Ran, { readonly outcome: 'failed' | 'unknown' }> =>
  sent.kind === 'unknown'
    ? { outcome: 'unknown', reason: sent.reason }
    : { outcome: 'failed', reason: sent.reason, mayPass: sent.kind === 'not_sent' || sent.status === 429 }

/** A runner with its types closed over, as the register holds it. */
export type StepRunner = {
  readonly id: string
  missing(running: Running): string | null
  readonly canDryRun: boolean
  dryRun(request: unknown, running: Running): Promise<DryRun>
  run(request: unknown, running: Running): Promise<Ran>
  probe(request: unknown, running: Running): Promise<Probed>
}

export const runner = <R>(own: Runner<R>): StepRunner => {
  const read = (request: unknown): R | null => own.request.safeParse(request).data ?? null
  return {
    id: own.id,
    missing: (running) => own.missing(running),
    canDryRun: own.dryRun !== undefined,
    dryRun: async (request, running) => {
      const known = read(request)
      if (known === null) return { ok: false, reason: UNREADABLE }
      return own.dryRun === undefined ? { ok: true, change: [], untried: true } : own.dryRun(known, running).catch(untriedFor)
    },
    run: async (request, running) => {
      const known = read(request)
      return known === null ? { outcome: 'failed', reason: UNREADABLE, mayPass: false } : own.run(known, running)
    },
    probe: async (request, running) => {
      const known = read(request)
      return known === null || own.probe === undefined ? 'unknown' : own.probe(known, running)
    },
  }
}

/** What could not be seen beforehand is not offered. */
const untriedFor = (error: unknown): DryRun => {
  if (error instanceof TransientError || error instanceof PermanentError || error instanceof InputError)
    return { ok: false, reason: error.message }
  throw error
}

const UNREADABLE = 'the stored step is not one that this runner knows'
