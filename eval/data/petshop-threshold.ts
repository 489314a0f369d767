type Asked = {
  readonly usual: readonly (number | null)[]
  readonly values: readonly (number | null)[]
  /** The samples among which the alert may fire. */
  readonly from: number
  readonly to: number
}

/**
 * The alert that people would have: half way between what is usual and the value that is farthest from it, so that it fires. `at` is the first
 * sample beyond it; `moved` is false where the value never left the usual one.
 */
export const thresholdOf = ({ usual, values, from, to }: Asked): { threshold: number; above: boolean; at: number; moved: boolean } => {
  const middle = median(usual.flatMap((value) => value ?? [])) ?? 0
  const near = values.slice(from, to).map((value) => (value === null ? 0 : value - middle))
  const most = near.reduce((far, value) => (Math.abs(value) > Math.abs(far) ? value : far), 0)
  const above = most >= 0
  const threshold = Number((middle + most / 2).toPrecision(6))
  const first = near.findIndex((value) => most !== 0 && (above ? value > most / 2 : value < most / 2))
  return { threshold, above, at: from + Math.max(0, first), moved: most !== 0 }
}

/** Undefined of nothing. */
export const median = (values: readonly number[]): number | undefined => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[middle - 1], sorted[middle]]
  return sorted.length % 2 === 1 || low === undefined || high === undefined ? high : (low + high) / 2
}
