import type { Labels } from '../../../series/series.ts'
import type { Binary, BinaryOp } from './ast.ts'
import { isComparison, isSetOperator, QueryError } from './ast.ts'
import type { Sample, Value } from './evaluate.ts'
import { drop, formatLabels, keep, nameless, signature, sortLabels } from './labels.ts'

/** Both sides by an operator. Throws a QueryError `execution` where series do not match one to one as demanded. */
export const binary = (expr: Binary, left: Value, right: Value): Value => {
  if (left.type === 'scalar' && right.type === 'scalar') return { type: 'scalar', value: calculate(expr.op, left.value, right.value) }
  if (left.type === 'vector' && right.type === 'scalar')
    return { type: 'vector', samples: withScalar(expr, left.samples, { scalar: right.value, scalarLeft: false }) }
  if (left.type === 'scalar' && right.type === 'vector')
    return { type: 'vector', samples: withScalar(expr, right.samples, { scalar: left.value, scalarLeft: true }) }
  if (left.type !== 'vector' || right.type !== 'vector')
    throw new QueryError('execution', 'binary expression must contain only scalar and instant vector types')
  const samples = isSetOperator(expr.op) ? bySet(expr, left.samples, right.samples) : byVector(expr, left.samples, right.samples)
  return { type: 'vector', samples }
}

const calculate = (op: BinaryOp, left: number, right: number): number => {
  switch (op) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '%':
      return left % right
    case '^':
      return left ** right
    case 'and':
    case 'or':
    case 'unless':
      throw new QueryError('execution', `operator ${op} works on vectors`)
    default:
      return compare(op, left, right) ? 1 : 0
  }
}

const compare = (op: BinaryOp, left: number, right: number): boolean => {
  if (op === '==') return left === right
  if (op === '!=') return left !== right
  if (op === '<') return left < right
  if (op === '<=') return left <= right
  return op === '>' ? left > right : left >= right
}

const withScalar = (expr: Binary, samples: readonly Sample[], side: { scalar: number; scalarLeft: boolean }): Sample[] =>
  samples.flatMap(({ labels, value }) => {
    const result = side.scalarLeft ? calculate(expr.op, side.scalar, value) : calculate(expr.op, value, side.scalar)
    if (!isComparison(expr.op) || expr.bool) return [{ labels: nameless(labels), value: result }]
    return result === 1 ? [{ labels, value }] : []
  })

const matchKey = ({ matching }: Binary, labels: Labels): string =>
  signature(matching.on ? keep(labels, matching.labels) : drop(labels, [...matching.labels, '__name__']))

const bySet = (expr: Binary, left: readonly Sample[], right: readonly Sample[]): Sample[] => {
  const keysOf = (samples: readonly Sample[]) => new Set(samples.map(({ labels }) => matchKey(expr, labels)))
  if (expr.op === 'or') {
    const there = keysOf(left)
    return [...left, ...right.filter(({ labels }) => !there.has(matchKey(expr, labels)))]
  }
  const there = keysOf(right)
  return left.filter(({ labels }) => there.has(matchKey(expr, labels)) === (expr.op === 'and'))
}

const byVector = (expr: Binary, left: readonly Sample[], right: readonly Sample[]): Sample[] => {
  const swapped = expr.matching.many === 'right'
  const [many, one] = swapped ? [right, left] : [left, right]
  const ones = uniqueByKey(expr, one, swapped ? 'left' : 'right')
  const seen = new Set<string>()
  const results = new Set<string>()
  return many.flatMap((sample) => {
    const key = matchKey(expr, sample.labels)
    const other = ones.get(key)
    if (other === undefined) return []
    const result = calculate(expr.op, swapped ? other.value : sample.value, swapped ? sample.value : other.value)
    const filters = isComparison(expr.op) && !expr.bool
    if (filters && result !== 1) return []
    if (expr.matching.many === undefined && seen.has(key))
      throw new QueryError('execution', 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)')
    seen.add(key)
    const labels = resultLabels(expr, sample.labels, other.labels)
    const made = signature(labels)
    if (results.has(made)) throw new QueryError('execution', 'multiple matches for labels: grouping labels must ensure unique matches')
    results.add(made)
    // A filter passes on the left side's value, which is the "one" side under group_right.
    return [{ labels, value: filters ? (swapped ? other.value : sample.value) : result }]
  })
}

const uniqueByKey = (expr: Binary, samples: readonly Sample[], side: 'left' | 'right'): Map<string, Sample> => {
  const found = new Map<string, Sample>()
  for (const sample of samples) {
    const key = matchKey(expr, sample.labels)
    const before = found.get(key)
    if (before !== undefined) {
      const group = formatLabels(
        expr.matching.on ? keep(sample.labels, expr.matching.labels) : drop(sample.labels, [...expr.matching.labels, '__name__']),
      )
      const pair = `[${formatLabels(sample.labels)}, ${formatLabels(before.labels)}]`
      throw new QueryError(
        'execution',
        `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ${pair};many-to-many matching not allowed: matching labels must be unique on one side`,
      )
    }
    found.set(key, sample)
  }
  return found
}

const resultLabels = (expr: Binary, many: Labels, one: Labels): Labels => {
  const { on, labels: names, many: side, include } = expr.matching
  const kept = !isComparison(expr.op) || expr.bool ? nameless(many) : many
  if (side === undefined) return on ? keep(kept, names) : drop(kept, names)
  const taken = Object.fromEntries(include.flatMap((name) => (one[name] === undefined ? [] : [[name, one[name]]])))
  return sortLabels({ ...drop(kept, include), ...taken })
}
