import { parser } from '@grafana/lezer-logql'
import type { SyntaxNode } from '@lezer/common'
import { childrenOf } from '../../../datasources/syntax.ts'
import { firstFault } from '../first-fault.ts'
import type { Matcher } from '../matcher.ts'
import { matcher, regularExpression, selectsNothingInParticular, unquote } from '../matcher.ts'
import { sortLabels } from '../promql/labels.ts'
import { parseDuration } from '../promql/number.ts'
import { fieldsOf } from './fields.ts'
import type { Labelled, LogQuery, MetricQuery, Stage } from './query.ts'
import { LogqlError } from './query.ts'

/** Parses LogQL; throws a LogqlError that reads as Loki's, or says that this world does not know the construct. */
export const parseLogql = (text: string): LogQuery | MetricQuery => {
  const tree = parser.parse(text)
  const fault = firstFault(tree.topNode)
  if (fault !== undefined) throw syntaxError(text, fault)
  const top = tree.topNode.firstChild?.firstChild
  if (top == null) throw new LogqlError('parse error : syntax error: unexpected $end')
  return top.name === 'LogExpr' ? logQuery(text, top) : metricQuery(text, top)
}

const syntaxError = (text: string, fault: SyntaxNode): LogqlError => {
  const before = text.slice(0, fault.from).split('\n')
  const rest = text.slice(fault.from).trim()
  const found = rest === '' ? '$end' : /^\w/.test(rest) ? 'IDENTIFIER' : (rest[0] ?? '')
  return new LogqlError(`parse error at line ${before.length}, col ${(before.at(-1) ?? '').length + 1}: syntax error: unexpected ${found}`)
}

const textOf = (text: string, node: SyntaxNode): string => text.slice(node.from, node.to)

const unknown = (text: string, node: SyntaxNode): LogqlError =>
  new LogqlError(`parse error : this simulated Loki does not know ${JSON.stringify(textOf(text, node))}`)

/** All nodes of one kind below, in the order of the text; the grammar nests lists to the left. */
const below = (node: SyntaxNode, name: string): SyntaxNode[] =>
  childrenOf(node).flatMap((child) => (child.name === name ? [child] : below(child, name)))

const logQuery = (text: string, node: SyntaxNode): LogQuery => {
  const selector = node.getChild('Selector')
  const pipeline = node.getChild('PipelineExpr')
  const matchers = selector === null ? [] : below(selector, 'Matcher').map((item) => matcherOf(text, item))
  if (selectsNothingInParticular(matchers))
    throw new LogqlError(
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    )
  return {
    kind: 'log',
    matchers,
    stages: pipeline === null ? [] : below(pipeline, 'PipelineStage').flatMap((stage) => stagesOf(text, stage)),
  }
}

const matcherOf = (text: string, node: SyntaxNode): Matcher => {
  const [name, op, value] = childrenOf(node).map((child) => textOf(text, child))
  try {
    return matcher(name ?? '', (op ?? '=') as Matcher['op'], unquote(value ?? ''))
  } catch {
    throw new LogqlError(`parse error : error parsing regexp: ${value}`)
  }
}

const stagesOf = (text: string, stage: SyntaxNode): Stage[] => {
  const filters = below(stage, 'LineFilter')
  if (filters.length > 0) return filters.map((filter) => lineFilter(text, filter))
  if (below(stage, 'Json').length > 0 && stage.getChild('LabelParser') !== null)
    return [(entry) => withFields(entry, jsonFields(entry.line))]
  if (stage.getChild('LogfmtParser') !== null) return [(entry) => withFields(entry, fieldsOf(entry.line))]
  const label = stage.getChild('LabelFilter')
  if (label !== null) return [labelFilter(text, label)]
  throw unknown(text, stage)
}

const lineFilter = (text: string, filter: SyntaxNode): Stage => {
  const op = filter.getChild('Filter')
  const operator = op === null ? '' : textOf(text, op)
  const values = [filter.getChild('String'), ...below(filter, 'OrFilter').map((or) => or.getChild('String'))]
  const tests = values.flatMap((value) => (value === null ? [] : [lineTest(operator, unquote(textOf(text, value)))]))
  if (tests.length === 0 || !['|=', '!=', '|~', '!~'].includes(operator) || below(filter, 'FilterOp').length > 0)
    throw unknown(text, filter)
  const found = (line: string) => tests.some((test) => test(line))
  return (entry) => (found(entry.line) === operator.startsWith('|') ? entry : undefined)
}

const lineTest = (operator: string, value: string): ((line: string) => boolean) => {
  if (!operator.endsWith('~')) return (line) => line.includes(value)
  try {
    const expression = regularExpression(value, { anchored: false })
    return (line) => expression.test(line)
  } catch {
    throw new LogqlError(`parse error : error parsing regexp: ${value}`)
  }
}

const labelFilter = (text: string, node: SyntaxNode): Stage => {
  const [only] = childrenOf(node)
  if (only?.name === 'Matcher') {
    const { name, matches } = matcherOf(text, only)
    return (entry) => (matches(entry.labels[name] ?? '') ? entry : undefined)
  }
  if (only?.name !== 'NumberFilter') throw unknown(text, node)
  const [, name = '', op = '', limit = ''] = /^\s*(\w+)\s*(==|!=|>=|<=|>|<|=)\s*(\S+)\s*$/.exec(textOf(text, only)) ?? []
  return (entry) => (compares(op, Number(entry.labels[name] ?? 'none'), Number(limit)) ? entry : undefined)
}

const compares = (op: string, value: number, limit: number): boolean => {
  if (op === '>') return value > limit
  if (op === '>=') return value >= limit
  if (op === '<') return value < limit
  if (op === '<=') return value <= limit
  return op === '!=' ? value !== limit : value === limit
}

/** Fields that a stream already has get `_extracted`, as in Loki. */
const withFields = (entry: Labelled, fields: Readonly<Record<string, string>>): Labelled => {
  const named = Object.entries(fields).map(([name, value]) => [name in entry.stream ? `${name}_extracted` : name, value])
  return { ...entry, labels: sortLabels({ ...entry.labels, ...Object.fromEntries(named) }) }
}

const jsonFields = (line: string): Record<string, string> => {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null)
      return Object.fromEntries(
        Object.entries(parsed).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
      )
  } catch {
    // Falls through: Loki keeps the line and marks it.
  }
  return { __error__: 'JSONParserErr', __error_details__: "Value looks like object, but can't find closing '}' symbol" }
}

const rangeOperations: readonly string[] = ['count_over_time', 'rate', 'bytes_over_time', 'bytes_rate']
const vectorOperations: readonly string[] = ['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk']

const metricQuery = (text: string, node: SyntaxNode): MetricQuery => {
  const [inner] = node.name === 'MetricExpr' ? childrenOf(node) : [node]
  if (inner?.name === 'RangeAggregationExpr') return rangeQuery(text, inner)
  if (inner?.name !== 'VectorAggregationExpr') throw unknown(text, node)
  const op = textOf(text, inner.getChild('VectorOp') ?? inner)
  const operand = inner.getChild('MetricExpr')
  const grouping = inner.getChild('Grouping')
  const param = inner.getChild('Number')
  if (operand === null || !vectorOperations.includes(op)) throw unknown(text, inner)
  return {
    kind: 'aggregate',
    op,
    of: metricQuery(text, operand),
    param: param === null ? undefined : Number(textOf(text, param)),
    labels: grouping === null ? [] : below(grouping, 'Identifier').map((name) => textOf(text, name)),
    without: grouping !== null && grouping.getChild('Without') !== null,
  }
}

const rangeQuery = (text: string, node: SyntaxNode): MetricQuery => {
  const op = textOf(text, node.getChild('RangeOp') ?? node)
  const source = node.getChild('LogRangeExpr')
  const range = source === null ? undefined : below(source, 'Duration')[0]
  const ms = range === undefined ? undefined : parseDuration(textOf(text, range))
  if (source === null || ms === undefined || !rangeOperations.includes(op) || source.getChild('OffsetExpr') !== null)
    throw unknown(text, node)
  return { kind: 'range', op, log: logQuery(text, source), seconds: ms / 1000 }
}
