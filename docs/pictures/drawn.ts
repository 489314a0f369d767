import { join } from 'node:path'
import type { Db } from '../../src/db/connection.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import { page } from '../../src/demo/slack/page/page.ts'
import { keepEvidence } from '../../src/incident/evidence.ts'
import { latest, timelineOf } from '../../src/incident/timeline.ts'
import { deniedTold } from '../../src/slack/decision-words.ts'
import type { Door } from '../../src/slack/door.ts'
import { tell } from '../../src/slack/press.ts'
import { openStory } from '../../test/slack/story.ts'
import type { Browser } from './browser.ts'
import type { Story } from './stories/parts.ts'

/** Draws each story into a workspace of its own and takes its picture. */
export const drawStories = async (browser: Browser, folder: string, stories: readonly Story[]): Promise<void> => {
  for (const story of stories) await drawStory(browser, folder, story)
}

const drawStory = async (
  browser: Browser,
  folder: string,
  { name, size, incident = {}, title, alerts, told, isShadow = false, pressedBy }: Story,
): Promise<void> => {
  const trial = {
    alert_channels: [{ channel: '#alerts', bots: [], mode: 'shadow' as const, shared: false, reveal: false }],
    shadow_channel: '#vigil-trial',
  }
  const channels = [{ name: 'alerts' }, { name: 'general' }, { name: 'vigil-trial' }]
  const usergroups = [{ handle: 'payments-oncall', users: pressedBy === undefined ? ['ana', 'tom'] : ['ana'] }]
  const made = await openStory(undefined, { page, usergroups, ...(isShadow ? { slack: trial, channels } : {}) })
  const { context, workspace } = made
  try {
    const ts = await made.posted(title)
    const now = Date.now()
    const id = await made.incident({ thread_ts: ts, ...incident })
    if (alerts !== undefined) await addAlerts(context.db, id, alerts)
    const clock = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString().slice(11, 16)
    for (const [ago, entry] of told(clock))
      await context.db
        .insertInto('timeline')
        .values({ incident_id: id, type: entry.type, data: named(workspace, JSON.stringify(entry)), at: new Date(now - ago * 1000) })
        .execute()
    const answer = {
      source: 'prometheus',
      query: 'up',
      range: null,
      output: { kind: 'text', text: '1' },
      shown: '1',
      complete: true,
    } as const
    await context.db.transaction().execute((trx) => keepEvidence(trx, id, [answer]))
    for (let round = 0; round < 4; round++) {
      // Slack's pace is not what is shown.
      await context.db.deleteFrom('slack_rate').execute()
      await made.deliver(id)
    }
    if (pressedBy !== undefined)
      await refuse(made, { id, user: workspace.state.user(pressedBy)?.id ?? '', channel: made.alerts, threadTs: ts })
    const user = workspace.state.user(pressedBy ?? 'ana')?.id ?? ''
    await browser.picture(`${workspace.url}/c/${isShadow ? 'vigil-trial' : `alerts/t/${ts}`}?as=${user}`, join(folder, `${name}.png`), size)
  } finally {
    await made.close()
  }
}

/** Stories are told of these names; a workspace gives ids of its own. */
const named = ({ state }: Made['workspace'], told: string): string =>
  told
    .replaceAll('S0PAY', [...state.usergroups.keys()][0] ?? '')
    .replaceAll('U0ANA', state.user('ana')?.id ?? '')
    .replaceAll('U0TOM', state.user('tom')?.id ?? '')

type Made = Awaited<ReturnType<typeof openStory>>

/** What somebody who may not approve is told. */
const refuse = async (
  { context, slack }: Made,
  { id, ...press }: { id: string; user: string; channel: string; threadTs: string },
): Promise<void> => {
  const proposed = latest(await timelineOf(context.db, id), 'action_proposed')
  if (proposed === undefined) throw new Error('the story has no card')
  const door: Door = { context, clients: slack.clients, identity: slack.identity, receive: async () => ({ accepted: [], skipped: [] }) }
  const { offer, digest } = proposed
  const { kind, entry, cluster } = offer
  const row = { id: offer.action, incident_id: id, number: 1, kind, entry, cluster, target: 'x', digest, expires_at: proposed.expires }
  await context.db
    .insertInto('action')
    .values({ ...row, offer: JSON.stringify(offer) })
    .execute()
  const action: StoredAction = await context.db.selectFrom('action').selectAll().executeTakeFirstOrThrow()
  await tell(door, press, await deniedTold(door, { denial: 'not_an_approver', action }, { wanted: 'approved', user: press.user }))
}

/** As many as the story wants, beside the one that there is. */
const addAlerts = async (db: Db, id: string, { count, teams }: NonNullable<Story['alerts']>): Promise<void> => {
  const {
    id: _,
    fingerprint: __,
    ...first
  } = await db.selectFrom('alert').selectAll().where('incident_id', '=', id).executeTakeFirstOrThrow()
  const rows = Array.from({ length: count - 1 }, (_each, i) => ({
    ...first,
    id: `${id}-${i}`,
    fingerprint: `f${i}`,
    labels: JSON.stringify({ ...first.labels, team: teams[i % teams.length] }),
    annotations: JSON.stringify(first.annotations),
  }))
  await db.insertInto('alert').values(rows).execute()
}
