import type { Context } from '../context.ts'
import { PermanentError, TransientError } from '../errors.ts'
import type { Block, DesiredMessage } from './drawing.ts'
import { reduced } from './reduced.ts'
import { draw } from './thread.ts'
import { readView } from './view.ts'

/** What is worth a message of its own where nothing can be edited: the first look, each analysis, how an action ended, the end. */
const NOTICE = /:(first|analysis:\d+|outcome(?::v\d+)?)$/
/** Buttons come back over a socket, and without tokens there is none. */
const INTERACTIVE = new Set(['actions', 'context_actions'])
const PATIENCE_MS = 10_000

/**
 * Tells an incident through an incoming webhook, for whom has no Slack app: each notice once, without buttons and not edited
 * afterwards. A notice whose fate is not known is not sent again. Throws TransientError when Slack did not take it.
 */
export const notify = async (context: Context, url: string, id: string): Promise<void> => {
  const view = await readView(context, id, async () => ({ workspace: '', mode: 'watch', shadowChannel: null }))
  if (view === undefined) return
  // A webhook's messages have no thread and no channel that we know.
  const drawing = draw({ ...view, incident: { ...view.incident, channel: 'webhook', thread_ts: id } })
  for (const message of drawing.messages) {
    if (NOTICE.test(message.key) && (await claim(context, message, id))) await send(context, url, message)
  }
}

const claim = async ({ db }: Context, { key }: DesiredMessage, incident: string): Promise<boolean> => {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('message')
    .values({ key, incident_id: incident, channel: 'webhook', state: 'sent' })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .executeTakeFirstOrThrow()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

const send = async (context: Context, url: string, message: DesiredMessage): Promise<void> => {
  const { text, blocks } = reduced(message, 1)
  const still = blocks.filter((block: Block) => !INTERACTIVE.has(block.type))
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error('no answer in 10 s')))
  try {
    const response = await context.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, blocks: still }),
      redirect: 'error',
      signal: stop.signal,
    })
    if (response.ok) return
    await context.db.deleteFrom('message').where('key', '=', message.key).execute()
    const refusal = `Slack's incoming webhook answered ${response.status}`
    throw response.status === 429 || response.status >= 500
      ? new TransientError(refusal)
      : new PermanentError(`${refusal}: check VIGIL_SLACK_WEBHOOK_URL`)
  } catch (error) {
    if (error instanceof TransientError || error instanceof PermanentError) throw error
    context.log.warn({ key: message.key }, "Slack's incoming webhook did not answer; the notice may be missing")
  } finally {
    cancel()
  }
}
