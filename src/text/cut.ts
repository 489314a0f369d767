/**
 * Lengths here are UTF-16 code units, JavaScript's `length`. Slack counts "characters" without saying which; of the units it could mean this
 * is the strictest, so what fits by this count fits by any.
 */

/** `mrkdwn`: the text is Slack's; its entities (`&amp;`) and tokens (`<…>`) stay whole, and code that is cut open is closed. */
export type CutOptions = { readonly mrkdwn?: boolean }

/**
 * The text, or as much of its beginning as fits into `maxCharacters` together with the suffix. Cuts between graphemes, so no emoji and no accent is
 * torn; the result may be shorter than allowed. A suffix longer than the limit is cut itself.
 */
export const cut = (text: string, maxCharacters: number, suffix = '…', options: CutOptions = {}): string => {
  const max = Math.max(0, Math.floor(maxCharacters))
  if (text.length <= max) return text
  if (suffix.length > max) return suffix.slice(0, boundary(suffix, max))
  const room = max - suffix.length
  if (!options.mrkdwn) return text.slice(0, boundary(text, room)) + suffix
  const whole = text.slice(0, mrkdwnBoundary(text, room))
  if (openCode(whole) === '') return whole + suffix
  const kept = text.slice(0, mrkdwnBoundary(text, Math.max(0, room - LONGEST_CLOSER)))
  return closeCode(kept) + suffix
}

/**
 * The text in pieces of at most `max` units (2 at least), which joined give the text again. Breaks where it reads best: after a paragraph,
 * else a line, else a word, else between graphemes; only a grapheme longer than `max` is itself broken, between code points.
 */
export const splitInto = (text: string, max: number, options: CutOptions = {}): string[] => {
  const limit = Math.max(2, Math.floor(max))
  const pieces: string[] = []
  let from = 0
  while (text.length - from > limit) {
    const end = from + breakIn(text.slice(from, from + limit + LOOKAHEAD), limit, options)
    pieces.push(text.slice(from, end))
    from = end
  }
  if (from < text.length || pieces.length === 0) pieces.push(text.slice(from))
  return pieces
}

const LONGEST_CLOSER = '\n```'.length

// Enough to see whether the grapheme or entity at the limit goes on; the longest emoji in use have 15 units.
const LOOKAHEAD = 64

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The last place at or before `at` where no grapheme is torn. */
const boundary = (text: string, at: number): number => {
  if (at <= 0) return 0
  if (at >= text.length) return text.length
  return graphemes.segment(text).containing(at)?.index ?? at
}

const mrkdwnBoundary = (text: string, at: number): number => {
  const end = boundary(text, at)
  const opened = Math.max(openToken(text, end, '&', 12), openToken(text, end, '<', 3000))
  return opened < 0 ? end : boundary(text, opened)
}

/** Where the entity or token that `end` would cut begins, or -1. */
const openToken = (text: string, end: number, opener: '&' | '<', longest: number): number => {
  const start = text.lastIndexOf(opener, end - 1)
  if (end === 0 || start < 0 || end - start > longest) return -1
  const token = opener === '&' ? /&#?\w{1,10};/y : /<[^<>\n]{1,3000}>/y
  token.lastIndex = start
  const found = token.exec(text)
  return found && start + found[0].length > end ? start : -1
}

const openCode = (text: string): '' | '`' | '```' => {
  const fences = text.split('```')
  if (fences.length % 2 === 0) return '```'
  const lastLine = fences.at(-1)?.split('\n').at(-1) ?? ''
  return lastLine.split('`').length % 2 === 0 ? '`' : ''
}

const closeCode = (text: string): string => {
  switch (openCode(text)) {
    case '':
      return text
    case '`':
      return text.endsWith('`') ? text.slice(0, -1) : `${text}\``
    case '```':
      if (text.endsWith('```')) return text.slice(0, -3)
      return `${text}${text.endsWith('\n') ? '' : '\n'}\`\`\``
  }
}

const breakIn = (window: string, limit: number, options: CutOptions): number => {
  const head = window.slice(0, limit)
  // A break that would leave a piece mostly empty costs a block more than it is worth.
  const least = Math.floor(limit / 2)
  const paragraph = head.lastIndexOf('\n\n') + 2
  if (paragraph >= least && paragraph > 2) return paragraph
  const line = head.lastIndexOf('\n') + 1
  if (line >= least && line > 1) return line
  const within = options.mrkdwn ? mrkdwnBoundary(window, limit) : boundary(window, limit)
  const word = window.slice(0, within).lastIndexOf(' ') + 1
  if (word >= least && word > 1 && (!options.mrkdwn || mrkdwnBoundary(window, word) === word)) return word
  return within > 0 ? within : codePointBoundary(window, limit)
}

const codePointBoundary = (text: string, at: number): number => (/[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && at > 1 ? at - 1 : at)
