import type { Analysis, Verdict } from '../../investigation/analysis.ts'
import { upper } from '../../text/letters.ts'
import { bold, line } from './text.ts'

/** How each verdict is said. The words carry it; the sign is for the eye. */
export const verdictWords: Readonly<Record<Verdict, { sign: string; lead: string; push: string }>> = {
  action_required: { sign: '🔴', lead: 'Act now', push: 'Act now' },
  action_suggested: { sign: '🟠', lead: 'Act when you can', push: 'Act when you can' },
  inconclusive: { sign: '⚪', lead: 'No proven cause', push: 'No proven cause' },
  no_action: { sign: '🟢', lead: 'No action needed', push: 'No action needed' },
}

/** The answer in one sentence, and what its summary says beyond it. */
export const answerOf = (analysis: Analysis): { answer: string | null; proof: string | null } => {
  const summary = analysis.summary.replace(/^No proven cause(?: yet)?[.:]?\s*/i, '').trim()
  const cause = analysis.cause?.text.trim() ?? ''
  if (cause !== '') return { answer: ended(cause), proof: summary === '' || same(summary, cause) ? null : without(summary, cause) }
  // Without a cause the bold words are the verdict's own: a summary in bold would look like a cause.
  if (analysis.verdict === 'inconclusive') return { answer: null, proof: summary || null }
  const [first = summary, ...rest] = sentences(summary)
  return { answer: ended(first), proof: rest.join(' ') || null }
}

/**
 * The line that says what came of it, and what its summary says beyond that. Without a cause the best lead stands beside the verdict, not in
 * bold: it would look like a cause.
 */
export const verdictLine = (
  analysis: Analysis,
  words: { readonly sign: string; readonly lead: string },
  hosts: readonly string[],
): { first: string; proof: string | null } => {
  const { answer, proof } = answerOf(analysis)
  const sure = confidenceOf(analysis)
  if (answer !== null) return { first: `${words.sign} ${bold(`${words.lead}: ${answer}`, hosts, 170)}${sure}`, proof }
  const [lead = '', ...rest] = sentences(proof ?? '')
  if (lead === '') return { first: `${words.sign} *${words.lead}*${sure}`, proof: null }
  return { first: `${words.sign} *${words.lead}.* ${line(upper(ended(lead)), hosts, 170)}${sure}`, proof: rest.join(' ') || null }
}

/**
 * Confidence has its own place and says that it is one: "87 %" beside an error rate could be either; for the same reason it does not break at
 * a line's end. Where nothing is concluded there is nothing to be sure of but a lead.
 */
const confidenceOf = ({ by, verdict, summary, confidence, partial }: Analysis): string => {
  const cut = partial ? ', partial' : ''
  if (by === 'rules') return partial ? ' · partial' : ''
  if (verdict !== 'inconclusive') return `   ${Math.round(confidence)}\u00a0%\u00a0confidence${cut}`
  return /\blead\b/i.test(summary) ? ` · ${Math.round(confidence)}\u00a0%\u00a0confidence${cut}` : cut.replace(', ', ' · ')
}

const ended = (sentence: string): string => sentence.replace(/[.\s]+$/, '')

const same = (a: string, b: string): boolean => ended(a).toLowerCase() === ended(b).toLowerCase()

const without = (summary: string, cause: string): string => {
  const [first = '', ...rest] = sentences(summary)
  return same(first, cause) && rest.length > 0 ? rest.join(' ') : summary
}

/** Ends are a point, a space and a capital: "v2.14.0", "12.4 %" and "e.g. x" are none. */
const sentences = (text: string): string[] => text.split(/(?<=[.!?])\s+(?=[\p{Lu}\d"“`/(])/u)
