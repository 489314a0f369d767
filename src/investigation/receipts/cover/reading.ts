import { wordsAfter, wordsBefore } from '../read/around.ts'
import type { Mentions } from '../read/mentions.ts'
import type { Quantity } from '../read/quantity.ts'
import type { Entry } from './cover.ts'
import type { Support } from './covering.ts'

/** The words around a number. */
type Around = { readonly before: string; readonly after: string }

/** A number in its sentence, with everything that may cover it. */
export type Reading = Around & {
  readonly quantity: Quantity
  readonly mentions: Mentions
  readonly support: Support
  readonly entries: readonly Entry[]
  readonly implied: readonly Entry[]
  /** "limit 5 %": the number is a limit, not what was measured. */
  readonly labelled: boolean
  /** It says by how much. */
  readonly isAmount: boolean
  /** Where something was measured with an offset: whether this number is said of then. */
  readonly past: boolean | null
}

export const readingOf = (quantity: Quantity, mentions: Mentions, support: Support): Reading => {
  const { text } = mentions
  const before = wordsBefore(text, quantity.from, 40)
  const after = wordsAfter(text, quantity.to, 30)
  const entries = support.covers.flatMap((cover) => cover.entries)
  const then = /^[^,;.]{0,25}\b(?:yesterday|last week|a (?:day|week) ago|the day before)\b/i.test(after)
  return {
    quantity,
    mentions,
    support,
    before,
    after,
    entries,
    implied: support.covers.flatMap((cover) => cover.implied),
    labelled: limitLabel(before, after),
    isAmount: amount.test(before) || beyond.test(after),
    past: entries.some((entry) => entry.past) ? then : null,
  }
}

/** "fell by two", "removed four": by how much, not from or to where. */
const amount =
  /\b(?:rose|risen|rises?|rising|fell|falls?|fallen|dropp?\w*|grew|grown|gr[eo]ws?|increas\w*|decreas\w*|declin\w*|shr[aiu]nk\w*|jump\w*|climb\w*|cut|lower\w*|reduc\w*|rais\w*|up|down|higher|lower|more|fewer|less)\b[^,;.]{0,25}\bby (?:about |only |just |around |roughly |some |over |more than |nearly |almost |at least )?$|\b(?:removed|lost|loses|shed|gained|gains|added|took away)\s+(?:all |about |only |just |around |roughly |some |over |more than |nearly |almost |another |an extra )?$/i

/** "240 ms over the limit" is how far. */
const beyond =
  /^\s*(?:requests per second |req\/s |points? )?(?:over|above|below|under|beyond|past|short of) (?:the|its|that) (?:\p{L}+ )?(?:limit|threshold|target)\b/iu

/** "limit 5 %", "the 5 % threshold": this number is the limit itself, not what was measured. */
const limitLabel = (before: string, after: string): boolean =>
  (/\b(?:limit|threshold|target|SLO)(?:\s+(?:of|is|at|being))?\s*[:=]?\s*$/i.test(before) &&
    !/\b(?:above|over|below|under|than|times|twice|exceed\w*|cross\w*|beyond)\s+(?:\p{L}+ ){0,2}(?:limit|threshold|target|SLO)\s*[:,]\s*$/iu.test(
      before,
    )) ||
  /^\s*(?:\p{L}+ )?(?:limit|threshold|target|SLO)\b/iu.test(after)
