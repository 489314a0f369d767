import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { type Db, openDatabase } from '../../src/db/connection.ts'
import { appendAudit, type Trail } from '../../src/remediation/audit.ts'
import { makeStore } from '../crash/process.ts'
import { command } from './process.ts'

/** A trail of four entries in a database of its own, which nothing else holds while the command runs. */
const trail = async (t: TestContext) => {
  const { env, remove } = await makeStore()
  t.after(remove)
  const open = async <T>(use: (db: Db) => Promise<T>): Promise<T> => {
    const database = await openDatabase({ url: env['VIGIL_DATABASE_URL'], dataDir: env['VIGIL_DATA_DIR'] ?? '' })
    try {
      return await use(database.db)
    } finally {
      await database.close()
    }
  }
  const write = (db: Db, what: string, at: string) =>
    db.transaction().execute(async (trx) => {
      await sql`select set_config('vigil.clock', ${at}, true)`.execute(trx)
      await appendAudit(trx, { incident: 'i1', action: 'a1', who: 'U0ANA', what, data: { reason: `"${what}"`, steps: [1, null] } })
    })
  await open(async (db) => {
    for (const [i, what] of ['proposed', 'approval_denied', 'action_approved', 'action_done'].entries())
      await write(db, what, `2026-11-2${i}T10:00:00Z`)
    await assert.rejects(sql`truncate audit`.execute(db), /the audit trail is append-only/)
  })
  const run = (...words: string[]) => command(['audit', ...words], env)
  /** What the database itself refuses: somebody with its password and time. */
  const tamper = (statement: string) =>
    open(async (db) => {
      await assert.rejects(sql.raw(statement).execute(db), /the audit trail is append-only/)
      await sql`alter table audit disable trigger audit_append_only`.execute(db)
      await sql.raw(statement).execute(db)
    })
  return { run, tamper }
}

test('an untouched trail holds, and is printed as JSON lines from any time on', async (t) => {
  const { run } = await trail(t)
  const verified = await run('verify')
  assert.deepEqual([verified.status, verified.err], [0, ''])
  const all = (await run('export')).out.split('\n').map((line): Trail => JSON.parse(line))
  assert.match(verified.out, new RegExp(`^The audit trail holds: 4 entries, the last has the hash ${all[3]?.hash}\\.$`))
  assert.deepEqual(
    all.map(({ who, what, at }) => [who, what, at]),
    [
      ['U0ANA', 'proposed', '2026-11-20T10:00:00.000Z'],
      ['U0ANA', 'approval_denied', '2026-11-21T10:00:00.000Z'],
      ['U0ANA', 'action_approved', '2026-11-22T10:00:00.000Z'],
      ['U0ANA', 'action_done', '2026-11-23T10:00:00.000Z'],
    ],
  )
  for (const [i, entry] of all.entries()) if (i > 0) assert.equal(entry.before, all[i - 1]?.hash)
  const late = await run('export', '--since', '2026-11-22T12:00:00+02:00')
  assert.deepEqual(
    late.out.split('\n').map((line) => JSON.parse(line).what),
    ['action_approved', 'action_done'],
  )
})

test('a changed entry is found, whatever of it was changed', async (t) => {
  for (const change of ["who = 'U0TOM'", "what = 'action_denied'", `data = '{"reason":"other"}'`, "at = at + interval '1 second'"]) {
    const { run, tamper } = await trail(t)
    await tamper(`update audit set ${change} where id = 2`)
    const { status, out } = await run('verify')
    assert.deepEqual([status, out], [1, 'Broken at entry 2: it is not what was written.'], change)
  }
})

test('a removed entry is found where the chain has its gap, also at the beginning', async (t) => {
  for (const [gone, at] of [
    [2, 3],
    [1, 2],
  ] as const) {
    const { run, tamper } = await trail(t)
    await tamper(`delete from audit where id = ${gone}`)
    const { status, out } = await run('verify')
    assert.deepEqual([status, out], [1, `Broken at entry ${at}: it does not follow the entry before: one was removed or put in.`])
  }
})

test('an end that was cut off is found by whoever kept its hash', async (t) => {
  const { run, tamper } = await trail(t)
  const head = /hash ([0-9a-f]{64})/.exec((await run('verify')).out)?.[1] ?? ''
  assert.equal((await run('verify', '--head', head)).status, 0)
  await tamper('delete from audit where id = 4')
  assert.equal((await run('verify')).status, 0)
  const { status, out } = await run('verify', '--head', head)
  assert.equal(status, 1)
  assert.match(out, /^Broken at its end: the chain of 3 entries holds, but no entry has the hash/)
})

test('a database that Vigil never ran on has no trail, which is not taken for an empty one', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-audit-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const { status, err } = await command(['audit', 'verify'], { VIGIL_DATA_DIR: directory })
  assert.equal(status, 2)
  assert.match(err, /^There is no audit trail: Vigil never ran on this database\. Name the one that it runs on/)
})

test('other words and times are refused with what is meant', async (t) => {
  const { run } = await trail(t)
  for (const words of [[], ['check'], ['verify', 'now']]) {
    const { status, err } = await run(...words)
    assert.deepEqual([status, err], [2, 'vigil audit verify checks the trail, vigil audit export [--since TIME] prints it'])
  }
  const { status, err } = await run('export', '--since', 'yesterday')
  assert.deepEqual([status, err], [2, '--since yesterday is no time; for example --since 2026-11-20T00:00:00Z'])
})
