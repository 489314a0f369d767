import { z } from 'zod'
import type { Prometheus } from '../../datasources/prometheus.ts'
import { guardPromql } from '../../datasources/promql.ts'
import { formatDuration, parseDuration } from '../../datasources/time.ts'
import type { Series } from '../../series/series.ts'
import { summarise } from '../../series/summary.ts'
import { labelText, toText } from '../../series/text.ts'
import { amount } from '../../text/number.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText, valueText } from './shown.ts'
import type { Tool, ToolAnswer } from './tool.ts'
import { end, type Window, windowOf } from './window.ts'

const input = z.object({
  query: z.string().describe('PromQL. Every selector names a metric, or a label with its value. Aggregate: sum by (…), topk(5, …).'),
  start: z.string().describe('From when: RFC 3339 (2026-11-20T21:51:00Z) or relative to now (-1h).'),
  end,
  step: z.string().default('5m').describe('Distance of the points: 15s, 1m, 5m.'),
  why: z.string().optional().describe('The question in a few plain words, for the people who watch: "Memory before the restart".'),
})

type Input = z.infer<typeof input>

/** MISSION 47. */
const maxSeries = 20
/** What Prometheus itself allows for one series. */
const maxPoints = 11_000
/** A month at the largest number of points has a step of four minutes; what is older is for an aggregation over time. */
const maxWindowSeconds = 31 * 86_400

export const queryMetricsRange: Tool<Input> = {
  name: 'query_metrics_range',
  description:
    'Asks Prometheus how a PromQL expression changed over time. Gives at most 20 series, each with its first, last, lowest, highest ' +
    'and mean value, when it changed, its mean over the window before and a day before, and some of its points. When it says that series were cut, nothing can be concluded about what is absent.',
  input,
  needs: 'prometheus',
  question: ({ why, query }) => questionText(why, query),
  run: (asked, context) => {
    const { query } = asked
    return asking('prometheus', context, query, async (prometheus) => {
      const guarded = guardPromql(query)
      if (!guarded.ok) return refused(query, guarded.reason)
      const window = steppedWindowOf(asked, context.clock.now())
      if (typeof window === 'string') return refused(query, window)
      return await answerOver(query, window, prometheus, context.signal)
    })
  },
}

type Stepped = Window & { readonly stepSeconds: number; readonly note: string | null }

/** The window as it will be asked, or why it cannot be. */
const steppedWindowOf = (asked: Input, now: Date): Stepped | string => {
  const window = windowOf(asked, now, maxWindowSeconds)
  if (typeof window === 'string') return window
  const { from, to } = window
  const { step } = asked
  const seconds = (to.getTime() - from.getTime()) / 1000
  const wanted = parseDuration(step)
  if (wanted === undefined || !(wanted > 0)) return `the step ${step} is not a duration such as 15s or 5m`
  if (Math.floor(seconds / wanted) + 1 <= maxPoints) return { from, to, stepSeconds: wanted, note: null }
  const stepSeconds = Math.ceil(seconds / (maxPoints - 1))
  return {
    from,
    to,
    stepSeconds,
    note: `The step was raised from ${step} to ${formatDuration(stepSeconds)}: at most ${maxPoints} points a series.`,
  }
}

const answerOver = async (query: string, window: Stepped, prometheus: Prometheus, signal: AbortSignal): Promise<ToolAnswer> => {
  const { from, to, stepSeconds, note } = window
  const { series, complete, total } = await prometheus.range(query, { from, to, stepSeconds, signal, limit: maxSeries })
  const notes = [`${total} series from ${from.toISOString()} to ${to.toISOString()}, step ${formatDuration(stepSeconds)}`]
  if (total === 0) notes.push('The query matched no samples in this window.')
  if (note) notes.push(note)
  if (total > series.length) notes.push(`Truncated: the first ${series.length} of ${total} by label order. Aggregate or narrow the query.`)
  else if (!complete) notes.push('Incomplete: a part of the data source did not answer.')
  const last = series[0]?.points.at(-1)?.[1]
  const before = series.length === 0 ? [] : await comparisons(query, window, prometheus, signal)
  return {
    ok: true,
    summary: total === 1 && last !== undefined ? `last ${amount(last)}` : `${total} series`,
    cited: {
      source: 'prometheus',
      query,
      range: { from: from.toISOString(), to: to.toISOString() },
      output: { kind: 'series', series },
      shown: shownText([...notes, ...oddNote(series)], seriesLines(series, before), 'series'),
      complete,
      link: prometheus.link(query, { from, to }),
    },
  }
}

/** Points of each series that are shown besides its statistics, and series that are shown with them; the whole is in the output. */
const shownPoints = 6
const shownWhole = 8

const seriesLines = (series: readonly Series[], before: readonly Comparison[]): string[] =>
  series.length === 0
    ? []
    : toText(series, { maxSeries, maxPoints: shownPoints, whole: shownWhole, note: (one) => noteOf(one, before) }).split('\n')

/** Longer windows hold their own past. */
const comparedSeconds = 6 * 3600
/** Enough for a mean; the points themselves are not kept. */
const comparedPoints = 60

type Comparison = { readonly name: string; readonly series: readonly Series[] }

/** The same expression over the window before and a day earlier: a number without its past proves nothing. What fails is left out. */
const comparisons = async (query: string, { from, to }: Window, prometheus: Prometheus, signal: AbortSignal): Promise<Comparison[]> => {
  const seconds = (to.getTime() - from.getTime()) / 1000
  if (seconds > comparedSeconds) return []
  const stepSeconds = Math.max(1, Math.ceil(seconds / comparedPoints))
  const asked = [
    { name: 'window before', back: seconds },
    { name: 'a day before', back: 86_400 },
  ]
  const found = await Promise.all(
    asked.map(async ({ name, back }): Promise<Comparison[]> => {
      const shift = (date: Date): Date => new Date(date.getTime() - back * 1000)
      try {
        const { series } = await prometheus.range(query, { from: shift(from), to: shift(to), stepSeconds, signal, limit: maxSeries })
        return [{ name, series }]
      } catch {
        return []
      }
    }),
  )
  return found.flat()
}

const noteOf = ({ labels }: Series, before: readonly Comparison[]): string => {
  const key = labelText(labels)
  return before
    .map(({ name, series }) => {
      const same = series.find((one) => labelText(one.labels) === key)
      const { mean } = same === undefined ? { mean: Number.NaN } : summarise(same)
      return Number.isFinite(mean) ? `${name} mean ${valueText(mean)}` : `${name} no samples`
    })
    .join(', ')
}

/** Statistics are made of finite values alone: without this word a series of NaN would look like one without samples. */
const oddNote = (series: readonly Series[]): string[] => {
  const odd = series.flatMap(({ points }) => points).filter(([, value]) => !Number.isFinite(value)).length
  return odd === 0 ? [] : [`${odd} points are NaN or infinite and not in the statistics.`]
}
