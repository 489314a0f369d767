import type { Deploy } from '../../src/investigation/rules/rule.ts'

/** One piece of a value's course: from `at` on it is higher by `by`, reached over so many seconds; until `until`, where it ends. Seconds since the epoch. */
export type Piece = { readonly at: number; readonly over: number; readonly by: number; readonly until?: number }

/** A measured value of one service. */
export type Course = {
  readonly metric: string
  readonly service: string
  readonly base: number
  /** Standard size of its noise, in its own unit. */
  readonly noise: number
  readonly pieces: readonly Piece[]
}

/** Calls from one service to another: calls a second, and the share that fails. */
export type Calls = { readonly from: string; readonly to: string; readonly rate: number; readonly failed: readonly Piece[] }

/** A deploy as it was told, and when it truly went live. */
export type Told = Deploy & { readonly truly: number }

/** An incident with what changed before it, and what of that began it: known because it was made so. */
export type Story = {
  readonly name: string
  readonly kind: string
  readonly courses: readonly Course[]
  readonly calls: readonly Calls[]
  readonly deploys: readonly Told[]
  readonly alert: {
    readonly name: string
    readonly service: string
    readonly metric: string
    readonly limit: number
    readonly forSeconds: number
  }
  /** Null: no deploy began it. */
  readonly cause: Told | null
}

/** The value at a time, in seconds; the noise is the same whenever it is asked for. */
export const valueAt = ({ base, noise, pieces }: Course, seconds: number, grain: (seconds: number) => number): number =>
  Math.max(0, base + noise * grain(seconds) + risen(pieces, seconds))

export const risen = (pieces: readonly Piece[], seconds: number): number =>
  pieces.reduce((sum, { at, over, by, until = Number.POSITIVE_INFINITY }) => {
    if (seconds < at || seconds >= until) return sum
    return sum + by * (over === 0 ? 1 : Math.min(1, (seconds - at) / over))
  }, 0)
