import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sql } from 'kysely'
import type { Context } from '../../src/context.ts'
import { PermanentError } from '../../src/errors.ts'
import { keepEvidence } from '../../src/incident/evidence.ts'
import { takeOver } from '../../src/incident/incident.ts'
import { latest, record, recordNow, type TimelineEntry, timelineOf } from '../../src/incident/timeline.ts'
import type { Cited } from '../../src/investigation/evidence.ts'
import { testContext } from '../context.ts'

let context: Context
let end: () => Promise<void>
before(async () => {
  const made = await testContext()
  context = made.context
  end = made.close
})
after(() => end())

let made = 0
const incident = async (): Promise<string> => {
  const id = `i${++made}`
  await context.db.insertInto('incident').values({ id, title: 't', severity: 's', cluster: 'default', alertname: 'A' }).execute()
  return id
}
const owned = (user: string): TimelineEntry => ({ type: 'owned', user })
const jobsFor = async (id: string): Promise<number> => {
  const { rows } = await sql<{
    n: number
  }>`select count(*)::int as n from pgboss.job where name = 'deliver' and singleton_key = ${id}`.execute(context.db)
  return rows[0]?.n ?? 0
}

test('what is recorded is read back whole and in order, and is sent for delivery once', async () => {
  const id = await incident()
  await recordNow(context, id, [owned('U1'), { type: 'failed', what: 'x', reason: 'say "é" \n <!channel>' }])
  await recordNow(context, id, [owned('U2')])
  const timeline = await timelineOf(context.db, id)
  assert.deepEqual(
    timeline.map(({ id: _, at: __, ...entry }) => entry),
    [owned('U1'), { type: 'failed', what: 'x', reason: 'say "é" \n <!channel>' }, owned('U2')],
  )
  assert.ok(timeline.every((entry, i) => i === 0 || entry.id > (timeline[i - 1]?.id ?? 0)))
  assert.equal(latest(timeline, 'owned')?.user, 'U2')
  assert.equal(latest(timeline, 'resolved'), undefined)
  assert.equal(await jobsFor(id), 1)
})

test('what PostgreSQL cannot hold becomes the replacement character, so that nothing else of an entry is lost', async () => {
  const id = await incident()
  await recordNow(context, id, [{ type: 'failed', what: 'nul \u0000', reason: 'half \ud83d of it' }])
  const [entry] = await timelineOf(context.db, id)
  assert.deepEqual(entry?.type === 'failed' && [entry.what, entry.reason], ['nul \ufffd', 'half \ufffd of it'])
})

test('a transaction that is rolled back leaves neither entry nor job', async () => {
  const id = await incident()
  await assert.rejects(
    context.db.transaction().execute(async (trx) => {
      await record(context, trx, id, { entries: [owned('U1')] })
      throw new Error('no')
    }),
  )
  assert.deepEqual(await timelineOf(context.db, id), [])
  assert.equal(await jobsFor(id), 0)
})

test('nothing recorded is nothing sent', async () => {
  const id = await incident()
  await recordNow(context, id, [])
  assert.equal(await jobsFor(id), 0)
})

test('who was overtaken writes nothing, and takes with it all that its transaction had written', async () => {
  const id = await incident()
  const first = await takeOver(context.db, id)
  await takeOver(context.db, id)
  await assert.rejects(
    context.db.transaction().execute(async (trx) => {
      await trx.updateTable('incident').set({ owner: 'U9' }).where('id', '=', id).execute()
      await record(context, trx, id, { entries: [owned('U1')], epoch: first?.epoch ?? -1 })
    }),
    (error: unknown) => error instanceof PermanentError && /taken over/.test(error.message),
  )
  const row = await context.db.selectFrom('incident').select('owner').where('id', '=', id).executeTakeFirstOrThrow()
  assert.equal(row.owner, null)
  assert.deepEqual(await timelineOf(context.db, id), [])
  await assert.rejects(
    context.db.transaction().execute((trx) => record(context, trx, 'nobody', { entries: [owned('U1')], epoch: 1 })),
    /gone/,
  )
})

test('one of many writers with the epoch loses to a take-over that comes first, none writes half', async () => {
  const id = await incident()
  const epoch = (await takeOver(context.db, id))?.epoch ?? -1
  const writes = Array.from({ length: 6 }, (_, i) =>
    context.db
      .transaction()
      .execute((trx) => record(context, trx, id, { entries: [owned(`U${i}`), owned(`V${i}`)], epoch }))
      .then(
        () => true,
        () => false,
      ),
  )
  const [results] = await Promise.all([Promise.all(writes), takeOver(context.db, id)])
  assert.equal((await timelineOf(context.db, id)).length, results.filter(Boolean).length * 2)
})

const answer = (text: string): Cited => ({
  source: 'loki',
  query: text,
  range: null,
  output: { kind: 'text', text },
  shown: text,
  complete: true,
})

test('evidence is numbered without gaps or doubles by many writers at once', async () => {
  const id = await incident()
  const given = await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      context.db.transaction().execute((trx) => keepEvidence(trx, id, [answer(`a${i}`), answer(`b${i}`)])),
    ),
  )
  assert.deepEqual(
    given.flat().sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    Array.from({ length: 16 }, (_, i) => `E${i + 1}`),
  )
  assert.deepEqual(await context.db.transaction().execute((trx) => keepEvidence(trx, id, [])), [])
})
