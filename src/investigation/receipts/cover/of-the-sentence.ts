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
  if (told.length > 1 && isPaceOfTold(quantity, mentions)) return true
  if (told.length === 0 || isPaced(quantity) || quantity.bound === 'under' || quantity.bound === 'most') return false
  const cited = support.covers.flatMap((cover) => cover.entries).filter(({ from }) => from === 'statistic')
  return (
    derives(quantity, mentions.text, {
      entries: [...told, ...(told.length === 1 && quantity.form !== 'number' ? cited : [])],
      implied: [],
    }) || isProduct(quantity, mentions)
  )
}

/** "402 GiB in 40 minutes, about 10 GiB per minute". */
const isPaceOfTold = (quantity: Quantity, { text, quantities }: Mentions): boolean => {
  const per = /^\s*(?:\p{L}+ )?(?:per|a|each|every|\/)\s*(second|minute|hour)\b/u.exec(text.slice(quantity.to))?.[1]
  const seconds = per === undefined ? 0 : per.startsWith('s') ? 1 : per.startsWith('m') ? 60 : 3600
  const unit = quantity.readings.find(({ dimension }) => dimension !== 'time')
  const amounts = quantities.filter(
    (one) => one !== quantity && one.readings.some(({ dimension }) => dimension === (unit?.dimension ?? 'plain')),
  )
  const spans = quantities.flatMap(({ value, readings }) =>
    readings.flatMap(({ dimension, factor }) => (dimension === 'time' ? [value * factor] : [])),
  )
  return (
    seconds > 0 &&
    amounts.some(({ value, readings }) =>
      readings.some(
        ({ dimension, factor }) =>
          dimension === unit?.dimension &&
          spans.some((span) => span > 0 && fits(quantity, ((value * factor) / span) * (seconds / unit.factor))),
      ),
    )
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
