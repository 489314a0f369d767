import type { Labels } from '../../../series/series.ts'
import type { Aggregate } from './ast.ts'
import { QueryError } from './ast.ts'
import type { Sample } from './evaluate.ts'
import { quantile, variance } from './functions.ts'
import { drop, keep, signature } from './labels.ts'

/** `sum by (…)` and its family; `param` is k of topk and q of quantile. */
export const aggregate = (expr: Aggregate, samples: readonly Sample[], param: number): Sample[] => {
  const groups = new Map<string, { labels: Labels; members: Sample[] }>()
  for (const sample of samples) {
    const labels = groupLabels(expr, sample.labels)
    const key = signature(labels)
    const group = groups.get(key) ?? { labels, members: [] }
    groups.set(key, group)
    group.members.push(sample)
  }
  if (expr.op === 'topk' || expr.op === 'bottomk') return [...groups.values()].flatMap(({ members }) => best(members, param, expr.op))
  return [...groups.values()].map(({ labels, members }) => ({
    labels,
    value: combine(
      expr.op,
      members.map(({ value }) => value),
      param,
    ),
  }))
}

const groupLabels = (expr: Aggregate, labels: Labels): Labels => {
  let known = grouped.get(expr)
  if (known === undefined) {
    known = new WeakMap()
    grouped.set(expr, known)
  }
  const before = known.get(labels)
  if (before !== undefined) return before
  const made = expr.without ? drop(labels, [...expr.grouping, '__name__']) : keep(labels, expr.grouping)
  known.set(labels, made)
  return made
}

const grouped = new WeakMap<Aggregate, WeakMap<Labels, Labels>>()

const best = (members: readonly Sample[], k: number, op: string): Sample[] => {
  const sign = op === 'topk' ? -1 : 1
  const order = (sample: Sample) => (Number.isNaN(sample.value) ? Number.POSITIVE_INFINITY : sign * sample.value)
  return members.toSorted((a, b) => order(a) - order(b) || 0).slice(0, Math.max(0, Math.floor(k)))
}

const combine = (op: string, values: readonly number[], param: number): number => {
  const total = () => values.reduce((sum, value) => sum + value, 0)
  switch (op) {
    case 'sum':
      return total()
    case 'avg':
      return total() / values.length
    case 'count':
      return values.length
    case 'group':
      return 1
    case 'min':
      return extreme(values, Math.min)
    case 'max':
      return extreme(values, Math.max)
    case 'stddev':
      return Math.sqrt(variance(values))
    case 'stdvar':
      return variance(values)
    case 'quantile':
      return quantile(param, values)
    default:
      throw new QueryError('bad_data', `this simulated Prometheus does not know the aggregation ${JSON.stringify(op)}`)
  }
}

/** NaN counts only where there is nothing else. */
const extreme = (values: readonly number[], choose: (a: number, b: number) => number): number =>
  values.reduce((found, value) => (Number.isNaN(found) ? value : Number.isNaN(value) ? found : choose(found, value)))
