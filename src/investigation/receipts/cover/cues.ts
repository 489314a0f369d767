import { wordsAfter, wordsBefore } from '../read/around.ts'
import type { Quantity } from '../read/quantity.ts'

/** What the words around a number say of how it came about. */
export type Cues = {
  readonly change: boolean
  /** A verb of change in the sentence. */
  readonly changed: boolean
  /** The part went, or stayed. */
  readonly taken: boolean
  readonly kept: boolean
  /** It is a part "of" something. */
  readonly part: boolean
  readonly share: boolean
  readonly ratio: boolean
  readonly sum: boolean
  readonly limit: boolean
  /** It is a multiple of a limit. */
  readonly ofLimit: boolean
  /** It compares how long. */
  readonly lasting: boolean
  /** "as many as", of something that is itself a share. */
  readonly asMany: boolean
  /** It is shared out. */
  readonly each: boolean
  /** It is what is left of a whole. */
  readonly free: boolean
  /** More or less, where a word right beside the number says it. */
  readonly way: '+' | '-' | null
  readonly to: boolean
  readonly from: boolean
  /** "4 of 12 are left". */
  readonly stays: boolean
  /** By how much, not to how much. */
  readonly by: boolean
  readonly percent: boolean
}

const change =
  /\b(?:by|more|less|fewer|higher|lower|longer|shorter|slower|faster|earlier|later|up|down|above|below|over|under|difference|delta|gap|rose|risen|rises?|fell|falls?|fallen|grew|grown|grows?|growth|drop(?:s|ped)?|increased?s?|decreased?s?|jump(?:s|ed)?|climb(?:s|ed)?|gained?|gains?|lost|loses?|shrank|shrunk|change[ds]?|moved?|differs?|on (?:yesterday|last|the day)|than|compared|against|versus|vs|improved|worsened|left|free|unused|available|idle|unassigned|remain(?:s|ing)?|spare|missing|apart|within|headroom|short|room|extra|additional|further|another|cut|reduc\w*|remov\w*|add(?:s|ed|ing)?|separat\w*|margin|away|ahead|behind|exceed\w*|beyond|most|rest|other|others|to go|drain\w*|gave|gives?|freed?s?|reclaim\w*|releas\w*|return\w*|recover\w*|sav(?:es?|ed)|grow(?:ing|th)|surplus|deficit|excess|shortfall|remainder|balance|net|discrepancy|mismatch)\b/i
/** What happened to a whole of which a part is named. */
const verb =
  /\b(?:shr[aiu]nk\w*|cut|cuts|fell|falls?|fallen|drop\w*|reduc\w*|remov\w*|los[tes]+|taken|down|lower\w*|decreas\w*|declin\w*|halv\w*|went|gone|left|remain\w*|kept|collapsed?|disappear\w*|killed|gr[eo]w\w*|rose|increas\w*)\b/i
const share =
  /\b(?:of|share|full|used|use|uses|usage|utili[sz]\w*|capacity|quota|limit|busy|taken|occupied|filled|fills?|saturat\w*|account\w*|make up|makes up|free|left|fraction|ratio|portion|proportion|represent\w*|constitut\w*|contribut\w*|responsible|goes to|consum\w*|headroom)\b|\(/i
const sum =
  /\b(?:total\w*|together|combined|sum|altogether|in all|overall|both|collectively|jointly|between them|add(?:s|ing)? up|sums?|aggregate)\b/i

/** Reads the words around a number. */
export const cuesAround = (quantity: Quantity, sentence: string): Cues => {
  const around = `${wordsBefore(sentence, quantity.from, 60)} # ${wordsAfter(sentence, quantity.to, 45)}`
  const near = `${wordsBefore(sentence, quantity.from, 28)} # ${wordsAfter(sentence, quantity.to, 45)}`
  return {
    way: wayOf(wordsBefore(sentence, quantity.from, 30), wordsAfter(sentence, quantity.to, 48)),
    asMany: /^\s*as (?:many|much|often|high|large)\b/i.test(sentence.slice(quantity.to)),
    free: /^[^,;.]{0,50}\b(?:free|left|available|idle|unused|spare|remaining)\b/i.test(sentence.slice(quantity.to)),
    each: /\b(?:for every|each|apiece|per (?!second|minute|hour|cent)\w+|on average)\b/i.test(around),
    ofLimit: /^\s*(?:as \p{L}+ as )?(?:the|its|that of the|their) (?:\p{L}+ )?(?:limit|threshold|target)\b/iu.test(
      sentence.slice(quantity.to),
    ),
    lasting: /^\s*(?:times )?(?:longer|slower|faster|shorter)\b/i.test(sentence.slice(quantity.to)),
    changed: verb.test(sentence),
    taken: /\b(?:los[tes]+|taken|removed?s?|gone|disappear\w*|killed|by|missing|shed|less|fewer|lower|down by|evicted|off)\b/i.test(near),
    kept: /\b(?:to|left|remain\w*|kept|keeps?|still|only|survive\w*|of what)\b/i.test(near),
    part: /^\s*of\b/.test(sentence.slice(quantity.to)),
    change: change.test(around) || quantity.sign !== null,
    share: share.test(around),
    ratio:
      quantity.form === 'ratio' ||
      /\b(?:factor|ratio|multiple|multipl\w*)(?: of| by)?\s+(?:about |over |almost |nearly |roughly |some |around |more than |less than |at least )?$/i.test(
        sentence.slice(0, quantity.from),
      ),
    sum: sum.test(sentence) || /\d[^,;]{0,12}\b(?:out )?of\s+(?:the |about |all )*$/i.test(sentence.slice(0, quantity.from)),
    to: /\bto\s+(?:about |only |just )?$/i.test(sentence.slice(0, quantity.from)),
    from: /\bfrom\s+(?:about |only |just )?$/i.test(sentence.slice(0, quantity.from)),
    stays: /^\s*(?:[\p{L}-]+\s+)?(?:out )?of (?:the |its |all )?\S+ (?:[\p{L}-]+ ){0,2}(?:(?:are|is) )?(?:left|remain)/iu.test(
      sentence.slice(quantity.to),
    ),
    by: /\bby\s+(?:more than |less than |at least |about |only |just |over |almost |nearly |roughly |around |some |another )?$/i.test(
      sentence.slice(0, quantity.from),
    ),
    limit: /\b(?:limit|threshold|target|budget|allowed|SLO|alert|allows|tolerat\w*)\b/i.test(around),
    percent: quantity.readings.some(({ dimension }) => dimension === 'ratio'),
  }
}

const wayOf = (before: string, after: string): '+' | '-' | null => {
  const moved =
    /\b(up|rose|grew|gained|increased?|increase of|rise of|down|fell|dropped|lost|decreased?|decrease of|drop of)(?: by)?\s+(?:about |almost |nearly |roughly |some |over |around |only |just |merely )?$/i.exec(
      before,
    )?.[1]
  if (moved !== undefined) return /^(?:up|rose|grew|gain|incr|rise)/i.test(moved) ? '+' : '-'
  const as = /^\s*as (big|large|many|much|high|long|slow|often|great|small|few|little|low|short|rarely)\b/i.exec(after)?.[1]
  if (as !== undefined) return /^(?:small|few|little|low|short|rarely)$/i.test(as) ? '-' : '+'
  const word =
    /^(?:\s*(?:%|percent|points?|times|requests?|req\/s|per|an?|second|minute|errors?|messages|connections|as)\b)*\s*(more|higher|above|greater|over|slower|longer|less|fewer|lower|below|under|smaller|faster|shorter)\b[^,;.]*\b(?:than|yesterday|before|last|ago|earlier)\b/i.exec(
      after,
    )?.[1]
  return word === undefined ? null : /^(?:more|higher|above|greater|over|slower|longer)/i.test(word) ? '+' : '-'
}
