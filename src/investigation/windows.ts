/** The time before something began, and since: what is compared with each other. */
export type Halves = { readonly from: Date; readonly split: Date; readonly to: Date }

/** An expression over a window crosses its limit after what it measures began. */
const AHEAD_MS = 60_000

/** Of each of the two windows, at most. */
const WINDOW_MS = 30 * 60_000

/** The half hour before the onset and since then, of what is kept by a source, and of what is pushed to Vigil. */
export const windowsAround = (onset: Date, now: number): { readonly kept: Halves; readonly pushed: Halves } => {
  const split = new Date(Math.min(now, onset.getTime()) - AHEAD_MS)
  const from = new Date(split.getTime() - WINDOW_MS)
  return {
    kept: { from, split, to: new Date(Math.min(now, split.getTime() + WINDOW_MS)) },
    // It is pushed for the next alert, also for one that began long ago; the second of the look is of it.
    pushed: { from, split, to: new Date(now + 1000) },
  }
}
