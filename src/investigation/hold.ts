import type { Context } from '../context.ts'
import { keepEvidence } from '../incident/evidence.ts'
import { move } from '../incident/incident.ts'
import { type GateDecision, record, type Spending, type TimelineEntry } from '../incident/timeline.ts'
import type { Cited, Evidence, EvidenceId } from './evidence.ts'
import type { Owner, Transcript } from './transcript.ts'

/** What the gate says, with the evidence it cites, by the numbers that it was given. */
export type Word =
  | { readonly word: 'wait'; readonly until: Date; readonly reason: string; readonly cites: 'all' }
  | {
      readonly word: 'gated'
      readonly decision: GateDecision
      readonly reason: string
      readonly cites: readonly EvidenceId[]
      readonly spending: Spending
    }

type Said = { readonly word: Word; readonly answers: readonly (Cited | Evidence)[] }
type At = { readonly transcript: Transcript; readonly owner: Owner }

/** Stores the gate's word with its evidence, and what follows on it: the investigation, a wait, or its end. */
export const hold = (
  context: Context,
  { transcript, owner }: At,
  { word, answers }: Said,
): Promise<'went' | 'ignored' | 'held' | 'superseded'> =>
  context.db.transaction().execute(async (trx) => {
    const { incident, investigation } = owner
    const held = await trx.selectFrom('incident').select('epoch').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (held?.epoch !== owner.epoch) return 'superseded'
    const ids = await keepEvidence(trx, incident, answers)
    const idOf = new Map(answers.map((answer, i) => ['id' in answer ? answer.id : null, ids[i]] as const))
    const evidence = word.cites === 'all' ? ids : word.cites.map((id) => idOf.get(id) ?? id)
    const { number } = transcript.investigation
    const until = untilOf(context, word)
    const entries: TimelineEntry[] = [
      ...(word.word === 'gated'
        ? [
            {
              type: 'gated',
              investigation: number,
              decision: word.decision,
              reason: word.reason,
              evidence,
              spending: word.spending,
            } as const,
          ]
        : []),
      ...(until === null
        ? []
        : [{ type: 'waiting', investigation: number, until: until.toISOString(), reason: word.reason, evidence } as const]),
    ]
    await record(context, trx, incident, { entries })
    if (until !== null) {
      const afterSeconds = Math.max(1, (until.getTime() - context.clock.now().getTime()) / 1000)
      await context.queue.send(trx, 'investigate', [{ incident }], { afterSeconds })
      return 'held'
    }
    if (word.word !== 'gated' || word.decision !== 'ignore') return 'went'
    const { usd, tokens_in, tokens_out, tool_calls, model_ms, tool_ms } = word.spending
    await trx
      .updateTable('investigation')
      .set({ status: 'complete', reason: `gate: ${word.reason}`, usd, tokens_in, tokens_out, tool_calls, model_ms, tool_ms })
      .set((eb) => ({ started_at: eb.fn.coalesce('started_at', eb.fn<Date>('vigil_now', [])), ended_at: eb.fn<Date>('vigil_now', []) }))
      .where('id', '=', investigation)
      .execute()
    await move(trx, incident, 'analysed', owner.epoch)
    return 'ignored'
  })

/** What resolves by itself is looked at once more, whoever said so. */
const untilOf = ({ clock, config }: Context, word: Word): Date | null => {
  if (word.word === 'wait') return word.until
  return word.decision === 'auto_resolve' ? new Date(clock.now().getTime() + config.gate.wait_minutes * 60_000) : null
}
