import type { Labels } from '../../series/series.ts'
import type { Matcher } from './matcher.ts'
import { matchesAll } from './matcher.ts'
import type { Selected, Storage } from './promql/evaluate.ts'
import { compareLabels, signature, sortLabels } from './promql/labels.ts'

/**
 * A Prometheus storage over functions of time: nothing is kept, a sample is computed when somebody asks for it. Samples exist up to
 * `now`, except while the scraper was down; where a series ends in between, one staleness marker (NaN) stands on its next slot.
 */
export const computedStorage = (view: View): Storage => ({
  select: (matchers, from, to) =>
    view
      .series(matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value)
      .filter(({ labels }) => matchesAll(labels, matchers))
      .flatMap((series) => {
        const selected = samplesOf(series, { from, to: Math.min(to, view.now()) }, view)
        return selected.times.length === 0 ? [] : [selected]
      })
      .sort((a, b) => compareLabels(a.labels, b.labels)),
})

/** Every label set that has a sample between `from` and `to` (milliseconds) and matches one of the selectors; no selector: all. */
export const labelSets = (storage: Storage, span: { from: number; to: number }, selectors: readonly (readonly Matcher[])[]): Labels[] => {
  const found = new Set<Labels>()
  for (const matchers of selectors.length === 0 ? [[]] : selectors)
    for (const { labels, values } of storage.select(matchers, span.from, span.to))
      if (values.some((value) => !Number.isNaN(value))) found.add(labels)
  return [...found].sort(compareLabels)
}

/** One series for each label set: one that comes back, as a version does after a rollback, is one series with a gap. Labels get Prometheus's order. */
export const merged = (all: readonly ComputedSeries[]): ComputedSeries[] => {
  const found = new Map<string, ComputedSeries>()
  for (const series of all) {
    const key = signature(series.labels)
    const before = found.get(key)
    const segments = [...(before?.segments ?? []), ...series.segments].sort((a, b) => a.from - b.from)
    found.set(key, { ...series, labels: before?.labels ?? sortLabels(series.labels), segments })
  }
  return [...found.values()]
}

/** A look-up by metric name: nearly every question has one, and a hundredth of the series. */
export const indexed = (all: readonly ComputedSeries[]): ((name: string | undefined) => readonly ComputedSeries[]) => {
  const names = Map.groupBy(all, ({ labels }) => labels['__name__'])
  return (name) => (name === undefined ? all : (names.get(name) ?? []))
}

const samplesOf = (series: ComputedSeries, span: { from: number; to: number }, view: View): Selected => {
  const times: number[] = []
  const values: number[] = []
  const { everyMs, offsetMs } = series
  const slotAt = (ms: number) => Math.ceil((ms - offsetMs) / everyMs) * everyMs + offsetMs
  const scraped = (time: number) => !view.outages().some((outage) => time >= outage.from && time < outage.to)
  for (const segment of series.segments) {
    const end = segment.to * 1000
    for (let time = slotAt(Math.max(span.from, segment.from * 1000)); time < end && time <= span.to; time += everyMs) {
      if (!scraped(time)) continue
      times.push(time)
      values.push(segment.value(time / 1000))
    }
    const marker = slotAt(end)
    const taken = series.segments.some((other) => other.from * 1000 <= marker && marker < other.to * 1000)
    if (!taken && marker >= span.from && marker <= span.to && scraped(marker)) {
      times.push(marker)
      values.push(Number.NaN)
    }
  }
  return { labels: series.labels, times, values }
}

/** A stretch of a series' life: `from` and `to` (exclusive) and the argument of `value` are seconds since the epoch. */
export type Segment = { readonly from: number; readonly to: number; value(seconds: number): number }

/** A series with the grid it is scraped on; segments are in order of time and do not overlap. */
export type ComputedSeries = {
  readonly labels: Labels
  readonly everyMs: number
  readonly offsetMs: number
  readonly segments: readonly Segment[]
}

/** All times are milliseconds since the epoch. */
type View = {
  /** The series of one name, or all. */
  series(name: string | undefined): readonly ComputedSeries[]
  now(): number
  outages(): readonly { readonly from: number; readonly to: number }[]
}
