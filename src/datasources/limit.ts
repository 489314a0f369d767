import type { Clock } from '../context.ts'
import { TransientError } from '../errors.ts'

/** Runs one question when it is its turn; see `limited`. */
type Limited = <T>(run: () => Promise<T>, signal?: AbortSignal | undefined, isFirst?: boolean) => Promise<T>

type Limits = { readonly parallel: number; readonly failures: number; readonly openMs: number }

/**
 * Protects one data source from us: at most `parallel` questions at a time, the rest wait in order; after `failures` transient
 * failures in a row nothing is asked for `openMs`, and the callers get a TransientError that says so. One failure after that
 * opens it again. A question that its caller withdrew says nothing about the source and is not counted. What is asked `isFirst` waits
 * for its like alone, of which `parallel` more run: a storm's rules and models keep nobody from the state of his own alert.
 */
export const limited = (source: string, clock: Clock, limits: Limits = defaults): Limited => {
  const usual = seating(limits.parallel)
  const ahead = seating(limits.parallel)
  let failures = 0
  let openUntil = 0

  const refuseWhileOpen = (): void => {
    const leftMs = openUntil - clock.monotonic()
    if (leftMs <= 0) return
    throw new TransientError(`${source} is left alone for ${Math.ceil(leftMs / 1000)} s: its last ${limits.failures} answers failed`, {
      afterMs: leftMs,
    })
  }

  return async (run, signal, isFirst = false) => {
    const seats = isFirst ? ahead : usual
    refuseWhileOpen()
    await seats.take(source, signal)
    try {
      refuseWhileOpen()
      const answer = await run()
      failures = 0
      return answer
    } catch (error) {
      if (signal?.aborted || clock.monotonic() < openUntil) throw error
      failures = error instanceof TransientError ? failures + 1 : 0
      if (failures >= limits.failures) {
        openUntil = clock.monotonic() + limits.openMs
        // One below the limit: after the pause a single failure is enough.
        failures = limits.failures - 1
      }
      throw error
    } finally {
      seats.leave()
    }
  }
}

/** Four at a time is what a dashboard asks at once; five failures and 20 s keep a struggling server from being finished off by us. */
export const defaults: Limits = { parallel: 4, failures: 5, openMs: 20_000 }

const seating = (seats: number) => {
  let free = seats
  const waiting: (() => void)[] = []
  return {
    take: async (source: string, signal: AbortSignal | undefined): Promise<void> => {
      if (signal?.aborted) throw withdrawn(source, signal)
      if (free > 0) {
        free -= 1
        return
      }
      await new Promise<void>((resolve, reject) => {
        const enter = () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        }
        const giveUp = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(withdrawn(source, signal))
        }
        signal?.addEventListener('abort', giveUp, { once: true })
        waiting.push(enter)
      })
    },
    /** The seat goes straight to the next in line, so that nobody can jump the queue. */
    leave: (): void => {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    },
  }
}

/** What a caller gets whose own signal ended the question. */
export const withdrawn = (source: string, signal: AbortSignal | undefined): TransientError =>
  new TransientError(`the question to ${source} was stopped before it was answered`, { cause: signal?.reason })
