import { compare } from '../text/compare.ts'

/** The same value with the keys of all its objects in order, so that two spellings of one value are one text. */
export const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => compare(a, b))
      .map(([key, one]) => [key, sorted(one)]),
  )
}
