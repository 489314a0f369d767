import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/connection.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { firstBroken } from '../../src/remediation/audit.ts'
import { approve } from '../../src/remediation/decide.ts'
import { sign } from '../../src/remediation/runners/signature.ts'
import { startLedger } from '../remediation/ledger.ts'
import { presser, pressOf, ROLLBACK, type Stage, stage } from '../remediation/stage.ts'
import { until } from '../until.ts'
import { type VigilProcess, vigilProcess } from './process.ts'

/** Only a server can be looked into while the process runs. */
const server = process.env['VIGIL_TEST_SERVER']
const skip = server === undefined ? 'needs a PostgreSQL server' : false

type Wanted = Parameters<typeof stage>[1] & { readonly wish?: Parameters<Stage['propose']>[number] }

/** A card about checkout, and what real processes need to carry it out. */
const scene = async (t: TestContext, { wish = ROLLBACK, env = {}, ...more }: Wanted = {}) => {
  const set = await stage(t, more)
  const { context, cluster, prometheus } = set
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(context.db)
  const url = (server ?? '').replace(/\/postgres$/, `/${rows[0]?.name}`)
  const place = mkdtempSync(join(tmpdir(), 'vigil-remediation-'))
  const file = join(place, 'vigil.yaml')
  const { actions, kubernetes, remediation } = context.config
  writeFileSync(file, JSON.stringify({ actions, kubernetes: { endpoint: cluster.url, runner: kubernetes.runner }, remediation }))
  // The deed mends it.
  const beat = setInterval(() => {
    Object.assign(prometheus.state, { value: cluster.ledger.length > 0 ? 0.002 : 0.12, newest: new Date() })
  }, 50)
  t.after(() => {
    clearInterval(beat)
    rmSync(place, { recursive: true, force: true })
  })
  const vigil = async (): Promise<VigilProcess> => {
    const started = await vigilProcess(
      { VIGIL_CONFIG: file, VIGIL_PROMETHEUS_ENDPOINT: prometheus.url, ...env },
      { env: { VIGIL_DATABASE_URL: url }, remove: async () => undefined },
    )
    t.after(started.close)
    return started
  }
  const [card] = await set.propose(wish)
  assert.ok(card)
  return { ...set, card, vigil, url }
}

/** Lets the commit of the nth change of an action take long enough to be killed in. */
const stopAt = async (db: Parameters<typeof firstBroken>[0], nth: number): Promise<void> => {
  for (const statement of [
    'create sequence commit_of_action',
    `create function slow_commit() returns trigger language plpgsql as $$ begin
      if nextval('commit_of_action') = ${nth} then perform pg_sleep(6); end if; return null; end $$`,
    `create constraint trigger slow_commit after update on action deferrable initially deferred for each row execute function slow_commit()`,
  ])
    await sql.raw(statement).execute(db)
}

/** The session that is in the middle of its commit. */
const committing = async (db: Parameters<typeof firstBroken>[0]): Promise<number | undefined> => {
  const { rows } = await sql<{ pid: number }>`
    select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`.execute(db)
  return rows[0]?.pid
}

const COMMITS = ['that it began', 'what it is about to send', 'that it was done', 'the end', 'whether it helped']

describe('kill -9 at every commit of a remediation', { concurrency: 2, skip }, () => {
  for (const [i, what] of COMMITS.entries())
    for (const took of [true, false])
      test(`while it writes ${what}, and the commit ${took ? 'takes effect' : 'does not'}`, async (t) => {
        const { context, card, cluster, vigil, action, entries, status } = await scene(t)
        await stopAt(context.db, i + 1)
        await approve({ ...context, config: context.config }, pressOf(card), presser())
        await sql`select setval('commit_of_action', 1, false)`.execute(context.db)
        const first = await vigil()
        await first.start()
        const pid = await until('it is in the middle of the commit', () => committing(context.db), { seconds: 40, seen: first.words })
        first.kill('SIGKILL')
        await first.exited()
        if (!took) await sql`select pg_terminate_backend(${pid})`.execute(context.db)

        const second = await vigil()
        await second.start()
        await until('it has ended', async () => !['approved', 'executing'].includes((await action(card.id)).status), {
          seconds: 60,
          seen: async () => ({ action: await action(card.id), words: second.words() }),
        })
        const ended = await action(card.id)
        if (cluster.ledger.length === 0) {
          // Its intent was written and nothing sent: a look shows it, and it is for a person to offer it anew.
          assert.deepEqual([i, took], [1, true])
          assert.equal(ended.status, 'failed')
          assert.match(ended.result ?? '', /Vigil was stopped while it was on its way; a look shows that nothing was done/)
          assert.equal(await status(), 'escalated')
        } else {
          assert.equal(cluster.ledger.length, 1)
          assert.equal(ended.status, 'succeeded')
          await until('it is verified', async () => (await action(card.id)).verification === 'verified', {
            seconds: 60,
            seen: async () => ({ action: await action(card.id), words: second.words() }),
          })
          assert.equal(await status(), 'resolved')
          assert.equal((await entries()).filter((type) => type === 'action_verified').length, 1)
        }
        assert.equal(cluster.ledger.length, ended.status === 'succeeded' ? 1 : 0)
        for (const type of ['action_started', 'action_done'])
          assert.equal((await entries()).filter((one) => one === type).length, 1, `${type}: ${await entries()}`)
        assert.equal(await firstBroken(context.db), null)
      })
})

test('fifty presses at once over two replicas: one decides, one of them carries it out, once', { skip }, async (t) => {
  const { context, card, cluster, vigil, action, url, entries } = await scene(t)
  const replicas = await Promise.all([vigil(), vigil()])
  await Promise.all(replicas.map((one) => one.start()))
  const database = await openDatabase({ url, dataDir: '' })
  const queue = await openQueue({ database, url, log: context.log, clock: context.clock })
  t.after(async () => {
    await queue.stop(1000)
    await database.close()
  })
  const doors = [context, { ...context, db: database.db, queue }]
  const decisions = await Promise.all(
    Array.from({ length: 50 }, (_, i) => approve(doors[i % 2] ?? context, pressOf(card), presser(i % 4 < 2 ? 'U0ANA' : 'U0TOM'))),
  )
  assert.equal(decisions.filter(({ done }) => done).length, 1)
  const others = new Set(decisions.flatMap((one) => (one.done ? [] : [one.why])))
  assert.deepEqual(others, new Set(['decided']))
  await until('it is verified', async () => (await action(card.id)).verification === 'verified', {
    seconds: 60,
    seen: async () => ({ action: await action(card.id), words: replicas.map((one) => one.words()) }),
  })
  assert.equal(cluster.ledger.length, 1)
  assert.equal((await entries()).filter((type) => type === 'action_started').length, 1)
  assert.equal((await entries()).filter((type) => type === 'action_approved').length, 1)
  assert.equal(await firstBroken(context.db), null)
})

test('killed while a remediator works on what it accepted: the next process hears its report, and the call was made once', {
  skip,
}, async (t) => {
  const ledger = await startLedger()
  t.after(() => ledger.close())
  ledger.behave('accepts')
  const params = { name: { type: 'string', pattern: '[a-z]{1,20}' } }
  const entry = {
    kind: 'flush_cache',
    runner: 'http',
    url: ledger.url,
    secret: 'SHOP_SECRET',
    callback: true,
    target: 'shop/{name}',
    params,
  }
  const { context, card, vigil, action } = await scene(t, {
    actions: [entry],
    wish: { ...ROLLBACK, action: 'flush_cache', params: { name: 'checkout' } },
    env: { SHOP_SECRET: ledger.secret, VIGIL_HTTP_PUBLIC_URL: 'http://vigil.example' },
  })
  await approve(context, pressOf(card), presser())
  const first = await vigil()
  await first.start()
  await until('it is accepted', async () => (await action(card.id)).callback?.state === 'awaited', { seconds: 40, seen: first.words })
  first.kill('SIGKILL')
  await first.exited()

  const second = await vigil()
  await second.start()
  const [call] = ledger.calls()
  const told = JSON.stringify({ id: card.id, digest: call?.body['digest'], status: 'succeeded' })
  const { pathname } = new URL(String(call?.body['callback']))
  const headers = { 'x-vigil-signature': sign(told, ledger.secret, new Date()) }
  assert.equal((await fetch(`${second.url}${pathname}`, { method: 'POST', headers, body: told })).status, 200)
  await until('it has ended', async () => (await action(card.id)).status === 'succeeded', {
    seconds: 20,
    seen: async () => ({ action: await action(card.id), words: second.words() }),
  })
  assert.equal(ledger.calls().length, 1)
  assert.equal(await firstBroken(context.db), null)
})
