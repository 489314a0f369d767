import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import { firstFault } from '../first-fault.ts'
import type { Matcher } from '../matcher.ts'
import { matcher, selectsNothingInParticular, unquote } from '../matcher.ts'
import type { Aggregate, Binary, BinaryOp, Call, Expr, Matching, VectorSelector } from './ast.ts'
import { QueryError } from './ast.ts'
import { checkTypes } from './check.ts'
import { parseDuration, parseNumber } from './number.ts'

/** Parses and type-checks; throws a QueryError `bad_data` that reads as Prometheus's, or says that this world does not know the construct. */
export const parsePromql = (text: string): Expr => {
  if (text.trim() === '') throw new QueryError('bad_data', 'unknown position: parse error: no expression found in input')
  const tree = parser.parse(text)
  const fault = firstFault(tree.topNode)
  if (fault !== undefined) throw syntaxError(text, fault)
  const top = tree.topNode.firstChild
  if (top === null) throw new QueryError('bad_data', 'unknown position: parse error: no expression found in input')
  const expr = build({ text, closed: new WeakSet() }, top)
  checkTypes(expr, (at, message) => parseError(text, at, message))
  return expr
}

/** `closed`: expressions that stood in parentheses. */
type Source = { readonly text: string; readonly closed: WeakSet<Expr> }

const parseError = (text: string, at: number, message: string): QueryError => {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  const column = at - (before.lastIndexOf('\n') + 1) + 1
  return new QueryError('bad_data', `${line}:${column}: parse error: ${message}`)
}

const unknown = ({ text }: Source, node: SyntaxNode): QueryError =>
  parseError(text, node.from, `this simulated Prometheus does not know ${JSON.stringify(text.slice(node.from, node.to))}`)

const syntaxError = (text: string, fault: SyntaxNode): QueryError => {
  const open = text.lastIndexOf('(', fault.from)
  if (fault.from >= text.trimEnd().length) {
    if (unclosedParenthesis(text)) return parseError(text, text.length, 'unclosed left parenthesis')
    return parseError(text, open < 0 ? text.length : text.length, 'unexpected end of input')
  }
  const word = /^[A-Za-z_:][\w:]*|^./s.exec(text.slice(fault.from))?.[0] ?? ''
  const called = /([A-Za-z_:][\w:]*)\s*$/.exec(text.slice(0, fault.from))
  if (word === '(' && called?.[1] !== undefined) return parseError(text, called.index, `unknown function with name "${called[1]}"`)
  return parseError(text, fault.from, `unexpected ${/^\w/.test(word) ? `identifier "${word}"` : `character: '${word}'`}`)
}

const unclosedParenthesis = (text: string): boolean => {
  const bare = text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '')
  return bare.split('(').length > bare.split(')').length
}

const childrenOf = (node: SyntaxNode): SyntaxNode[] => {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) if (child.name !== 'LineComment') children.push(child)
  return children
}

const textOf = ({ text }: Source, node: SyntaxNode): string => text.slice(node.from, node.to)

const build = (source: Source, node: SyntaxNode): Expr => {
  const children = childrenOf(node)
  const [first] = children
  switch (node.name) {
    case 'NumberDurationLiteral': {
      const value = parseNumber(textOf(source, node))
      if (value === undefined) throw parseError(source.text, node.from, `unexpected duration "${textOf(source, node)}"`)
      return { type: 'number', at: node.from, value }
    }
    case 'StringLiteral':
      return { type: 'string', at: node.from, value: unquote(textOf(source, node)) }
    case 'VectorSelector':
      return buildSelector(source, node)
    case 'ParenExpr':
      if (first === undefined) break
      return enclosed(source, build(source, first))
    case 'MatrixSelector':
    case 'SubqueryExpr':
      return buildRange(source, node)
    case 'OffsetExpr':
      return buildOffset(source, node)
    case 'UnaryExpr': {
      const operand = children[1]
      if (operand === undefined || first === undefined) break
      const expr = build(source, operand)
      return textOf(source, first) === '-' ? { type: 'negation', at: node.from, expr } : expr
    }
    case 'BinaryExpr':
      return buildBinary(source, node)
    case 'AggregateExpr':
      return buildAggregate(source, node)
    case 'FunctionCall':
      return buildCall(source, node)
    default:
  }
  throw unknown(source, node)
}

const enclosed = (source: Source, expr: Expr): Expr => {
  source.closed.add(expr)
  return expr
}

const buildSelector = (source: Source, node: SyntaxNode): VectorSelector => {
  const name = node.getChild('Identifier')
  const matchers: Matcher[] = name === null ? [] : [matcher('__name__', '=', textOf(source, name))]
  const list = node.getChild('LabelMatchers')
  for (const child of list === null ? [] : childrenOf(list)) {
    const label = child.getChild('LabelName')
    const op = child.getChild('MatchOp')
    const value = child.getChild('StringLiteral')
    if (child.name !== 'UnquotedLabelMatcher' || label === null || op === null || value === null) throw unknown(source, child)
    try {
      matchers.push(matcher(textOf(source, label), textOf(source, op) as Matcher['op'], unquote(textOf(source, value))))
    } catch {
      throw parseError(source.text, value.from, `error parsing regexp: ${textOf(source, value)}`)
    }
  }
  if (selectsNothingInParticular(matchers))
    throw parseError(source.text, node.from, 'vector selector must contain at least one non-empty matcher')
  return { type: 'vector', at: node.from, matchers, offset: 0 }
}

const buildRange = (source: Source, node: SyntaxNode): Expr => {
  const [inner, ...durations] = childrenOf(node)
  const [range = 0, step = 0] = durations.map((duration) => durationOf(source, duration))
  if (inner === undefined) throw unknown(source, node)
  if (range <= 0) throw parseError(source.text, node.from, 'duration must be greater than 0')
  return onLastOperand(source, inner, (expr) => {
    if (node.name === 'SubqueryExpr') return { type: 'subquery', at: expr.at, expr, range, step: step || 60_000, offset: 0 }
    if (expr.type !== 'vector') throw parseError(source.text, node.from, 'ranges only allowed for vector selectors')
    return { type: 'matrix', at: expr.at, selector: expr, range }
  })
}

/**
 * `[5m]` and `offset` belong to the operand right before them, but the grammar hangs them onto the whole expression to their left:
 * `10 - x offset 1m` arrives as `(10 - x) offset 1m`.
 */
const onLastOperand = (source: Source, node: SyntaxNode, apply: (operand: Expr) => Expr): Expr => {
  const expr = build(source, node)
  const last = childrenOf(node).at(-1)
  if (last === undefined) return apply(expr)
  if (node.name === 'BinaryExpr' && expr.type === 'binary') return { ...expr, right: onLastOperand(source, last, apply) }
  if (node.name === 'UnaryExpr') {
    const operand = onLastOperand(source, last, apply)
    return expr.type === 'negation' ? { ...expr, expr: operand } : operand
  }
  return apply(expr)
}

const durationOf = (source: Source, node: SyntaxNode): number => {
  const [, sign, length] = /^([+-]?)\s*(.*)$/s.exec(textOf(source, node)) ?? []
  const ms = parseDuration(length ?? '')
  if (ms === undefined) throw parseError(source.text, node.from, `bad duration ${JSON.stringify(textOf(source, node))}`)
  return sign === '-' ? -ms : ms
}

const buildOffset = (source: Source, node: SyntaxNode): Expr => {
  const [inner, , duration] = childrenOf(node)
  if (inner === undefined || duration === undefined) throw unknown(source, node)
  const offset = durationOf(source, duration)
  return onLastOperand(source, inner, (expr) => {
    if (expr.type === 'vector' || expr.type === 'subquery') return { ...expr, offset }
    if (expr.type === 'matrix') return { ...expr, selector: { ...expr.selector, offset } }
    throw parseError(
      source.text,
      node.from,
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    )
  })
}

const buildBinary = (source: Source, node: SyntaxNode): Expr => {
  const children = childrenOf(node)
  const left = children[0]
  const operator = children[1]
  const right = children.at(-1)
  if (left === undefined || operator === undefined || right === undefined) throw unknown(source, node)
  const op = textOf(source, operator).toLowerCase()
  if (!(operators as readonly string[]).includes(op) || children.some(({ name }) => name === 'FillModifier')) throw unknown(source, node)
  const binary: Binary = {
    type: 'binary',
    at: node.from,
    op: op as BinaryOp,
    opAt: operator.from,
    left: build(source, left),
    right: build(source, right),
    bool: children.some(({ name }) => name === 'BoolModifier'),
    matching: matchingOf(
      source,
      children.find(({ name }) => name === 'MatchingModifierClause'),
    ),
  }
  // The grammar takes the sign of a literal for part of it, PromQL's `^` binds more tightly: -2 ^ 2 is -4.
  if (op === '^' && left.name === 'NumberDurationLiteral' && /^[+-]/.test(textOf(source, left)) && binary.left.type === 'number') {
    const positive: Expr = { ...binary, left: { ...binary.left, value: Math.abs(binary.left.value) } }
    return textOf(source, left).startsWith('-') ? { type: 'negation', at: node.from, expr: positive } : positive
  }
  return regrouped(source, binary.left, binary)
}

/** After such a misplacement operators are grouped wrongly too: `a + b offset 1m / c` arrives as `((a + b) offset 1m) / c`. What binds more tightly is moved inside. */
const regrouped = (source: Source, left: Expr, outer: Binary): Expr => {
  if (source.closed.has(left)) return { ...outer, left }
  if (left.type === 'negation' && outer.op === '^') return { ...left, expr: regrouped(source, left.expr, outer) }
  const moves = left.type === 'binary' && (strength(outer.op) > strength(left.op) || (outer.op === '^' && left.op === '^'))
  return moves ? { ...left, right: regrouped(source, left.right, outer) } : { ...outer, left }
}

const strengths: readonly (readonly string[])[] = [
  ['or'],
  ['and', 'unless'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
]
const strength = (op: string): number => strengths.findIndex((level) => level.includes(op))

const operators: readonly BinaryOp[] = ['+', '-', '*', '/', '%', '^', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', 'unless']

const matchingOf = (source: Source, clause: SyntaxNode | undefined): Matching => {
  if (clause === undefined) return { on: false, labels: [], many: undefined, include: [] }
  const lists = clause.getChildren('GroupingLabels').map((list) => namesOf(source, list))
  return {
    on: clause.getChild('On') !== null,
    labels: lists[0] ?? [],
    many: clause.getChild('GroupLeft') !== null ? 'left' : clause.getChild('GroupRight') !== null ? 'right' : undefined,
    include: lists[1] ?? [],
  }
}

const namesOf = (source: Source, list: SyntaxNode): string[] => childrenOf(list).map((name) => textOf(source, name))

const argumentsOf = (source: Source, node: SyntaxNode): Expr[] => {
  const body = node.getChild('FunctionCallBody')
  return body === null ? [] : childrenOf(body).map((child) => build(source, child))
}

const buildAggregate = (source: Source, node: SyntaxNode): Aggregate => {
  const [operator] = childrenOf(node)
  const args = argumentsOf(source, node)
  const modifier = node.getChild('AggregateModifier')
  const list = modifier?.getChild('GroupingLabels') ?? null
  const expr = args.at(-1)
  if (operator === undefined) throw unknown(source, node)
  const op = textOf(source, operator).toLowerCase()
  if (['count_values', 'limitk', 'limit_ratio'].includes(op)) throw unknown(source, node)
  const wanted = ['topk', 'bottomk', 'quantile'].includes(op) ? 2 : 1
  if (expr === undefined) throw parseError(source.text, node.from, 'no arguments for aggregate expression provided')
  if (args.length !== wanted)
    throw parseError(
      source.text,
      node.from,
      `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
    )
  return {
    type: 'aggregate',
    at: node.from,
    op,
    expr,
    param: wanted === 2 ? args[0] : undefined,
    grouping: list === null ? [] : namesOf(source, list),
    without: modifier?.getChild('Without') != null,
  }
}

const buildCall = (source: Source, node: SyntaxNode): Call => {
  const identifier = node.getChild('FunctionIdentifier')
  return { type: 'call', at: node.from, name: identifier === null ? '' : textOf(source, identifier), args: argumentsOf(source, node) }
}
