import { confirm } from '../../src/alert/confirm.ts'
import type { Intake, Post } from '../../src/alert/intake.ts'
import { sources } from '../../src/alert/sources/index.ts'
import type { Context } from '../../src/context.ts'

/** What arrives, in the shapes in which it arrives; for the tests of this directory and of test/incident. */

export type Labels = Readonly<Record<string, string>>

const START = '2026-11-20T21:51:03.568Z'
const END = '2026-11-20T21:58:00.000Z'

export const one = (labels: Labels, more: object = {}) => ({
  status: 'firing',
  labels,
  annotations: {},
  startsAt: START,
  endsAt: '0001-01-01T00:00:00Z',
  ...more,
})

export const over = (labels: Labels, more: object = {}) => one(labels, { status: 'resolved', endsAt: END, ...more })

/** Alertmanager's webhook of one group, grouped by alertname and service unless `by` says otherwise. */
export const hook = (
  alerts: readonly ReturnType<typeof one>[],
  { by = ['alertname', 'service'], receiver = 'both' }: { by?: readonly string[]; receiver?: string } = {},
): Intake => {
  const first = alerts[0]?.labels ?? {}
  const groupLabels = Object.fromEntries(by.flatMap((name) => (first[name] === undefined ? [] : [[name, first[name]]])))
  const pairs = Object.entries(groupLabels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const body = { version: '4', receiver, groupKey: `{}/{}:{${pairs.sort().join(', ')}}`, groupLabels, alerts }
  return { alerts: sources.alertmanager.parse(body), post: null, asked: null }
}

/** A stock Slack message, as Alertmanager 0.25 posts it and Slack tells of it. */
export const stock = (title: string, { receiver = 'both', callback = '' }: { receiver?: string; callback?: string } = {}) => ({
  type: 'message',
  subtype: 'bot_message',
  bot_id: 'B0ALERT',
  attachments: [
    {
      title,
      title_link: `http://vm:19093/#/alerts?receiver=${receiver}`,
      text: '',
      fallback: `${title} | <http://vm:19093/#/alerts?receiver=${receiver}>`,
      callback_id: callback,
      footer: '',
      color: 'danger',
    },
  ],
})

/** The same with what the door makes of it; with a context its alerts are asked for at Alertmanager. */
export const posted = async (
  title: string,
  ts: string,
  more: { context?: Context; callback?: string; channel?: string } = {},
): Promise<Intake> => {
  const alerts = sources['slack-message'].parse(stock(title, more.callback === undefined ? {} : { callback: more.callback }))
  const notice = alerts[0]?.notice
  const post: Post = {
    channel: more.channel ?? 'C0ALERTS',
    ts,
    bot: 'B0ALERT',
    subject: notice?.subject ?? '',
    receiver: notice?.receiver ?? null,
  }
  return { alerts: more.context === undefined ? alerts : await confirm(more.context, alerts), post, asked: null }
}

/** Everything that an intake can have written, for a look at all of it at once. */
export const stored = async ({ db }: Context) => ({
  incidents: await db.selectFrom('incident').selectAll().orderBy('number').execute(),
  alerts: await db.selectFrom('alert').selectAll().orderBy('first_seen').orderBy('id').execute(),
  posts: await db.selectFrom('post').selectAll().orderBy('ts').execute(),
  timeline: (await db.selectFrom('timeline').selectAll().orderBy('id').execute()).map(({ incident_id, data }) => ({
    incident: incident_id,
    ...(data as Record<string, unknown> & { type: string }),
  })),
  investigations: await db.selectFrom('investigation').selectAll().orderBy('created_at').execute(),
})

/** Closes an incident as recovery does, so long ago. */
export const close = async ({ db }: Context, incident: string, minutesAgo: number): Promise<void> => {
  await db
    .updateTable('incident')
    .set({ status: 'resolved', resolved_at: new Date(Date.now() - minutesAgo * 60_000) })
    .where('id', '=', incident)
    .execute()
  await db.updateTable('alert').set({ open: false, status: 'resolved' }).where('incident_id', '=', incident).execute()
  await db.updateTable('investigation').set({ status: 'complete' }).where('incident_id', '=', incident).execute()
}
