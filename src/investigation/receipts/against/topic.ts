import { entriesFor } from '../cover/agree.ts'
import type { Cover } from '../cover/cover.ts'
import { asWords, contentWords, mattersOf, stem } from '../cover/matters.ts'
import type { Mentions } from '../read/mentions.ts'
import { nameCovered } from '../read/names.ts'

/**
 * The words of a sentence and of its receipts must meet somewhere; a reason when they speak of different matters. Only for sentences
 * that no number, time or quotation ties to their receipts: of these the other checks see whether the receipts are the right ones.
 */
export const offTopic = (mentions: Mentions, covers: readonly Cover[]): string | null => {
  if (covers.length === 0 || anchored(mentions, covers)) return null
  const classes = mentions.classes.map(({ of, text }) => (of === 'quantile' ? ' latency' : /^[45]/.test(text) ? ' errors' : '')).join('')
  const said = mattersOf(`${mentions.words.toLowerCase()}${classes}`)
  const context = asWords(covers.map((cover) => cover.context).join(' '))
  const shown = new Set(mattersOf(context))
  const met = said.filter((matter) => shown.has(matter)).length
  const stems = new Set(contentWords(context).map(stem))
  const words = new Set(
    contentWords(mentions.words.toLowerCase())
      .map(stem)
      .filter((word) => stems.has(word)),
  )
  // Of a matter that is not known, one word at least must meet.
  if (said.length === 0) return words.size > 0 || tied(mentions, covers) ? null : elsewhere
  // More than half of what it speaks of; half is enough with two of its words, or with a number or a time that fits.
  if (met * 2 > said.length || (met * 2 === said.length && (words.size >= 2 || hinted(mentions, covers)))) return null
  return elsewhere
}

const elsewhere = 'its receipts speak of another matter; cite evidence about what it says'

/** A number of at least two digits that a receipt says, a quotation, or a word of the receipt that is a name (OutOfMemory). A time or a single digit happens to fit too often. */
const anchored = ({ quoted, quantities, names, moments, words }: Mentions, covers: readonly Cover[]): boolean => {
  const entries = covers
    .flatMap((cover) => cover.entries)
    .filter(({ from }) => from === 'statistic' || from === 'count' || from === 'quote')
  const digits = (value: number): number =>
    String(value)
      .replace(/\D/g, '')
      .replace(/^0+|0+$/g, '').length
  const own = covers
    .filter(({ shows }) => shows !== 'value')
    .flatMap(({ times }) => times.filter(({ place }) => place === 'point' || place === 'first' || place === 'last'))
  const turning = covers.flatMap(({ times }) => times.filter(({ place }) => place === 'point'))
  if (moments.some((moment) => moment.precision < 30_000 && own.some(({ at }) => moment.fits(at)))) return true
  // Two numbers that one quote has: "five of eight".
  if (
    covers.some(
      ({ quote, entries: own }) =>
        quote !== undefined &&
        new Set(
          quantities
            .filter(
              (one) =>
                entriesFor(
                  one,
                  own.filter(({ from }) => from === 'quote'),
                ).length > 0,
            )
            .map(({ value }) => value),
        ).size > 1,
    )
  )
    return true
  const direct = quantities.filter((one) => one.value >= 2 && entriesFor(one, entries).length > 0)
  if (new Set(direct.map(({ value }) => value)).size > 1 && direct.some(({ value }) => value >= 10)) return true
  if (/\balert\b/i.test(words) && moments.some((moment) => own.some(({ at }) => moment.fits(at)))) return true
  if (moments.length > 1 && moments.every((moment) => turning.some(({ at }) => moment.fits(at)))) return true
  const cited = covers.flatMap(({ quote, absent }) => [quote ?? '', absent ?? ''])
  if (names.some(({ text, kind }) => kind === 'other' && cited.some((words) => words.includes(text.toLowerCase())))) return true
  return (
    quoted.length > 0 ||
    quantities.some(
      (quantity) =>
        quantity.form === 'number' &&
        quantity.value >= 10 &&
        quantity.bound === null &&
        entriesFor(quantity, entries).some(({ from }) => from === 'count'),
    ) ||
    quantities.some(
      (quantity) =>
        quantity.form === 'number' &&
        digits(quantity.value) >= 3 &&
        quantity.bound === null &&
        quantity.readings.every(({ dimension }) => dimension !== 'time'),
    ) ||
    quantities.some(
      (quantity) =>
        digits(quantity.value) >= 2 && quantity.step > 0 && quantity.bound !== 'about' && entriesFor(quantity, entries).length > 0,
    )
  )
}

/** By anything at all that the other checks have looked at: a number, a time, or a name that a receipt has by itself. */
const tied = ({ quantities, moments, names }: Mentions, covers: readonly Cover[]): boolean =>
  quantities.length + moments.length > 0 || names.some(({ text }) => covers.some((cover) => nameCovered(text, cover.names)))

/** A number that is more than a digit, or a time, or a digit that a receipt says as it is. */
const hinted = ({ moments, quantities, names }: Mentions, covers: readonly Cover[]): boolean => {
  const entries = covers.flatMap((cover) => cover.entries).filter(({ from }) => from !== 'structure' && from !== 'label')
  const times = covers.flatMap((cover) => cover.times).filter(({ place }) => place !== 'window')
  return (
    quantities.some((quantity) => quantity.value >= 10 || quantity.form === 'share' || entriesFor(quantity, entries).length > 0) ||
    moments.some((moment) => times.some(({ at }) => moment.fits(at))) ||
    names.some(({ kind, text }) => kind === 'version' && covers.some(({ quote = '' }) => quote.includes(text.toLowerCase())))
  )
}
