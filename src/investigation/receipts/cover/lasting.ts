import type { momentsIn } from '../read/moments.ts'
import type { Entry } from './cover.ts'

export const lasting = (seconds: number, names: ReadonlySet<string>, evidence: string): Entry => ({
  from: 'quote',
  evidence,
  bases: [{ dimension: 'time', base: seconds }],
  numerals: [],
  bare: false,
  names,
  united: true,
  says: `${evidence} lasted ${seconds} s`,
})

/** Seconds from the first to the second of the only two times of a line: how long it took. */
export const lastingOf = ([one, other, third]: ReturnType<typeof momentsIn>): number[] => {
  if (!one || !other || third || one.precision > 1000 || other.precision > 1000) return []
  const near = one.resolve(0)
  const seconds = (other.resolve(near) - near) / 1000
  return seconds > 0 && seconds < 86_400 ? [seconds] : []
}
