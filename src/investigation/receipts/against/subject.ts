import { entriesFor } from '../cover/agree.ts'
import type { Cover } from '../cover/cover.ts'
import { asWords, contentWords, mattersOf, stem } from '../cover/matters.ts'
import type { Mentions } from '../read/mentions.ts'
import { clausesOf } from '../read/verbs.ts'

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

/** Whether a phrase and a receipt have a word or a matter in common. */
export const speaksOf = (cover: Cover, phrase: string): boolean => {
  const own = featuresOfCover(cover)
  return [...featuresOf(phrase)].some((one) => own.has(one))
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

/**
 * Whether a number is said of the wrong measure, as a reason: each clause with one number and words of one receipt alone must have it of
 * that receipt. Only between measured values, which hold nothing but their own.
 */
export const saidOfOther = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const measured = covers.filter(({ shows }) => shows === 'value')
  if (measured.length < 2 || measured.length < covers.length) return null
  const clauses = clausesOf(text).map(({ from, to }) => ({
    text: text.slice(from, to),
    numbers: quantities.filter((one) => one.from >= from && one.to <= to && (one.form === 'number' || one.form === 'word')),
  }))
  for (const { text: clause, numbers } of clauses) {
    const [number, other] = numbers
    const [cover, rival] = number && !other ? meantBy(clause, measured) : []
    if (!number || !cover || rival) continue
    const own = entriesFor(number, [...cover.entries, ...cover.implied])
    const [elsewhere] = measured
      .filter((one) => one !== cover)
      .flatMap((one) => entriesFor(number, one.entries).filter(({ from }) => from === 'statistic'))
    if (own.length === 0 && elsewhere) return `${number.text} is not what "${clause.trim()}" is about: ${elsewhere.says}`
  }
  return null
}
