import type { Mentions } from '../read/mentions.ts'
import { fits, type Quantity } from '../read/quantity.ts'
import { isPaced } from './agree.ts'
import type { Entry } from './cover.ts'
import type { Support } from './covering.ts'
import { derives } from './derived.ts'

/** "803 of 806 MiB": derived from other numbers of the sentence, of which each is covered by itself. */
export const ofTheSentence = (
  quantity: Quantity,
  mentions: Mentions,
  support: Support,
  isCovered: (other: Quantity) => boolean,
): boolean => {
  const told = mentions.quantities
    .filter((other) => other !== quantity && (other.form === 'number' || other.form === 'word') && isCovered(other))
    .map(
      (other): Entry => ({
        from: 'quote',
        evidence: `the sentence, at ${other.from}`,
        bases:
          other.readings.length === 0
            ? [{ dimension: 'plain', base: other.value }]
            : other.readings.map(({ dimension, factor }) => ({ dimension, base: other.value * factor })),
        numerals: [other.value],
        bare: other.readings.length === 0,
        names: new Set(),
        ...(other.readings.length > 0 ? { united: true as const } : {}),
        says: other.text,
      }),
    )
  if (told.length === 0 || isPaced(quantity) || quantity.bound === 'under' || quantity.bound === 'most') return false
  const cited = support.covers.flatMap((cover) => cover.entries).filter(({ from }) => from === 'statistic')
  return (
    derives(quantity, mentions.text, {
      entries: [...told, ...(told.length === 1 && quantity.form !== 'number' ? cited : [])],
      implied: [],
    }) || isProduct(quantity, mentions)
  )
}

/** "48 million" is 48 of a million. */
const units = ({ readings }: Quantity): number[] =>
  readings.length === 0 ? [1] : readings.flatMap(({ dimension, factor }) => (dimension === 'plain' ? [factor] : []))

/** "48 million rows (3 × 16,071,084)". */
const isProduct = (quantity: Quantity, { text, quantities }: Mentions): boolean =>
  quantities.some((one, index) => {
    const next = quantities[index + 1]
    return (
      next !== undefined &&
      one !== quantity &&
      next !== quantity &&
      (/^\s*[×x*]\s*$/.test(text.slice(one.to, next.from)) || (/[×x]$/.test(one.text) && text.slice(one.to, next.from).trim() === '')) &&
      units(quantity).some((unit) => fits(quantity, (one.value * next.value) / unit))
    )
  })
