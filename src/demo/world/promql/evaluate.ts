import type { Labels } from '../../../series/series.ts'
import type { Matcher } from '../matcher.ts'
import { aggregate } from './aggregate.ts'
import type { Expr, MatrixSelector, Subquery, VectorSelector } from './ast.ts'
import { QueryError } from './ast.ts'
import { binary } from './binary.ts'
import { call } from './call.ts'
import type { Window } from './functions.ts'
import { compareLabels, nameless, signature } from './labels.ts'

/** The value of a query at `at` (milliseconds). Throws a QueryError. */
export const evaluateInstant = (expr: Expr, at: number, { storage, deadline }: Options): Result => {
  const env = prepare(expr, { from: at, to: at }, { storage, deadline })
  if (expr.type === 'matrix' || expr.type === 'subquery')
    return {
      type: 'matrix',
      series: windowsAt(expr, at, env).map(({ labels, window }) => ({ labels, times: window.times, values: window.values })),
    }
  return evaluateAt(expr, at, env)
}

/** The values of a query at `from`, `from + step` … up to `to` (milliseconds), one series per label set. Throws a QueryError. */
export const evaluateRange = (
  expr: Expr,
  { from, to, step }: { from: number; to: number; step: number },
  { storage, deadline }: Options,
): Matrix => {
  const env = prepare(expr, { from, to }, { storage, deadline })
  const series = new Map<string, { labels: Labels; times: number[]; values: number[] }>()
  for (let at = from; at <= to; at += step) {
    const value = evaluateAt(expr, at, env)
    for (const sample of asVector(value)) {
      const key = signature(sample.labels)
      const known = series.get(key) ?? { labels: sample.labels, times: [], values: [] }
      series.set(key, known)
      if (known.times.at(-1) === at) throw new QueryError('execution', 'vector cannot contain metrics with the same labelset')
      known.times.push(at)
      known.values.push(sample.value)
    }
  }
  return { type: 'matrix', series: [...series.values()].sort((a, b) => compareLabels(a.labels, b.labels)) }
}

/** Newer than this is still "now" for an instant selector: Prometheus's default look-back. */
const lookback = 300_000

const evaluateAt = (expr: Expr, at: number, env: Env): Value => {
  if (env.deadline !== undefined && performance.now() > env.deadline)
    throw new QueryError('timeout', 'query timed out in expression evaluation')
  switch (expr.type) {
    case 'number':
      return { type: 'scalar', value: expr.value }
    case 'string':
      return { type: 'string', value: expr.value }
    case 'vector':
      return { type: 'vector', samples: latestAt(expr, at, env) }
    case 'negation': {
      const value = evaluateAt(expr.expr, at, env)
      if (value.type === 'scalar') return { type: 'scalar', value: -value.value }
      return { type: 'vector', samples: asVector(value).map((sample) => ({ labels: nameless(sample.labels), value: -sample.value })) }
    }
    case 'binary':
      return binary(expr, evaluateAt(expr.left, at, env), evaluateAt(expr.right, at, env))
    case 'aggregate': {
      const param = expr.param === undefined ? Number.NaN : asScalar(evaluateAt(expr.param, at, env))
      return { type: 'vector', samples: aggregate(expr, asVector(evaluateAt(expr.expr, at, env)), param) }
    }
    case 'call':
      return call(expr, at, {
        value: (arg) => evaluateAt(arg, at, env),
        windows: (arg) => (arg.type === 'matrix' || arg.type === 'subquery' ? windowsAt(arg, at, env) : []),
      })
    case 'matrix':
    case 'subquery':
      throw new QueryError('execution', 'a range vector has no value of its own')
  }
}

const asVector = (value: Value): readonly Sample[] => {
  if (value.type === 'vector') return value.samples
  return value.type === 'scalar' ? [{ labels: none, value: value.value }] : []
}

const asScalar = (value: Value): number => (value.type === 'scalar' ? value.value : Number.NaN)

const none: Labels = {}

/** One look into the storage for each selector, wide enough for every instant that will be evaluated. */
const prepare = (expr: Expr, span: Span, { storage, deadline }: Options): Env => {
  const selected = new Map<VectorSelector, readonly Selected[]>()
  const visit = (part: Expr, { from, to }: Span, before: number): void => {
    if (part.type === 'vector') selected.set(part, storage.select(part.matchers, from - part.offset - before, to - part.offset))
    else if (part.type === 'matrix') visit(part.selector, { from, to }, part.range)
    else if (part.type === 'subquery') visit(part.expr, { from: from - part.offset - part.range, to: to - part.offset }, lookback)
    else for (const operand of operandsOf(part)) visit(operand, { from, to }, lookback)
  }
  visit(expr, span, lookback)
  return { selected, deadline }
}

const operandsOf = (expr: Expr): readonly Expr[] => {
  if (expr.type === 'binary') return [expr.left, expr.right]
  if (expr.type === 'negation') return [expr.expr]
  if (expr.type === 'aggregate') return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr]
  return expr.type === 'call' ? expr.args : []
}

const latestAt = (selector: VectorSelector, at: number, env: Env): Sample[] => {
  const wanted = at - selector.offset
  return (env.selected.get(selector) ?? []).flatMap(({ labels, times, values }) => {
    const index = firstAfter(times, wanted) - 1
    const time = times[index]
    const value = values[index]
    if (time === undefined || value === undefined || time < wanted - lookback || Number.isNaN(value)) return []
    return [{ labels, value, time }]
  })
}

const windowsAt = (expr: MatrixSelector | Subquery, at: number, env: Env): Ranged[] => {
  if (expr.type === 'subquery') return subqueryAt(expr, at, env)
  const end = at - expr.selector.offset
  const start = end - expr.range
  return (env.selected.get(expr.selector) ?? []).flatMap(({ labels, times, values }) => {
    const window = cut({ times, values }, start, end)
    return window.times.length === 0 ? [] : [{ labels, window }]
  })
}

const subqueryAt = (expr: Subquery, at: number, env: Env): Ranged[] => {
  const end = at - expr.offset
  const start = end - expr.range
  const series = new Map<string, { labels: Labels; times: number[]; values: number[] }>()
  // Steps of a subquery lie on multiples of its step, wherever the query starts.
  for (let time = Math.ceil(start / expr.step) * expr.step; time <= end; time += expr.step)
    for (const sample of asVector(evaluateAt(expr.expr, time, env))) {
      const key = signature(sample.labels)
      const known = series.get(key) ?? { labels: sample.labels, times: [], values: [] }
      series.set(key, known)
      known.times.push(time)
      known.values.push(sample.value)
    }
  return [...series.values()].map(({ labels, times, values }) => ({ labels, window: { times, values, start, end } }))
}

const cut = ({ times, values }: { times: readonly number[]; values: readonly number[] }, start: number, end: number): Window => {
  const from = firstAfter(times, start - 1)
  const to = firstAfter(times, end)
  const keptTimes: number[] = []
  const keptValues: number[] = []
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN
    if (Number.isNaN(value)) continue
    keptTimes.push(times[index] ?? 0)
    keptValues.push(value)
  }
  return { times: keptTimes, values: keptValues, start, end }
}

/** Index of the first time that is later than `time`. */
const firstAfter = (times: readonly number[], time: number): number => {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? 0) <= time) low = middle + 1
    else high = middle
  }
  return low
}

type Span = { readonly from: number; readonly to: number }
type Env = { readonly selected: ReadonlyMap<VectorSelector, readonly Selected[]>; readonly deadline: number | undefined }

/** `deadline` is an instant of `performance.now()`. */
type Options = { readonly storage: Storage; readonly deadline?: number | undefined }

/** One stored series: times in milliseconds, in order. A NaN among the values is a staleness marker: the world stores no other. */
export type Selected = { readonly labels: Labels; readonly times: readonly number[]; readonly values: readonly number[] }

/** Where samples come from; both ends of the span are part of it, series come in Prometheus's order. */
export type Storage = { select(matchers: readonly Matcher[], from: number, to: number): readonly Selected[] }

/** `time` is when the sample was taken, where it comes straight from a series. */
export type Sample = { readonly labels: Labels; readonly value: number; readonly time?: number }
export type Ranged = { readonly labels: Labels; readonly window: Window }
export type Value =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
export type Matrix = { readonly type: 'matrix'; readonly series: readonly Selected[] }
export type Result = Value | Matrix
