import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { record } from '../incident/timeline.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import type { Question } from './conversation.ts'
import { endWait } from './force.ts'
import { admission, spentToday } from './spend.ts'

export type Asked =
  /** `after`: an investigation runs; it is told of the question now, which is answered when it ends. */
  | { readonly asked: true; readonly when: 'now' | 'after' }
  | { readonly asked: false; readonly reason: 'gone' | 'no_model' }
  | { readonly asked: false; readonly reason: 'limit' | 'budget'; readonly detail: string }

/**
 * Takes a question that a person asks in an incident's thread. One loop an incident at a time: during a run it joins the next turn and
 * is answered afterwards. The same message counts once.
 */
export const ask = async (context: Context, incident: string, question: Question): Promise<Asked> => {
  const spent = await spentToday(context.db, incident)
  return context.db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('incident').select('severity').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return { asked: false, reason: 'gone' }
    const { next, reason } = admission(context, found, spent)
    if (next === 'no_model') return { asked: false, reason: 'no_model' }
    if (next === 'budget_spent') return { asked: false, reason: 'budget', detail: reason }
    const { questions, known } = await countQuestions(trx, incident, question.ts)
    if (known) return { asked: true, when: 'now' }
    const limit = context.config.conversation.questions
    if (questions >= limit) return { asked: false, reason: 'limit', detail: `${limit} questions about it in 24 hours were answered` }
    await record(context, trx, incident, { entries: [{ type: 'said', kind: 'question', ...redacted(context, incident, question) }] })
    if (await takeQuestion(context, trx, incident)) return { asked: true, when: 'now' }
    // Who asks does not want to wait for what usually goes by itself.
    if (await endWait(trx, incident)) await context.queue.send(trx, 'investigate', [{ incident }])
    return { asked: true, when: 'after' }
  })
}

/** Keeps what a person says against, or beyond, what Vigil found: the next turn weighs it. The same message counts once. */
export const correct = async (context: Context, incident: string, statement: Question): Promise<'kept' | 'known' | 'gone'> =>
  context.db.transaction().execute(async (trx) => {
    const found = await trx.selectFrom('incident').select('id').where('id', '=', incident).forUpdate().executeTakeFirst()
    if (found === undefined) return 'gone'
    if ((await countQuestions(trx, incident, statement.ts)).known) return 'known'
    await record(context, trx, incident, { entries: [{ type: 'said', kind: 'correction', ...redacted(context, incident, statement) }] })
    return 'kept'
  })

/** Before it is kept: what people type into a thread may hold a secret as well. */
const redacted = ({ config }: Context, incident: string, said: Question): Question => ({
  ...said,
  text: redactorFor(config, incident).redact(clean(said.text)),
})

const countQuestions = async (trx: Trx, incident: string, ts: string): Promise<{ questions: number; known: boolean }> => {
  const { rows } = await sql<{ questions: number; known: boolean }>`
    select count(*) filter (where data ->> 'kind' = 'question' and at > vigil_now() - interval '24 hours')::int as questions,
      coalesce(bool_or(data ->> 'ts' = ${ts}), false) as known
    from timeline where incident_id = ${incident} and type = 'said'`.execute(trx)
  return rows[0] ?? { questions: 0, known: false }
}

/**
 * Starts the investigation of the oldest question that has none yet, unless one of the incident runs. Returns whether it did. To be
 * called wherever a question comes or a run ends, in that transaction.
 */
export const takeQuestion = async (context: Context, trx: Trx, incident: string): Promise<boolean> => {
  const { rows } = await sql`
    insert into investigation (id, incident_id, number, kind, requested_by, question)
    select ${context.random.id()}, ${incident}, 1 + coalesce((select max(number) from investigation where incident_id = ${incident}), 0), 'question',
      t.data ->> 'user', t.data - 'type' - 'kind'
    from timeline t
    where t.incident_id = ${incident} and t.type = 'said' and t.data ->> 'kind' = 'question'
      and not exists (select 1 from investigation v where v.incident_id = ${incident} and v.question ->> 'ts' = t.data ->> 'ts')
    order by t.id limit 1
    on conflict (incident_id) where status in ('pending', 'in_progress') do nothing
    returning id`.execute(trx)
  if (rows.length === 0) return false
  await context.queue.send(trx, 'investigate', [{ incident }])
  return true
}
