import type { Clock } from '../context.ts'
import { TransientError } from '../errors.ts'

/** Runs with a signal that is aborted when so many milliseconds are over; what listens to it fails with a TransientError that says how long. */
export const withPatience = async <T>(clock: Clock, ms: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const stop = new AbortController()
  const cancel = clock.after(ms, () => stop.abort(new TransientError(`no answer in ${ms / 1000} s`)))
  try {
    return await run(stop.signal)
  } finally {
    cancel()
  }
}
