import type { Clock } from '../context.ts'

/**
 * Keeps calls away from a model that fails: after 3 failures within 60 s it rests for 30 s. Then one call is let through; it opens the
 * way again, or begins the next rest.
 */
export const createBreaker = (clock: Pick<Clock, 'monotonic'>): Breaker => {
  let failures: readonly number[] = []
  let restsUntil: number | undefined
  let probing = false
  const rest = () => {
    restsUntil = clock.monotonic() + REST_MS
    failures = []
  }
  const restMs = () => Math.max(0, (restsUntil ?? 0) - clock.monotonic())
  const ordinary: Pass = {
    succeeded: () => undefined,
    failed: () => {
      const now = clock.monotonic()
      failures = [...failures.filter((at) => now - at < WITHIN_MS), now]
      // One that began before the rest and ends in it neither prolongs nor shortens it.
      if (restsUntil === undefined && failures.length >= FAILURES) rest()
    },
    left: () => undefined,
  }
  const probe: Pass = {
    succeeded: () => {
      probing = false
      restsUntil = undefined
      failures = []
    },
    failed: () => {
      probing = false
      rest()
    },
    left: () => {
      probing = false
    },
  }
  return {
    enter: () => {
      if (restsUntil === undefined) return ordinary
      if (probing || restMs() > 0) return undefined
      probing = true
      return probe
    },
    restMs,
  }
}

export type Breaker = {
  /** Undefined: not now. Whoever is let in says how it went. */
  enter(): Pass | undefined
  /** Milliseconds until a call may be let in again. */
  restMs(): number
}

type Pass = {
  succeeded(): void
  failed(): void
  /** It ended in a way that says nothing about the model: it was broken off, or the request itself was at fault. */
  left(): void
}

const FAILURES = 3
const WITHIN_MS = 60_000
const REST_MS = 30_000
