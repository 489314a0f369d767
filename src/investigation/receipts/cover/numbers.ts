import { wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import { fits, type Quantity } from '../read/quantity.ts'
import { agrees, entriesFor, isPaced, percent, perMinute } from './agree.ts'
import { counts, standsThere } from './counted.ts'
import type { Cover, Entry } from './cover.ts'
import { classCovered } from './covered-words.ts'
import type { GivenCover, Support } from './covering.ts'
import { derives } from './derived.ts'
import { ofTheSentence } from './of-the-sentence.ts'
import { type Reading, readingOf } from './reading.ts'
import { wrongSide } from './rest.ts'
import { durationCovered } from './spans.ts'

/** Whether a written number is one of the receipts', as it stands or derived, or the alert's own limit. */
export const numberCovered = (quantity: Quantity, mentions: Mentions, support: Support): boolean =>
  isCovered(quantity, mentions, support) || ofTheSentence(quantity, mentions, support, (other) => isCovered(other, mentions, support))

const isCovered = (quantity: Quantity, mentions: Mentions, support: Support): boolean => {
  const { covers, given } = support
  if (quantity.instead?.every((one) => numberCovered(one, mentions, support))) return true
  const reading = readingOf(quantity, mentions, support)
  const { before, entries, implied, labelled } = reading
  if (saidAsItStands(reading)) return true
  if ((labelled || nearLimit(before)) && limitHolds(quantity, entries, given)) return true
  if (standsThere(reading)) return true
  if (isName.test(mentions.text.slice(0, quantity.from)))
    return entries.some(
      ({ from, says, numerals }) =>
        (from === 'label' || (from === 'structure' && says.endsWith('in its query'))) && numerals.includes(quantity.value),
    )
  if (isQuantile(reading) || counts(reading)) return true
  const bounded =
    (labelled && quantity.form !== 'ratio' && quantity.form !== 'share') ||
    (upTo.test(before) && entries.some((other) => isLimit(other, covers)))
  if (!bounded && derives(quantity, mentions.text, { entries: [...entries, ...given.entries], implied })) return true
  if (!bounded && !reading.isAmount && implied.some((entry) => agrees(quantity, entry) && isMeant(entry, reading))) return true
  const timed = quantity.readings.some(({ dimension }) => dimension === 'time')
  if (timed && durationCovered({ quantity, text: mentions.text, moments: mentions.moments }, { covers, given })) return true
  return (
    quantity.value >= 1e9 &&
    covers.some(({ times }) => times.some(({ at }) => Math.abs(at / 1000 - quantity.value) < 1 || at === quantity.value))
  )
}

/** "Revision 41", "partitions 0, 1 and 2": a name that is a number is not derived from others. */
const isName =
  /\b(?:revision|partition|attempt|generation|build|id|offset|migration|pid|port|shard)s?\s+(?:\d+(?:,\s*|,?\s+(?:and|or)\s+))*$/i

/** Whether a receipt says this very number, of what the words around it let it be said. */
const saidAsItStands = (reading: Reading): boolean => {
  const { quantity, mentions, support, entries, labelled, before, after } = reading
  const { covers } = support
  if (quantity.form === 'ratio' && multiple.test(after)) return false
  const limited = labelled || (upTo.test(before) && entries.some((other) => isLimit(other, covers)))
  const now = /\b(?:now|today|currently)\b/i.test(mentions.text)
  const slowly =
    perMinute.test(mentions.text) && !/\bper second\b|\ba second\b|\/s\b/i.test(mentions.text) && !mentions.quantities.some(isPaced)
  const summed = /\b(?:together|combined|in total|altogether|between them)\b/i.test(`${before} ${after}`)
  const allows = (entry: Entry): boolean =>
    entry.from !== 'structure' &&
    !(
      summed &&
      entry.from === 'statistic' &&
      entries.some(
        (other) =>
          other !== entry &&
          other.from === 'statistic' &&
          other.evidence === entry.evidence &&
          other.names !== entry.names &&
          other.place === undefined,
      )
    ) &&
    (reading.past === null || reading.past === (entry.past ?? false) || !now) &&
    (!limited || entry.from === 'quote' || isLimit(entry, covers)) &&
    !(slowly && entry.rate) &&
    !isOtherSide(entry, reading) &&
    // What lies ahead, or merely lasts, is not ago.
    !(entry.from === 'statistic' && /^\s*ago\b/i.test(after)) &&
    (!reading.isAmount || isChange(entry, reading)) &&
    statisticFits(entry, reading)
  // "Far above the 0.05 before": what it is compared with is that very value.
  const compared = /\b(?:above|over|below|under|beyond|past|than|exceed\w*)\s+(?:the|its|their|those)\s+(?:about |usual |normal )?$/i.test(
    before,
  )
  if (entriesFor(quantity, entries).some(allows) || (compared && entriesFor({ ...quantity, bound: null }, entries).some(allows)))
    return true
  const share = (entry: Entry): boolean => entry.bases.some(({ dimension, base }) => dimension === 'ratio' && fits(quantity, base))
  return quantity.form === 'share' && entries.some((entry) => share(entry) && !isOtherSide(entry, reading))
}

/** "97 of 100 are free": of what is used, free is only the rest. */
const free =
  /^\s*(?:(?:out )?of (?:the |its |at most )?[\d,.]+ )?(?:[\p{L}-]+ ){0,2}?(?:(?:is|are|still) )*(?:free|left|available|idle|unused|spare|remaining)\b/iu
const freeMeasured = /free|avail|idle|left|unused|spare|remain|headroom|ready/i

const isOtherSide = (entry: Entry, { quantity, mentions, before, after }: Reading): boolean =>
  (entry.from === 'statistic' &&
    free.test(after) &&
    !/\bof (?:the |its |at most )?$/i.test(before) &&
    !freeMeasured.test(entry.measures ?? '') &&
    entry.place !== 'last') ||
  (entry.from === 'statistic' &&
    (percent(quantity) || quantity.form === 'share' || quantity.readings.some(({ dimension }) => dimension === 'bytes')) &&
    wrongSide(quantity, mentions.text, entry))

/** "Four times the limit", "sixty times longer": no count of times. */
const multiple =
  /^\s*(?:as(?! well)|the|its|their|that(?= of\b)|those|what|more|less|above|normal|of|(?:long|short|high|low|great|small|larg|bigg|slow|fast|old|hott)er|worse)\b/iu

/** A value of which both ends are known is no amount of change. */
const isChange = (entry: Entry, { entries, implied }: Reading): boolean =>
  entry.statistic === 'change' ||
  entry.from === 'count' ||
  (entry.place === undefined &&
    !(
      entry.from === 'statistic' &&
      [...entries, ...implied].some(({ place, evidence }) => place !== undefined && evidence === entry.evidence)
    ))

/** "95 % of the requests finish within" is what p95 says, "5 % take longer" too, and "half of them" the median. */
const isQuantile = ({ quantity, before, after, support }: Reading): boolean => {
  if (
    !(percent(quantity) || quantity.form === 'share') ||
    !(/^\s*(?:of\b|(?:the|all|its)\b)/.test(after) || / in | of /.test(quantity.text))
  )
    return false
  const share = quantity.form === 'share' ? quantity.value * 100 : quantity.value
  // Of those that take longer it is the rest.
  const longer =
    /\b(?:slowest|worst|longest)\s*$/i.test(before) || /\b(?:longer|slower|over|above|more than|exceed\w*|at least|worse)\b/i.test(after)
  return [longer ? 100 - share : share, ...(share === 50 ? [50] : [])].some(
    (each) => each > 0 && each < 100 && classCovered({ from: 0, to: 0, text: `p${Number(each.toPrecision(4))}`, of: 'quantile' }, support),
  )
}

/** "peaked at", "on average": a value cited as another statistic supports these only where it is the extreme as well. */
const statisticFits = (entry: Entry, { before, after, implied, support: { covers } }: Reading): boolean => {
  if (!entry.statistic || entry.statistic === 'change') return true
  // What is so now is the last value.
  if (
    /\b(?:now|currently|at the moment|right now|at present)\b/i.test(`${wordsBefore(before, before.length, 16)} # ${after.slice(0, 24)}`) &&
    /^(?:min|max|mean)$/.test(entry.statistic)
  ) {
    const last = implied.find(({ place, evidence, names }) => place === 'last' && evidence === entry.evidence && names === entry.names)
    if (last && last.numerals[0] !== entry.numerals[0]) return false
  }
  const near = wordsBefore(before, before.length, 28)
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
const isMeant = ({ statistic, place, past }: Entry, { before, after, past: then }: Reading): boolean => {
  if (then !== null && then !== (past ?? false)) return false
  const near = wordsBefore(before, before.length, 32)
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
