/** A quantity that changes in straight lines, with its integral from the beginning of time. */
export type Curve = { at(seconds: number): number; area(seconds: number): number }

type Corner = readonly [seconds: number, value: number]

/** Zero before the first corner, straight between corners, constant after the last. Corners are in order of time. */
export const curve = (corners: readonly Corner[]): Curve => ({
  at: (seconds) => valueAt(corners, seconds),
  area: (seconds) => {
    let area = 0
    for (const [index, [from, value]] of corners.entries()) {
      if (seconds <= from) break
      const to = Math.min(seconds, corners[index + 1]?.[0] ?? seconds)
      area += ((value + valueAt(corners, to)) / 2) * (to - from)
    }
    return area
  },
})

/** The same curve that falls to zero within `seconds` once something is mended at `until`. */
export const mended = (corners: readonly Corner[], until: number | undefined, seconds = 8): Curve => {
  if (until === undefined) return curve(corners)
  const before = corners.filter(([at]) => at < until)
  return curve([...before, [until, valueAt(corners, until)], [until + seconds, 0]])
}

export const nothing: Curve = { at: () => 0, area: () => 0 }

const valueAt = (corners: readonly Corner[], seconds: number): number => {
  let value = 0
  for (const [index, [from, start]] of corners.entries()) {
    if (seconds < from) return value
    const next = corners[index + 1]
    if (next === undefined || next[0] === from) value = start
    else value = start + (next[1] - start) * Math.min(1, (seconds - from) / (next[0] - from))
  }
  return value
}
