import type { Cover, Entry } from './cover.ts'
import { entriesFor } from './covering.ts'
import type { Mentions } from './mentions.ts'
import { stem } from './topic.ts'

/**
 * What of a sentence turns round what its receipts say, as a reason; null when nothing does. Two exact, small checks: the direction of
 * a cited series against "rose" and "fell", and a negation against receipts that show a presence. More than that (irony, "hardly", a
 * negation in another clause) no code here can see.
 */
export const contradiction = (mentions: Mentions, covers: readonly Cover[]): string | null =>
  direction(mentions, covers) ?? order(mentions, covers) ?? part(mentions) ?? negation(mentions, covers)

const up =
  /\b(?:rose|risen|ris(?:es?|ing)|increas\w*|grew|grow(?:s|n|ing|th)?|climb\w*|jump\w*|spik(?:es?|ed|ing)|surg\w*|soar\w*|doubl(?:ed|es|ing)|tripled|quadrupled|went up|goes up|going up|up (?:from|by)|worsened|higher than before)\b/i
const down =
  /\b(?:fell|fall(?:s|en|ing)?|drop(?:s|ped|ping)?|decreas\w*|declin\w*|shr[iau]nk\w*|sank|halved|plung\w*|plummet\w*|went down|goes down|going down|down (?:from|by)|lower than before|collapsed)\b/i
/** Changes that somebody made: of these the two numbers tell the direction, not a series. */
const raised = /\b(?:rais(?:ed|es|ing)|scaled up|bumped|enlarged)\b/i
const lowered = /\b(?:cut|cuts|cutting|lower(?:ed|s|ing)|reduc\w*|scaled down|shortened)\b/i

const direction = ({ text, names, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const said = { up: up.test(text), down: down.test(text) }
  const both = { up: said.up || raised.test(text), down: said.down || lowered.test(text) }
  const pair = both.up === both.down ? null : pairIn(text, quantities)
  if (pair && (both.up ? pair.from > pair.to : pair.from < pair.to))
    return `it says ${both.up ? 'up' : 'down'}, but ${pair.text} is the other way`
  const target =
    both.up === both.down ? null : quantities.find(({ from }) => /(?:\bto|→|\bnow)\s+(?:about |only )?$/i.test(text.slice(0, from)))
  const reached =
    target &&
    covers.flatMap((cover) => cover.entries).find(({ place, numerals }) => place === 'last' && numerals.some((x) => near(x, target.value)))
  if (reached?.other !== undefined && (both.up ? reached.other > (reached.numerals[0] ?? 0) : reached.other < (reached.numerals[0] ?? 0))) {
    return `it says ${both.up ? 'up' : 'down'}, but ${target?.text} came after ${reached.other}`
  }
  if (said.up === said.down || /\b(?:would|could|may|might|should|will|if|whether|expected)\b/i.test(text)) return null
  const word = (said.up ? up : down).exec(text)
  const negated = /\b(?:not|n't|never|no|nor|neither|without)\s+(?:\w+\s+){0,2}$/i.test(text.slice(0, word?.index ?? 0))
  const named = names.map((name) => name.text.toLowerCase())
  const slopes = covers.flatMap((cover) => cover.slopes)
  const meant = slopes.filter((slope) => named.some((name) => slope.names.has(name)))
  const relevant = meant.length > 0 ? meant : slopes
  if (relevant.length === 0) return null
  const consistent = relevant.some((slope) =>
    negated ? !(said.up ? slope.up : slope.down) || (slope.up && slope.down) || slope.flat : said.up ? slope.up : slope.down,
  )
  const opposite = relevant.some((slope) => slope.up || slope.down) || covers.every(({ shows }) => shows === 'value')
  return consistent || !opposite
    ? null
    : `it says ${negated ? 'not ' : ''}"${word?.[0] ?? ''}", but the cited series went the other way or stayed`
}

/** "40 to 310 ms", "85 ms → 1.42 s": two numbers of one dimension, in its base unit. */
const pairIn = (text: string, quantities: Mentions['quantities']): { from: number; to: number; text: string } | null => {
  for (const [index, one] of quantities.entries()) {
    const next = quantities[index + 1]
    if (!next || !/^\s*(?:→|to)\s*(?:about |over |nearly |almost |only |just )?$/.test(text.slice(one.to, next.from))) continue
    const [left, right] = [one.readings[0], next.readings[0]]
    if (left && right && left.dimension !== right.dimension) continue
    const inBase = { from: one.value * (left?.factor ?? 1), to: next.value * (left ? (right?.factor ?? 1) : 1) }
    return { ...inBase, text: text.slice(one.from, next.to) }
  }
  return null
}

const beforeCue =
  /\b(?:was|were|from|previously|formerly|before|used to be|instead of|rather than|had been|down from|up from)\s*(?:only |about |at )?$/i
const afterCue = /\b(?:is|are|now|to|became|stands at|currently|now at)\s*(?:only |about |at |now )?$|[→=]\s*$/i

/** "is 10 and was 50": where a receipt knows which value came first, the sentence must not turn them round. */
const order = ({ text, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const entries = covers.flatMap((cover) => cover.entries)
  const places = (value: number): Set<string> =>
    new Set(entries.filter(({ place, numerals }) => place && numerals.some((x) => near(x, value))).map(({ place }) => place ?? ''))
  const turned = quantities.filter(({ value, from }) => {
    const before = text.slice(Math.max(0, from - 24), from)
    const [only, other] = [...places(value)]
    if (only === undefined || other !== undefined) return false
    return (
      (beforeCue.test(before) && only === 'last') ||
      (afterCue.test(before) && only === 'first' && !/\bfrom\b[^,;.]*\bto\s*$/i.test(before.replace(/\bto\s*$/, '')))
    )
  })
  const pair = quantities.find((one, index) => {
    const next = quantities[index + 1]
    const between = next ? text.slice(one.to, next.from) : ''
    if (!next || !/^\s*(?:→|to)\s*(?:about |over |nearly |almost |only |just )?$/.test(between)) return false
    return only(entriesFor(one, entries), 'last') && only(entriesFor(next, entries), 'first')
  })
  if (pair) return `it turns round which value came first: ${pair.text} was the later one`
  // "now it is 0.2 %" of what was 0.2 % first needs no second number to be wrong.
  const now = quantities.find((one) => {
    const said = /\b(?:now|currently|today)\b(?: it)?(?: is| are| at| has| have| takes?| stands at)?\s*(?:only |about )?$/i.test(
      text.slice(0, one.from),
    )
    return said && only(entriesFor(one, entries), 'first')
  })
  if (now) return `${now.text} is the earlier value`
  const formerly = turned.find(({ from }) => /\b(?:up from|down from|previously|formerly|used to be)\s*$/i.test(text.slice(0, from)))
  if (formerly) return `${formerly.text} is the later value`
  return turned.length >= 2 ? `it turns round which value came first: ${turned.map((one) => one.text).join(', ')}` : null
}

const only = (entries: readonly Entry[], place: 'first' | 'last'): boolean =>
  entries.length > 0 && entries.every((entry) => entry.place === place)

/** "41 of 200": a part is not more than its whole; "below the limit (41 vs 200)": nor is what is below it. */
const part = ({ text, quantities }: Mentions): string | null => {
  const below = /\b(?:below|under|within)\b[^,;]*\b(?:limit|maximum|threshold|capacity)\b/i.test(text)
  const wrong = quantities.find((one, index) => {
    const next = quantities[index + 1]
    return (
      next &&
      one.form === 'number' &&
      one.readings.length === 0 &&
      next.readings.length === 0 &&
      one.value > next.value &&
      (/^\s*(?:\p{L}+ )?(?:out )?of (?:the |its |their |all )?$/u.test(text.slice(one.to, next.from)) ||
        (below && /^\s*(?:vs\.?|versus|against|\/)\s*$/i.test(text.slice(one.to, next.from))))
    )
  })
  return wrong ? `${wrong.text} is more than what it is said to be a part of` : null
}

const near = (x: number, value: number): boolean => [x, x * 100].some((each) => Math.abs(each - value) <= Math.abs(value) * 0.02)

const negations =
  /\b(?:not|never|no|none|neither|nor|nobody|nothing|without|cannot|zero|absent|missing|lacks?|free of|hardly|any)\b|n't\b|\bno\b|\b(?:didnt|doesnt|isnt|wasnt)\b/i
const notNegating =
  /\b(?:not only|not just|no more than|no less than|no fewer than|no later than|no longer than|no doubt|nothing else|no one else|not (?:yet )?known|nothing but|no other than)\b/gi
/** Words that say by themselves that something did not work: "could not reach" is a fair account of "connection refused". */
const failures =
  /\b(?:time[sd]?[ -]?outs?|timing out|fail\w*|refus\w*|denied|unable|cannot|could not|can't|couldn't|unavailable|exhaust\w*|error\w*|killed|crash\w*|reject\w*|unreachable|missing|not found|no such|invalid|expired?|lost|closed|dropped|down|evict\w*|insufficient|exceed\w*|back-?off|unhealthy|not ready|notready|pending|oom\w*)\b/gi

/** Deeds and events: where a receipt shows one, it cannot be denied. */
const events =
  /^(?:log|deploy|redeploy|appear|occur|seen|record|happen|roll|releas|chang|lower|rais|reduc|cut|restart|exist|fire|start|began|shipp)/
/** States that are bad: denied, they need more than words that tell of a failure. */
const bad = /^(?:exhaust|full|saturat|slow|broken|overload|down|affect|fail|error|timeout|crash|unhealth|stuck|block|starv|leak)/

const negation = ({ text, words, quantities }: Mentions, covers: readonly Cover[]): string | null => {
  const bare = text.replace(notNegating, ' ').replace(/\btim(?:e|es|ed|ing) ?-?outs?\b/gi, 'timeout')
  const negated = negations.exec(bare)
  if (!negated) return missingNegation(text, words, covers)
  if (covers.length === 0 || covers.some(({ shows }) => shows === 'absence') || /^(?:any|hardly|missing|lacks?|zero)$/i.test(negated[0]))
    return null
  const quotes = covers.map(({ quote }) => quote).filter((quote) => quote !== undefined)
  const after = bare.slice(negated.index + negated[0].length)
  const heads = (after.match(/[\p{L}-]{3,}/gu) ?? []).slice(0, 2).map((word) => word.toLowerCase())
  const denied = 'it denies what its receipts show; cite an absence, a count of 0 or words that say so'
  const saysNo = quotes.some((quote) => denies(quote))
  const broken = new Set(quotes.flatMap((quote) => quote.match(failures) ?? []).map(stem))
  if (!saysNo && /^(?:not|never)$|n't$/i.test(negated[0]) && quotes.length > 0 && heads.slice(0, 1).some((head) => events.test(head)))
    return denied
  if (!saysNo && broken.size > 0 && heads.some((head) => broken.has(stem(head)) || bad.test(head))) return denied
  if (covers.some((cover) => cover.shows === 'value')) return deniesNumber(bare, quantities) || noneOf(bare, covers) ? denied : null
  return saysNo || broken.size > 0 ? null : denied
}

/** "No errors": a value that is not 0 does not show that. */
const noneOf = (text: string, covers: readonly Cover[]): boolean =>
  /\b(?:no|without|never any)\s+(?:\p{L}+\s+)?(?:errors?|timeouts?|failures?|restarts?|crash\w*|exceptions?|5xx|oom(?:[ -]?kill\w*)?|warnings?|deploys?|evictions?|retries|traffic|requests?)(?=\s*(?:[.,;:()]|$|(?:was|were|is|are|has|have|in|on|from|at|since|for|during|of|between|there|anywhere|by)\b))/iu.test(
    text,
  ) &&
  covers.flatMap((cover) => cover.entries).every(({ from, numerals }) => from === 'structure' || numerals.every((x) => Math.abs(x) > 1e-9))

const denies = (quote: string): boolean =>
  negations.test(quote) ||
  /(?<![\d.])0(?![\d.])|\b(?:ok|healthy|ready|normal|running|same|unchanged|idle|empty|success\w*|complete\w*)\b/.test(quote)

/** "checkout does not fail: 12.4 % of requests", "12.4 % of requests do not fail": what is denied has a number in the same clause. */
const deniesNumber = (text: string, quantities: Mentions['quantities']): boolean =>
  text.split(/;|,(?!\d)|\b(?:while|but|whereas|because|since|although)\b/i).some((clause) => {
    if (!/(?:\b(?:not|never)|n't)\s+(?:\p{L}+\s+)?(?:fail|error|timeout|crash|restart|reject)/iu.test(clause)) return false
    return quantities.some(
      ({ text: written, value, readings, bound, form }) =>
        clause.includes(written) &&
        (bound === null || bound === 'about') &&
        !readings.some(({ dimension }) => dimension === 'time') &&
        (form === 'share' || value >= 1 || (readings.length === 0 && value > 0.01)) &&
        !new RegExp(`(?:only|just|limit|threshold|under|below)\\s+${written.replace(/[^\w\s]/g, '.')}`, 'i').test(clause),
    )
  })

/** Receipts that show nothing but absence carry only sentences that say so. */
const missingNegation = (text: string, words: string, covers: readonly Cover[]): string | null => {
  const says =
    /\b(?:0|zero|empty|clean|quiet|silent|healthy|unaffected|unchanged|only|ruled out|excluded|free|idle|normal|fine|other than|except|gone|unlikely|stable|steady)\b/i
  if (covers.length > 0 && covers.every(({ shows }) => shows === 'absence')) {
    return says.test(text) ? null : 'its receipts show only that something is absent; say that it is'
  }
  const quotes = covers.filter(({ quote }) => quote !== undefined)
  if (quotes.length === 0 || quotes.length < covers.length || says.test(text) || (words.match(failures) ?? []).length > 0) return null
  const denying = /\b(?:no|not|never|none|without)\b/
  const said = new Set((words.match(/[\p{L}-]{3,}/gu) ?? []).map(stem))
  const turned = quotes.every(({ quote = '' }) => {
    const after = denying.test(quote)
      ? quote
          .slice(quote.search(denying))
          .match(/[\p{L}-]{3,}/gu)
          ?.slice(0, 4)
          .map(stem)
      : undefined
    return after?.some((word) => word !== 'not' && said.has(word)) ?? false
  })
  return turned ? 'the quoted words deny what it says' : null
}
