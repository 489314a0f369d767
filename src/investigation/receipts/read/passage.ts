/** A stretch of text, in UTF-16 units, end exclusive. */
export type Span = { readonly from: number; readonly to: number }

/**
 * One way of writing for texts that say the same: NFKC, lower case, plain quotes and dashes, single spaces, nothing invisible.
 * Models retype quotes with typographic marks and other spacing; the words and digits are what has to stand there.
 */
export const fold = (text: string): string => {
  const plain = ascii.test(text) ? text : [...clusters(text)].map((cluster) => foldCluster(cluster[0])).join('')
  return plain.toLowerCase().replace(/\s+/g, ' ').trim()
}

/** The lines of a text, each folded, with their places in the joined whole: a quote may run over line ends. */
export type FoldedLines = { readonly whole: string; readonly lines: readonly string[]; readonly starts: readonly number[] }

export const foldLines = (text: string): FoldedLines => {
  const lines: string[] = []
  const starts: number[] = []
  let at = 0
  for (const raw of text.split('\n')) {
    const line = fold(raw)
    if (line === '') continue
    lines.push(line)
    starts.push(at)
    at += line.length + 1
  }
  return { whole: lines.join(' '), lines, starts }
}

/** Every place of a folded quote in a folded text where its edges cut no number: "12" does not stand in "12.4" or in "1,204". */
const places = (whole: string, quote: string, most = 20): readonly number[] => {
  const found: number[] = []
  if (quote === '') return found
  for (let at = whole.indexOf(quote); at >= 0 && found.length < most; at = whole.indexOf(quote, at + 1)) {
    if (!cutsNumber(whole, at) && !cutsNumber(whole, at + quote.length)) found.push(at)
  }
  return found
}

/** The quote as the text has it: some models put marks of their own around it. Null when it does not stand there. */
export const quoteIn = (whole: string, quote: string): { readonly text: string; readonly at: readonly number[] } | null => {
  const folded = fold(quote)
  for (const text of [folded, folded.replace(/^["'`]+|["'`]+$/g, '').trim()]) {
    const at = places(whole, text)
    if (at.length > 0) return { text, at }
  }
  return null
}

/** The lines that a stretch of the whole touches. */
export const linesAt = (folded: FoldedLines, from: number, length: number): readonly string[] =>
  folded.lines.filter((line, index) => {
    const start = folded.starts[index] ?? 0
    return start < from + length && start + line.length > from
  })

/** Where a folded passage stands in the raw text. */
export const findPassage = (raw: string, quote: string): Span | null => {
  const { text, from, to } = foldWithPlaces(raw)
  const found = quoteIn(text, quote)
  const at = found?.at[0]
  if (!found || at === undefined) return null
  return { from: from[at] ?? 0, to: to[at + found.text.length - 1] ?? raw.length }
}

const ascii = /^[\x20-\x7e\s]*$/
const clusters = (text: string): Iterable<RegExpMatchArray> => text.matchAll(/\P{M}\p{M}*|\p{M}+/gsu)

const foldCluster = (cluster: string): string => {
  if (/^[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]/.test(cluster)) return ''
  if (/^[‘’‚‛′]/.test(cluster)) return "'"
  if (/^[“”„‟″«»]/.test(cluster)) return '"'
  if (/^[‐‑‒–—―−]/.test(cluster)) return '-'
  return cluster.normalize('NFKC')
}

const cutsNumber = (text: string, at: number): boolean => {
  const before = text[at - 1] ?? ''
  const after = text[at] ?? ''
  if (/\d/.test(before) && /\d/.test(after)) return true
  if (/\d/.test(before) && /[.,]/.test(after) && /\d/.test(text[at + 1] ?? '')) return true
  return /[.,]/.test(before) && /\d/.test(after) && /\d/.test(text[at - 2] ?? '')
}

/**
 * As fold, and for each unit of the result where it came from: only for marking. Written piece by piece, since a string that is both
 * appended to and looked at in each step is copied each time: 100 kB took 30 s that way.
 */
const foldWithPlaces = (raw: string): { text: string; from: number[]; to: number[] } => {
  const units: string[] = []
  const from: number[] = []
  const to: number[] = []
  let last = ' '
  const push = (folded: string, start: number, end: number): void => {
    for (let index = 0; index < folded.length; index++) {
      const unit = folded.charAt(index)
      const written = /\s/.test(unit) ? ' ' : unit
      if (written === ' ' && last === ' ') continue
      last = written
      units.push(written)
      from.push(start)
      to.push(end)
    }
  }
  if (ascii.test(raw)) for (let index = 0; index < raw.length; index++) push(raw.charAt(index).toLowerCase(), index, index + 1)
  else for (const match of clusters(raw)) push(foldCluster(match[0]).toLowerCase(), match.index ?? 0, (match.index ?? 0) + match[0].length)
  return { text: units.join(''), from, to }
}
