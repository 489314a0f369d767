import type { AlertingRule, Prometheus } from '../../datasources/prometheus.ts'
import { sourceNames } from '../../datasources/sources.ts'
import type { CheckInput, Line } from './check.ts'
import { skewLine } from './check.ts'
import { forEachCluster } from './clusters.ts'
import { type Leaf, leavesOf } from './rule-labels.ts'

const part = sourceNames.prometheus

/** Version, alerting rules, how many of them name a service, and the clock. */
export const checkPrometheus = forEachCluster('prometheus', {
  absent: () => ({
    level: 'warning',
    part,
    text: 'not configured: no metrics in any answer, and no recovery can be confirmed',
    mend: 'set VIGIL_PROMETHEUS_ENDPOINT, such as http://prometheus:9090',
  }),
  mend: (reason) =>
    /^Prometheus 40[13]/.test(reason)
      ? 'VIGIL_PROMETHEUS_TOKEN or VIGIL_PROMETHEUS_TENANT_ID is missing or wrong'
      : 'check VIGIL_PROMETHEUS_ENDPOINT (or clusters[].prometheus), and that it answers from here: curl <endpoint>/-/ready',
  look: async ({ source, input }) => {
    const [version, rules, skewMs] = await Promise.all([source.version(input), source.rules(input), skewOf(source, input)])
    return [...(await ruleLines(source, input, { version, rules })), ...skewLine(part, 'Prometheus', skewMs)]
  },
})

const skewOf = async (source: Prometheus, { clock, signal }: CheckInput): Promise<number> => {
  const before = clock.now().getTime()
  const { series } = await source.instant('time()', { signal })
  const there = series[0]?.points[0]?.[1]
  // Half of the way there and back.
  return there === undefined ? 0 : there * 1000 - (before + clock.now().getTime()) / 2
}

type Known = { version: string; rules: readonly AlertingRule[] }

const ruleLines = async (source: Prometheus, input: CheckInput, { version, rules }: Known): Promise<Line[]> => {
  if (rules.length === 0)
    return [
      {
        level: 'warning',
        part,
        text: `${version}: has no alerting rules`,
        mend: "is it the Prometheus that evaluates them? (Mimir, Thanos: the ruler's address)",
      },
    ]
  const counted = `${version}: ${rules.length} alerting ${rules.length === 1 ? 'rule' : 'rules'}`
  const wanted = input.config.subject.service
  const named = await namedOf(source, input, rules)
  const share = Math.round((100 * named.length) / rules.length)
  const by = wanted.filter((label) => named.some((rule) => rule.label === label))
  const text = `${counted}, ${share} % name a service${by.length === 0 ? '' : ` by the ${by.length === 1 ? 'label' : 'labels'} ${by.join(', ')}`}`
  if (share >= 80) return [{ level: 'ok', part, text }]
  const without = rules.filter((rule) => !named.some(({ name }) => name === rule.name)).map(({ name }) => name)
  const examples = [...new Set(without)].slice(0, 3).join(', ')
  const mend = `give such rules a label "${wanted[0] ?? 'service'}", or name your own label in subject.service (VIGIL_SUBJECT_SERVICE)`
  return [{ level: 'warning', part, text: `${text}; not ${examples}${without.length > 3 ? ' …' : ''}`, mend }]
}

type Named = { name: string; label: string }

/** Rules whose alerts will have a label of `subject.service`: set by the rule, fixed by a matcher, or on the series that it reads. */
const namedOf = async (source: Prometheus, input: CheckInput, rules: readonly AlertingRule[]): Promise<Named[]> => {
  const read = rules.map((rule) => ({ rule, leaves: leavesOf(rule.expression) }))
  const metrics = [...new Set(read.flatMap(({ leaves }) => leaves.map(({ metric }) => metric)))]
    .filter((name) => name !== '')
    .slice(0, MOST_METRICS)
  const having = new Map(
    await Promise.all(
      input.config.subject.service.map(async (label) => [label, await metricsWith(source, input, { label, metrics })] as const),
    ),
  )
  const carries = (label: string, rule: AlertingRule, leaves: readonly Leaf[]): boolean =>
    (rule.labels[label] ?? '') !== '' ||
    leaves.some((leaf) => leaf.keeps(label) && (leaf.fixed.includes(label) || having.get(label)?.has(leaf.metric)))
  return read.flatMap(({ rule, leaves }) => {
    const label = input.config.subject.service.find((one) => carries(one, rule, leaves))
    return label === undefined ? [] : [{ name: rule.name, label }]
  })
}

/** One query a label; more names than these make the query itself too long for some gateways. */
const MOST_METRICS = 200

const metricsWith = async (
  source: Prometheus,
  { signal }: CheckInput,
  { label, metrics }: { label: string; metrics: readonly string[] },
) => {
  if (metrics.length === 0) return new Set<string>()
  const names = metrics.filter((name) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)).join('|')
  // A server that is too large for it leaves what the rules say of themselves.
  const answer = await source
    .instant(`group by (__name__) ({__name__=~"${names}",${label}!=""})`, { signal, limit: MOST_METRICS })
    .catch(() => ({ series: [] }))
  return new Set(answer.series.map(({ labels }) => labels['__name__'] ?? ''))
}
