import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { Labels } from '../series/series.ts'
import { constantOf, operatorOf } from './promql-constant.ts'

/**
 * Takes the outermost comparison off an alerting rule's expression, so that the value can be asked for while the alert is quiet.
 * `a > 5`, `5 < a`, `(a > 10 * 1024)` and `a > 5 and b < 3` have a threshold; `a > b` becomes the difference `(a) - (b)` against
 * 0, for which one-to-one and grouped matching work as before; `absent(…)` and `up == 0` have kinds of their own; for all else
 * `reason` says why nothing can be said.
 */
export const splitComparison = (expression: string): Split => {
  // Rules of kube-prometheus and SLO generators stay under 3,000 characters.
  if (expression.length > 20_000) return other('the expression is too long')
  const text = withoutComments(expression)
  const tree = parser.parse(text)
  const root = tree.topNode.firstChild
  let broken = false
  tree.iterate({
    enter: (ref) => {
      broken ||= ref.type.isError
    },
  })
  if (broken || !root) return other('the expression is not PromQL that Vigil knows')
  return split(text, { node: root, to: root.to }, null)
}

/** On which side of the threshold a value lies; NaN compares with nothing, so it is unknown. */
export const healthOf = (comparison: Comparison, value: number): 'healthy' | 'unhealthy' | 'unknown' => {
  if (Number.isNaN(value) || Number.isNaN(comparison.threshold)) return 'unknown'
  return holds[comparison.operator](value, comparison.threshold) ? 'unhealthy' : 'healthy'
}

/** True when a series of the rule's expression is the alert's own: each of its labels stands in the alert with the same value. */
export const matchesAlert = (seriesLabels: Labels, alertLabels: Labels): boolean =>
  Object.entries(seriesLabels).every(([name, value]) => name === '__name__' || value === (alertLabels[name] ?? ''))

type Operator = '>' | '>=' | '<' | '<=' | '==' | '!='

export type Comparison = {
  /** The expression without its comparison: gives a value while the alert is quiet. */
  readonly left: string
  /** The alert's condition is `left operator threshold`. */
  readonly operator: Operator
  readonly threshold: number
  /** The other side where it is no constant; then `left` is the difference and `threshold` 0. */
  readonly against: string | null
  /** The `and …`/`unless …` that stands behind: the alert is over when `left` is healthy, but unhealthy alone does not make it fire. */
  readonly rest: string | null
  /** True when `left` itself drops series (`count(up == 0) / …`): then no sample can be the healthy state. */
  readonly filters: boolean
}

export type Split =
  | ({ readonly kind: 'threshold' } & Comparison)
  /** `x == 0`, also `up < 1` and `up != 1`: when the target is gone the series goes too, and the alert with it. */
  | ({ readonly kind: 'up_zero' } & Comparison)
  /** `absent(x)`: healthy is when `left` gives samples. */
  | { readonly kind: 'absent'; readonly left: string; readonly rest: string | null }
  | { readonly kind: 'other'; readonly reason: string }

/** A node whose text reaches to `to`: the grammar binds `offset` and `@` looser than Prometheus does (`a > b offset 1d`). */
type Span = { readonly node: SyntaxNode; readonly to: number }

const other = (reason: string): Split => ({ kind: 'other', reason })

const split = (text: string, span: Span, rest: string | null): Split => {
  const { node } = span
  const inner = node.firstChild
  switch (node.name) {
    case 'ParenExpr':
      return inner ? split(text, { node: inner, to: inner.to }, rest) : other('the expression is empty')
    case 'OffsetExpr':
    case 'StepInvariantExpr':
      return inner?.name === 'BinaryExpr' ? split(text, { node: inner, to: span.to }, rest) : other('it compares with nothing')
    case 'FunctionCall':
      return absentOf(text, node, rest) ?? other('it compares with nothing')
    case 'BinaryExpr':
      return splitBinary(text, span, rest)
    case 'AggregateExpr':
      return other(comparesInside(node) ? 'the comparison is inside an aggregation' : 'it compares with nothing')
    default:
      return other('it compares with nothing')
  }
}

const splitBinary = (text: string, span: Span, rest: string | null): Split => {
  const left = span.node.firstChild
  const operatorNode = left?.nextSibling
  const right = span.node.lastChild
  if (!left || !operatorNode || !right) return other('the expression is not PromQL that Vigil knows')
  const operator = operatorOf(text, operatorNode)
  if (operator === 'and' || operator === 'unless') {
    const behind = text.slice(operatorNode.from, span.to).trim()
    return split(text, { node: left, to: left.to }, rest === null ? behind : `${behind} ${rest}`)
  }
  if (operator === 'or') return other('it has alternatives ("or")')
  if (!isOperator(operator)) return other(comparesInside(span.node) ? 'the comparison is inside arithmetic' : 'it compares with nothing')
  if (span.node.getChild('BoolModifier')) return other('"bool" gives a sample on both sides')
  return compare(text, { left, operator, right, to: span.to, modifier: modifierOf(text, span.node) }, rest)
}

type Sides = {
  readonly left: SyntaxNode
  readonly operator: Operator
  readonly right: SyntaxNode
  readonly to: number
  /** `on(…)`, `ignoring(…)`, `group_left(…)`, `fill(…)` between the sides. */
  readonly modifier: string
}

const compare = (text: string, sides: Sides, rest: string | null): Split => {
  const { left, operator, right } = sides
  const [low, high] = [constantOf(text, left), constantOf(text, right)]
  const leftText = text.slice(left.from, left.to).trim()
  const rightText = text.slice(right.from, sides.to).trim()
  if (low !== undefined && high !== undefined) return other('it compares two constants')
  if (low !== undefined) return against(text, right, { left: rightText, operator: flipped[operator], threshold: low, rest })
  if (high !== undefined) return against(text, left, { left: leftText, operator, threshold: high, rest })
  return {
    kind: 'threshold',
    left: ['(', leftText, ') - ', sides.modifier && `${sides.modifier} `, '(', rightText, ')'].join(''),
    operator,
    threshold: 0,
    against: rightText,
    rest,
    filters: filters(left) || filters(right),
  }
}

const against = (text: string, node: SyntaxNode, parts: Omit<Comparison, 'against' | 'filters'>): Split => {
  const bare = unwrapped(node)
  if (bare.name === 'FunctionCall') {
    const absent = absentOf(text, bare, parts.rest)
    // absent() gives 1 or nothing.
    if (absent) return holds[parts.operator](1, parts.threshold) ? absent : other('absent() is never that')
  }
  const comparison: Comparison = { ...parts, against: null, filters: filters(node) }
  const isUp = bare.name === 'VectorSelector' && /^up\b/.test(text.slice(bare.from, bare.to))
  const isDown = (parts.operator === '!=' || parts.operator === '<') && parts.threshold === 1
  const zero = parts.operator === '==' && parts.threshold === 0
  return { kind: zero || (isUp && isDown) ? 'up_zero' : 'threshold', ...comparison }
}

const absentOf = (text: string, call: SyntaxNode, rest: string | null): Split | undefined => {
  const name = call.getChild('FunctionIdentifier')?.firstChild?.name
  const body = call.getChild('FunctionCallBody')
  if (!body || (name !== 'Absent' && name !== 'AbsentOverTime')) return undefined
  const argument = text.slice(body.from + 1, body.to - 1).trim()
  return { kind: 'absent', left: name === 'Absent' ? argument : `last_over_time(${argument})`, rest }
}

const unwrapped = (node: SyntaxNode): SyntaxNode => {
  let inner = node
  while (inner.name === 'ParenExpr' && inner.firstChild) inner = inner.firstChild
  return inner
}

/** True when a comparison without `bool`, an `and` or an `unless` inside drops series. */
const filters = (node: SyntaxNode): boolean => someOperation(node, (name) => comparing.has(name) || name === 'And' || name === 'Unless')

const comparesInside = (node: SyntaxNode): boolean => someOperation(node, (name) => comparing.has(name))

const comparing = new Set(['Gtr', 'Gte', 'Lss', 'Lte', 'Eql', 'Neq'])

const someOperation = (node: SyntaxNode, found: (operator: string) => boolean): boolean => {
  let seen = false
  node.cursor().iterate((ref) => {
    if (ref.name !== 'BinaryExpr' || ref.node.getChild('BoolModifier')) return
    seen ||= found(ref.node.firstChild?.nextSibling?.name ?? '')
  })
  return seen
}

const modifierOf = (text: string, node: SyntaxNode): string =>
  ['MatchingModifierClause', 'FillModifier']
    .map((name) => node.getChild(name))
    .filter((clause) => clause !== null)
    .map((clause) => text.slice(clause.from, clause.to))
    .join(' ')

/** Blanks, so that what is cut out and put on one line again is not swallowed by a comment. */
const withoutComments = (expression: string): string => {
  let text = expression
  parser.parse(expression).iterate({
    enter: ({ name, from, to }) => {
      if (name === 'LineComment') text = text.slice(0, from) + ' '.repeat(to - from) + text.slice(to)
    },
  })
  return text.trim()
}

const isOperator = (text: string): text is Operator => text in holds

const holds: Readonly<Record<Operator, (value: number, threshold: number) => boolean>> = {
  '>': (value, threshold) => value > threshold,
  '>=': (value, threshold) => value >= threshold,
  '<': (value, threshold) => value < threshold,
  '<=': (value, threshold) => value <= threshold,
  '==': (value, threshold) => value === threshold,
  '!=': (value, threshold) => value !== threshold,
}

const flipped: Readonly<Record<Operator, Operator>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=', '==': '==', '!=': '!=' }
