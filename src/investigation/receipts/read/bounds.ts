import { wordsBefore } from './around.ts'
import type { Quantity } from './quantity.ts'

/** How a number is hedged by the words before and after it. */
export const boundOf = (before: string, after: string): Quantity['bound'] => {
  const near = wordsBefore(before, before.length, 40)
  if (noneOver.test(before.slice(-80))) return 'most'
  if (/\b(?:spread|distributed|balanced|split|scheduled)(?: out)? over\s*$/i.test(near)) return null
  if (about.test(near)) return 'about'
  if (most.test(near)) return 'most'
  if (least.test(near)) return 'least'
  if (over.test(near)) return 'over'
  if (under.test(near)) return 'under'
  if (/^\s*(?:or so\b|give or take|-ish\b|ish\b|plus or minus)/i.test(after)) return 'about'
  if (/^(?:\+(?!\d)|\s*(?:or more|and more|and up|plus)\b)/i.test(after)) return 'least'
  return /^\s*(?:or (?:less|fewer)|at most|tops)\b/i.test(after) ? 'most' : null
}

/** "None of the pods used more than". */
const noneOver = /\b(?:none|neither|nobody|nothing)\b[^,;.]{0,60}\b(?:more than|over|above|exceed(?:ed|s)?|beyond)\s*$/i

/** Words that may stand between a hedge and its number. */
const filler = '(?:\\s+(?:the|its|a|an|their|some|another|of))?\\s*'
const hedge = (words: string, between = filler): RegExp => new RegExp(`(?:${words})${between}$`, 'i')
/** "Below the 10 s of the app" names a value; "below 10 s" gives a bound. */
const indefinite = '(?:\\s+(?:a|an|some|another))?\\s*'

const about = hedge(
  '\\babout|\\bapprox(?:imately|\\.)?|\\baround|\\broughly|\\bcirca|\\bca\\.|\\bc\\.|\\bnearly|\\balmost|\\bsome|\\bclose to|\\bnear|\\b(?:just|slightly|barely|a (?:little|bit|touch|hair|shade)|marginally|hardly) (?:over|under|above|below|more than|less than|shy of|short of)|\\bjust (?:shy|short) of|\\bshy of|\\bon the order of|\\bin the (?:region|order|neighbou?rhood|vicinity) of|\\bsomething like|\\bpractically|\\bvirtually|\\bmore or less|\\bsomewhere around|\\bestimated(?: at)?|\\bapproaching|\\bhovering (?:at|around)|[~≈∼]|\\+\\/-|±',
)
const least = hedge('\\bat least|\\bno (?:less|fewer) than|\\bupwards? of|\\bnorth of|\\bnot (?:less|fewer) than|>=|≥')
const most = hedge(
  '\\bwithin|\\bat most|\\b(?:no|not|never)\\s+(?:\\w+\\s+)?(?:more than|over|above)|\\bnever exceed\\w*|\\bmaximum of|<=|≤',
)
const over = hedge(
  '\\bmore than|\\bover|\\babove|\\bbeyond|\\bexceed(?:s|ed|ing)?|\\bgreater than|\\bhigher than|\\blonger than|\\bin excess of|\\bpast|\\bpassed|\\bcrossed|\\bsurpass\\w*|\\btopp(?:ed|ing)|(?<![-=])>',
  indefinite,
)
const under = hedge(
  '\\bless than|\\bfewer than|\\bunder|\\bbelow|\\blower than|\\bshorter than|\\bsouth of|\\bnot (?:even|quite)|<',
  indefinite,
)
