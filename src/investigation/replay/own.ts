import type { Clock } from '../../context.ts'
import { healthOf, splitComparison } from '../../datasources/comparison.ts'
import type { Prometheus } from '../../datasources/prometheus.ts'
import { TransientError } from '../../errors.ts'
import { ownSeries } from '../../incident/expression.ts'
import type { Cited, Evidence } from '../evidence.ts'
import { LOOK_BACK_SECONDS, ownState, STEPS } from '../own-state.ts'
import type { OwnState } from '../rules/rule.ts'
import type { Recorded } from './recorded.ts'
import { prometheusOfAll } from './sources.ts'

/** The state of the alert's own expression, found again in the answers of then; where these are not whole, as it was told. */
export const ownAgain = async (recorded: Recorded, again: { clock: Clock; signal: AbortSignal }): Promise<OwnState | null> => {
  const { alert, brief } = recorded
  const before = recorded.evidence.slice(0, recorded.given)
  const told = ownAsTold(recorded, before)
  if (told === null || brief === null) return told
  const startsAt = new Date(alert.starts_at)
  const course = told.answers.find(({ range }) => range !== null && range.from !== null)?.range ?? null
  if (course === null || course.from === null) return told
  const seconds = (Date.parse(course.to) - Date.parse(course.from)) / 1000
  const held = (startsAt.getTime() - Date.parse(course.from)) / 1000 - LOOK_BACK_SECONDS
  // It was another alert of the incident that was looked at.
  if (held < 0) return told
  try {
    const prometheus = withRule(prometheusOfAll(before), { ...alert, forSeconds: held })
    const own = await ownState({ ...again, alert: { ...alert, starts_at: startsAt }, prometheus })
    if (own === null) return told
    // The last seconds of the onset were read from an answer that was not kept.
    const later = own.onset.getTime() - told.onset.getTime()
    return later >= 0 && later < Math.ceil(seconds / STEPS) * 1000 ? { ...own, onset: told.onset } : own
  } catch (error) {
    if (error instanceof TransientError) return told
    throw error
  }
}

type RuleOfThen = Pick<Recorded['alert'], 'expression' | 'labels'> & { readonly forSeconds: number }

/** It knows the alert's own rule, and nothing of how old a sample was, for that is not kept. */
const withRule = (prometheus: Prometheus, { expression, labels, forSeconds }: RuleOfThen): Prometheus => ({
  ...prometheus,
  rules: async () => [
    {
      group: '',
      name: labels['alertname'] ?? '',
      expression: expression ?? '',
      labels: {},
      annotations: {},
      forSeconds,
      intervalSeconds: 0,
    },
  ],
  instant: (query, options) =>
    prometheus.instant(query, options).catch((error: unknown) => {
      if (/timestamp\(|^vector\(/.test(query)) return { series: [], complete: true, partial: false, total: 0 }
      throw error
    }),
})

/** As the brief tells it; its value is read again from the answer that it came from. */
const ownAsTold = ({ brief, alert }: Recorded, before: readonly Evidence[]): OwnState | null => {
  const cited = brief?.findings.find(({ rule }) => rule === 'own-expression')?.evidence ?? []
  const [first, ...more] = cited.flatMap((id): Cited[] => before.filter((one) => one.id === id))
  if (brief === null || brief.state === null || first === undefined || alert.expression === null) return null
  const split = splitComparison(alert.expression)
  const comparison = split.kind === 'threshold' || split.kind === 'up_zero' ? split : undefined
  const series = first.output.kind === 'series' ? first.output.series : []
  const value = (split.kind === 'absent' ? series[0] : ownSeries(series, alert.labels, comparison))?.points.at(-1)?.[1] ?? null
  const health = comparison === undefined || value === null ? 'unknown' : healthOf(comparison, value)
  return {
    expression: alert.expression,
    state: brief.state,
    value,
    threshold: comparison?.threshold ?? null,
    firing: health === 'unhealthy' ? true : health === 'healthy' ? false : firingWithout(split.kind, value),
    onset: new Date(brief.onset ?? alert.starts_at),
    onsetSeen: brief.onset_seen,
    forSeconds: null,
    answers: [first, ...more],
    chart: brief.chart,
  }
}

/** Of an expression with no comparison to take off: `absent()` is healthy where there are samples, any other fires where there are. */
const firingWithout = (kind: string, value: number | null): boolean | null => {
  if (value === null) return null
  return kind === 'absent' ? false : kind === 'other' ? true : null
}
