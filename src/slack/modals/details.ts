import { evidenceOf } from '../../incident/evidence.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import { type Stored, timelineOf } from '../../incident/timeline.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'
import { clean } from '../../text/clean.ts'
import type { Block } from '../drawing.ts'
import { chainBlocks } from './chain.ts'
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
  // What a challenge has left of it counts, as in the message.
  const timeline = await timelineOf(db, id)
  const challenged = timeline.findLast(
    (entry): entry is Extract<Stored, { type: 'challenged' }> => entry.type === 'challenged' && entry.of === Number(number),
  )
  const analysis = challenged?.analysis ?? row?.analysis
  if (!analysis) return { title, blocks: [words('There is no analysis yet.')] }
  const chain = chainBlocks(analysis.chain, analysis.chain.length === 0 ? [] : await evidenceOf(db, id), incident.onset)
  const refuted = challenged?.challenge.verdict === 'refuted'
  return { title, blocks: analysisBlocks(analysis, chain, refuted) }
}

const analysisBlocks = (analysis: Analysis, chain: readonly Block[], refuted: boolean): Block[] => [
  ...part(verdictWords[analysis.verdict], [paragraphOf([{ text: clean(analysis.summary) }])]),
  ...part('Cause', analysis.cause === null ? [] : [paragraphOf([{ text: sentence(analysis.cause.text, analysis.cause.receipts) }])]),
  ...part('From cause to symptom', chain),
  ...part('Seen', list(analysis.claims.filter((claim) => claim.kind === 'observation'))),
  ...part('Inferred from it', list(analysis.claims.filter((claim) => claim.kind === 'inference'))),
  ...part('Ruled out', list(analysis.ruled_out)),
  ...part('Could not see', bullets(analysis.data_gaps)),
  ...part(refuted ? 'Proposed before the cause was refuted' : 'Next steps', bullets(analysis.next_steps)),
  ...part('Not supported by the evidence', bullets(analysis.unsupported)),
  ...part('Confidence', analysis.by === 'rules' ? [] : [words(confidence(analysis))]),
  ...part('Cut short', analysis.partial_reason === null ? [] : [words(analysis.partial_reason)]),
]

/** The capped number is what counts; what the model itself said stands beside it. */
const confidence = ({ confidence: capped, model_confidence: claimed, confidence_why: why }: Analysis): string => {
  if (claimed !== null && Math.round(claimed) === Math.round(capped)) return `${Math.round(capped)} %, as the model itself said.`
  const own = claimed === null ? '' : ` The model itself said ${Math.round(claimed)} %.`
  return `${Math.round(capped)} %${why == null || why === '' ? '' : `, lowered: ${why.replace(/\.$/, '')}`}.${own}`
}

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
