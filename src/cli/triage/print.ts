import type { Brief } from '../../incident/timeline.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'
import type { Evidence } from '../../investigation/evidence.ts'
import { gapsByCause } from '../../text/gaps.ts'
import { amount, duration, usd } from '../../text/number.ts'

/** The first reply as a terminal shows it: what is suspected, what is certain, what could not be seen, and the queries behind it. */
export const briefText = (brief: Brief, evidence: readonly Evidence[]): string => {
  const { suspects = [], findings, gaps, late = [] } = brief
  const unseen = gapsByCause([...gaps, ...late.map(({ gap }) => gap)])
  const facts = findings.filter(({ summary }) => suspects.every(({ why }) => why !== summary))
  const since = brief.onset === null ? '' : ` since ${brief.onset_seen ? '' : 'about '}${brief.onset.slice(0, 19).replace('T', ' ')} UTC`
  return [
    suspects.length > 0
      ? `Suspect: ${suspects[0]?.object.kind} ${nameOf(suspects[0])} (${suspects[0]?.confidence} confidence)`
      : brief.headline,
    `${brief.state ?? 'Firing'}${since}`,
    '',
    ...suspects.map(({ why, evidence: ids }, i) => wrapped(`${i + 1}. ${why}  ${ids.join(' ')}`)),
    ...facts.map(({ summary, evidence: ids }) => wrapped(`-  ${summary}  ${ids.join(' ')}`)),
    ...(suspects.length + facts.length === 0 ? [`Looked at: ${brief.looked_at.join(', ')}`] : []),
    ...(unseen.length === 0 ? [] : [wrapped(`Could not see: ${unseen.join('; ')}`)]),
    ...(findings[0] === undefined ? [] : ['', wrapped(`Next: ${(suspectFinding(brief) ?? findings[0]).suggestion}`)]),
    ...(evidence.length === 0 ? [] : ['', ...evidence.map(({ id, source, query }) => `${id.padEnd(4)} ${source}: ${query}`)]),
  ].join('\n')
}

/** The analysis as a terminal shows it. */
export const analysisText = (analysis: Analysis, spent: { calls: number; tokens: number; usd: number; seconds: number }): string =>
  [
    `${analysis.verdict.replaceAll('_', ' ').toUpperCase()}   ${Math.round(analysis.confidence)} %`,
    wrapped(analysis.summary),
    ...(analysis.cause === null ? [] : ['', wrapped(`Cause: ${analysis.cause.text}  ${refs(analysis.cause.receipts)}`)]),
    ...analysis.claims.map(({ text, receipts }) => wrapped(`-  ${text}  ${refs(receipts)}`)),
    ...(analysis.ruled_out.length === 0 ? [] : [wrapped(`Not it: ${analysis.ruled_out.map(({ text }) => text).join('; ')}`)]),
    ...(analysis.data_gaps.length === 0 ? [] : [wrapped(`Could not see: ${analysis.data_gaps.join('; ')}`)]),
    ...analysis.next_steps.map((step, i) => wrapped(`${i + 1}. ${step}`)),
    ...(analysis.partial_reason === null ? [] : [wrapped(`Partial: ${analysis.partial_reason}`)]),
    '',
    `${duration(spent.seconds)}, ${spent.calls} queries, ${amount(spent.tokens)} tokens, ${usd(spent.usd)}`,
  ].join('\n')

const suspectFinding = ({ suspects = [], findings }: Brief) => findings.find(({ summary }) => summary === suspects[0]?.why)

const nameOf = (suspect: NonNullable<Brief['suspects']>[number] | undefined): string =>
  suspect?.object.namespace === undefined ? (suspect?.object.name ?? '') : `${suspect.object.namespace}/${suspect.object.name}`

const refs = (receipts: readonly Receipt[]): string => [...new Set(receipts.map(({ evidence }) => evidence))].join(' ')

const WIDTH = 100

/** By words, with what follows the first line set in. */
const wrapped = (text: string): string => {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(lines.length === 0 ? word : `   ${word}`)
  }
  return lines.join('\n')
}
