import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../../src/investigation/evidence.ts'
import type { Given } from '../../../../src/investigation/receipts/check.ts'
import { linesText, sharedLabels } from '../../../../src/investigation/tools/log-lines.ts'
import { shownText, valueText } from '../../../../src/investigation/tools/shown.ts'
import type { LogLine } from '../../../../src/logs/line.ts'
import type { Labels, Series } from '../../../../src/series/series.ts'
import { labelText, toText } from '../../../../src/series/text.ts'

/** An incident whose evidence reads as the tools write it, and what was said of it by somebody who had not read the check. */
export type Unseen = {
  readonly evidence: readonly Evidence[]
  readonly given: Given
  readonly trueSentences: readonly (readonly [string, ...Receipt[]])[]
}

type Id = Evidence['id']
type Window = { readonly from: string; readonly to: string }

const seconds = (at: string): number => Date.parse(at) / 1000

/** One series with a value each `step` seconds of the window, both ends included; `value` is given seconds since 1970. */
export const course = ({ from, to }: Window, step: number, labels: Labels, value: (at: number) => number): Series => ({
  labels,
  points: Array.from({ length: Math.floor((seconds(to) - seconds(from)) / step) + 1 }, (_, index): [number, number] => {
    const at = seconds(from) + index * step
    return [at, value(at)]
  }),
})

/** `before` until the moment (RFC 3339), `after` from it on. */
export const step = (before: number, after: number, moment: string) => (at: number) => (at < seconds(moment) ? before : after)

/** `before` until `from`, then straight to `after` at `to`, and `after` from then on. */
export const ramp =
  (before: number, after: number, { from, to }: Window) =>
  (at: number) =>
    before + (after - before) * Math.min(1, Math.max(0, (at - seconds(from)) / (seconds(to) - seconds(from))))

/** An answer of query_metrics_range. */
export const metric = (id: Id, query: string, window: Window, series: readonly Series[]): Evidence => ({
  id,
  at: window.to,
  source: 'prometheus',
  query,
  range: window,
  output: { kind: 'series', series },
  shown: shownText(
    [`${series.length} series from ${window.from} to ${window.to}`],
    series.length === 0 ? [] : toText(series, { maxPoints: 6 }).split('\n'),
    'series',
  ),
  complete: true,
})

/** An answer of query_metrics: values at one moment. */
export const instant = (id: Id, query: string, at: string, values: readonly (readonly [Labels, number])[]): Evidence => ({
  id,
  at,
  source: 'prometheus',
  query,
  range: { from: null, to: at },
  output: { kind: 'series', series: values.map(([labels, value]) => ({ labels, points: [[seconds(at), value]] })) },
  shown: shownText(
    [`${values.length} series at ${at}`],
    values.map(([labels, value]) => `${labelText(labels)} ${valueText(value)}`),
    'series',
  ),
  complete: true,
})

/** So many lines, the first at `first`, one each `every` seconds. */
export const lines = (
  { count, first, every }: { readonly count: number; readonly first: string; readonly every: number },
  labels: Labels,
  line: (index: number) => string,
): LogLine[] =>
  Array.from({ length: count }, (_, index) => ({
    at: new Date((seconds(first) + index * every) * 1000).toISOString(),
    line: line(index),
    labels,
  }))

/** An answer of query_logs. */
export const logs = (id: Id, query: string, window: Window, all: readonly LogLine[]): Evidence => {
  const newestFirst = all.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
  const notes = [`${all.length} lines from ${window.from} to ${window.to}, newest first`]
  if (all.length > 0) notes.push(`All from ${labelText(sharedLabels(all))}`)
  return {
    id,
    at: window.to,
    source: 'loki',
    query,
    range: window,
    output: { kind: 'lines', lines: newestFirst },
    shown: shownText(
      notes,
      linesText(newestFirst, (text) => text),
      'lines',
    ),
    complete: true,
  }
}

/** The evidence as it was stored: what another source answered in words was asked at the incident's now. */
export const evidenceOf = ({ evidence, given }: Unseen): readonly Evidence[] =>
  evidence.map((one) => (one.output.kind === 'text' ? { ...one, at: given.now.toISOString() } : one))

/** What another source answered in words: a rollout history, events of a pod, a trace, a runbook's answer. */
export const text = (id: Id, source: string, query: string, shown: string): Evidence => ({
  id,
  at: '2026-01-01T00:00:00Z',
  source,
  query,
  range: null,
  output: { kind: 'text', text: shown },
  shown,
  complete: true,
})
