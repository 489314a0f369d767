import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { childrenOf } from '../../datasources/syntax.ts'

/** A metric that an expression's result comes from, and which of its labels are still there in the result. */
export type Leaf = { readonly metric: string; readonly fixed: readonly string[]; keeps(label: string): boolean }

/**
 * The metrics whose labels an alert of this expression can have: those of the left side where two are compared or divided. Not the
 * whole of PromQL: on what it does not know it keeps the labels, and the share that doctor shows is a hint, not a proof.
 */
export const leavesOf = (expression: string): readonly Leaf[] => {
  const root = parser.parse(expression).topNode.firstChild
  return root === null ? [] : leaves(expression, root)
}

const leaves = (text: string, node: SyntaxNode): readonly Leaf[] => {
  switch (node.name) {
    case 'VectorSelector':
      return [selector(text, node)]
    case 'AggregateExpr':
      return aggregated(text, node)
    case 'BinaryExpr':
      return combined(text, node)
    case 'FunctionCall':
      return called(text, node)
    default:
      return childrenOf(node).flatMap((child) => leaves(text, child))
  }
}

const selector = (text: string, node: SyntaxNode): Leaf => {
  const name = node.getChild('Identifier')
  const matchers = childrenOf(node.getChild('LabelMatchers')).flatMap((matcher) => {
    const label = matcher.getChild('LabelName')
    const operator = matcher.getChild('MatchOp')
    const value = matcher.getChild('StringLiteral')
    if (!label || !operator || slice(text, operator) !== '=' || slice(text, value).length <= 2) return []
    return [{ label: slice(text, label), value: slice(text, value).slice(1, -1) }]
  })
  const named = matchers.find(({ label }) => label === '__name__')?.value
  return { metric: name ? slice(text, name) : (named ?? ''), fixed: matchers.map(({ label }) => label), keeps: () => true }
}

const aggregated = (text: string, node: SyntaxNode): readonly Leaf[] => {
  const inner = childrenOf(node.getChild('FunctionCallBody')).flatMap((child) => leaves(text, child))
  const operator = slice(text, node.getChild('AggregateOp')).toLowerCase()
  // These pick series and leave them as they are.
  if (['topk', 'bottomk', 'limitk', 'limit_ratio'].includes(operator)) return inner
  const modifier = node.getChild('AggregateModifier')
  const names = labelsIn(text, modifier?.getChild('GroupingLabels') ?? null)
  if (modifier?.getChild('Without')) return narrowed(inner, (label) => !names.includes(label))
  return narrowed(inner, (label) => names.includes(label))
}

const combined = (text: string, node: SyntaxNode): readonly Leaf[] => {
  const [left, ...rest] = childrenOf(node)
  const right = rest.at(-1)
  if (left === undefined || right === undefined) return []
  const onLeft = leaves(text, left)
  const onRight = leaves(text, right)
  if (node.getChild('Or')) return [...onLeft, ...onRight]
  if (onLeft.length === 0) return onRight
  if (node.getChild('And') || node.getChild('Unless') || onRight.length === 0) return onLeft
  const matching = node.getChild('MatchingModifierClause')
  if (matching?.getChild('GroupRight')) return onRight
  if (!matching || matching.getChild('GroupLeft')) return onLeft
  const names = labelsIn(text, matching.getChild('GroupingLabels'))
  return narrowed(onLeft, (label) => names.includes(label) === (matching.getChild('On') !== null))
}

const called = (text: string, node: SyntaxNode): readonly Leaf[] => {
  const name = slice(text, node.getChild('FunctionIdentifier')).toLowerCase()
  const inner = childrenOf(node.getChild('FunctionCallBody')).flatMap((child) => leaves(text, child))
  // An absent series has the labels that the selector names with =, and no others.
  if (name.startsWith('absent')) return inner.map((leaf) => ({ ...leaf, keeps: (label) => leaf.fixed.includes(label) }))
  return ['scalar', 'vector', 'time'].includes(name) ? [] : inner
}

const narrowed = (inner: readonly Leaf[], keeps: (label: string) => boolean): Leaf[] =>
  inner.map((leaf) => ({ ...leaf, keeps: (label) => keeps(label) && leaf.keeps(label) }))

const labelsIn = (text: string, node: SyntaxNode | null): string[] =>
  (node?.getChildren('LabelName') ?? []).map((child) => slice(text, child))

const slice = (text: string, node: SyntaxNode | null): string => (node === null ? '' : text.slice(node.from, node.to))
