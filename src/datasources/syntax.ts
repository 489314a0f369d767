import type { SyntaxNode } from '@lezer/common'

/** The nodes right below one of a parsed query; none below nothing. */
export const childrenOf = (node: SyntaxNode | null): SyntaxNode[] => {
  const children: SyntaxNode[] = []
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) children.push(child)
  return children
}

/** Where in a query something is wrong, in words for who wrote it. */
export const near = (query: string, from: number): string =>
  from < query.length ? `character ${from + 1} on: ${query.slice(from, from + 30)}` : 'its end on: something is missing there'
