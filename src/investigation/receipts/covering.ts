import type { Cover, CoveredTime, Entry } from './cover.ts'
import { classCovered, nameIsCovered, quotedCovered } from './covered-words.ts'
import { derives, wrongSide } from './derived.ts'
import type { Mentions } from './mentions.ts'
import type { Inventory } from './names.ts'
import { fits, type Quantity } from './quantity.ts'
import { durationCovered, timeCovered } from './spans.ts'

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

/** The entries that a written number agrees with, without deriving anything. */
export const entriesFor = (quantity: Quantity, entries: readonly Entry[]): readonly Entry[] =>
  entries.filter((entry) => agrees(quantity, entry))

/** Whether a written number is this one, without deriving anything. */
export const agrees = (quantity: Quantity, entry: Entry): boolean => {
  if (entry.least && quantity.bound !== 'least') return false
  // An order of magnitude is no count.
  if (
    quantity.form === 'ratio' &&
    (quantity.range || quantity.bound === 'under' || (entry.from === 'statistic' && !entry.numerals.some(Number.isInteger)))
  )
    return false
  const same = (x: number): boolean =>
    fits(quantity, x) || (entry.statistic === 'change' && quantity.sign === null && fits(quantity, Math.abs(x)))
  // A share is not compared with what is written as a percentage: 0.1 % is not one in ten.
  const bare = quantity.form !== 'share' && (quantity.readings.length === 0 || quantity.inherited)
  if (bare && entry.numerals.some(same)) return true
  // "Per minute" of what the query has per second is sixty times as much.
  const paced = entry.rate === true && isPaced(quantity)
  if (isPaced(quantity) && entry.from === 'quote' && !/\bper\b|\/\s?(?:m|h|s)|\b(?:rate|rps|rpm|qps)\b/.test(entry.measures ?? ''))
    return false
  const readings = paced ? quantity.readings.filter(({ dimension, factor }) => dimension !== 'plain' || factor < 1) : quantity.readings
  if (readings.some(({ dimension, factor }) => entry.bases.some((one) => one.dimension === dimension && same(one.base / factor))))
    return true
  if (paced) return false
  // 0.6 of nobody knows what is not "1 %".
  return (
    entry.bare &&
    quantity.readings.length > 0 &&
    entry.numerals.some((x) => same(x) && (Math.abs(x) >= 1 || quantity.step < 1) && !(Math.abs(x) > 100 && percent(quantity)))
  )
}

const perMinute =
  /\b(?:(?:per|each|every) (?:minute|hour)|an? (?:minute|hour)(?! (?:before|after|later|earlier|ago|prior|long|or|apart|of)))\b/i

/** Written per minute or hour. */
export const isPaced = ({ readings }: Quantity): boolean =>
  readings.some(({ dimension, factor }) => dimension === 'plain' && (factor === 1 / 60 || factor === 1 / 3600))

const percent = ({ readings }: Quantity): boolean => readings.some(({ dimension }) => dimension === 'ratio')

/** The words around a number. */
export type Around = { readonly before: string; readonly after: string }

const numberCovered = (quantity: Quantity, mentions: Mentions, support: Support): boolean => {
  const { covers, given } = support
  if (quantity.instead?.every((one) => numberCovered(one, mentions, support))) return true
  const { text } = mentions
  const entries = covers.flatMap((cover) => cover.entries)
  const implied = covers.flatMap((cover) => cover.implied)
  const before = text.slice(Math.max(0, quantity.from - 40), quantity.from)
  const after = text.slice(quantity.to, quantity.to + 30)
  const direct = entriesFor(quantity, entries)
  const labelled = limitLabel(before, after)
  const slowly = perMinute.test(text) && !/\bper second\b|\ba second\b|\/s\b/i.test(text) && !mentions.quantities.some(isPaced)
  // "512 now, 502 yesterday": where yesterday was measured, its number must be that.
  const past = entries.some((entry) => entry.past)
    ? /^[^,;.]{0,25}\b(?:yesterday|last week|a (?:day|week) ago|the day before)\b/i.test(after)
    : null
  const usable = direct
    .filter((entry) => past === null || past === (entry.past ?? false) || !/\b(?:now|today|currently)\b/i.test(text))
    .filter(
      (entry) =>
        entry.from !== 'structure' &&
        (!(labelled || (upTo.test(before) && entries.some((other) => isLimit(other, covers)))) ||
          entry.from === 'quote' ||
          isLimit(entry, covers)),
    )
    .filter(
      (entry) => !(entry.from === 'statistic' && (percent(quantity) || quantity.form === 'share') && wrongSide(quantity, text, entry)),
    )
    .filter((entry) => !(slowly && entry.rate))
    .filter(() => !(quantity.form === 'ratio' && multiple.test(after)))
    // What lies ahead, or merely lasts, is not ago.
    .filter((entry) => !(entry.from === 'statistic' && /^\s*ago\b/i.test(after)))
    .filter((entry) => !(amount.test(before) || beyond.test(after)) || isAmount(entry, [...entries, ...implied]))
  if (usable.some((entry) => statisticFits(entry, { before, after }, covers))) return true
  if (
    quantity.form === 'share' &&
    entries.some(
      (entry) =>
        !wrongSide(quantity, text, entry) && entry.bases.some(({ dimension, base }) => dimension === 'ratio' && fits(quantity, base)),
    )
  )
    return true
  if ((labelled || nearLimit(before)) && limitHolds(quantity, entries, given)) return true
  if (isQuantile(quantity, after, support)) return true
  const counting = /^\s?[\p{L}-]{3,}/u.test(after) && quantity.readings.length === 0 && quantity.form !== 'ratio'
  if (counting && direct.some((entry) => entry.from === 'structure')) return true
  if (counting && listed(mentions) === quantity.value) return true
  const bounded = (labelled && quantity.form !== 'ratio') || (upTo.test(before) && entries.some((other) => isLimit(other, covers)))
  if (!bounded && derives(quantity, text, { entries: [...entries, ...given.entries], implied })) return true
  const meant = implied.filter((entry) => agrees(quantity, entry) && isMeant(entry, { before, after }))
  if (!bounded && !amount.test(before) && !beyond.test(after) && meant.some((entry) => past === null || past === (entry.past ?? false)))
    return true
  if (
    quantity.readings.some(({ dimension }) => dimension === 'time') &&
    durationCovered({ quantity, text, moments: mentions.moments }, { covers, given })
  )
    return true
  return (
    quantity.value >= 1e9 &&
    covers.some(({ times }) => times.some(({ at }) => Math.abs(at / 1000 - quantity.value) < 1 || at === quantity.value))
  )
}

/** "fell by two", "removed four": by how much, not from or to where. */
const amount =
  /\b(?:rose|risen|rises?|rising|fell|falls?|fallen|dropp?\w*|grew|grown|gr[eo]ws?|increas\w*|decreas\w*|declin\w*|shr[aiu]nk\w*|jump\w*|climb\w*|cut|lower\w*|reduc\w*|rais\w*|up|down|higher|lower|more|fewer|less)\b[^,;.]{0,25}\bby (?:about |only |just |around |roughly |some |over |more than |nearly |almost |at least )?$|\b(?:removed|lost|loses|shed|gained|gains|added|took away)\s+(?:about |only |just |around |roughly |some |over |more than |nearly |almost |another |an extra )?$/i

/** "Four times the limit", "sixty times longer": no count of times. */
const multiple =
  /^\s*(?:as|the|its|their|that|those|what|more|less|above|normal|of|(?:long|short|high|low|great|small|larg|bigg|slow|fast|old|hott)er|worse)\b/iu

/** "240 ms over the limit" is how far. */
const beyond =
  /^\s*(?:requests per second |req\/s |points? )?(?:over|above|below|under|beyond|past|short of) (?:the|its|that) (?:\p{L}+ )?(?:limit|threshold|target)\b/iu

/** A value of which both ends are known is no amount of change. */
const isAmount = (entry: Entry, all: readonly Entry[]): boolean =>
  entry.statistic === 'change' ||
  entry.from === 'count' ||
  (entry.place === undefined &&
    !(entry.from === 'statistic' && all.some(({ place, evidence }) => place !== undefined && evidence === entry.evidence)))

/** "95 % of the requests finish within" is what p95 says, "5 % take longer" too, and "half of them" the median. */
const isQuantile = (quantity: Quantity, after: string, support: Support): boolean => {
  if (
    !(percent(quantity) || quantity.form === 'share') ||
    !(/^\s*(?:of\b|(?:the|all|its)\b)/.test(after) || / in | of /.test(quantity.text))
  )
    return false
  const share = quantity.form === 'share' ? quantity.value * 100 : quantity.value
  return [share, 100 - share].some(
    (each) => each > 0 && each < 100 && classCovered({ from: 0, to: 0, text: `p${Number(each.toPrecision(4))}`, of: 'quantile' }, support),
  )
}

/** "peaked at", "on average": a value cited as another statistic supports these only where it is the extreme as well. */
const statisticFits = (entry: Entry, { before, after }: Around, covers: readonly Cover[]): boolean => {
  if (!entry.statistic || entry.statistic === 'change') return true
  const near = before.slice(-28)
  const [value = 0] = entry.numerals
  if (/\b(?:peak\w*|maximum|highest)\b(?:[^,;.]|\.\d)*$/i.test(near) || /^\s*(?:at (?:the |its )?peak|peak\b|maximum)/i.test(after)) {
    return entry.statistic === 'max' || entry.extremes?.max === value
  }
  if (/\b(?:minimum|lowest|bottomed)\b(?:[^,;.]|\.\d)*$/i.test(near)) return entry.statistic === 'min' || entry.extremes?.min === value
  if (/\b(?:average[sd]?|averaging|mean)\b(?:[^,;.]|\.\d)*$/i.test(near) || /^\s*on average/i.test(after)) {
    return entry.statistic === 'mean' || covers.some(({ context }) => /\bavg|_sum\b/.test(context))
  }
  return true
}

/** Which other statistic of a cited series a sentence means. */
const isMeant = ({ statistic, place }: Entry, { before, after }: Around): boolean => {
  const near = before.slice(-32)
  if (place === 'first')
    return (
      /\b(?:from|was|were|before|previously|initially|originally|started|starting|used to|baseline|up from|down from|had been|instead of|normal\w*|usual\w*)\b[^;.]*$/i.test(
        near,
      ) || /^[^,;.]{0,16}\b(?:before|earlier|to|at the (?:start|beginning)|initially|→)\b/i.test(after)
    )
  if (place === 'last')
    return /\b(?:now|currently|to|is|are|at present|today|ends?|ended)\b[^;.]*$/i.test(near) || /^[^,;.]{0,16}\bnow\b/i.test(after)
  if (statistic === 'max')
    return (
      /\b(?:peak\w*|max\w*|highest|high|top\w*|up to|as (?:high|many|much) as|reach\w*|hit|worst|between|ceiling|never (?:above|more than))\b[^;.]*$/i.test(
        near,
      ) || /^\s*(?:at (?:the |its )?peak|peak\b|max)/i.test(after)
    )
  if (statistic === 'min')
    return /\b(?:min\w*|lowest|low|bottom\w*|as (?:low|few|little) as|dipp?\w*|between|trough|down to|never (?:below|less than))\b[^;.]*$/i.test(
      near,
    )
  return /\b(?:average[sd]?|averaging|mean|avg|typical\w*|on average)\b[^;.]*$/i.test(near) || /^\s*on average/i.test(after)
}

/** "limit 5 %", "the 5 % threshold": this number is the limit itself, not what was measured. */
const limitLabel = (before: string, after: string): boolean =>
  (/\b(?:limit|threshold|target|SLO)(?:\s+(?:of|is|at|being))?\s*[:=]?\s*$/i.test(before) &&
    !/\b(?:above|over|below|under|than|times|twice|exceed\w*|cross\w*|beyond)\s+(?:\p{L}+ ){0,2}(?:limit|threshold|target|SLO)\s*[:,]\s*$/iu.test(
      before,
    )) ||
  /^\s*(?:\p{L}+ )?(?:limit|threshold|target|SLO)\b/iu.test(after)

const upTo = /\b(?:accepts?|allows?|permits?|up to|capped at|limited to|max(?:imum)?(?: of)?)\s*$/i

const nearLimit = (before: string): boolean =>
  /(?:\b(?:limit|threshold|target|SLO|budget|above|below|over|under|exceed\w*|beyond|past|than|cross\w*|allowed|allows?|tolerat\w*|alert\w*|fires? at)\b|[<>≤≥])(?:[^.;]|\.\d){0,24}$/i.test(
    before,
  )

/** A measured value is a limit where the query asks for one: max_connections, resource limits, quotas. */
const isLimit = (entry: Entry, covers: readonly Cover[]): boolean =>
  covers.some(
    (cover) => cover.entries.includes(entry) && /limit|max|quota|capacity|threshold|allocatable|resource_requests/.test(cover.context),
  )

/** The alert's own limit; "above" it must be true of something that was measured in the same unit. */
const limitHolds = (quantity: Quantity, entries: readonly Entry[], given: GivenCover): boolean =>
  given.entries.some((entry) => {
    if (!agrees({ ...quantity, bound: null }, entry)) return false
    const dimensions = quantity.readings.length > 0 ? quantity.readings.map(({ dimension }) => dimension) : ['plain']
    const measured = entries.flatMap(({ bases }) => bases).filter(({ dimension }) => dimensions.includes(dimension))
    const limits = entry.bases.filter(({ dimension }) => dimensions.includes(dimension)).map(({ base }) => base)
    if (quantity.bound !== 'over' && quantity.bound !== 'under') return measured.length > 0 || entries.some(({ bare }) => bare)
    return limits.some((base) => measured.some((one) => (quantity.bound === 'over' ? one.base > base : one.base < base)))
  })

/** How many names of one kind the sentence lists: "2 pods (a, b)". */
const listed = ({ names }: Mentions): number => {
  const kinds = new Map<string, Set<string>>()
  for (const { kind, text } of names) kinds.set(kind, (kinds.get(kind) ?? new Set<string>()).add(text.toLowerCase()))
  return Math.max(0, ...[...kinds.values()].map((set) => (set.size > 1 ? set.size : 0)))
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
