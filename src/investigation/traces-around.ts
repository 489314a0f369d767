import type { Context } from '../context.ts'
import { type Tempo, traceQl } from '../datasources/tempo.ts'
import type { Db } from '../db/connection.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { TracesAround } from '../traces/around.ts'
import { failingIn } from '../traces/failing.ts'
import { slowerServices, type Trace } from '../traces/self-time.ts'
import { type Halves, windowsAround } from './windows.ts'

type Asked = {
  readonly context: Pick<Context, 'clock' | 'db'>
  readonly tempo: Tempo | undefined
  readonly cluster: string
  readonly subject: string | null
  readonly onset: Date
  readonly signal: AbortSignal
}

/** Traces that a search names, of each window: their durations are known from it. */
const FOUND = 100

/** Traces that are read, of each window, and of the failing ones. */
const READ = 16
const FAILING = 8

/**
 * Traces through the subject in the half hour before the onset and since then: durations of up to a hundred each, and the spans of the slowest and of
 * failing ones. Both windows are asked alike, so that what the search prefers it prefers in both. Without a Tempo durations
 * alone, of what was pushed. Null without a subject, or where nobody has any. Throws TransientError.
 */
export const tracesAround = async ({ context, tempo, cluster, subject, onset, signal }: Asked): Promise<TracesAround | null> => {
  if (subject === null) return null
  const { kept, pushed } = windowsAround(onset, context.clock.now().getTime())
  if (tempo !== undefined) return inTempo(tempo, { ...kept, subject, signal })
  return inPushed(context.db, { ...pushed, cluster, subject })
}

type Windowed = Halves & { readonly subject: string }

const inTempo = async (tempo: Tempo, { subject, from, split, to, signal }: Windowed & { signal: AbortSignal }): Promise<TracesAround> => {
  const query = traceQl({ service: subject, errors: false })
  const withError = traceQl({ service: subject, errors: true })
  try {
    const [failedBefore, before, after, failed] = await Promise.all([
      tempo.search(withError, { from, to: split, limit: FOUND, signal }),
      tempo.search(query, { from, to: split, limit: FOUND, signal }),
      tempo.search(query, { from: split, to, limit: FOUND, signal }),
      tempo.search(withError, { from: split, to, limit: FOUND, signal }),
    ])
    const slowest = (found: typeof before): string[] => spread(found.traces.map(({ trace }) => trace))
    const errors = failed.traces.slice(0, FAILING).map(({ trace }) => trace)
    const wanted = { before: slowest(before), after: [...new Set([...slowest(after), ...errors])] }
    const [was, is] = await Promise.all([read(tempo, wanted.before, signal), read(tempo, wanted.after, signal)])
    const sampled = new Set(slowest(after))
    const slow = is.filter(({ id }) => sampled.has(id))
    const failing = is.filter(({ id }) => errors.includes(id))
    return {
      source: 'tempo',
      query,
      ...{ from, split, to },
      before: { durations: before.traces.map(({ ms }) => ms).sort((a, b) => a - b), traces: was },
      after: { durations: after.traces.map(({ ms }) => ms).sort((a, b) => a - b), traces: slow },
      slower: slowerServices(was, slow),
      failing: {
        before: failedBefore.complete ? failedBefore.traces.length : null,
        after: failed.traces.length,
        read: failing.length,
        in: failingIn(failing),
      },
      complete: before.complete && after.complete,
    }
  } catch (error) {
    throw error instanceof PermanentError ? new TransientError(error.message, { cause: error }) : error
  }
}

/** Of the found ones, slowest first: half from the slow end, half evenly from the rest, so that usual requests have their like. */
const spread = (ids: readonly string[]): string[] => {
  const slow = ids.slice(0, READ / 2)
  const rest = ids.slice(READ / 2)
  const step = Math.max(1, rest.length / (READ / 2))
  return [...slow, ...Array.from({ length: Math.min(rest.length, READ / 2) }, (_, n) => rest[Math.floor(n * step)] ?? '')].filter(Boolean)
}

/** A trace that cannot be read is left out: the others are worth having. */
const read = async (tempo: Tempo, ids: readonly string[], signal: AbortSignal): Promise<Trace[]> => {
  const answers = await Promise.all(
    ids.map((id) =>
      tempo.trace(id, { signal }).then(
        ({ spans }) => [{ id, spans }],
        (): Trace[] => [],
      ),
    ),
  )
  return answers.flat()
}

/** Samples that were pushed: durations alone, and what failed. */
const inPushed = async (db: Db, { cluster, subject, from, split, to }: Windowed & { cluster: string }): Promise<TracesAround | null> => {
  const read = async (start: Date, end: Date) =>
    db
      .selectFrom('pushed_trace')
      .select(['ms', 'error'])
      .where('cluster', '=', cluster)
      .where('service', '=', subject)
      .where('at', '>=', start)
      .where('at', '<', end)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(PUSHED + 1)
      .execute()
  const [before, after] = await Promise.all([read(from, split), read(split, to)])
  if (before.length + after.length === 0) return null
  const windowOf = (rows: typeof before) => ({
    durations: rows
      .slice(0, PUSHED)
      .map(({ ms }) => ms)
      .sort((a, b) => a - b),
    traces: [],
  })
  const failed = (rows: typeof before) => rows.filter(({ error }) => error !== null).length
  return {
    ...{ source: 'vigil', query: `pushed traces of ${subject}`, from, split, to },
    ...{ before: windowOf(before), after: windowOf(after) },
    ...{ slower: [], failing: { before: failed(before), after: failed(after), read: 0, in: [] } },
    complete: before.length <= PUSHED && after.length <= PUSHED,
  }
}

const PUSHED = 2000
