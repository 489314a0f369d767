import { clustering, type Template } from './cluster.ts'
import { type Level, levelOf } from './level.ts'
import type { LogLine } from './line.ts'

/** Lines of one service in a stretch of time; `seconds` is how much of it they cover, less than was asked for where a limit cut them. */
export type LogWindow = { readonly lines: readonly LogLine[]; readonly seconds: number }

/** One statement whose lines became more, or stopped. */
export type Pattern = {
  readonly text: string
  readonly level: Level
  readonly change: 'new' | 'grown' | 'vanished'
  readonly before: number
  readonly after: number
  /** 0..1 of the service's lines of the same level: after the onset, of what vanished before it. */
  readonly share: number
  /** Of new and grown ones the first line after the onset; of vanished ones the last line before it. As the lines' `at`. */
  readonly at: string
  /** Standard deviations from what the window before let expect; negative for what vanished. */
  readonly score: number
  /** Its lines after the onset; of what vanished those before it. */
  readonly lines: readonly LogLine[]
}

/**
 * The statements of one service that are new, clearly more frequent or gone against the window before, the most telling first. Of lines that
 * are neither errors nor warnings only what vanished counts: more of them is more traffic.
 *
 * Two Poisson counts are compared by their square roots, which holds for small ones too (Gu and others, 2008). What the service's usual
 * statements have in common, more or less traffic, is taken out; where they scatter more than chance lets them, so much more is asked for.
 */
export const changedPatterns = (before: LogWindow, after: LogWindow): Pattern[] => {
  const tallies = tally(before.lines, after.lines)
  const ratio = after.seconds / Math.max(1, before.seconds)
  const growth = growthOf(tallies, ratio)
  const scale = scaleOf(tallies, ratio * growth)
  const isKnown = isBaseline(before, after, ratio)
  const common = tallies.filter(isCommon)
  const isAlive = common.filter((one) => one.after.length > 0).length >= common.length / 2
  return tallies
    .flatMap((one) => {
      // Errors need no more traffic to be as many as before; fewer of them with less of it is no news either.
      const expected = ratio * (one.level === 'error' ? Math.max(1, growth) : growth)
      const score = distance(one, expected) / scale
      const change = changeOf(one, { expected: expected * one.before.length, score, isKnown, isAlive, all: before.lines })
      return change === undefined ? [] : [patternOf(one, { change, score, tallies })]
    })
    .sort(
      (a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || Math.abs(b.score) - Math.abs(a.score) || (a.text < b.text ? -1 : 1),
    )
}

const LEVELS: readonly Level[] = ['error', 'warning', 'other']

type Tally = { readonly text: string; readonly level: Level; readonly before: LogLine[]; readonly after: LogLine[] }

const tally = (before: readonly LogLine[], after: readonly LogLine[]): Tally[] => {
  const { of } = clustering([...before, ...after])
  const found = new Map<Template, Tally>()
  const add = (line: LogLine, window: 'before' | 'after'): void => {
    const template = of(line.line)
    if (template === undefined) return
    const one = found.get(template) ?? { text: template.text, level: levelOf(template.example), before: [], after: [] }
    found.set(template, one)
    one[window].push(line)
  }
  for (const line of before) add(line, 'before')
  for (const line of after) add(line, 'after')
  return [...found.values()]
}

/** So many lines of a statement, and their number says something. */
const COMMON = 3

/** From so many usual statements on it can be told what they have in common. */
const MANY = 8

const isCommon = ({ level, before }: Tally): boolean => level !== 'error' && before.length >= COMMON

/** How many times more of the usual statements there are than before, in the same time; 1 where too few say. */
const growthOf = (tallies: readonly Tally[], ratio: number): number => {
  const usual = tallies.filter((one) => isCommon(one) && one.after.length > 0)
  if (usual.length < MANY) return 1
  const growths = usual.map(({ before, after }) => (after.length + 0.5) / (ratio * (before.length + 0.5)))
  return Math.min(20, Math.max(0.05, median(growths)))
}

/** 1 where the usual statements scatter as chance lets them, more where they are wilder. */
const scaleOf = (tallies: readonly Tally[], expected: number): number => {
  const distances = tallies.filter((one) => isCommon(one) && one.after.length > 0).map((one) => Math.abs(distance(one, expected)))
  return distances.length < MANY ? 1 : Math.min(5, Math.max(1, median(distances) / 0.6745))
}

/** What the window after has for each line that the one before let expect: beyond this the service hardly ran before, and all of it is new. */
const STRANGE = 10

/** Whether the window before tells what is usual: a service that has just come is all new. Errors alone may come out of nothing. */
const isBaseline = (before: LogWindow, after: LogWindow, ratio: number): boolean => {
  const usual = after.lines.filter((line) => levelOf(line) === 'other').length
  return usual < MANY || usual <= STRANGE * ratio * Math.max(1, before.lines.length)
}

/** Of two Poisson counts, in standard deviations; `ratio` is what is expected of the one for one of the other. */
const distance = ({ before, after }: Tally, ratio: number): number =>
  (2 * (Math.sqrt(after.length + 3 / 8) - Math.sqrt(ratio * (before.length + 3 / 8)))) / Math.sqrt(1 + ratio)

/** Standard deviations: a wholly new statement needs less proof than one that was always there. */
const NEW = 2.3
const GROWN = 3.5
const VANISHED = 3.5

type Judged = {
  readonly expected: number
  readonly score: number
  readonly isKnown: boolean
  readonly isAlive: boolean
  readonly all: readonly LogLine[]
}

const changeOf = ({ level, before, after }: Tally, { expected, score, isKnown, isAlive, all }: Judged): Pattern['change'] | undefined => {
  const isBad = level !== 'other' && isKnown
  if (before.length === 0) return isBad && after.length >= COMMON && score >= NEW ? 'new' : undefined
  if (isBad && score >= GROWN && after.length >= 2 * expected) return 'grown'
  // Where nothing of the service is left, its traffic is gone and no statement of its own says anything.
  if (isAlive && level !== 'error' && score <= -VANISHED && after.length <= 0.05 * expected && isRegular(before, all)) return 'vanished'
  return undefined
}

const PARTS = 5

/** It wrote in most parts of the window: one burst that is over was no habit. */
const isRegular = (lines: readonly LogLine[], all: readonly LogLine[]): boolean => {
  const times = all.map(({ at }) => Date.parse(at)).sort((a, b) => a - b)
  const [from = 0, to = 0] = [times[0], times.at(-1)]
  const part = (at: string): number => Math.min(PARTS - 1, Math.floor((PARTS * (Date.parse(at) - from)) / Math.max(1, to - from)))
  return new Set(lines.map(({ at }) => part(at))).size > PARTS / 2
}

type Change = { readonly change: Pattern['change']; readonly score: number; readonly tallies: readonly Tally[] }

const patternOf = ({ text, level, before, after }: Tally, { change, score, tallies }: Change): Pattern => {
  const window = change === 'vanished' ? 'before' : 'after'
  const lines = change === 'vanished' ? before : after
  const all = tallies.reduce((sum, one) => sum + (one.level === level ? one[window].length : 0), 0)
  const times = lines.map(({ at }) => at).sort()
  const at = (change === 'vanished' ? times.at(-1) : times[0]) ?? ''
  return { text, level, change, before: before.length, after: after.length, share: lines.length / Math.max(1, all), at, score, lines }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
