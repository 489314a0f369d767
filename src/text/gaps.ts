/**
 * What could not be seen, each cause once: of "logs (Loki 503)" and "traces, hosts (Loki 503)" makes "logs, traces, hosts (Loki 503)". In the
 * order of the first of each; what has no cause in brackets stands for itself.
 */
export const gapsByCause = (gaps: readonly string[]): string[] =>
  [...Map.groupBy(gaps.map(parted), ({ cause, what }) => cause ?? what)].map(([, all]) => {
    const [first] = all
    if (first?.cause === undefined) return first?.what ?? ''
    return `${[...new Set(all.flatMap(({ what }) => what.split(', ')))].join(', ')} (${first.cause})`
  })

/** The same in few words: of many things that one cause hides the first three are named, the others counted. */
export const gapsInShort = (gaps: readonly string[]): string[] =>
  gapsByCause(gaps).map((gap) => {
    const { what, cause } = parted(gap)
    const all = what.split(', ')
    if (cause === undefined || all.length <= NAMED + 1) return gap
    return `${all.slice(0, NAMED).join(', ')} and ${all.length - NAMED} more (${cause})`
  })

const NAMED = 3

const parted = (gap: string): { what: string; cause: string | undefined } => {
  const [, what, cause] = /^([^(]+) \((.+)\)$/s.exec(gap) ?? []
  return what === undefined ? { what: gap, cause: undefined } : { what, cause }
}
