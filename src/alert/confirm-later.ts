import type { Context } from '../context.ts'
import { alertmanagersOf, confirmedOf } from './confirm.ts'
import type { Intake } from './intake.ts'
import type { Receive } from './receive.ts'

type Where = { readonly channel: string; readonly ts: string }

const SOONEST_SECONDS = 5
/** By then a webhook has come, or somebody has looked. */
const LONGEST_SECONDS = 600
/** Nobody waits for it here. */
const PATIENCE_MS = 10_000

/** Has a message's labels asked for again where Alertmanager did not tell them before the first look: without them nothing is proposed. */
export const confirmSoon = async (context: Context, { channel, ts }: Where, { alerts }: Pick<Intake, 'alerts'>): Promise<void> => {
  const isUnread = alerts.some(({ notice, confirmed, status }) => notice !== null && !confirmed && status === 'firing')
  if (isUnread && alertmanagersOf(context).length > 0)
    await context.queue.sendNow('confirm', { channel, ts }, { afterSeconds: SOONEST_SECONDS })
}

/**
 * Asks Alertmanager once more for what a message speaks of, and takes it in as if it had come now: the incident of the message learns labels,
 * subject and expression, and is looked at again. Where nobody knows it yet, later: twice as long after the message each time.
 */
export const confirmLater = async (context: Context, receive: Receive, { channel, ts }: Where): Promise<void> => {
  const post = await context.db
    .selectFrom('post as p')
    .innerJoin('incident as i', 'i.id', 'p.incident_id')
    .select(['p.bot', 'p.subject', 'p.receiver', 'p.at'])
    .where('p.channel', '=', channel)
    .where('p.ts', '=', ts)
    .where('i.status', '!=', 'resolved')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('alert as a')
          .select('a.fingerprint')
          .whereRef('a.incident_id', '=', 'i.id')
          .where('a.open', '=', true)
          .where('a.source', '=', 'slack-message')
          .where('a.confirmed', '=', false),
      ),
    )
    .executeTakeFirst()
  if (post?.subject == null) return
  const { bot, subject, receiver, at } = post
  const alerts = await confirmedOf(context, { subject, receiver, fingerprints: [] }, PATIENCE_MS)
  if (alerts.length > 0) return void (await receive({ alerts, post: { channel, ts, bot, subject, receiver }, asked: null }))
  const seconds = Math.round((context.clock.now().getTime() - at.getTime()) / 1000)
  if (seconds < LONGEST_SECONDS)
    await context.queue.sendNow('confirm', { channel, ts }, { afterSeconds: Math.max(SOONEST_SECONDS, seconds) })
}
