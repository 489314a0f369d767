import { type Moment, momentsIn } from './moments.ts'
import { type Inventory, type NameMention, namesIn } from './names.ts'
import type { Quantity } from './quantity.ts'
import { quantitiesIn } from './written.ts'

/** A quotation or code in a sentence: its words must stand in a receipt as they are. */
export type Quoted = { readonly from: number; readonly to: number; readonly text: string; readonly mark: '`' | '"' | "'" }

/** A class of numbers that is a name: p99, 5xx, HTTP 503. */
export type ClassMention = { readonly from: number; readonly to: number; readonly text: string; readonly of: 'quantile' | 'status' }

/** Everything in a sentence that a receipt must cover. */
export type Mentions = {
  /** The sentence with plain dashes and quotes; all places count in it. */
  readonly text: string
  readonly quoted: readonly Quoted[]
  readonly moments: readonly Moment[]
  readonly names: readonly NameMention[]
  readonly classes: readonly ClassMention[]
  readonly quantities: readonly Quantity[]
  /** What is left of the sentence without quotations, times, classes, names and numbers: its words. */
  readonly words: string
}

/**
 * Takes a sentence apart, in this order, each step on what the one before left: quotations, evidence ids, times, classes, names, numbers.
 * Ordinals, list numbers and "one" (a pronoun more often than a number) are words.
 */
export const mentionsIn = (sentence: string, inventory: Inventory): Mentions => {
  const text = plain(sentence)
  const board = { left: text }
  const quoted = quotedIn(text)
  for (const one of quoted) blank(board, one)
  for (const match of board.left.matchAll(noise)) blank(board, { from: match.index, to: match.index + match[0].length })
  const moments = momentsIn(board.left)
  for (const one of moments) blank(board, one)
  const classes = classesIn(board.left)
  for (const one of classes) blank(board, one)
  const names = namesIn(board.left, inventory)
  for (const one of names) blank(board, one)
  for (const match of board.left.matchAll(ordinals)) blank(board, { from: match.index, to: match.index + match[0].length })
  const quantities = quantitiesIn(board.left)
  for (const one of quantities) blank(board, one)
  return { text, quoted, moments, names, classes, quantities, words: board.left }
}

const blank = (board: { left: string }, { from, to }: { from: number; to: number }): void => {
  board.left = board.left.slice(0, from) + ' '.repeat(to - from) + board.left.slice(to)
}

/** Dashes between numbers are ranges, before a number signs, between words pauses. Thin spaces in numbers become commas. */
const plain = (sentence: string): string =>
  sentence
    .replace(/(?<=\d)[\u00a0\u2009\u202f_](?=\d{3}(?!\d))/g, ',')
    .normalize('NFKC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]/g, '')
    .replace(/[“”„‟″«»]/g, '"')
    .replace(/[‘’‚‛′]/g, "'")
    .replace(/[‐‑−]/g, '-')
    .replace(/(?<=[\s(]|^)[–](?=\d)/g, '-')
    .replace(/[–—―]/g, ' , ')
    .replace(/->|=>|⇒|➜/g, ' → ')
    .replace(/→/g, ' → ')

/** Evidence ids, and the marks of a list at the start of a line. */
const noise = /\[?\(?\bE\d+(?:\s*[,;/&]\s*E\d+)*\b\)?\]?|(?<=^|\n)\s*\d{1,2}[.)]\s/g
const ordinals = /\b(?:\d+(?:st|nd|rd|th)|24\/7)\b/gi

const quotations =
  /((?<![\w*])(?:(?:\*(?:\/\d{1,2})?|\d{1,2}(?:[-,]\d{1,2})*)\s){4}(?:\*|\d|[1-7]-[1-7])(?![\w*/]))|`([^`\n]+)`|"([^"\n]{1,400})"|(?<=^|[\s(:])'([^'\n]{2,400})'(?=$|[\s.,;:!?)])/g

const quotedIn = (text: string): Quoted[] =>
  [...text.matchAll(quotations)].map((match) => {
    const [whole, cron, code, double, single] = match
    return {
      from: match.index,
      to: match.index + whole.length,
      text: (cron ?? code ?? double ?? single ?? '').replace(/[.,;:]$/, ''),
      mark: (cron ?? code) !== undefined ? '`' : double !== undefined ? '"' : "'",
    }
  })

const classPattern =
  /\bp(?:\d{2}(?:\.\d+)?|99\.?9+)\b|\bmedian\b|\b\d{2}(?:\.\d+)?(?:th|rd|nd|st) percentiles?\b|\b[1-5]xx(?:s|es)?\b|\b(?:HTTP|status(?: code)?|code|returns?|answers?|returned|answered)(?: with)? (?:an? |HTTP )?[1-5]\d\d(?:s)?(?![\d.,]*\d|\s?(?:%|ms\b|s\b))|(?<![\d.,])\b[1-5]\d\ds(?=[\s.,;:)]|$)|(?<![\d.,])\b[45]\d\d (?=(?:errors?|responses?|status|answers?|internal|bad gateway|service unavailable|gateway|too many|not found|forbidden|unauthorized)\b)/gi

const classesIn = (text: string): ClassMention[] =>
  [...text.matchAll(classPattern)].map((match) => {
    const inner = /[1-5]xx|p?\d+(?:\.\d+)?/gi
    const word = match[0].trimEnd()
    return {
      from: match.index,
      to: match.index + word.length,
      text: /^median/i.test(word) ? 'p50' : ((word.match(inner) ?? [word]).at(-1)?.toLowerCase() ?? word),
      of: /^p\d|percentile|median/i.test(word) ? 'quantile' : 'status',
    }
  })
