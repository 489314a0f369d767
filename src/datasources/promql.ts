import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { type Matcher, selective, unquote } from './matcher.ts'
import { foldArithmetic, operatorOf } from './promql-constant.ts'
import { childrenOf, near } from './syntax.ts'
import { formatDuration, parseDuration } from './time.ts'

type PromqlLimits = {
  readonly characters: number
  /** Brackets of calls, groups and subqueries inside each other. */
  readonly nesting: number
  readonly rangeSeconds: number
  /** Of nested subqueries the product counts: each point of the outer one computes all of the inner one. */
  readonly subqueryPoints: number
}

type GuardedPromql =
  | { readonly ok: true; readonly selectors: readonly (readonly Matcher[])[]; readonly metricNames: readonly string[] }
  | { readonly ok: false; readonly reason: string }

/**
 * Says whether a query from a model or a person may be asked. It must parse, name a metric or another selective matcher in every
 * selector, and stay within the limits; the reason of a refusal is for who wrote it and says how to mend it. Types are left to
 * the server, whose own message is better. Source of the limits: SAFETY 3 "query cost"; 7 days is the longest window that a
 * comparison with last week needs, 11,000 is Prometheus' own cap on points.
 */
export const guardPromql = (query: string, limits: Partial<PromqlLimits> = {}): GuardedPromql => {
  const caps = { ...defaults, ...limits }
  if (query.length > caps.characters) return refuse(`the query has ${query.length} characters, at most ${caps.characters} are allowed`)
  const selectors: Matcher[][] = []
  let reason: string | undefined
  let nesting = 0
  const points: number[] = [1]
  parser.parse(query).iterate({
    enter: (ref) => {
      if (reason !== undefined) return false
      if (nests.has(ref.name)) nesting += 1
      if (nesting > caps.nesting) reason = `the query is nested deeper than ${caps.nesting}: ask in several steps`
      else if (ref.type.isError) reason = `this is not PromQL, from ${near(query, ref.from)}`
      else if (ref.name === 'SubqueryExpr') {
        const cost = subquery(query, ref.node, caps, points.at(-1) ?? 1)
        if (typeof cost === 'string') reason = cost
        else points.push(cost)
      } else reason = faultOf(query, ref.node, caps, selectors)
      return reason === undefined
    },
    leave: (ref) => {
      if (nests.has(ref.name)) nesting -= 1
      if (ref.name === 'SubqueryExpr') points.pop()
    },
  })
  if (reason !== undefined) return refuse(reason)
  if (selectors.length === 0) return refuse('the query names no metric')
  const names = selectors.flat().filter(({ label, operator }) => label === '__name__' && operator === '=')
  return { ok: true, selectors, metricNames: [...new Set(names.map(({ value }) => value))] }
}

const defaults: PromqlLimits = { characters: 4000, nesting: 20, rangeSeconds: 7 * 86_400, subqueryPoints: 11_000 }

const nests = new Set(['ParenExpr', 'FunctionCallBody', 'SubqueryExpr'])

const refuse = (reason: string): GuardedPromql => ({ ok: false, reason })

const faultOf = (query: string, node: SyntaxNode, caps: PromqlLimits, selectors: Matcher[][]): string | undefined => {
  switch (node.name) {
    // The grammar lets a literal end without its quote.
    case 'StringLiteral':
      return unquote(query.slice(node.from, node.to)) === undefined ? `a quote is not closed: ${near(query, node.from)}` : undefined
    case 'MatrixSelector': {
      const range = tooLong(query, node.getChild('DurationExpr'), caps)
      return typeof range === 'string' ? range : undefined
    }
    case 'VectorSelector': {
      const matchers = matchersOf(query, node)
      selectors.push(matchers)
      if (matchers.some(selective)) return undefined
      return `the selector ${query.slice(node.from, node.to)} would read everything: name a metric, or a label with its value`
    }
    default:
      return undefined
  }
}

const subquery = (query: string, node: SyntaxNode, caps: PromqlLimits, outer: number): number | string => {
  const [rangeNode = null, stepNode = null] = node.getChildren('DurationExpr')
  const range = tooLong(query, rangeNode, caps)
  if (typeof range === 'string') return range
  // Without a step the server takes its evaluation interval, by default a minute.
  const step = stepNode ? durationOf(query, stepNode) : 60
  if (step === undefined || !(step > 0)) return 'the step of a subquery must be a plain duration above zero'
  const cost = outer * (range / step)
  if (cost <= caps.subqueryPoints) return cost
  return `a subquery would compute ${Math.round(cost)} points, at most ${caps.subqueryPoints} are allowed: raise its step`
}

const tooLong = (query: string, node: SyntaxNode | null, caps: PromqlLimits): number | string => {
  const seconds = node ? durationOf(query, node) : undefined
  if (seconds === undefined || Number.isNaN(seconds)) return 'the range in brackets must be a plain duration, such as [5m]'
  if (seconds <= caps.rangeSeconds) return seconds
  return `the range of ${formatDuration(seconds)} is longer than ${formatDuration(caps.rangeSeconds)}, the most that is allowed`
}

/** Seconds of a duration, also of arithmetic over durations; undefined for what only the server knows (`step()`). */
const durationOf = (query: string, node: SyntaxNode): number | undefined => {
  const [first, second, third] = childrenOf(node)
  if (!first) return undefined
  const text = query.slice(first.from, first.to)
  if (first.name === 'NumberDurationLiteralInDurationContext') return parseDuration(text) ?? Number(text.replaceAll('_', ''))
  if (first.name === 'UnaryOp') return second ? foldArithmetic(text, 0, durationOf(query, second)) : undefined
  if (first.name !== 'DurationExpr') return undefined
  if (!second || !third) return durationOf(query, first)
  return foldArithmetic(operatorOf(query, second), durationOf(query, first), durationOf(query, third))
}

const matchersOf = (query: string, selector: SyntaxNode): Matcher[] => {
  const text = (node: SyntaxNode | null): string => (node ? query.slice(node.from, node.to) : '')
  const name = selector.getChild('Identifier')
  const matchers: Matcher[] = name ? [{ label: '__name__', operator: '=', value: text(name) }] : []
  const braces = selector.getChild('LabelMatchers')
  for (const child of childrenOf(braces)) {
    if (child.name === 'QuotedLabelName') matchers.push({ label: '__name__', operator: '=', value: unquote(text(child)) ?? '' })
    const operator = text(child.getChild('MatchOp'))
    if (operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') continue
    const quoted = child.getChild('QuotedLabelName')
    const label = quoted ? (unquote(text(quoted)) ?? '') : text(child.getChild('LabelName'))
    matchers.push({ label, operator, value: unquote(text(child.getChild('StringLiteral'))) ?? '' })
  }
  return matchers
}
