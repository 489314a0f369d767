import type { Clock } from '../context.ts'
import { type Tempo, traceQl } from '../datasources/tempo.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { TracesAround } from '../traces/around.ts'
import type { Trace } from '../traces/self-time.ts'

type Asked = {
  readonly tempo: Tempo | undefined
  readonly subject: string | null
  readonly onset: Date
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** An expression over a window crosses its limit after what it measures began. */
const AHEAD_MS = 60_000

const WINDOW_MS = 30 * 60_000

/** Traces that a search names, of each window: their durations are known from it. */
const FOUND = 100

/** Traces that are read, of each window, and of the failing ones. */
const READ = 16
const FAILING = 8

/**
 * Traces through the subject in the half hour before the onset and since then: durations of up to a hundred each, and the spans of the slowest and of
 * failing ones. Both windows are asked alike, so that what the search prefers it prefers in both. Null without a Tempo or a subject. Throws TransientError.
 */
export const tracesAround = async ({ tempo, subject, onset, clock, signal }: Asked): Promise<TracesAround | null> => {
  const split = new Date(onset.getTime() - AHEAD_MS)
  const to = new Date(Math.min(clock.now().getTime(), split.getTime() + WINDOW_MS))
  if (tempo === undefined || subject === null || to <= split) return null
  const from = new Date(split.getTime() - WINDOW_MS)
  const query = traceQl({ service: subject, errors: false })
  const failing = traceQl({ service: subject, errors: true })
  try {
    const [failedBefore, before, after, failed] = await Promise.all([
      tempo.search(failing, { from, to: split, limit: FOUND, signal }),
      tempo.search(query, { from, to: split, limit: FOUND, signal }),
      tempo.search(query, { from: split, to, limit: FOUND, signal }),
      tempo.search(failing, { from: split, to, limit: FOUND, signal }),
    ])
    const slowest = (found: typeof before): string[] => spread(found.traces.map(({ trace }) => trace))
    const errors = failed.traces.slice(0, FAILING).map(({ trace }) => trace)
    const wanted = { before: slowest(before), after: [...new Set([...slowest(after), ...errors])] }
    const [was, is] = await Promise.all([read(tempo, wanted.before, signal), read(tempo, wanted.after, signal)])
    const sampled = new Set(slowest(after))
    return {
      query,
      ...{ from, split, to },
      before: { durations: before.traces.map(({ ms }) => ms).sort((a, b) => a - b), traces: was },
      after: { durations: after.traces.map(({ ms }) => ms).sort((a, b) => a - b), traces: is.filter(({ id }) => sampled.has(id)) },
      failing: {
        before: failedBefore.complete ? failedBefore.traces.length : null,
        after: failed.traces.length,
        traces: is.filter(({ id }) => errors.includes(id)),
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
