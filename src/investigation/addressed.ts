import { z } from 'zod'
import type { Context } from '../context.ts'
import { PermanentError, TransientError } from '../errors.ts'
import { usd as costOf, defaultPrices, priceOf } from '../llm/price.ts'
import { redacting } from '../llm/redacting.ts'
import { fence, fenceRule } from '../text/fence.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { inputSchema } from './goal/goal.ts'
import { redactedTexts } from './redacted.ts'
import { admission, spentToday } from './spend.ts'

/** One message of a thread, as people read it. */
export type Talk = { readonly who: string; readonly text: string }

const verdict = z.object({
  meant_for: z.enum(['vigil', 'people', 'unclear']),
  sure: z.number().min(0).max(100),
})

/** A person who is answered unasked is annoyed; one who is not mentions Vigil. */
const SURE = 90
/** Milliseconds; then the message is left alone. */
const PATIENCE_MS = 8000

const system = `You read along in the Slack thread of an incident, for Vigil, an on-call assistant that investigates it there. You decide whether the last message is a question to Vigil or talk among people.

- vigil: it asks about the incident, its data or its cause, and nobody else is asked. People would expect the assistant to answer.
- people: it is said to a colleague, it coordinates work, thanks, jokes, reports what somebody did, or answers somebody.
- unclear: you cannot tell.

Call classify. When in doubt: people.

${fenceRule}`

const tool = { name: 'classify', description: 'Says whom the last message is meant for.', input_schema: inputSchema(verdict) }

/**
 * Whether a message without a mention is a question to Vigil: only when the small model is sure. Fails closed: without a model, money, an
 * answer in time or a clear word, people are left alone. What it costs counts with the incident.
 */
export const isAddressed = async (context: Context, incident: { id: string; severity: string; title: string }, talk: readonly Talk[]) => {
  const model = context.models.small ?? context.models.main
  if (model === undefined) return false
  const { next } = admission(context, incident, await spentToday(context.db, incident.id))
  if (next !== 'investigating') return false
  const { redact } = redactorFor(context.config, incident.id)
  const nonce = Buffer.from(context.random.bytes(9)).toString('base64url')
  const told = redactedTexts({ incident: incident.title, thread: talk }, redact)
  const text = `The thread, the last message at its end:\n${fence('thread', told, nonce)}\nWhom is the last message meant for?`
  const late = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => late.abort(new Error('late')))
  try {
    const turn = await redacting(model, redact).complete(
      { system, tools: [tool], messages: [{ role: 'user', content: [{ type: 'text', text }] }], max_tokens: 300, force: tool.name },
      late.signal,
    )
    const price = priceOf(turn.model, { ...defaultPrices, ...context.config.claude.prices })
    await charge(context, incident.id, price === undefined ? 0 : costOf(turn.usage, price))
    const use = turn.content.find((block) => block.type === 'tool_use' && block.name === tool.name)
    const said = verdict.safeParse(use?.type === 'tool_use' ? use.input : undefined)
    return said.success && said.data.meant_for === 'vigil' && said.data.sure >= SURE
  } catch (error) {
    if (!(error instanceof TransientError || error instanceof PermanentError || late.signal.aborted)) throw error
    context.log.info({ err: error }, 'nobody could say whether a message was meant for Vigil')
    return false
  } finally {
    cancel()
  }
}

/** With the newest investigation that has ended: a running one writes its own sum at its end. */
const charge = async ({ db }: Context, incident: string, dollars: number): Promise<void> => {
  if (dollars === 0) return
  await db
    .updateTable('investigation')
    .set((eb) => ({ usd: eb('usd', '+', dollars) }))
    .where('id', '=', (eb) =>
      eb
        .selectFrom('investigation')
        .select('id')
        .where('incident_id', '=', incident)
        .where('ended_at', 'is not', null)
        .orderBy('number', 'desc')
        .limit(1),
    )
    .execute()
}
