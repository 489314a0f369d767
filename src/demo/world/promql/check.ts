import type { Expr, QueryError, ValueType } from './ast.ts'
import { isComparison, isSetOperator } from './ast.ts'
import { signatureOf } from './functions.ts'

type Fail = (at: number, message: string) => QueryError

/** Refuses what Prometheus's type checker refuses, in its words. */
export const checkTypes = (expr: Expr, fail: Fail): void => {
  switch (expr.type) {
    case 'number':
    case 'string':
    case 'vector':
    case 'matrix':
      return
    case 'subquery':
      checkTypes(expr.expr, fail)
      if (typeOf(expr.expr) !== 'instant vector')
        throw fail(expr.at, `subquery is only allowed on instant vector, got ${typeOf(expr.expr)} instead`)
      return
    case 'negation':
      checkTypes(expr.expr, fail)
      if (!isArithmetic(typeOf(expr.expr)))
        throw fail(
          expr.at,
          `unary expression only allowed on expressions of type scalar or instant vector, got ${quoted(typeOf(expr.expr))}`,
        )
      return
    case 'binary':
      checkBinary(expr, fail)
      return
    case 'aggregate':
      checkTypes(expr.expr, fail)
      expect(expr.expr, 'instant vector', { fail, where: 'aggregation expression' })
      if (expr.param === undefined) return
      checkTypes(expr.param, fail)
      expect(expr.param, 'scalar', { fail, where: 'aggregation parameter' })
      return
    case 'call':
      checkCall(expr, fail)
      return
  }
}

export const typeOf = (expr: Expr): ValueType => {
  switch (expr.type) {
    case 'number':
      return 'scalar'
    case 'string':
      return 'string'
    case 'vector':
    case 'aggregate':
      return 'instant vector'
    case 'matrix':
    case 'subquery':
      return 'range vector'
    case 'negation':
      return typeOf(expr.expr)
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'instant vector'
    case 'call':
      return signatureOf(expr.name)?.returns ?? 'instant vector'
  }
}

const isArithmetic = (type: ValueType): boolean => type === 'scalar' || type === 'instant vector'

const quoted = (type: ValueType): string => JSON.stringify(type)

const expect = (expr: Expr, type: ValueType, context: { fail: Fail; where: string }): void => {
  if (typeOf(expr) !== type) throw context.fail(expr.at, `expected type ${type} in ${context.where}, got ${typeOf(expr)}`)
}

const checkBinary = (expr: Extract<Expr, { type: 'binary' }>, fail: Fail): void => {
  checkTypes(expr.left, fail)
  checkTypes(expr.right, fail)
  const left = typeOf(expr.left)
  const right = typeOf(expr.right)
  for (const [side, type] of [
    [expr.left, left],
    [expr.right, right],
  ] as const)
    if (!isArithmetic(type)) throw fail(side.at, 'binary expression must contain only scalar and instant vector types')
  if (expr.bool && !isComparison(expr.op)) throw fail(expr.opAt, 'bool modifier can only be used on comparison operators')
  if (isComparison(expr.op) && !expr.bool && left === 'scalar' && right === 'scalar')
    throw fail(expr.opAt, 'comparisons between scalars must use BOOL modifier')
  if (isSetOperator(expr.op) && (left === 'scalar' || right === 'scalar'))
    throw fail(expr.at, `set operator ${JSON.stringify(expr.op)} not allowed in binary scalar expression`)
  if (isSetOperator(expr.op) && expr.matching.many !== undefined)
    throw fail(expr.at, `no grouping allowed for ${JSON.stringify(expr.op)} operation`)
}

const checkCall = (expr: Extract<Expr, { type: 'call' }>, fail: Fail): void => {
  const known = signatureOf(expr.name)
  if (known === undefined) throw fail(expr.at, `this simulated Prometheus does not know the function ${JSON.stringify(expr.name)}`)
  const { least, most } = { least: known.args.length - (known.optional ?? 0), most: known.args.length }
  const counted = (amount: number, word: string) =>
    fail(expr.at, `expected ${word}${amount} argument(s) in call to ${JSON.stringify(expr.name)}, got ${expr.args.length}`)
  if (expr.args.length < least) throw counted(least, least === most ? '' : 'at least ')
  if (expr.args.length > most) throw counted(most, least === most ? '' : 'at most ')
  for (const [index, arg] of expr.args.entries()) {
    checkTypes(arg, fail)
    expect(arg, known.args[index] ?? 'scalar', { fail, where: `call to function ${JSON.stringify(expr.name)}` })
  }
}
