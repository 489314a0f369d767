import { z } from 'zod'
import { guardPromql } from '../../datasources/promql.ts'
import { parseMoment } from '../../datasources/time.ts'
import type { Series } from '../../series/series.ts'
import { labelText } from '../../series/text.ts'
import { amount } from '../../text/number.ts'
import { asking } from './asking.ts'
import { refused } from './failure.ts'
import { questionText, shownText, valueText } from './shown.ts'
import type { Tool, ToolAnswer, ToolContext } from './tool.ts'

const input = z.object({
  query: z.string().describe('PromQL. Every selector names a metric, or a label with its value. Aggregate: sum by (…), topk(5, …).'),
  time: z.string().optional().describe('When: RFC 3339 (2026-11-20T21:51:00Z) or relative (-10m). Default: now.'),
  why: z.string().optional().describe('The question in a few plain words, for the people who watch: "Errors per second by version".'),
})

type Input = z.infer<typeof input>

/** At most 50 series (MISSION 46): more is for an aggregation to answer. */
const maxSeries = 50

export const queryMetrics: Tool<Input> = {
  name: 'query_metrics',
  description:
    'Asks Prometheus for the value of a PromQL expression at one moment. Keeps at most 50 series and shows those with the highest and lowest values; when ' +
    'it says that series were cut, nothing can be concluded about what is absent. Use query_metrics_range to see how a value changed.',
  input,
  needs: 'prometheus',
  question: ({ why, query }) => questionText(why, query),
  run: (asked, context) => {
    const { query } = asked
    return asking('prometheus', context, query, async (prometheus) => {
      const guarded = guardPromql(query)
      if (!guarded.ok) return refused(query, guarded.reason)
      const at = parseMoment(asked.time ?? 'now', context.clock.now())
      if (!at) return refused(query, `the time ${asked.time} is neither RFC 3339 nor relative (-10m)`)
      return await answerAt(query, at, { ...context, prometheus })
    })
  },
}

/** So many values are read at a glance; of more, those at the ends. */
const HIGHEST = 12
const LOWEST = 3

const extremes = (series: readonly Series[]): readonly Series[] => {
  if (series.length <= HIGHEST + LOWEST) return series
  const value = ({ points }: Series): number => points.at(-1)?.[1] ?? Number.NaN
  // What is no number is worth seeing, so it comes first.
  const sorted = series.toSorted((a, b) => Number(Number.isNaN(value(b))) - Number(Number.isNaN(value(a))) || value(b) - value(a))
  return [...sorted.slice(0, HIGHEST), ...sorted.slice(-LOWEST)]
}

const answerAt = async (
  query: string,
  at: Date,
  { prometheus, signal }: Pick<ToolContext, 'signal'> & { prometheus: NonNullable<ToolContext['sources']['prometheus']> },
): Promise<ToolAnswer> => {
  const { series, complete, total } = await prometheus.instant(query, { at, signal, limit: maxSeries })
  const notes = [`${total} series at ${at.toISOString()}${total === 0 ? ': the query matched no current samples' : ''}`]
  if (total > series.length) notes.push(`Truncated: the first ${series.length} of ${total} by label order. Aggregate or narrow the query.`)
  else if (!complete) notes.push('Incomplete: a part of the data source did not answer.')
  const values = extremes(series).map(({ labels, points }) => `${labelText(labels)} ${valueText(points.at(-1)?.[1] ?? Number.NaN)}`)
  if (values.length < series.length)
    notes.push(`The ${HIGHEST} highest and ${LOWEST} lowest of ${series.length}; the others lie between, open_evidence shows them.`)
  const only = total === 1 ? series[0]?.points.at(-1)?.[1] : undefined
  return {
    ok: true,
    summary: only === undefined ? `${total} series` : amount(only),
    cited: {
      source: 'prometheus',
      query,
      range: { from: null, to: at.toISOString() },
      output: { kind: 'series', series },
      shown: shownText(notes, values, 'series'),
      complete,
      link: prometheus.link(query),
    },
  }
}
