import type { Labels } from '../../../series/series.ts'
import { regularExpression } from '../matcher.ts'
import type { Call, Expr } from './ast.ts'
import { QueryError } from './ast.ts'
import type { Ranged, Sample, Value } from './evaluate.ts'
import { elementFunctions, predict, quantile, rangeFunctions } from './functions.ts'
import { drop, nameless, signature, sortLabels } from './labels.ts'

type Arguments = { value(expr: Expr): Value; windows(expr: Expr): readonly Ranged[] }

/** A function call at one instant (milliseconds). Throws a QueryError. */
export const call = (expr: Call, at: number, args: Arguments): Value => {
  const [first, second] = expr.args
  if (expr.name === 'time') return { type: 'scalar', value: at / 1000 }
  if (expr.name === 'pi') return { type: 'scalar', value: Math.PI }
  if (first === undefined) throw new QueryError('execution', `no arguments for ${expr.name}`)
  if (expr.name === 'scalar') {
    const samples = vectorOf(args.value(first))
    return { type: 'scalar', value: samples.length === 1 ? (samples[0]?.value ?? Number.NaN) : Number.NaN }
  }
  const range = rangeFunctions[expr.name]
  if (range !== undefined) return perSeries(expr.name, args.windows(first), ({ window }) => range(window))
  if (expr.name === 'quantile_over_time' && second !== undefined) {
    const q = scalarOf(args.value(first))
    return perSeries(expr.name, args.windows(second), ({ window }) => quantile(q, window.values))
  }
  if (expr.name === 'predict_linear' && second !== undefined) {
    const seconds = scalarOf(args.value(second))
    return perSeries(expr.name, args.windows(first), ({ window }) => predict(window, at, seconds))
  }
  const element = elementFunctions[expr.name]
  if (element !== undefined) {
    const rest = expr.args.slice(1).map((arg) => scalarOf(args.value(arg)))
    if (expr.name === 'clamp' && (rest[0] ?? 0) > (rest[1] ?? 0)) return { type: 'vector', samples: [] }
    const samples = vectorOf(args.value(first))
    return distinct(samples.map(({ labels, value }) => ({ labels: nameless(labels), value: element(value, rest) })))
  }
  return special(expr, args)
}

const special = (expr: Call, args: Arguments): Value => {
  const [first, second] = expr.args
  if (first === undefined) throw new QueryError('execution', `no arguments for ${expr.name}`)
  switch (expr.name) {
    case 'vector':
      return { type: 'vector', samples: [{ labels: {}, value: scalarOf(args.value(first)) }] }
    case 'absent':
      return absent(first, vectorOf(args.value(first)).length > 0)
    case 'absent_over_time':
      return absent(first, args.windows(first).length > 0)
    case 'timestamp':
      return distinct(
        vectorOf(args.value(first)).map(({ labels, time }) => ({ labels: nameless(labels), value: (time ?? Number.NaN) / 1000 })),
      )
    case 'sort':
      return { type: 'vector', samples: vectorOf(args.value(first)).toSorted((a, b) => a.value - b.value) }
    case 'sort_desc':
      return { type: 'vector', samples: vectorOf(args.value(first)).toSorted((a, b) => b.value - a.value) }
    case 'histogram_quantile':
      return histogramQuantile(scalarOf(args.value(first)), second === undefined ? [] : vectorOf(args.value(second)))
    case 'label_replace':
      return labelReplace(vectorOf(args.value(first)), expr.args.slice(1).map(textOf))
    default:
      throw new QueryError('bad_data', `this simulated Prometheus does not know the function ${JSON.stringify(expr.name)}`)
  }
}

const vectorOf = (value: Value): readonly Sample[] => (value.type === 'vector' ? value.samples : [])
const scalarOf = (value: Value): number => (value.type === 'scalar' ? value.value : Number.NaN)
const textOf = (expr: Expr): string => (expr.type === 'string' ? expr.value : '')

const perSeries = (name: string, series: readonly Ranged[], apply: (ranged: Ranged) => number | undefined): Value =>
  distinct(
    series.flatMap((ranged) => {
      if (ranged.window.values.length === 0) return []
      const value = apply(ranged)
      return value === undefined ? [] : [{ labels: name === 'last_over_time' ? ranged.labels : nameless(ranged.labels), value }]
    }),
  )

const distinct = (samples: readonly Sample[]): Value => {
  if (new Set(samples.map(({ labels }) => signature(labels))).size < samples.length)
    throw new QueryError('execution', 'vector cannot contain metrics with the same labelset')
  return { type: 'vector', samples }
}

/** 1 with the labels that the selector demands by equality, once each; for other expressions without labels. */
const absent = (expr: Expr, there: boolean): Value => {
  if (there) return { type: 'vector', samples: [] }
  const selector = expr.type === 'matrix' ? expr.selector : expr
  const matchers = selector.type === 'vector' ? selector.matchers : []
  const names = matchers.map(({ name }) => name)
  const exact = matchers.filter(({ name, op }) => op === '=' && name !== '__name__' && names.filter((other) => other === name).length === 1)
  return { type: 'vector', samples: [{ labels: Object.fromEntries(exact.map(({ name, value }) => [name, value])), value: 1 }] }
}

const histogramQuantile = (q: number, samples: readonly Sample[]): Value => {
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>()
  for (const { labels, value } of samples) {
    const limit = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'] ?? 'none')
    if (Number.isNaN(limit)) continue
    const rest = drop(labels, ['le', '__name__'])
    const key = signature(rest)
    const known = histograms.get(key) ?? { labels: rest, buckets: [] }
    histograms.set(key, known)
    known.buckets.push({ limit, count: value })
  }
  return {
    type: 'vector',
    samples: [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: quantileOfBuckets(q, buckets) })),
  }
}

type Bucket = { readonly limit: number; readonly count: number }

const quantileOfBuckets = (q: number, unsorted: readonly Bucket[]): number => {
  if (q < 0) return Number.NEGATIVE_INFINITY
  if (q > 1) return Number.POSITIVE_INFINITY
  let highest = 0
  const buckets = unsorted
    .toSorted((a, b) => a.limit - b.limit)
    .map(({ limit, count }) => {
      highest = Math.max(highest, count)
      return { limit, count: highest }
    })
  const total = buckets.at(-1)?.count ?? 0
  if (Number.isNaN(q) || buckets.length < 2 || buckets.at(-1)?.limit !== Number.POSITIVE_INFINITY || !(total > 0)) return Number.NaN
  const rank = q * total
  const index = buckets.findIndex(({ count }) => count >= rank)
  const bucket = buckets[index]
  if (bucket === undefined || index === buckets.length - 1) return buckets.at(-2)?.limit ?? Number.NaN
  if (index === 0 && bucket.limit <= 0) return bucket.limit
  const below = buckets[index - 1] ?? { limit: 0, count: 0 }
  return below.limit + (bucket.limit - below.limit) * ((rank - below.count) / (bucket.count - below.count))
}

const labelReplace = (samples: readonly Sample[], [target = '', replacement = '', source = '', pattern = '']: readonly string[]): Value => {
  if (!/^[A-Za-z_]\w*$/.test(target)) throw new QueryError('execution', `invalid destination label name in label_replace(): ${target}`)
  let expression: RegExp
  try {
    expression = regularExpression(pattern, { anchored: true })
  } catch {
    throw new QueryError('execution', `invalid regular expression in label_replace(): ${pattern}`)
  }
  return distinct(
    samples.map(({ labels, value }) => {
      const found = expression.exec(labels[source] ?? '')
      if (found === null) return { labels, value }
      const text = replacement.replaceAll(/\$(?:\{(\w+)\}|(\w+)|(\$))/g, (_, braced?: string, bare?: string) =>
        groupOf(found, braced ?? bare),
      )
      return { labels: text === '' ? drop(labels, [target]) : sortLabels({ ...labels, [target]: text }), value }
    }),
  )
}

const groupOf = (found: RegExpExecArray, name: string | undefined): string => {
  if (name === undefined) return '$'
  return (/^\d+$/.test(name) ? found[Number(name)] : found.groups?.[name]) ?? ''
}
