import type { Context } from '../../context.ts'
import { briefNow, timelineOf } from '../../incident/timeline.ts'
import type { Analysis, Receipt } from '../../investigation/analysis.ts'

/** A sentence that was shown, with what it is, and the receipts that it has in one piece of evidence. */
export type Resting = { readonly what: string; readonly text: string; readonly receipts: readonly Receipt[] }

/** What rests on one piece of evidence: of the rules' answer, the newest analysis and every answer to a question. */
export const restingOn = async ({ db }: Context, incident: string, id: string): Promise<Resting[]> => {
  const timeline = await timelineOf(db, incident)
  const findings = briefNow(timeline)?.findings ?? []
  // That of a challenge is what it left of the one before.
  const newest = await db
    .selectFrom('investigation')
    .select('analysis')
    .where('incident_id', '=', incident)
    .where('analysis', 'is not', null)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  const sentences = [
    ...(newest?.analysis ? sentencesOf(newest.analysis) : []),
    ...timeline.flatMap((entry) =>
      entry.type === 'answered' ? entry.answer.claims.map((claim) => ({ what: `answer to ${entry.question.name}`, ...claim })) : [],
    ),
  ]
  return [
    ...sentences
      .map(({ what, text, receipts }) => ({ what, text, receipts: receipts.filter((receipt) => receipt.evidence === id) }))
      .filter(({ receipts }) => receipts.length > 0),
    ...findings
      .filter(({ evidence }) => evidence.some((one) => one === id))
      .map(({ summary }) => ({ what: 'rule', text: summary, receipts: [] })),
  ]
}

const sentencesOf = ({ cause, claims, ruled_out, chain, proposals }: Analysis): Resting[] => [
  ...(cause === null ? [] : [{ what: 'cause', ...cause }]),
  ...claims.map(({ text, kind, receipts }) => ({ what: kind === 'inference' ? 'inferred' : 'seen', text, receipts })),
  ...ruled_out.map((one) => ({ what: 'ruled out', ...one })),
  ...chain.map(({ from, to, relation, receipts }) => ({ what: 'chain', text: `${from.name} ${relation} ${to.name}`, receipts })),
  ...proposals.map(({ why, receipts }) => ({ what: 'proposal', text: why, receipts })),
]
