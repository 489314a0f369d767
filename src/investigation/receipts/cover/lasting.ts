import { momentsIn } from '../read/moments.ts'
import { fold } from '../read/passage.ts'
import type { CoveredTime, Entry, Prepared } from './cover.ts'

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

/** Words that stand on several lines are said of as many: "both", "all three". */
export const placesOf = (count: number, { evidence: { id, complete } }: Prepared): Entry[] =>
  count > 1 && complete
    ? [
        {
          from: 'structure',
          evidence: id,
          bases: [{ dimension: 'plain', base: count }],
          numerals: [count],
          bare: false,
          names: new Set(),
          says: `${id} has it ${count} times`,
        },
      ]
    : []

/** Of lines that were picked by their date. */
export const datesIn = (matching: string, { times, evidence }: Prepared): CoveredTime[] =>
  momentsIn(fold(matching).toUpperCase()).map(
    (moment): CoveredTime => ({ at: moment.resolve(times.at(-1)?.at ?? Date.parse(evidence.at)), place: 'point' }),
  )
