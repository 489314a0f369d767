import { join } from 'node:path'
import type { Db } from '../../src/db/connection.ts'
import { page } from '../../src/demo/slack/page/page.ts'
import { keepEvidence } from '../../src/incident/evidence.ts'
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
  { name, size, incident = {}, title, alerts, told, isShadow = false }: Story,
): Promise<void> => {
  const trial = {
    alert_channels: [{ channel: '#alerts', bots: [], mode: 'shadow' as const, shared: false, reveal: false }],
    shadow_channel: '#vigil-trial',
  }
  const channels = [{ name: 'alerts' }, { name: 'general' }, { name: 'vigil-trial' }]
  const made = await openStory(undefined, { page, ...(isShadow ? { slack: trial, channels } : {}) })
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
        .values({ incident_id: id, type: entry.type, data: JSON.stringify(entry), at: new Date(now - ago * 1000) })
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
    const user = workspace.state.user('ana')?.id ?? ''
    await browser.picture(`${workspace.url}/c/${isShadow ? 'vigil-trial' : `alerts/t/${ts}`}?as=${user}`, join(folder, `${name}.png`), size)
  } finally {
    await made.close()
  }
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
