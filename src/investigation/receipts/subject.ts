import type { Cover } from './cover.ts'
import { asWords, contentWords, mattersOf, stem } from './matters.ts'

/** The features by which a phrase and a receipt recognise each other: the stems of their words and the matters that these belong to. */
const featuresOf = (text: string): Set<string> => {
  const plain = asWords(text.toLowerCase())
  return new Set([...contentWords(plain).map(stem), ...mattersOf(plain).map((matter) => `matter ${matter}`)])
}

const known = new WeakMap<Cover, ReadonlySet<string>>()

const featuresOfCover = (cover: Cover): ReadonlySet<string> => {
  const kept = known.get(cover)
  if (kept) return kept
  const made = featuresOf(`${cover.context} ${cover.quote ?? ''}`)
  known.set(cover, made)
  return made
}

/** The receipts that a phrase speaks of, by the words that not all of them have; all of them where no word tells. */
export const meantBy = (phrase: string, covers: readonly Cover[]): readonly Cover[] => {
  if (covers.length < 2) return covers
  const said = featuresOf(phrase)
  const features = covers.map(featuresOfCover)
  const scores = features.map((own, index) => {
    const others = features.filter((_, other) => other !== index)
    return [...said].filter((one) => own.has(one) && !others.every((other) => other.has(one))).length
  })
  const best = Math.max(...scores)
  return best === 0 ? covers : covers.filter((_, index) => scores[index] === best)
}
