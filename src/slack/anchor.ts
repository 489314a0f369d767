import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { InputError, TransientError } from '../errors.ts'
import { record, recordNow } from '../incident/timeline.ts'
import { resolveChannel } from './channels.ts'
import type { ThreadView } from './drawing.ts'
import { isLate } from './late.ts'
import { withOriginals } from './originals.ts'
import { stand } from './stand.ts'
import { draw, isSilent, keyOf } from './thread.ts'
import { stateOf } from './thread-state.ts'
import { unreachable } from './unreachable.ts'
import { loadView, type Slack } from './view.ts'

export type Anchored =
  | { readonly how: 'ready'; readonly view: ThreadView }
  | { readonly how: 'later'; readonly afterMs: number }
  | { readonly how: 'nowhere' }

/**
 * Sees to it that the incident has a thread to be drawn in: the alert's own post, which is waited for until `anchor_by`, else a card
 * of Vigil's. `nowhere` when there is no place for it; that is in the timeline then, with the mend.
 */
export const anchor = async (context: Context, slack: Slack, id: string): Promise<Anchored> => {
  const named = await nameChannel(context, slack, id)
  if (named !== null) return named
  const view = await loadView(context, slack, id)
  if (view === undefined) return { how: 'nowhere' }
  const { incident } = view
  if (incident.thread_ts !== null || isSilent(view) || (await isLate(context, view))) return { how: 'ready', view }
  const wait = (incident.anchor_by?.getTime() ?? 0) - context.clock.now().getTime()
  if (wait > 0) return { how: 'later', afterMs: wait }
  return postCard(context, slack, view)
}

/** A channel that the configuration names becomes an id, which is what histories and edits need. Null when it is one. */
const nameChannel = async (context: Context, { clients }: Slack, id: string): Promise<Anchored | null> => {
  const incident = await context.db.selectFrom('incident').select(['channel', 'thread_ts']).where('id', '=', id).executeTakeFirst()
  if (incident === undefined) return { how: 'nowhere' }
  if (incident.channel === null) {
    await failOnce(context, id, 'No channel for this alert', 'set slack.channel (VIGIL_SLACK_CHANNEL), or a route that fits its labels')
    return { how: 'nowhere' }
  }
  try {
    const channel = await resolveChannel(clients, incident.channel)
    if (channel !== incident.channel)
      await context.db.updateTable('incident').set({ channel }).where('id', '=', id).where('channel', '=', incident.channel).execute()
    return null
  } catch (error) {
    if (error instanceof TransientError) return { how: 'later', afterMs: error.afterMs ?? 5000 }
    if (!(error instanceof InputError)) throw error
    await failOnce(context, id, `Channel ${incident.channel}`, error.message)
    return { how: 'nowhere' }
  }
}

/** The entry that says why nothing can be shown, once: the incident is in the API all the same. */
const failOnce = async (context: Context, incident: string, what: string, reason: string): Promise<void> => {
  const known = await context.db
    .selectFrom('timeline')
    .select('data')
    .where('incident_id', '=', incident)
    .where('type', '=', 'failed')
    .execute()
  if (known.some(({ data }) => (data as { what?: unknown }).what === what)) return
  context.log.error({ incident, what }, reason)
  await recordNow(context, incident, [{ type: 'failed', what, reason }])
}

const postCard = async (context: Context, slack: Slack, view: ThreadView): Promise<Anchored> => {
  const { incident } = view
  const { anchorCard } = draw(view)
  const [message] = await withOriginals(context, { clients: slack.clients, incident }, anchorCard === undefined ? [] : [anchorCard])
  if (message === undefined) return { how: 'nowhere' }
  const row = await context.db.selectFrom('message').selectAll().where('key', '=', keyOf(incident.id, 'card')).executeTakeFirst()
  const standing = await stand(context, slack, { message, row, incident })
  if (standing.how === 'later') return row?.ts == null ? standing : carry(context, slack, view, { ts: row.ts, channel: row.channel })
  if (standing.how === 'stands') return carry(context, slack, view, standing)
  await unreachable(context, slack, { incident, channel: message.channel, reason: standing.reason })
  return { how: 'nowhere' }
}

/** The card carries the thread, unless the alert's own post came in the meantime: then it wins, and the card becomes a link to it. */
const carry = async (
  context: Context,
  slack: Slack,
  { incident, timeline }: ThreadView,
  card: { ts: string; channel: string },
): Promise<Anchored> => {
  await context.db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('incident')
      .set({ thread_ts: card.ts, channel: card.channel, anchor: 'own' } satisfies Partial<Incident>)
      .where('id', '=', incident.id)
      .where('thread_ts', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) await record(context, trx, incident.id, { entries: [{ type: 'anchored', ...card, anchor: 'own' }] })
  })
  // The catch-up message named this incident before it had a thread to link to.
  if (stateOf(timeline).caughtUp !== null) await context.queue.sendNow('catch_up', { channel: card.channel })
  const view = await loadView(context, slack, incident.id)
  return view === undefined ? { how: 'nowhere' } : { how: 'ready', view }
}
