import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { sharingFetches } from '../../src/queue/fetches.ts'
import { testContext } from '../context.ts'

const FETCH = '\n      WITH\n      \n      next AS (SELECT 1)'

/** A queue whose fetches are answered by hand, in the order in which they reached the database. */
const fake = () => {
  const reached: { text: string; answer: (rows: number[]) => void; fail: (error: unknown) => void }[] = []
  const execute = sharingFetches((text) => {
    const { promise, resolve, reject } = Promise.withResolvers<{ rows: number[] }>()
    reached.push({ text, answer: (rows) => resolve({ rows }), fail: reject })
    return promise
  })
  return { reached, execute }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('eight workers that are woken for one job ask twice', async () => {
  const { reached, execute } = fake()
  const workers = Array.from({ length: 8 }, () => execute(FETCH, [1]))
  assert.equal(reached.length, 1)
  reached[0]?.answer([7])
  await settled()
  assert.equal(reached.length, 2)
  reached[1]?.answer([])
  const got = (await Promise.all(workers)).flatMap(({ rows }) => rows)
  assert.deepEqual(got, [7])
  assert.equal(reached.length, 2)
})

test('every worker gets a job of its own while there are jobs', async () => {
  const { reached, execute } = fake()
  const workers = Array.from({ length: 3 }, () => execute(FETCH, []))
  for (const job of [1, 2, 3]) {
    reached.at(-1)?.answer([job])
    await settled()
  }
  assert.deepEqual(
    (await Promise.all(workers)).flatMap(({ rows }) => rows),
    [1, 2, 3],
  )
})

test('an empty answer does not count for a worker that asked after that fetch had begun', async () => {
  const { reached, execute } = fake()
  const early = execute(FETCH, [])
  const late = execute(FETCH, [])
  reached[0]?.answer([])
  await settled()
  assert.deepEqual((await early).rows, [])
  assert.equal(reached.length, 2)
  reached[1]?.answer([9])
  assert.deepEqual((await late).rows, [9])
})

test("a lost race is one worker's alone, an outage is everybody's", async () => {
  const { reached, execute } = fake()
  const workers = Array.from({ length: 4 }, () => execute(FETCH, []))
  const outcomes = Promise.allSettled(workers)
  reached[0]?.answer([1])
  await settled()
  reached[1]?.fail(Object.assign(new Error('raced'), { code: '23505' }))
  await settled()
  reached[2]?.fail(Object.assign(new Error('gone'), { code: '57P01' }))
  const reasons = (await outcomes).map((one) => (one.status === 'rejected' ? one.reason.code : one.value.rows))
  assert.deepEqual(reasons, [[1], '23505', '57P01', '57P01'])
  assert.equal(reached.length, 3)
  void execute(FETCH, [])
  assert.equal(reached.length, 4)
})

test('fetches of different queues and all other statements do not wait for each other', () => {
  const { reached, execute } = fake()
  void execute(FETCH, ['a'])
  void execute(`${FETCH} other`, ['a'])
  void execute('insert', [])
  void execute('insert', [])
  assert.equal(reached.length, 4)
})

test('the fetches of this pg-boss are known as such: eight workers that start together ask once or twice', async (t) => {
  const { query } = pg.Client.prototype
  t.after(() => {
    pg.Client.prototype.query = query
  })
  let fetches = 0
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const text = typeof given[0] === 'string' ? given[0] : String((given[0] as { text?: unknown } | null)?.text)
    if (/FOR UPDATE OF j SKIP LOCKED/i.test(text) && text.includes("'deliver'")) fetches += 1
    return Reflect.apply(query, this, given)
  } as typeof query
  const { context, close } = await testContext()
  await context.queue.work('deliver', { run: async () => undefined })
  // Less than the second after which each polls again.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const asked = fetches
  await close()
  assert.ok(asked >= 1 && asked <= 3, `${asked} fetches`)
})
