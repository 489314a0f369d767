import type { Analysis, Claim, Receipt } from '../../investigation/analysis.ts'
import { splitInto } from '../../text/cut.ts'
import { amount } from '../../text/number.ts'
import { paragraph, refs } from './text.ts'
import { verdictWords } from './verdict.ts'

/** Text of a section block. */
const LONGEST = 3000

/**
 * The whole analysis, nothing cut, as texts of mrkdwn for one section block each (`verbatim: true`), at most 3,000 characters.
 * A view holds 100 blocks and 250 KB: an analysis at every limit of its schema has more, so show them in pages of 80.
 */
export const analysisSections = (analysis: Analysis, hosts: readonly string[] = []): string[] => {
  const said = (text: string): string => paragraph(text, hosts)
  const { sign, lead } = verdictWords[analysis.verdict]
  const verdict = [
    `${sign} *${lead}*   ${Math.round(analysis.confidence)} % sure`,
    ...(analysis.cause === null ? [] : [`*Cause:* ${said(analysis.cause.text)}  ${refs(analysis.cause.receipts.map(idOf))}`]),
    said(analysis.summary),
    ...(analysis.partial ? [`*Partial:* ${said(analysis.partial_reason ?? 'ended before it was done')}`] : []),
  ]
  const chain = analysis.chain.map(
    ({ from, to, relation, receipts }) => `• ${said(`${nameOf(from)} ${relation} ${nameOf(to)}`)}  ${refs(receipts.map(idOf))}`,
  )
  const parts = [
    verdict,
    headed('From cause to symptom', chain),
    headed(
      'Why',
      analysis.claims.map((claim) => claimText(claim, hosts)),
    ),
    headed(
      'Not it',
      analysis.ruled_out.map((one) => `• ${said(one.text)}${proof(one.receipts, hosts)}`),
    ),
    headed(
      'Could not see',
      analysis.data_gaps.map((gap) => `• ${said(gap)}`),
    ),
    headed(
      'Next',
      analysis.next_steps.map((step, i) => `${i + 1}. ${said(step)}`),
    ),
    headed(
      'Not supported by the evidence, so not findings',
      analysis.unsupported.map((text) => `• ${said(text)}`),
    ),
  ]
  return parts.filter((lines) => lines.length > 0).flatMap((lines) => splitInto(lines.join('\n'), LONGEST, { mrkdwn: true }))
}

const headed = (heading: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [`*${heading}*`, ...lines])

const claimText = ({ text, kind, receipts }: Claim, hosts: readonly string[]): string =>
  `• ${kind === 'inference' ? '_Inferred:_ ' : ''}${paragraph(text, hosts)}${proof(receipts, hosts)}`

/** Each receipt on a line of its own: where it stands, and the words or the number that carry the sentence. */
const proof = (receipts: readonly Receipt[], hosts: readonly string[]): string =>
  receipts.map((receipt) => `\n      ${refs([receipt.evidence])} ${paragraph(receiptText(receipt), hosts)}`).join('')

const receiptText = (receipt: Receipt): string => {
  if ('quote' in receipt) return `“${receipt.quote.replace(/\s+/g, ' ')}”`
  if ('count' in receipt) return `${amount(receipt.count)} times “${receipt.matching}”`
  if ('absent' in receipt) return `searched for “${receipt.absent}”, not there`
  const at = receipt.at === undefined ? '' : ` at ${receipt.at}`
  return `${receipt.statistic} ${amount(receipt.value)}${receipt.unit === undefined ? '' : ` ${receipt.unit}`}${at}`
}

const nameOf = ({ kind, namespace, name }: { kind: string; namespace?: string | undefined; name: string }): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const idOf = (receipt: Receipt): string => receipt.evidence
