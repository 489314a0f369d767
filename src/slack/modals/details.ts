import { findIncident, incidentName } from '../../incident/incident.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'
import { clean } from '../../text/clean.ts'
import type { Block } from '../drawing.ts'
import { bullets, head, paragraphOf, type SheetKind, words } from './sheet.ts'

/** `<incident>:<investigation number>`: the whole analysis, of which the message may show a part. */
export const details: SheetKind = async ({ db }, address) => {
  const [id = '', number = ''] = address.split(':')
  const incident = await findIncident(db, id)
  if (incident === undefined || !/^\d{1,9}$/.test(number)) return null
  const row = await db
    .selectFrom('investigation')
    .select('analysis')
    .where('incident_id', '=', id)
    .where('number', '=', Number(number))
    .executeTakeFirst()
  const title = `Analysis ${incidentName(incident)}`
  return { title, blocks: row?.analysis ? analysisBlocks(row.analysis) : [words('There is no analysis yet.')] }
}

const analysisBlocks = (analysis: Analysis): Block[] => [
  ...part(verdictWords[analysis.verdict], [paragraphOf([{ text: clean(analysis.summary) }])]),
  ...part('Cause', analysis.cause === null ? [] : [paragraphOf([{ text: sentence(analysis.cause.text, analysis.cause.receipts) }])]),
  ...part('Seen', list(analysis.claims.filter((claim) => claim.kind === 'observation'))),
  ...part('Inferred from it', list(analysis.claims.filter((claim) => claim.kind === 'inference'))),
  ...part('Ruled out', list(analysis.ruled_out)),
  ...part('Could not see', bullets(analysis.data_gaps)),
  ...part('Next steps', bullets(analysis.next_steps)),
  ...part('From cause to symptom', chain(analysis)),
  ...part('Not supported by the evidence', bullets(analysis.unsupported)),
  ...part('Confidence', analysis.by === 'rules' ? [] : [words(confidence(analysis))]),
  ...part('Cut short', analysis.partial_reason === null ? [] : [words(analysis.partial_reason)]),
]

/** The capped number is what counts; what the model itself said stands beside it. */
const confidence = ({ confidence: capped, model_confidence: claimed }: Analysis): string =>
  `${Math.round(capped)} %${claimed === null || Math.round(claimed) === Math.round(capped) ? '' : `, lowered from the model's own ${Math.round(claimed)} % because not everything it claimed is supported`}`

const chain = ({ chain: links }: Analysis): Block[] =>
  bullets(
    links.map(({ from, to, relation, receipts }) => sentence(`${from.kind} ${from.name} ${relation} ${to.kind} ${to.name}`, receipts)),
  )

const verdictWords = {
  no_action: 'No action needed',
  action_suggested: 'Action suggested',
  action_required: 'Act now',
  inconclusive: 'No proven cause',
} as const satisfies Record<Analysis['verdict'], string>

const part = (title: string, blocks: readonly Block[]): Block[] => (blocks.length === 0 ? [] : [head(title), ...blocks])

const list = (claims: readonly { text: string; receipts: readonly Receipt[] }[]): Block[] =>
  bullets(claims.map(({ text, receipts }) => sentence(text, receipts)))

const sentence = (text: string, receipts: readonly Receipt[]): string => {
  const ids = [...new Set(receipts.map((receipt) => receipt.evidence))]
  return `${clean(text)}${ids.length === 0 ? '' : `  ${ids.join(' ')}`}`
}
