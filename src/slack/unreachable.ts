import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { InputError } from '../errors.ts'
import { record } from '../incident/timeline.ts'
import { resolveChannel } from './channels.ts'
import type { Slack } from './view.ts'

/** What is wrong with the channel itself, and how a person mends it; other refusals are about the token or the message. */
const MENDS: Readonly<Record<string, string>> = {
  not_in_channel: 'in Slack, in that channel: /invite @vigil',
  channel_not_found: 'check the id in the configuration; into a private channel Vigil must be invited: /invite @vigil',
  is_archived: 'name another channel in slack.channel or in the routes',
  restricted_action: 'its settings allow only some to post',
  restricted_action_thread_only_channel: 'its settings allow only replies',
  restricted_action_read_only_channel: 'its settings allow only some to post',
}

type Refused = { readonly incident: Incident; readonly channel: string; readonly reason: string }

/**
 * Slack will not take messages there: says so once in the timeline, with the mend, and moves the thread to the routed channel if
 * that is another one. What came before is drawn again there, so nothing is lost.
 */
export const unreachable = async (context: Context, slack: Slack, { incident, channel, reason }: Refused): Promise<void> => {
  const mend = MENDS[reason]
  const other = mend === undefined ? null : await otherChannel(context, slack, channel)
  const what = `Posting to channel ${channel}`
  context.log.error({ incident: incident.id, channel, reason }, 'Slack refused a message')
  await context.db.transaction().execute(async (trx) => {
    const known = await trx
      .selectFrom('timeline')
      .select('data')
      .where('incident_id', '=', incident.id)
      .where('type', '=', 'failed')
      .execute()
    if (other !== null) {
      const { numUpdatedRows } = await trx
        .updateTable('incident')
        .set({ channel: other, thread_ts: null, anchor: null, reaction: null })
        .where('id', '=', incident.id)
        .where('channel', '=', channel)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows > 0n) await trx.deleteFrom('message').where('incident_id', '=', incident.id).where('ts', 'is', null).execute()
    }
    if (known.some(({ data }) => (data as { what?: unknown }).what === what)) return
    await record(context, trx, incident.id, {
      entries: [{ type: 'failed', what, reason: mend === undefined ? `Slack refused it (${reason})` : `${reason}; ${mend}` }],
    })
  })
}

const otherChannel = async ({ config }: Context, { clients }: Slack, channel: string): Promise<string | null> => {
  if (config.slack.channel === undefined) return null
  try {
    const routed = await resolveChannel(clients, config.slack.channel)
    return routed === channel ? null : routed
  } catch (error) {
    if (error instanceof InputError) return null
    throw error
  }
}

/** The thread's parent is gone, so Slack put the reply on the top level: from now on that one carries the thread. Null: nothing to wait for. */
export const moved = async (context: Context, incident: Incident, stands: { ts: string; channel: string }): Promise<null> => {
  const { ts, channel } = stands
  await context.db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('incident')
      .set({ thread_ts: ts, anchor: 'own', reaction: null })
      .where('id', '=', incident.id)
      .where('thread_ts', '=', incident.thread_ts)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows > 0n) await record(context, trx, incident.id, { entries: [{ type: 'anchored', channel, ts, anchor: 'own' }] })
  })
  return null
}
