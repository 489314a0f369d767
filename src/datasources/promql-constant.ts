import type { SyntaxNode } from '@lezer/common'
import { parseDuration } from './time.ts'

/** The value of an expression made of numbers alone (`5 / 100`, `-(10 * 1024)`, `1h`); undefined when it asks for data. */
export const constantOf = (text: string, node: SyntaxNode): number | undefined => {
  const { firstChild, lastChild } = node
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numberOf(text.slice(node.from, node.to))
    case 'ParenExpr':
      return firstChild ? constantOf(text, firstChild) : undefined
    case 'UnaryExpr':
      return firstChild && lastChild ? foldArithmetic(operatorOf(text, firstChild), 0, constantOf(text, lastChild)) : undefined
    case 'BinaryExpr': {
      if (!firstChild?.nextSibling || !lastChild) return undefined
      return foldArithmetic(operatorOf(text, firstChild.nextSibling), constantOf(text, firstChild), constantOf(text, lastChild))
    }
    default:
      return undefined
  }
}

/** The operator as it is written, in small letters. */
export const operatorOf = (text: string, node: SyntaxNode): string => text.slice(node.from, node.to).toLowerCase()

/** PromQL's arithmetic; undefined for another operator or a side that is not constant. */
export const foldArithmetic = (operator: string, left: number | undefined, right: number | undefined): number | undefined => {
  if (left === undefined || right === undefined) return undefined
  return arithmetic[operator]?.(left, right)
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => left ** right,
  atan2: Math.atan2,
}

const numberOf = (literal: string): number | undefined => {
  const [, sign, digits = ''] = /^([-+]?)\s*(.*)$/s.exec(literal) ?? []
  const size = parseDuration(digits) ?? (/^inf$/i.test(digits) ? Number.POSITIVE_INFINITY : Number(digits.replaceAll('_', '')))
  if (Number.isNaN(size) && !/^nan$/i.test(digits)) return undefined
  return sign === '-' ? -size : size
}
