import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db } from '../db/connection.ts'
import { incidentName } from '../incident/incident.ts'
import { catchUpMessage } from './blocks/catch-up.ts'
import { laterIfAway } from './call.ts'
import type { DesiredMessage, ThreadView } from './drawing.ts'
import { type Row, stand } from './stand.ts'
import { finished, keyOf } from './thread.ts'
import { stateOf } from './thread-state.ts'
import { unreachable } from './unreachable.ts'
import { linkHosts, type Slack } from './view.ts'

/** A first reply after that is no first reply any more. */
const LATE_MS = 10 * 60_000
/** So many that wait are one message instead, when they wait for longer than a burst takes to post. */
const MANY = 10
const WAITING_MS = 60_000

/**
 * Whether this incident belongs into a catch-up message first: nothing of it was told, and either it is old, or many others wait in
 * its channel as well. With Slack back after half an hour nobody reads forty first replies.
 */
export const isLate = async (context: Context, view: ThreadView): Promise<boolean> => {
  const { incident, timeline, settings } = view
  if (incident.channel === null || incident.anchor === 'mention' || settings.mode === 'quiet') return false
  if (stateOf(timeline).caughtUp !== null) return false
  const first = await context.db.selectFrom('message').select('ts').where('key', '=', keyOf(incident.id, 'first')).executeTakeFirst()
  if (first?.ts != null) return false
  const now = context.clock.now().getTime()
  if (now - incident.started_at.getTime() > LATE_MS) return true
  const { count, oldest } = await oldestUntold(context.db, incident.channel)
  return count > MANY && oldest !== null && now - oldest.getTime() > WAITING_MS
}

/** Incidents of a channel of which nothing was told: neither a first reply nor a catch-up message. */
const untold = (db: Db, channel: string) =>
  db
    .selectFrom('incident as i')
    .where('i.channel', '=', channel)
    .where((eb) => eb.or([eb('i.anchor', 'is', null), eb('i.anchor', '<>', 'mention')]))
    // What is a part of another is told there.
    .where('i.merged_into', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('message as m').select('m.key').whereRef('m.key', '=', sql`i.id || ':first'`).where('m.ts', 'is not', null))),
    )
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('timeline as t').select('t.id').whereRef('t.incident_id', '=', 'i.id').where('t.type', '=', 'caught_up'))),
    )

const oldestUntold = async (db: Db, channel: string): Promise<{ count: number; oldest: Date | null }> => {
  const row = await untold(db, channel)
    .select((eb) => [eb.fn.countAll<number>().as('count'), eb.fn.min('i.started_at').as('oldest')])
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), oldest: row.oldest }
}

/**
 * The body of the job `catch_up`: one message in the channel for all that came while nobody could be told. What is over is only named
 * there; what still fires gets its thread afterwards, and its link here.
 */
export const catchUp = async (context: Context, slack: Slack, channel: string): Promise<void> => {
  const wait = await told(context, slack, channel).catch(laterIfAway)
  if (wait !== null) await context.queue.sendNow('catch_up', { channel }, { afterSeconds: Math.max(0.1, wait / 1000) })
}

const told = async (context: Context, slack: Slack, channel: string): Promise<number | null> =>
  (await tell(context, slack, channel)) ?? link(context, slack, channel)

const tell = async (context: Context, slack: Slack, channel: string): Promise<number | null> => {
  const missed = await untold(context.db, channel).selectAll('i').orderBy('i.started_at').orderBy('i.id').execute()
  const [oldest] = missed
  if (oldest === undefined) return null
  const now = context.clock.now()
  // By the oldest: a crash between posting and marking finds the same message again.
  const key = `catch_up:${channel}:${oldest.id}`
  const row = await rowOf(context.db, key)
  const message = drawn(context, slack, { key, channel, to: row?.at ?? now, missed })
  const standing = await stand(context, slack, { message, row, incident: null })
  switch (standing.how) {
    case 'later':
      return standing.afterMs
    case 'refused':
      for (const incident of missed) await unreachable(context, slack, { incident, channel, reason: standing.reason })
      return null
    case 'stands':
      await mark(context, missed, { channel, ts: standing.ts })
      return null
  }
}

/** Those still firing are drawn next; the first tries to reply to the others are over and done with. */
const mark = (context: Context, missed: readonly Missed[], at: { channel: string; ts: string }): Promise<void> =>
  context.db.transaction().execute(async (trx) => {
    const entry = JSON.stringify({ type: 'caught_up', ...at })
    await trx
      .insertInto('timeline')
      .values(missed.map(({ id }) => ({ incident_id: id, type: 'caught_up', data: entry })))
      .execute()
    const over = missed.filter((one) => one.status === 'resolved').map(({ id }) => id)
    if (over.length > 0)
      await trx
        .updateTable('message')
        .set({ state: 'failed', error: 'told in a catch-up message' })
        .where('incident_id', 'in', over)
        .where('ts', 'is', null)
        .execute()
    await context.queue.send(
      trx,
      'deliver',
      missed.map(({ id }) => ({ incident: id })),
    )
  })

/** The newest catch-up message of the channel, drawn again with the threads that there are by now. */
const link = async (context: Context, slack: Slack, channel: string): Promise<number | null> => {
  const row = await context.db
    .selectFrom('message')
    .selectAll()
    .where('key', 'like', `catch\\_up:${channel}:%`)
    .where('ts', 'is not', null)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return null
  const missed = await context.db
    .selectFrom('incident as i')
    .innerJoin('timeline as t', 't.incident_id', 'i.id')
    .where('t.type', '=', 'caught_up')
    .where(sql<boolean>`t.data ->> 'ts' = ${row.ts} and t.data ->> 'channel' = ${channel}`)
    .selectAll('i')
    .select('t.at as told_at')
    .orderBy('i.started_at')
    .orderBy('i.id')
    .execute()
  if (missed.length === 0) return null
  // As it was when it was told: what ended since is told in its own thread.
  const then = missed.map((one) => ({ ...one, status: one.resolved_at !== null && one.resolved_at <= one.told_at ? 'resolved' : 'open' }))
  const message = drawn(context, slack, { key: row.key, channel, to: row.at, missed: then })
  const standing = await stand(context, slack, { message, row, incident: null })
  return standing.how === 'later' ? standing.afterMs : null
}

type Missed = Awaited<ReturnType<typeof missedShape>>[number]
const missedShape = (db: Db) => untold(db, '').selectAll('i').execute()

type Told = { readonly key: string; readonly channel: string; readonly to: Date; readonly missed: readonly Listed[] }
type Listed = Omit<Missed, 'status'> & { readonly status: string }

const drawn = ({ config }: Context, { identity }: Slack, { key, channel, to, missed }: Told): DesiredMessage => {
  const from = missed.reduce((first, one) => (one.started_at < first ? one.started_at : first), to)
  const list = missed.map((one) => ({
    name: incidentName(one),
    title: one.subject === null || one.title.includes(one.subject) ? one.title : `${one.subject}: ${one.title}`,
    startedAt: one.started_at,
    over: one.status === 'resolved',
    thread: one.channel === null || one.thread_ts === null ? null : { channel: one.channel, ts: one.thread_ts },
  }))
  return finished({
    key,
    channel,
    threadTs: null,
    final: true,
    ...catchUpMessage({ from, to, missed: list, hosts: linkHosts(config), workspace: identity.url }),
  })
}

const rowOf = (db: Db, key: string): Promise<Row | undefined> =>
  db.selectFrom('message').selectAll().where('key', '=', key).executeTakeFirst()
