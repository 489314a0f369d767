import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { csvRows } from './csv.ts'
import { history } from './petshop-history.ts'
import { columnMetric, intervalOf, rowsOf, type Table, tableOf, valuesOf } from './petshop-table.ts'
import { thresholdOf } from './petshop-threshold.ts'
import type { AlertRule, Metrics, Recording, Samples } from './recording.ts'

/** Samples of one normal window. */
const WINDOW = 12
/** The place in its window at which a normal window's alert may fire at the earliest; three samples are looked at. */
const ALERT_AT = 8
const NAMESPACE = 'petshop'

/**
 * Recordings in the layout of PetShop: folders with `graph.csv`, `issues/<name>/{metrics.csv,target.json}` and `noissue/metrics.csv`.
 * `minutes` of the normal operation stand before each issue, which itself was recorded for a few samples only.
 */
export const readPetshop = (directory: string, minutes: number): Recording[] =>
  setsOf(directory).flatMap((folder) => {
    const set: Set_ = {
      name: folder === directory ? 'petshop' : folder.slice(directory.length + 1).replaceAll(/[^a-zA-Z0-9]+/g, '-'),
      normal: tableOf(join(folder, 'noissue', 'metrics.csv')),
      edges: edgesOf(join(folder, 'graph.csv')),
    }
    const issues = readdirSync(join(folder, 'issues'))
      .filter((name) => existsSync(join(folder, 'issues', name, 'target.json')))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => issueOf(set, { name, folder: join(folder, 'issues', name), minutes }))
    return [
      ...issues.map(({ recording }) => recording),
      ...normalWindows(
        set,
        issues.map(({ target }) => target),
        minutes,
      ),
    ]
  })

const setsOf = (directory: string): string[] =>
  [directory, ...readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name))]
    .filter((path) => statSync(path).isDirectory() && existsSync(join(path, 'graph.csv')) && existsSync(join(path, 'issues')))
    .sort()

type Set_ = { readonly name: string; readonly normal: Table; readonly edges: readonly Edge[] }
type Edge = { readonly client: string; readonly server: string }
type Target = { readonly node: string; readonly metric: string }

/** A square of callers (rows) and called (columns). */
const edgesOf = (file: string): Edge[] => {
  const [[, ...names] = [], ...rows] = csvRows(readFileSync(file, 'utf8'))
  return rows.flatMap(([client = '', ...cells]) =>
    names.flatMap((server, at) => (Number(cells[at]) > 0 && server !== client ? [{ client, server }] : [])),
  )
}

type TargetFile = {
  readonly target: { readonly node: string; readonly metric: string; readonly agg: string; readonly timestamp: number }
  readonly root_cause: { readonly node: string }
}

const issueOf = (set: Set_, { name, folder, minutes }: { name: string; folder: string; minutes: number }) => {
  const { target, root_cause: cause } = JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8')) as TargetFile
  const own = tableOf(join(folder, 'metrics.csv'))
  const interval = intervalOf(own)
  const metric = columnMetric(target.metric, target.agg)
  const asked = { node: target.node, metric }
  const values = valuesOf(own, asked)
  // A sample is stamped with the beginning of its interval: the one that holds the moment may be the first that is wrong.
  const found = own.times.findIndex((time) => time + interval > target.timestamp)
  const from = found < 0 ? own.times.length - 1 : found
  const before = history({ normal: set.normal, own, from, rows: Math.round((minutes * 60) / interval) })
  const usual = [...valuesOf(before, asked), ...values.slice(0, from)]
  const limit = thresholdOf({ usual, values, from, to: own.times.length })
  const rule = ruleOf(asked, limit)
  const startsAt = own.times[limit.at] ?? target.timestamp
  const series = () => [...seriesOf(before), ...seriesOf(own)]
  const recording: Recording = {
    ...recorded({ set, name: `${set.name}-${name}`, target: asked, startsAt, interval, rule }),
    metrics: metricsOf({ name: `${set.name}-${name}`, series, edges: set.edges, interval, rules: [rule] }),
    expected: { service: cause.node, names: [cause.node] },
  }
  return { recording, target: asked }
}

type About = {
  readonly set: Set_
  readonly name: string
  readonly target: Target
  readonly startsAt: number
  readonly interval: number
  readonly rule: AlertRule
}

/** Vigil looks one sample after the alert began to fire: with the sample that made it fire and the next. */
const recorded = ({ name, target, startsAt, interval, rule }: About): Omit<Recording, 'metrics' | 'expected'> => ({
  set: 'petshop',
  name,
  alert: {
    labels: { alertname: rule.alert, service: target.node, namespace: NAMESPACE, ...rule.labels },
    expression: rule.expression,
    startsAt: new Date(startsAt * 1000),
  },
  now: new Date((startsAt + interval + 5) * 1000),
})

const ruleOf = ({ node, metric }: Target, { threshold, above }: { threshold: number; above: boolean }): AlertRule => ({
  alert: `${above ? 'High' : 'Low'}${metric
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')}`,
  expression: `${metric}{service=${JSON.stringify(node)}} ${above ? '>' : '<'} ${threshold}`,
  forSeconds: 0,
  labels: { severity: 'critical' },
})

/** Whole windows one after the other; each with an alert as nervous as it takes to fire there, on each alerting node and metric in turn. */
const normalWindows = (set: Set_, targets: readonly Target[], minutes: number): Recording[] => {
  const { normal } = set
  const interval = intervalOf(normal)
  const wanted = [...new Map(targets.map((one) => [JSON.stringify(one), one])).values()]
  const windows = Array.from({ length: Math.floor(normal.times.length / WINDOW) }, (_, n) => n * WINDOW)
  const alerts = windows.flatMap((first, n) => {
    const at = (target: Target) => {
      const values = valuesOf(normal, target)
      const usual = values.slice(first, first + WINDOW)
      return { target, ...thresholdOf({ usual, values, from: first + ALERT_AT, to: first + WINDOW - 1 }) }
    }
    const turn = wanted.map((_, i) => wanted[(n + i) % wanted.length]).flatMap((one) => (one === undefined ? [] : [at(one)]))
    // An availability that never left 100 % alerts nobody: then it is the next one's turn.
    const alert = turn.find(({ moved }) => moved) ?? turn[0]
    return alert === undefined ? [] : [{ first, ...alert }]
  })
  const placed = alerts.map(({ first, target, ...found }) => ({
    first,
    target,
    startsAt: normal.times[found.at] ?? 0,
    rule: ruleOf(target, found),
  }))
  const name = `${set.name}-normal`
  const common = { edges: set.edges, interval }
  // With a past they share one Prometheus: what is later than its moment no window sees.
  const shared = metricsOf({ ...common, name, series: () => seriesOf(normal), rules: placed.map(({ rule }) => rule) })
  return placed.map(({ first, target, startsAt, rule }): Recording => {
    const own = `${name}-${first / WINDOW + 1}`
    const alone = () => metricsOf({ ...common, name: own, series: () => seriesOf(rowsOf(normal, first, first + WINDOW)), rules: [rule] })
    return {
      ...recorded({ set, name: own, target, startsAt, interval, rule }),
      metrics: minutes > 0 ? shared : alone(),
      expected: null,
    }
  })
}

const seriesOf = ({ times, columns }: Table): Samples[] =>
  columns.map(({ service, metric, values }) => ({
    metric,
    labels: { service, namespace: NAMESPACE },
    points: values.flatMap((value, at) => (value === null ? [] : [[times[at] ?? 0, value] as const])),
  }))

type OfMetrics = {
  readonly name: string
  readonly series: () => readonly Samples[]
  readonly edges: readonly Edge[]
  readonly interval: number
  readonly rules: readonly AlertRule[]
}

const metricsOf = ({ name, series, edges, interval, rules }: OfMetrics): Metrics => ({
  name,
  intervalSeconds: interval,
  rules,
  series: () => {
    const all = series().filter(({ points }) => points.length > 0)
    const times = [...new Set(all.flatMap(({ points }) => points.map(([at]) => at)))].sort((a, b) => a - b)
    // The graph tells who calls whom, not how often: one call a sample.
    const calls = edges.map(({ client, server }) => ({
      metric: 'traces_service_graph_request_total',
      labels: { client, server },
      points: times.map((at, n) => [at, n + 1] as const),
    }))
    return [...merged(all), ...calls]
  },
})

/** One series a label set: the history and the recording join. */
const merged = (all: readonly Samples[]): Samples[] =>
  [...Map.groupBy(all, ({ metric, labels }) => `${metric} ${JSON.stringify(labels)}`).values()].flatMap(([head, ...rest]) =>
    head === undefined ? [] : [{ ...head, points: [head, ...rest].flatMap(({ points }) => points).toSorted(([a], [b]) => a - b) }],
  )
