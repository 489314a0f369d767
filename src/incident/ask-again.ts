import type { Context } from '../context.ts'
import { guardLogql } from '../datasources/logql.ts'
import { guardPromql } from '../datasources/promql.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { Answer, Evidence } from '../investigation/evidence.ts'
import type { LogLine } from '../logs/line.ts'
import type { Series } from '../series/series.ts'
import { labelText, toText } from '../series/text.ts'
import { clean } from '../text/clean.ts'
import { cut } from '../text/cut.ts'
import { amount, duration } from '../text/number.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { evidenceOf } from './evidence.ts'
import { findIncident } from './incident.ts'

export type AskedAgain =
  | {
      readonly asked: true
      readonly at: Date
      /** As it was asked now: null for an instant. */
      readonly from: Date | null
      /** The new answer for people, redacted as everything that is shown. */
      readonly shown: string
      readonly complete: boolean
      /** What it was and what it is, a line each. */
      readonly comparison: readonly string[]
    }
  /** `detail` is for the person who pressed. */
  | { readonly asked: false; readonly reason: 'gone' | 'not_askable' | 'refused' | 'no_answer'; readonly detail: string }

/** Whoever pressed sits before an open window. */
const PATIENCE_MS = 10_000

/**
 * Asks the source of one piece of evidence the very same question about now: an instant at now, a range of the same width that ends now,
 * under the guards of every query. It is a look of one person: nothing of it is stored, and no claim ever rests on it. Ends within 10 s.
 */
export const askAgain = async (context: Context, incident: string, evidence: string): Promise<AskedAgain> => {
  const found = await findIncident(context.db, incident)
  const before = (await evidenceOf(context.db, incident)).find(({ id }) => id === evidence)
  if (found === undefined || before === undefined) return { asked: false, reason: 'gone', detail: 'This evidence is not kept any more.' }
  const question = questionOf(context, found.cluster, before)
  if (typeof question === 'function') return withinTime(context, { before, redact: redactorFor(context.config, incident).redact, question })
  return { asked: false, ...question }
}

type Now = { readonly output: Answer; readonly complete: boolean }
type Question = (times: { at: Date; from: Date | null; signal: AbortSignal }) => Promise<Now>

/** How to ask it, or why it cannot be asked. */
const questionOf = (
  context: Context,
  cluster: string,
  before: Evidence,
): Question | { reason: 'not_askable' | 'refused'; detail: string } => {
  const { prometheus, loki } = context.sources(cluster)
  const { source, query, output } = before
  if (source === 'prometheus' && output.kind === 'series') {
    if (prometheus === undefined) return { reason: 'not_askable', detail: 'Its Prometheus is not configured any more.' }
    const guarded = guardPromql(query)
    if (!guarded.ok) return { reason: 'refused', detail: `Not asked: ${guarded.reason}.` }
    return async ({ at, from, signal }) => {
      const { series, complete } =
        from === null
          ? await prometheus.instant(query, { at, signal })
          : await prometheus.range(query, { from, to: at, stepSeconds: stepOf(output.series, at.getTime() - from.getTime()), signal })
      return { output: { kind: 'series', series }, complete }
    }
  }
  if (source === 'loki' && output.kind === 'lines') {
    if (loki === undefined) return { reason: 'not_askable', detail: 'Its Loki is not configured any more.' }
    const guarded = guardLogql(query)
    if (!guarded.ok) return { reason: 'refused', detail: `Not asked: ${guarded.reason}.` }
    const limit = Math.max(100, output.lines.length)
    return async ({ at, from, signal }) => {
      const { lines, complete } = await loki.lines(query, { from: from ?? new Date(at.getTime() - 3_600_000), to: at, limit, signal })
      return { output: { kind: 'lines', lines }, complete }
    }
  }
  return { reason: 'not_askable', detail: 'Only questions to Prometheus and Loki can be asked again.' }
}

/** The distance of the stored points, so that both answers have the same grain; never more points than Prometheus allows. */
const stepOf = (series: readonly Series[], widthMs: number): number => {
  const distances = series.flatMap(({ points }) => points.slice(1).map(([at], i) => at - (points[i]?.[0] ?? at)))
  const usual = distances.length === 0 ? widthMs / 60_000 : distances.reduce((least, one) => Math.min(least, one))
  return Math.max(1, Math.ceil(widthMs / 1000 / 10_000), Math.round(usual))
}

type Asking = { readonly before: Evidence; readonly redact: (text: string) => string; readonly question: Question }

const withinTime = async (context: Context, { before, redact, question }: Asking): Promise<AskedAgain> => {
  const at = context.clock.now()
  const width = before.range?.from == null ? null : Date.parse(before.range.to) - Date.parse(before.range.from)
  const from = width === null ? null : new Date(at.getTime() - width)
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new TransientError('no answer in 10 s')))
  try {
    const { output, complete } = await question({ at, from, signal: stop.signal })
    const comparison = compared(before, { output, complete }).map((line) => redact(clean(line)))
    return { asked: true, at, from, shown: redact(clean(shownOf(output))), complete, comparison }
  } catch (error) {
    if (stop.signal.aborted) return { asked: false, reason: 'no_answer', detail: 'It gave no answer in 10 s. Nothing was changed.' }
    if (!(error instanceof TransientError || error instanceof PermanentError)) throw error
    return { asked: false, reason: 'no_answer', detail: cut(redact(clean(error.message)), 300) }
  } finally {
    cancel()
  }
}

/** Lines of each kind that fit beside what was shown before. */
const MOST_SERIES = 20
const MOST_LINES = 20
const MOST_COMPARED = 5

const shownOf = (output: Answer): string => {
  if (output.kind === 'series') return output.series.length === 0 ? 'no samples' : toText(output.series, { maxSeries: MOST_SERIES })
  if (output.kind !== 'lines') return ''
  const { lines } = output
  const more = lines.length > MOST_LINES ? [`… ${lines.length - MOST_LINES} more lines not shown here`] : []
  return lines.length === 0
    ? 'no lines'
    : [...lines.slice(0, MOST_LINES).map(({ at, line }) => `${at} ${cut(line, 300)}`), ...more].join('\n')
}

const compared = (before: Evidence, now: Now): string[] => {
  const { output } = now
  if (before.output.kind === 'lines' && output.kind === 'lines')
    return [`then: ${counted(before.output.lines, before.complete)}`, `now: ${counted(output.lines, now.complete)}`]
  if (before.output.kind !== 'series' || output.kind !== 'series') return []
  const [then, after] = [lastValues(before.output.series), lastValues(output.series)]
  const names = [...new Set([...then.keys(), ...after.keys()])]
  if (names.length === 0) return ['no samples then, none now']
  const lines = names.slice(0, MOST_COMPARED).map((name) => {
    const of = names.length === 1 ? 'last value' : name
    return `${of}: ${valueWords(then.get(name))} then, ${valueWords(after.get(name))} now`
  })
  return [...lines, ...(names.length > MOST_COMPARED ? [`and ${names.length - MOST_COMPARED} more series`] : [])]
}

/** Where both are cut, how fast they came is what tells them apart. */
const counted = (lines: readonly LogLine[], complete: boolean): string => {
  const count = `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`
  if (complete) return count
  const [newest, oldest] = [lines[0], lines.at(-1)].map((line) => Date.parse(line?.at ?? ''))
  const span = Math.abs((newest ?? Number.NaN) - (oldest ?? Number.NaN)) / 1000
  return Number.isFinite(span) ? `more than ${count}, the newest ${lines.length} within ${duration(span)}` : `more than ${count}`
}

const valueWords = (value: number | undefined): string => (value === undefined ? 'no sample' : amount(value))

const lastValues = (series: readonly Series[]): ReadonlyMap<string, number> =>
  new Map(
    series.flatMap(({ labels, points }) => {
      const last = points.at(-1)?.[1]
      return last === undefined ? [] : [[labelText(labels), last] as const]
    }),
  )
