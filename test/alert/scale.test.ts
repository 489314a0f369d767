import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LogEvent, sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { readState } from '../../src/alert/store.ts'
import { loadConfig } from '../../src/config.ts'
import { type Context, systemClock, systemRandom } from '../../src/context.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { createTelemetry } from '../../src/telemetry/telemetry.ts'
import { testContext } from '../context.ts'
import { freshDatabase } from '../template.ts'
import { hook, one, posted, stored } from './intakes.ts'

/** 20,000 incidents with an alert each: one in twenty is open, and one name has a long history. */
const fill = async ({ db }: Context): Promise<void> => {
  await sql`insert into incident (id, status, title, severity, cluster, alertname, subject, group_key, receiver, group_subject, started_at, resolved_at, join_key)
    select 'i' || n, case when n % 20 = 0 then 'open' else 'resolved' end, 't', 'warning', 'default', name, 'svc', key, 'both', name || ' svc (x)',
      now() - n * interval '40 minutes', case when n % 20 <> 0 then now() - n * interval '40 minutes' + interval '5 minutes' end, 'default|svc|' || name
    from generate_series(1, 20000) n, lateral (select case when n % 20 = 1 then 'Flapping' else 'N' || n end as name) a, lateral (select 'key ' || name as key) b`.execute(
    db,
  )
  await sql`insert into alert (id, incident_id, fingerprint, cluster, source, status, labels, annotations, starts_at, confirmed, open, last_seen)
    select 'a' || n, 'i' || n, case when n % 20 = 1 then 'flapping' else 'f' || n end, 'default', 'alertmanager', 'firing', '{}', '{}', now(), true, n % 20 = 0,
      now() - n * interval '40 minutes' from generate_series(1, 20000) n`.execute(db)
  await sql`insert into post (channel, ts, incident_id, bot, subject, fingerprints, status, at)
    select 'C1', n::text, 'i' || n, 'B', case when n % 20 = 1 then 'Flapping svc (x)' else 'N' || n || ' svc (x)' end, '[]', 'firing', now() - n * interval '40 minutes'
    from generate_series(1, 20000) n`.execute(db)
  await sql`analyze`.execute(db)
}

/** The context with a database that tells of each statement. */
const watched = async () => {
  const made = await freshDatabase()
  const queries: { sql: string; parameters: readonly unknown[] }[] = []
  const onQuery = ({ query }: LogEvent) => void queries.push(query)
  const database = await openDatabase({
    url: made.url,
    dataDir: made.dataDir,
    onQuery,
    ...(made.embedded ? { embedded: made.embedded } : {}),
  })
  const log = createLog({ log_level: 'silent' })
  const queue = await openQueue({ database, url: made.url, log, clock: systemClock })
  const config = loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} })
  const random = systemRandom(systemClock)
  const found: Partial<Context> = {
    config,
    clock: systemClock,
    random,
    log,
    telemetry: createTelemetry('test'),
    db: database.db,
    queue,
    sources: () => ({}),
  }
  const close = async () => {
    await queue.stop(1000)
    await database.close()
    await made.remove()
  }
  return { context: found as Context, database, queries, close }
}

test('the read of an intake uses an index for each way to an incident, also with 20,000 of them', async () => {
  const { context, database, queries, close } = await watched()
  await fill(context)
  const intakes = [
    hook([one({ alertname: 'Flapping', service: 'svc' }, { fingerprint: 'f' })]),
    await posted('[FIRING:1] Flapping svc (x)', '1.1'),
    await posted('[FIRING:1] Flapping svc (other)', '1.2'),
  ]
  queries.length = 0
  await readState(context, intakes)
  const [query] = queries
  const { rows } = await database.pool.query(`explain (analyze, buffers) ${query?.sql}`, [...(query?.parameters ?? [])])
  const text = rows.map((row) => row['QUERY PLAN']).join('\n')
  await close()
  // An empty table is read whole; of those with 20,000 rows none may be.
  assert.ok(!/Seq Scan on (incident|alert|post)\b/.test(text), text)
  assert.equal(queries.length, 1)
})

test('an intake costs the same number of round trips for one alert and for 2,000', async () => {
  const { context, queries, close } = await watched()
  const receive = createReceive(context)
  const costOf = async (count: number): Promise<number> => {
    const alerts = Array.from({ length: count }, (_, i) => one({ alertname: `Name${count}`, service: `svc-${i}` }))
    await receive(hook(alerts, { by: ['alertname'] }))
    queries.length = 0
    await receive(hook(alerts, { by: ['alertname'] }))
    return queries.length
  }
  const [few, many] = [await costOf(1), await costOf(2000)]
  await close()
  assert.equal(many, few)
})

test('10,000 alerts in one webhook, and as many without a group, are stored in seconds and leave the process able to answer', async () => {
  const { context, close } = await testContext()
  const receive = createReceive(context)
  const alerts = Array.from({ length: 10_000 }, (_, i) =>
    one({ alertname: 'Down', service: `svc-${i}`, pod: `pod-${i}`, severity: 'warning' }, { annotations: { summary: 'a'.repeat(100) } }),
  )
  let blocked = 0
  let last = performance.now()
  const beat = setInterval(() => {
    blocked = Math.max(blocked, performance.now() - last)
    last = performance.now()
  }, 20)
  const began = performance.now()
  const grouped = await receive(hook(alerts, { by: ['alertname'] }))
  const loose = await receive({
    alerts: sources.alertmanager.parse({ alerts: alerts.map((each) => ({ ...each, labels: { ...each.labels, alertname: 'Loose' } })) }),
    post: null,
    asked: null,
  })
  const again = await receive(hook(alerts, { by: ['alertname'] }))
  clearInterval(beat)
  const seconds = (performance.now() - began) / 1000
  const { incidents, alerts: rows } = await stored(context)
  await close()
  assert.deepEqual([grouped.accepted.length, grouped.skipped.length], [1, 9999])
  assert.equal(loose.accepted.length, 10_000)
  assert.equal(again.skipped.filter((one) => one.reason === 'duplicate').length, 10_000)
  assert.equal(incidents.length, 10_001)
  assert.equal(rows.length, 20_000)
  assert.ok(seconds < 60, `${seconds} s`)
  assert.ok(blocked < 5000, `${blocked} ms`)
})
