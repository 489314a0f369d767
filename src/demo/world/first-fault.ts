import type { SyntaxNode } from '@lezer/common'
import { childrenOf } from '../../datasources/syntax.ts'

/** The first place where a query does not parse. */
export const firstFault = (node: SyntaxNode): SyntaxNode | undefined => {
  if (node.type.isError) return node
  for (const child of childrenOf(node)) {
    const fault = firstFault(child)
    if (fault !== undefined) return fault
  }
  return undefined
}
