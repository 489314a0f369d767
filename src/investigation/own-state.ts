import type { Clock } from '../context.ts'
import { healthOf, splitComparison } from '../datasources/comparison.ts'
import type { Prometheus } from '../datasources/prometheus.ts'
import type { StoredAlert } from '../db/schema.ts'
import { expressionFor } from '../incident/alerts.ts'
import { ownSeries, readExpression } from '../incident/expression.ts'
import type { Point, Series } from '../series/series.ts'
import type { Cited } from './evidence.ts'
import type { OwnState } from './rules/rule.ts'

/** How far before the alert's start its beginning is looked for. */
export const LOOK_BACK_SECONDS = 30 * 60
/** Points of the look-back: 7 to 15 s apart, about the usual scrape interval. */
export const STEPS = 240
const CHART_POINTS = 20

type OfAlert = Pick<StoredAlert, 'expression' | 'labels' | 'starts_at'>
type Asked = { alert: OfAlert; prometheus: Prometheus; clock: Clock; signal: AbortSignal }

/**
 * The state of the alert's own expression: its value against its limit now, and the onset, which is the first crossing of the
 * run that led to the alert within [startsAt - for - 30 min, startsAt] and never later than `startsAt - for`, for the rule itself
 * saw it wrong for that long. Null when the rule is not known. Throws what the client throws.
 */
export const ownState = async ({ alert, prometheus, clock, signal }: Asked): Promise<OwnState | null> => {
  const { expression, forSeconds } = await expressionFor(alert, prometheus, signal)
  if (expression === null) return null
  const before = new Date(alert.starts_at.getTime() - (forSeconds ?? 0) * 1000)
  const window = { expression, alert, from: new Date(before.getTime() - LOOK_BACK_SECONDS * 1000), to: clock.now(), signal }
  const [reading, course, yesterday] = await Promise.all([
    readExpression(prometheus, { expression, labels: alert.labels, signal, at: clock.now() }),
    courseOf(prometheus, window),
    // Only for the picture: without it the picture has a line less. Old samples lie in slower stores.
    within(clock, signal, (patience) =>
      courseOf(prometheus, { ...window, from: dayBefore(window.from), to: dayBefore(window.to), signal: patience }),
    ),
  ])
  const crossing =
    course.series === undefined
      ? undefined
      : await crossingOf(prometheus, { expression, alert, series: course.series, step: course.step, signal, clock })
  const onset = crossing === undefined || crossing > before.getTime() ? before : new Date(crossing)
  return {
    expression,
    state: reading.text,
    value: reading.value,
    threshold: reading.threshold,
    firing: reading.side === 'unhealthy' ? true : reading.side === 'healthy' ? false : null,
    onset,
    onsetSeen: crossing !== undefined,
    forSeconds,
    answers: [reading.answers[0] ?? course.answer, course.answer],
    chart:
      course.series === undefined
        ? null
        : chartOf(alert, { points: thinned(course.series.points, onset), limit: reading.threshold }, yesterday),
  }
}

/** An answer is good to have, but the state of the alert does not wait for it longer than this. */
const PATIENCE_MS = 400

const within = async <T>(clock: Clock, signal: AbortSignal, ask: (patience: AbortSignal) => Promise<T>): Promise<T | undefined> => {
  const soft = new AbortController()
  const cancel = clock.after(PATIENCE_MS, () => soft.abort())
  try {
    return await ask(AbortSignal.any([signal, soft.signal]))
  } catch {
    return undefined
  } finally {
    cancel()
  }
}

const DAY_MS = 86_400_000
const dayBefore = (moment: Date): Date => new Date(moment.getTime() - DAY_MS)

type Charted = { readonly points: readonly (readonly [number, number])[]; readonly limit: number | null }

/** With what it was a day before at the same times, where all of them are known: half a line would read as a fall to nothing. */
const chartOf = (alert: OfAlert, { points, limit }: Charted, before: Course | undefined): OwnState['chart'] => {
  const step = before?.step ?? 0
  const known = before?.series?.points ?? []
  const yesterday = points.flatMap(([at]) => {
    const near = known.find(([then, value]) => Math.abs(then + DAY_MS / 1000 - at) <= step && Number.isFinite(value))
    return near === undefined ? [] : [near[1]]
  })
  return { title: alert.labels['alertname'] ?? 'alert', points, limit, ...(yesterday.length === points.length ? { yesterday } : {}) }
}

type CourseAsked = { expression: string; alert: OfAlert; from: Date; to: Date; signal: AbortSignal; stepSeconds?: number }
type Course = { series: Series | undefined; step: number; answer: Cited }

const courseOf = async (prometheus: Prometheus, { expression, alert, from, to, signal, stepSeconds }: CourseAsked): Promise<Course> => {
  const split = splitComparison(expression)
  const query = split.kind === 'other' ? expression : split.left
  const step = stepSeconds ?? Math.max(1, Math.ceil((to.getTime() - from.getTime()) / 1000 / STEPS))
  const { series, complete } = await prometheus.range(query, { from, to, stepSeconds: step, signal })
  const own = ownSeries(series, alert.labels, split.kind === 'threshold' || split.kind === 'up_zero' ? split : undefined)
  const answer: Cited = {
    source: 'prometheus',
    query,
    range: { from: from.toISOString(), to: to.toISOString() },
    output: { kind: 'series', series },
    shown: own === undefined ? 'no series of this alert' : `${own.points.length} points every ${step} s, last ${own.points.at(-1)?.[1]}`,
    complete,
    link: prometheus.link(query, { from, to }),
  }
  return { series: own, step, answer }
}

type CrossingAsked = { expression: string; alert: OfAlert; series: Series; step: number; signal: AbortSignal; clock: Clock }

/** Milliseconds since the epoch of the first point on the wrong side of the run that holds at the alert's start, refined to a second. */
const crossingOf = async (
  prometheus: Prometheus,
  { expression, alert, series, step, signal, clock }: CrossingAsked,
): Promise<number | undefined> => {
  const split = splitComparison(expression)
  if (split.kind !== 'threshold' && split.kind !== 'up_zero') return undefined
  const isWrong = ([, value]: Point): boolean => healthOf(split, value) === 'unhealthy'
  const until = alert.starts_at.getTime() / 1000
  const coarse = runStart(
    series.points.filter(([at]) => at <= until + step),
    isWrong,
  )
  if (coarse === undefined || step <= 1) return coarse === undefined ? undefined : coarse * 1000
  const from = new Date((coarse - step) * 1000)
  // The last seconds of precision are not worth the whole answer.
  const fine = await within(clock, signal, (patience) =>
    courseOf(prometheus, { expression, alert, from, to: new Date(coarse * 1000), signal: patience, stepSeconds: 1 }),
  )
  const first = fine?.series?.points.find(isWrong)
  return (first?.[0] ?? coarse) * 1000
}

/** The start of the last unbroken run on the wrong side. */
const runStart = (points: readonly Point[], isWrong: (point: Point) => boolean): number | undefined => {
  const last = points.findLastIndex(isWrong)
  if (last < 0) return undefined
  let first = last
  for (let i = last; i >= 0; i--) {
    const point = points[i]
    if (point === undefined || !isWrong(point)) break
    first = i
  }
  return points[first]?.[0]
}

/** From a quarter of an hour before the onset until now, thinned evenly; the newest point is always there. */
const thinned = (points: readonly Point[], onset: Date): (readonly [number, number])[] => {
  const from = onset.getTime() / 1000 - 15 * 60
  const window = points.filter(([at, value]) => at >= from && Number.isFinite(value))
  const every = Math.max(1, Math.ceil(window.length / CHART_POINTS))
  return window.filter((_, i) => (window.length - 1 - i) % every === 0).slice(-CHART_POINTS)
}
