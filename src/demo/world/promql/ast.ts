import type { Matcher } from '../matcher.ts'

/** A PromQL expression; `at` is its offset in the text, durations are milliseconds. Parentheses are gone. */
export type Expr = Literal | Text | VectorSelector | MatrixSelector | Subquery | Negation | Binary | Aggregate | Call

type Literal = { readonly type: 'number'; readonly at: number; readonly value: number }
type Text = { readonly type: 'string'; readonly at: number; readonly value: string }
export type VectorSelector = {
  readonly type: 'vector'
  readonly at: number
  readonly matchers: readonly Matcher[]
  readonly offset: number
}
export type MatrixSelector = { readonly type: 'matrix'; readonly at: number; readonly selector: VectorSelector; readonly range: number }
export type Subquery = {
  readonly type: 'subquery'
  readonly at: number
  readonly expr: Expr
  readonly range: number
  readonly step: number
  readonly offset: number
}
type Negation = { readonly type: 'negation'; readonly at: number; readonly expr: Expr }
export type Binary = {
  readonly type: 'binary'
  readonly at: number
  readonly op: BinaryOp
  readonly opAt: number
  readonly left: Expr
  readonly right: Expr
  readonly bool: boolean
  readonly matching: Matching
}
export type Aggregate = {
  readonly type: 'aggregate'
  readonly at: number
  readonly op: string
  readonly expr: Expr
  readonly param: Expr | undefined
  readonly grouping: readonly string[]
  readonly without: boolean
}
export type Call = { readonly type: 'call'; readonly at: number; readonly name: string; readonly args: readonly Expr[] }

export type BinaryOp = '+' | '-' | '*' | '/' | '%' | '^' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'and' | 'or' | 'unless'

/** `on` tells which of on() and ignoring() it was; neither is ignoring nothing. `many` is the side with more series, `include` what it takes from the other. */
export type Matching = {
  readonly on: boolean
  readonly labels: readonly string[]
  readonly many: 'left' | 'right' | undefined
  readonly include: readonly string[]
}

export type ValueType = 'scalar' | 'instant vector' | 'range vector' | 'string'

/** The error of a query: `bad_data` is answered with 400, `execution` with 422, as Prometheus does. */
export class QueryError extends Error {
  readonly kind: 'bad_data' | 'execution' | 'timeout'
  constructor(kind: QueryError['kind'], message: string) {
    super(message)
    this.name = 'QueryError'
    this.kind = kind
  }
}

export const isComparison = (op: BinaryOp): boolean => ['==', '!=', '<', '<=', '>', '>='].includes(op)
export const isSetOperator = (op: BinaryOp): boolean => op === 'and' || op === 'or' || op === 'unless'
