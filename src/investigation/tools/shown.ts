import { z } from 'zod'
import { clean } from '../../text/clean.ts'
import { cut } from '../../text/cut.ts'

/** Text of about 2,000 tokens: 15 answers of this size fill a seventh of an investigation's input budget. */
const maxCharacters = 8000
/** Notes hold labels that all lines share; those come from outside too. */
const maxNote = 1000

/**
 * The text that the model gets of an answer: notes first, then as many of the lines as fit, then how many were left out (`what`
 * names them: "series"). Cleaned, so that a quote of what is shown can be found again.
 */
export const shownText = (notes: readonly string[], lines: readonly string[], what: string): string => {
  const heads = notes.map((note) => cut(clean(note), maxNote))
  const kept: string[] = []
  let left = maxCharacters - heads.join('\n').length
  for (const line of lines) {
    const text = clean(line)
    left -= text.length + 1
    if (left < 0) break
    kept.push(text)
  }
  const missing = lines.length - kept.length
  return [...heads, ...kept, ...(missing > 0 ? [`… ${missing} more ${what} not shown here`] : [])].join('\n')
}

/** A part of a tool's input. */
export const why = z.string().optional().describe('The question in a few plain words, for the people who watch.')

/** What the progress message shows: the model's own words for its question, else the query, on one line. */
export const questionText = (why: string | undefined, query: string): string => cut(clean(why?.trim() || query).replace(/\s+/g, ' '), 80)

/** A sample's value with six significant digits, whole numbers in full: enough to be computed again within its rounding. */
export const valueText = (value: number): string => {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}
