import type { Mentions } from '../read/mentions.ts'
import type { Inventory } from '../read/names.ts'
import { entriesFor } from './agree.ts'
import type { Cover, CoveredTime, Entry } from './cover.ts'
import { classCovered, nameIsCovered, quotedCovered } from './covered-words.ts'
import { numberCovered } from './numbers.ts'
import { timeCovered } from './spans.ts'

/** What Vigil itself found out about the alert, in the form of a cover. */
export type GivenCover = {
  readonly names: ReadonlySet<string>
  readonly entries: readonly Entry[]
  readonly times: readonly { readonly at: number; readonly of: 'onset' | 'startsAt' | 'now' }[]
  readonly windows: readonly number[]
  /** What the alert fires on, in the form of a receipt about it. */
  readonly symptom: Cover
  /** The metrics of the alert's expression, folded. */
  readonly metrics: readonly string[]
}

/** A sentence's whole support: its receipts' covers and the alert's own facts. */
export type Support = { readonly covers: readonly Cover[]; readonly given: GivenCover; readonly inventory: Inventory }

/** What of a sentence no receipt covers, each as a reason; empty when all is covered. */
export const uncovered = (mentions: Mentions, support: Support): readonly string[] => {
  const entries = support.covers.flatMap((cover) => cover.entries)
  const times = support.covers.flatMap((cover) => cover.times)
  return [
    ...mentions.quoted
      .filter((quoted) => !quotedCovered(quoted, support))
      .map(({ text }) => `"${text}" stands in no receipt of this sentence; cite the words with a quote`),
    ...mentions.moments
      .filter((moment) => !timeCovered(moment, mentions.text, support))
      .map(({ text }) => `the time ${text} stands in no receipt of this sentence${known(times)}`),
    ...mentions.names
      .filter((name) => !nameIsCovered(name, mentions, support))
      .map(({ text }) => `the name ${text} stands in no receipt of this sentence; cite evidence that names it`),
    ...mentions.classes
      .filter((one) => !classCovered(one, support))
      .map(({ text }) => `${text} stands in no receipt of this sentence; cite evidence whose query or words have it`),
    ...mentions.quantities
      .filter((quantity) => !numberCovered(quantity, mentions, support))
      .map(({ text }) => `the number ${text} stands in no receipt of this sentence${saying(entries)}`),
    ...comparedWithItself(mentions, entries),
    ...saidTwice(mentions, support),
    ...otherFractions(mentions, support),
  ]
}

/** "0/1" is one thing: where the words have such, the sentence's must be one of them. */
const otherFractions = ({ text }: Mentions, { covers }: Support): string[] => {
  const fraction = /(?<![\d/.])\d+\/\d+(?![\d/]|\.\d)/g
  const shown = covers.flatMap(({ quote = '' }) => quote.match(fraction) ?? [])
  return shown.length === 0
    ? []
    : (text.match(fraction) ?? [])
        .filter((one) => !shown.includes(one))
        .map((one) => `${one} stands in no receipt of this sentence; they say ${shown.slice(0, 3).join(', ')}`)
}

/** "11.6 % against 12 %: two numbers that are told apart must not be roundings of one value. */
const comparedWithItself = ({ text, quantities }: Mentions, entries: readonly Entry[]): string[] =>
  quantities.flatMap((quantity, index) => {
    const next = quantities[index + 1]
    if (!next || next.value === quantity.value || next.bound === 'about') return []
    if (!/^\s*(?:against|versus|vs\.?|compared (?:with|to)|instead of|rather than|→|to|while)\b/i.test(text.slice(quantity.to, next.from)))
      return []
    const [one, other] = [entriesFor(quantity, entries), entriesFor(next, entries)]
    const same = one.length === 1 && other.length === 1 && one[0] === other[0]
    return same ? [`${quantity.text} and ${next.text} are both ${one[0]?.says}; cite what the other one is`] : []
  })

/** "20 are done, while 20 arrive" with a receipt of 36: one number for two things, and a cited one that is not said. */
const saidTwice = ({ quantities, text }: Mentions, { covers }: Support): string[] => {
  const numbers = quantities.filter(({ form, readings }) => form === 'number' && readings.every(({ dimension }) => dimension !== 'time'))
  const twice = numbers.find((one, index) => one.value > 1 && numbers.some((other, at) => at > index && other.value === one.value))
  if (!twice || /\b(?:each|both|again|same|still|also|stay\w*|too)\b/i.test(text)) return []
  const cited = covers.filter(({ shows, course }) => shows === 'value' && course !== undefined)
  const unsaid = cited.find((cover) => {
    const own = [...cover.entries, ...cover.implied].filter(({ from }) => from === 'statistic')
    return !quantities.some((quantity) => entriesFor(quantity, own).length > 0)
  })
  return unsaid && cited.length > 1
    ? [`it says ${twice.text} twice, and not ${unsaid.entries.find(({ from }) => from === 'statistic')?.says}`]
    : []
}

const saying = (entries: readonly Entry[]): string => {
  const says = [...new Set(entries.filter(({ from }) => from !== 'structure' && from !== 'label').map((entry) => entry.says))].slice(0, 3)
  return says.length > 0 ? `; ${says.join(', ')}` : ''
}

const known = (times: readonly CoveredTime[]): string => {
  const shown = [
    ...new Set(times.filter(({ place }) => place !== 'window').map(({ at }) => new Date(at).toISOString().slice(11, 19))),
  ].slice(0, 3)
  return shown.length > 0 ? `; they say ${shown.join(', ')}` : ''
}
