/**
 * Of many names those that are most like what some texts say, best first: by the words that both have, where a word that stands in few
 * names counts more than one that stands in many ("orders" more than "service"). None is better than a bad guess: names that share
 * no word of three letters are left out. Equal ones in the order of the alphabet.
 */
export const namesLike = (texts: readonly string[], names: readonly string[], most: number): string[] => {
  const said = new Set(texts.flatMap(wordsOf))
  const all = [...new Set(names)]
  const having = new Map<string, number>()
  for (const name of all) for (const word of new Set(wordsOf(name))) having.set(word, (having.get(word) ?? 0) + 1)
  const weight = (word: string): number => Math.log(1 + all.length / (having.get(word) ?? 1))
  const scored = all.map((name) => {
    const own = [...new Set(wordsOf(name))]
    const shared = own.filter((word) => said.has(word)).reduce((sum, word) => sum + weight(word), 0)
    // Of two names with the same word the one that says less besides.
    return { name, score: shared === 0 ? 0 : shared / Math.sqrt(own.reduce((sum, word) => sum + weight(word), 0)) }
  })
  return scored
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name)
}

/** "orders.v2" and "OrderWorker" share "order": words of three letters or more, without the plural. */
const wordsOf = (text: string): string[] =>
  text
    .slice(0, 2000)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .map((word) => (word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word))
    .filter((word) => word.length >= 3 && !/^\d+$/.test(word))
