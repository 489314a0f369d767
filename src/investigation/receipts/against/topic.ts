import { entriesFor } from '../cover/agree.ts'
import type { Cover, Entry } from '../cover/cover.ts'
import { asWords, contentWords, mattersOf, stem } from '../cover/matters.ts'
import type { Mentions } from '../read/mentions.ts'
import { nameCovered } from '../read/names.ts'
import type { Quantity } from '../read/quantity.ts'

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
  const sought = covers.every(({ shows }) => shows === 'absence')
  const own = contentWords(mentions.words.toLowerCase()).filter((word) => !ofAnything.has(word))
  // What says nothing but how long or how much speaks of what its receipts do.
  const byNumber =
    !sought && (new Set(own).size < 2 || /\balert\b/i.test(mentions.words)) ? mentions : { ...mentions, quantities: [], moments: [] }
  if (said.length === 0) return words.size > 0 || tied(byNumber, covers) ? null : elsewhere
  // More than half of what it speaks of; half is enough with two of its words, or with a number or a time that fits.
  if (met * 2 > said.length || (met * 2 === said.length && (words.size >= 2 || hinted(mentions, covers)))) return null
  return elsewhere
}

/** Words of any incident, which tell of no matter. */
const ofAnything = new Set(
  'went off free space drop drops dropped alert alerts alerting fired fires firing threshold limit onset outage incident problem issue began begun begins start started starts starting crossed cross times minute minutes hour hours second seconds day days week weeks ago now still going yesterday tonight today last first again run runs ran shorter longer took takes taken lasted lasting long far above below back normal usual until since there here one two three four five six seven eight nine ten twenty thirty forty fifty hundred thousand half quarter third twice double age'.split(
    ' ',
  ),
)

const elsewhere = 'its receipts speak of another matter; cite evidence about what it says'

/** By what happens to fit too seldom to be of another matter: numbers, times, a quotation, a name of the quoted words (OutOfMemory). */
const anchored = (mentions: Mentions, covers: readonly Cover[]): boolean =>
  mentions.quoted.length > 0 ||
  byObject(mentions, covers) ||
  byNumbers(mentions, covers) ||
  byTimes(mentions, covers) ||
  byWords(mentions, covers)

/** A number of the very object whose series is cited. */
const byObject = ({ names, quantities }: Mentions, covers: readonly Cover[]): boolean =>
  covers.some(({ own, shows, entries }) => {
    const isNamed =
      shows === 'value' &&
      names.some(({ text, kind }) => kind !== 'namespace' && own.some((one) => one.kind === kind && one.name === text.toLowerCase()))
    return (
      isNamed &&
      quantities.some(
        (one) =>
          one.form !== 'word' &&
          (one.value >= 10 || !Number.isInteger(one.value) || one.form === 'ratio') &&
          (one.form === 'ratio' ||
            entriesFor(
              one,
              entries.filter(({ from }) => from === 'statistic'),
            ).length > 0),
      )
    )
  })

/** A single digit, or a round "about", happens to fit too often. */
const byNumbers = ({ quantities }: Mentions, covers: readonly Cover[]): boolean => {
  const said = covers.flatMap((cover) => cover.entries).filter(({ from }) => from === 'statistic' || from === 'count' || from === 'quote')
  const held = (quantity: Quantity): readonly Entry[] => entriesFor(quantity, said)
  const direct = quantities.filter((one) => one.value >= 2 && held(one).length > 0)
  return (
    (different(direct) > 1 && direct.some(({ value }) => value >= 10)) ||
    (quantities.length > 1 && direct.some(({ value, bound }) => value >= 10 && bound === null)) ||
    // Two that one quote has: "five of eight".
    covers.some(({ quote, entries }) => {
      const own = entries.filter(({ from }) => from === 'quote')
      return quote !== undefined && different(quantities.filter((one) => entriesFor(one, own).length > 0)) > 1
    }) ||
    quantities.some((one) => {
      const exact = one.form === 'number' && one.bound === null
      return (
        (exact && one.value >= 10 && held(one).some(({ from }) => from === 'count')) ||
        (exact && digits(one.value) >= 3 && one.readings.every(({ dimension }) => dimension !== 'time')) ||
        (digits(one.value) >= 2 && one.step > 0 && one.bound !== 'about' && held(one).length > 0)
      )
    })
  )
}

const different = (all: readonly Quantity[]): number => new Set(all.map(({ value }) => value)).size

/** Zeros at either end say nothing. */
const digits = (value: number): number =>
  String(value)
    .replace(/\D/g, '')
    .replace(/^0+|0+$/g, '').length

/** Of a series any minute may be the right one, so two have to turn; what was quoted or counted has a time of its own, to the second. */
const byTimes = ({ moments, words }: Mentions, covers: readonly Cover[]): boolean => {
  const own = covers
    .filter(({ shows }) => shows !== 'value')
    .flatMap(({ times }) => times.filter(({ place }) => place === 'point' || place === 'first' || place === 'last'))
  const turning = covers.flatMap(({ times }) => times.filter(({ place }) => place === 'point'))
  const ofAlert = /\balert\b/i.test(words)
  return (
    moments.some((moment) => (ofAlert || moment.precision < 30_000) && own.some(({ at }) => moment.fits(at))) ||
    (moments.length > 1 && moments.every((moment) => turning.some(({ at }) => moment.fits(at))))
  )
}

/** Each word that was looked for and not found, or a name that the quoted words have. */
const byWords = ({ words, names }: Mentions, covers: readonly Cover[]): boolean => {
  const said = words.toLowerCase()
  const sought = (absent: string): readonly string[] => absent.match(/\p{L}{4,}/gu) ?? []
  const cited = covers.flatMap(({ quote, absent }) => [quote ?? '', absent ?? ''])
  return (
    covers.some(({ absent = '' }) => sought(absent).length > 0 && sought(absent).every((word) => said.includes(word))) ||
    names.some(({ text }) => covers.some(({ absent = '' }) => sought(absent).includes(text.toLowerCase()))) ||
    names.some(({ text, kind }) => kind === 'other' && cited.some((one) => one.includes(text.toLowerCase())))
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
