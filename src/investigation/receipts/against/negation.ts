import type { Cover } from '../cover/cover.ts'
import type { GivenCover } from '../cover/covering.ts'
import { stem } from '../cover/matters.ts'
import type { Mentions } from '../read/mentions.ts'

/**
 * What of a sentence denies what its receipts show, or says what they deny, as a reason. Irony, and a negation in another clause, no code
 * here can see.
 */
export const denied = (mentions: Mentions, covers: readonly Cover[], given: GivenCover): string | null =>
  (isLongAgo(mentions, covers, given) ? null : negation(mentions, covers)) ?? unchanged(mentions, covers)

/** Between a change and what it is said not to have caused: an hour is more than any rollout takes. */
const LONG_MS = 3_600_000

/** "No deploy preceded it", "it did not change": shown by a change that is the newest one and long before the onset. */
const isLongAgo = ({ text }: Mentions, covers: readonly Cover[], { times }: GivenCover): boolean => {
  const began = Math.min(...times.filter(({ of }) => of !== 'now').map(({ at }) => at))
  const written = covers.flatMap((cover) => (cover.quote === undefined ? [] : cover.times.filter(({ place }) => place !== 'window')))
  return written.length > 0 && written.every(({ at }) => at < began - LONG_MS) && nothingNew.test(text)
}

const nothingNew =
  /\b(?:no|not|nothing|never|none|without)\b[^,;.]{0,40}\b(?:deploy\w*|releas\w*|roll\w*|chang\w*|updat\w*|upgrad\w*|new|recent\w*|ship\w*|touch\w*|merg\w*|edit\w*|modif\w*|scal\w*|restart\w*|responsible|cause\w*|explain\w*|preced\w*)\b/i

export const negations =
  /\b(?:not|never|no|none|neither|nor|nobody|nothing|without|cannot|zero|absent|missing|lacks?|free of|hardly|any)\b|n't\b|\bno\b|\b(?:didnt|doesnt|isnt|wasnt)\b/i
const notNegating =
  /\b(?:not only|not just|no more than|no less than|no fewer than|no later than|no longer than|no doubt|nothing else|no one else|(?:is|are|was|were)(?:n't| not) (?:the |a |to )?(?:\p{L}+ )?(?:problem|cause|culprit|reason|issue|bottleneck|blame|trigger|source|explanation)|(?:will not|won't)|not (?:yet )?known|not [\p{L}]+ (?:more|less) \p{L}+ than|nothing but|nothing (?:after|since|before) (?:that|it|then)|no other than|without (?:any )?(?:trouble|problems?|issues?|delay|difficult\w*|incident)|no (?:problem|trouble|issue))\b|^\W*not (?:the |an? |it(?:'s)? |[\p{L}-]+ )?[^:;,.]{0,40}[:,]|,? (?:and |but )?not (?:(?:an?|the|in|on|of|by|from|with|at|its|their) )?[\p{L}-]+(?: [\p{L}-]+){0,4}(?=\s*(?:$|[.,;:)]))(?<!\b(?:is|are|was|were|has|have|had|do|does|did|can|could|will|would)\b[^,;.]{0,60})/giu
/** Words that say by themselves that something did not work: "could not reach" is a fair account of "connection refused". */
export const failures =
  /\b(?:time[sd]?[ -]?outs?|timing out|fail\w*|refus\w*|denied|unable|cannot|could not|can't|couldn't|unavailable|exhaust\w*|error\w*|killed|crash\w*|reject\w*|unreachable|missing|not found|no such|invalid|expired?|lost|closed|dropped|down|evict\w*|insufficient|exceed\w*|back-?off|unhealthy|not ready|notready|pending|oom\w*)\b/gi

/** Deeds and events: where a receipt shows one, it cannot be denied. */
const events =
  /^(?:log|deploy|redeploy|appear|occur|seen|record|happen|roll|releas|chang|lower|rais|reduc|cut|restart|exist|fire|start|began|shipp)/
/** States that are bad: denied, they need more than words that tell of a failure. */
const bad = /^(?:exhaust|full|saturat|slow|broken|overload|down|affect|fail(?!over)|error|timeout|crash|unhealth|stuck|block|starv|leak)/

const negation = (mentions: Mentions, covers: readonly Cover[]): string | null => {
  const { words, quantities } = mentions
  const text = unquoted(mentions)
  const bare = text.replace(notNegating, ' ').replace(/\btim(?:e|es|ed|ing) ?-?outs?\b/gi, 'timeout')
  const negated = negations.exec(bare)
  if (!negated) return missingNegation(text, words, covers)
  if (covers.length === 0 || covers.some(({ shows }) => shows === 'absence') || /^(?:any|hardly|missing|lacks?|zero)$/i.test(negated[0]))
    return null
  const quotes = covers.map(({ quote }) => quote).filter((quote) => quote !== undefined)
  if (shownElsewhere(mentions, bare, negated.index)) return null
  const after = bare.slice(negated.index + negated[0].length)
  const heads = (after.match(/[\p{L}-]{3,}/gu) ?? []).slice(0, 2).map((word) => word.toLowerCase())
  const denied = 'it denies what its receipts show; cite an absence, a count of 0 or words that say so'
  // "Never logged" of what was counted, whatever its words are.
  if (/^(?:never|not)$|n't$/i.test(negated[0]) && recorded.test(heads[0] ?? '') && isThere(covers)) return denied
  const saysNo = quotes.some((quote) => (heads.some((head) => bad.test(head)) ? saysWell.test(quote) : denies(quote)))
  const broken = new Set(quotes.flatMap((quote) => quote.match(failures) ?? []).map(stem))
  if (!saysNo && /^(?:not|never)$|n't$/i.test(negated[0]) && quotes.length > 0 && heads.slice(0, 1).some((head) => events.test(head)))
    return denied
  if (!saysNo && broken.size > 0 && heads.some((head) => broken.has(stem(head)) || bad.test(head))) return denied
  if (!saysNo && noneDid.test(bare) && covers.every(({ shows }) => shows !== 'value')) return denied
  if (covers.some((cover) => cover.shows === 'value')) return deniesNumber(bare, quantities) || noneOf(bare, covers) ? denied : null
  return saysNo || broken.size > 0 ? null : denied
}

/** "It has no CPU limit, and requests just 250m": what the receipts show is in another clause than what is denied. */
const shownElsewhere = ({ quantities, quoted, moments }: Mentions, text: string, at: number): boolean => {
  const bounds = [0, ...[...text.matchAll(clauseBreak)].map(({ index }) => index), text.length]
  const from = Math.max(...bounds.filter((one) => one <= at))
  const to = Math.min(...bounds.filter((one) => one > at))
  const inside = (one: { from: number }): boolean => one.from >= from && one.from < to
  const shown = [
    ...quantities.filter(({ readings }) => readings.length === 0 || readings.some(({ dimension }) => dimension !== 'time')),
    ...quoted,
  ]
  const head = /\p{L}{3,}/u.exec(text.slice(at).replace(/^\p{L}+/u, ''))?.[0] ?? ''
  return shown.some((one) => !inside(one)) && ![...shown, ...moments].some(inside) && !events.test(head) && !bad.test(head)
}

const clauseBreak = /[;:](?!\d)|,(?!\d)|\b(?:but|while|whereas|since|because|so|although|and)\b/gi

const recorded = /^(?:logg|record|appear|occur|seen|print|report)/
const isThere = (covers: readonly Cover[]): boolean =>
  covers.length > 0 &&
  covers.every(
    ({ shows, entries }) =>
      shows === 'presence' && entries.some(({ from, numerals }) => from === 'quote' || (from === 'count' && (numerals[0] ?? 0) > 0)),
  )
/** What says of something bad that it is not so. */
const saysWell =
  /\bno (?:errors?|failures?|timeouts?|crashes|restarts?)|\bwithout errors?|(?<![\w.])0(?![\w.])|\b(?:ok|healthy|ready|normal|success\w*|succeeded|complete\w*|running)\b/

/** "None of the old pods has restarted", "was not touched": a quote of what did happen shows none of it. */
const noneDid =
  /\b(?:none|neither|nothing|no (?:one|pod|node|service|other))\b[^,;.]{0,40}\b(?:restarted|crashed|failed|logged|errored|evicted|killed|changed|touched|deployed)\b|(?:\bnot|n't)\s+(?:been )?(?:touched|changed|modified|edited|altered|updated)\b/i

/** "No errors": a value that is not 0 does not show that. */
const noneOf = (text: string, covers: readonly Cover[]): boolean =>
  /\b(?:no|without|never any|not (?:a single|one|any))\s+(?!(?:increase|change|growth|rise|drop|spike|sign|evidence|trace|difference|surge|extra|additional|more|unusual)\b)(?:\p{L}+\s+)?(?:\p{L}+\s+)?(?:errors?|timeouts?|failures?|restarts?|crash\w*|exceptions?|[45]xx|oom(?:[ -]?kill\w*)?|kills?|warnings?|deploys?|evictions?|retries|traffic|requests?|responses?|(?:dead)?locks?|throttling|swapping|drops?|loss(?:es)?|rejections?|disconnects?|messages?|jobs?|panics?|queries|conflicts?|collisions?|backlog|queue|events?)(?=\s*(?:[.,;:()]|$|(?:was|were|is|are|has|have|in|on|from|at|since|for|during|of|between|there|anywhere|by)\b))/iu.test(
    text,
  ) &&
  covers
    .flatMap((cover) => cover.entries)
    .every(({ from, place, numerals }) => from === 'structure' || place === 'first' || numerals.every((x) => Math.abs(x) > 1e-9))

/** "No space left" is a failure, no denial. */
const lacking = /\bno (?:space|route|such|connections?|memory|leader|healthy|available|response|host|free|more|active|upstream)\b/g

const denies = (quote: string): boolean =>
  negations.test(quote.replace(lacking, ' ').replace(/\b(?:missing|lacks?|absent)\b/g, ' ')) ||
  /(?<![\w.])0(?![\w.])|\b(?:ok|healthy|ready|normal|running|same|unchanged|idle|already|present|404|not found|exists?|empty|success\w*|complete\w*)\b/.test(
    quote,
  )

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
    /\b(?:0|zero|empty|clean|quiet|silent|healthy|unaffected|unchanged|only|ruled out|excluded|free|idle|normal|fine|other than|except|gone|unlikely|stable|steady|(?:more than|over|at least)\b[^,;.]*\bago|older)\b/i
  if (covers.length > 0 && covers.every(({ shows }) => shows === 'absence')) {
    return says.test(text) ? null : 'its receipts show only that something is absent; say that it is'
  }
  const quotes = covers.filter(({ quote }) => quote !== undefined)
  if (quotes.length === 0 || quotes.length < covers.length || says.test(text) || (words.match(failures) ?? []).length > 0) return null
  const denying = /\b(?:no|not|never|none|without)\b(?!-)/
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

/** "The image was changed to 7.2.4", where the words say that it is unchanged. */
const unchanged = ({ text }: Mentions, covers: readonly Cover[]): string | null => {
  const same =
    covers.length > 0 && covers.every(({ quote = '' }) => /\b(?:unchanged|not changed|no changes?|same as before|up to date)\b/.test(quote))
  if (!same || negations.test(text) || /\b(?:unchanged|same|still|remain\w*|constant|kept|keeps|identical)\b/i.test(text)) return null
  return /\b(?:chang\w*|updat\w*|upgrad\w*|modif\w*|replac\w*|switch\w*|bump\w*|rais\w*|lower\w*|new)\b/i.test(text)
    ? 'the quoted words say that it is unchanged'
    : null
}

/** The sentence without what it quotes: a "no" in there denies nothing of it. Places stay. */
const unquoted = ({ text, quoted }: Mentions): string =>
  quoted.reduce((left, { from, to }) => left.slice(0, from) + ' '.repeat(to - from) + left.slice(to), text)
