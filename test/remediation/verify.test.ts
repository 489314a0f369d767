import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import type { StoredAction } from '../../src/db/schema.ts'
import { startServer } from '../../src/demo/world/server.ts'
import { heartbeatKey } from '../../src/incident/heartbeat.ts'
import { recover } from '../../src/incident/recover.ts'
import { timelineOf } from '../../src/incident/timeline.ts'
import { type CheckReading, comparedChecks, wordsOfChecks } from '../../src/remediation/checked.ts'
import { approve } from '../../src/remediation/decide.ts'
import { execute } from '../../src/remediation/execute.ts'
import { settle } from '../../src/remediation/outcome.ts'
import { verify } from '../../src/remediation/verify.ts'
import { hook, over } from '../alert/intakes.ts'
import { movable } from './clock.ts'
import { LABELS, presser, pressOf, ROLLBACK, type Stage, stage } from './stage.ts'

const never = new AbortController().signal
const STEP_MS = 20_000
/** Longer than it is watched in any case. */
const LOOKS = 40

type Done = Stage & { readonly card: StoredAction; readonly context: Context; travel(ms: number): Promise<void>; now(): Date }

/** A rollback that was carried out a moment ago, and time that can be moved. */
const done = async (t: TestContext, config: Partial<Context['config']> = {}): Promise<Done> => {
  const { clock, travel } = movable()
  const set = await stage(t, { clock, remediation: { verify_seconds: 300 } })
  const context = { ...set.context, config: { ...set.context.config, ...config } }
  const [card] = await set.propose(ROLLBACK)
  assert.ok(card)
  await approve(context, pressOf(card), presser())
  await execute(context, card.id, never)
  assert.equal((await set.action(card.id)).status, 'succeeded')
  await travel(context.db, 1000)
  return { ...set, context, card, travel: (ms) => travel(context.db, ms), now: clock.now }
}

/** Looks every 20 s until it is clear. `each` says what stands before each look. */
const watch = async ({ context, card, travel, action }: Done, each: (look: number) => unknown): Promise<StoredAction> => {
  for (let look = 0; look < LOOKS; look++) {
    await travel(STEP_MS)
    await each(look)
    await verify(context, card.id)
    const now = await action(card.id)
    if (now.verification !== null) return now
  }
  assert.fail('it was never clear')
}

const detailOf = async ({ context, incident }: Done): Promise<string> => {
  const entry = (await timelineOf(context.db, incident)).findLast(({ type }) => type === 'action_verified')
  return entry?.type === 'action_verified' ? entry.detail : ''
}

type False = {
  readonly why: string
  /** What is said of it. */
  readonly detail: RegExp
  readonly config?: Partial<Context['config']>
  each(set: Done, look: number): unknown
}

const healthy = ({ prometheus, now }: Done): void => {
  prometheus.state.value = 0.002
  prometheus.state.newest = now()
}

const WATCHDOG = [{ match: ['alertname="Watchdog"'], every: '5m' }] as unknown as Context['config']['heartbeats']

const falseRecoveries: readonly False[] = [
  {
    why: 'its metric vanishes',
    detail: /the alert went quiet, but so did its metric/,
    each: ({ prometheus }) => Object.assign(prometheus.state, { value: null, newest: null }),
  },
  {
    why: 'its metric vanishes and the alert resolves',
    detail: /the alert went quiet, but so did its metric/,
    each: async ({ prometheus, context, now }, look) => {
      Object.assign(prometheus.state, { value: null, newest: null })
      if (look > 0) return
      await createReceive(context)(hook([over(LABELS, { endsAt: now().toISOString() })], { by: ['alertname'] }))
    },
  },
  {
    why: 'the alert resolves by message alone and its expression is not asked',
    detail: /Prometheus could not be asked/,
    each: async ({ prometheus, context, incident, now }, look) => {
      prometheus.state.up = false
      if (look === 0) await createReceive(context)(hook([over(LABELS, { endsAt: now().toISOString() })], { by: ['alertname'] }))
      if (look === 1) await recover(context, incident)
    },
  },
  {
    why: 'its source dies',
    detail: /Prometheus could not be asked/,
    each: ({ prometheus }) => {
      prometheus.state.up = false
    },
  },
  {
    why: 'the heartbeat of its cluster is lost',
    detail: /the heartbeat Watchdog was last heard .* so that something is quiet there says nothing/,
    config: { heartbeats: WATCHDOG },
    each: async (set, look) => {
      healthy(set)
      if (look > 0) return
      const row = { key: heartbeatKey(['alertname="Watchdog"'], 'default'), name: 'Watchdog', cluster: 'default', labels: '{}' }
      const heard = new Date(set.now().getTime() - 600_000)
      await set.context.db
        .insertInto('heartbeat')
        .values({ ...row, heard_at: heard, lost_at: set.now() })
        .execute()
    },
  },
  {
    why: 'its samples are older than the deed',
    detail: /no sample since the deed|healthy, but not for long enough/,
    each: ({ prometheus, card }) => Object.assign(prometheus.state, { value: 0.002, newest: card.created_at }),
  },
  {
    why: 'a store of its source does not answer',
    detail: /not all of its stores answered/,
    each: (set) => {
      healthy(set)
      set.prometheus.state.warnings = ['store-2 is away']
    },
  },
  {
    why: 'its samples go on, and are of a time before the deed',
    detail: /no sample since the deed|healthy, but not for long enough/,
    each: (set) => Object.assign(set.prometheus.state, { value: 0.002, newest: new Date(set.now().getTime() - 3_600_000) }),
  },
  {
    why: 'its metric stops right after the deed, on the healthy side',
    detail: /healthy, but not for long enough/,
    each: (set, look) => {
      if (look === 0) healthy(set)
    },
  },
  {
    why: 'only the series of another service is there, and healthy',
    detail: /so did its metric/,
    each: (set) => {
      healthy(set)
      set.prometheus.state.series = [{ labels: { service: 'mail', namespace: 'shop' }, value: 0.001 }]
    },
  },
  {
    why: 'it is healthy, but its target is not ready',
    detail: /pods|ready/,
    each: (set, look) => {
      healthy(set)
      if (look > 0) return
      const workload = set.cluster.find('Deployment', 'checkout')
      assert.ok(workload)
      set.cluster.put({ ...workload, status: { ...workload.status, readyReplicas: 1, updatedReplicas: 3, replicas: 3 } })
    },
  },
  {
    why: 'it is healthy in every other look only',
    detail: /still on the wrong side|not for long enough/,
    each: (set, look) => {
      healthy(set)
      if (look % 2 === 0) set.prometheus.state.value = 0.12
    },
  },
]

for (const { why, detail, config, each } of falseRecoveries)
  test(`it is not verified when ${why}`, async (t) => {
    const set = await done(t, config)
    const ended = await watch(set, (look) => each(set, look))
    assert.ok(['cannot_tell', 'no_change'].includes(ended.verification ?? ''), ended.verification ?? '')
    assert.match(await detailOf(set), detail)
    assert.equal(await set.status(), 'escalated')
    assert.ok(!(await set.entries()).includes('resolved'))
    // Nothing is learned of it, also not a day later.
    await set.travel(25 * 3_600_000)
    await settle(set.context, set.card.id)
    assert.equal((await set.action(set.card.id)).worked_at, null)
  })

test('what is blind is not called "no change", and what is seen on the wrong side is', async (t) => {
  const set = await done(t)
  const ended = await watch(set, () => Object.assign(set.prometheus.state, { value: 0.12, newest: set.now() }))
  assert.equal(ended.verification, 'no_change')
  assert.match(await detailOf(set), /still on the wrong side/)
  assert.equal(await set.status(), 'escalated')
  assert.equal((await set.actions()).length, 1, 'no undo is pressed on anybody')
})

test('what is clearly worse twice in a row offers the undo, which is a card of its own', async (t) => {
  const set = await done(t)
  const ended = await watch(set, () => Object.assign(set.prometheus.state, { value: 0.5, newest: set.now() }))
  assert.equal(ended.verification, 'worsened')
  const [, undo] = await set.actions()
  assert.ok(undo, JSON.stringify((await timelineOf(set.context.db, set.incident)).at(-1)))
  assert.deepEqual([undo.undo_of, undo.status], [set.card.id, 'awaiting_approval'])
  assert.notEqual(undo.digest, set.card.digest)
  assert.equal(await set.status(), 'awaiting_approval')
  assert.equal(set.cluster.ledger.length, 1, 'nothing was taken back yet')
  await approve(set.context, pressOf(undo), presser())
  await execute(set.context, undo.id, never)
  assert.equal(set.cluster.ledger.length, 2)
  assert.equal((await set.action(undo.id)).status, 'succeeded')
})

/** What is asked beside the expression: cart has errors now, where it had none before the deed. */
const cartFails = (query: string, fails: boolean, service = 'cart'): unknown => {
  const vector = (labels: Record<string, string>) => ({ resultType: 'vector', result: [{ metric: labels, value: [0, '1'] }] })
  if (query.startsWith('count by (__name__, code')) return vector({ __name__: 'http_requests_total', code: '200' })
  if (!query.includes('http_requests_total')) return undefined
  const values = ['0', fails ? '0.3' : '0'].map((value, at) => [at, value])
  return { resultType: 'matrix', result: [{ metric: { service }, values }] }
}

test('what breaks a neighbour is worse, however well the alert itself does, and the undo is offered', async (t) => {
  const set = await done(t)
  const ended = await watch(set, () => {
    healthy(set)
    set.prometheus.state.dataOf = (query) => cartFails(query, true)
  })
  assert.equal(ended.verification, 'worsened')
  assert.match(await detailOf(set), /^the error rate of cart rose from 0 % to 30 %; the alert's own expression is on the healthy side$/)
  assert.equal((await set.actions())[1]?.undo_of, set.card.id)
  assert.ok(!(await set.entries()).includes('resolved'))
})

test('what the own expression tells of the target is not told by another measure too, nor counted as harm', async (t) => {
  const set = await done(t)
  const ended = await watch(set, () => {
    Object.assign(set.prometheus.state, { value: 0.12, newest: set.now() })
    set.prometheus.state.dataOf = (query) => cartFails(query, true, 'checkout')
  })
  assert.equal(ended.verification, 'no_change')
  assert.doesNotMatch(await detailOf(set), /error rate of checkout/)
})

test('that nobody could see how the neighbours do is said, and is nothing against what the alert itself shows', async (t) => {
  const set = await done(t)
  const ended = await watch(set, () => {
    healthy(set)
    set.prometheus.state.dataOf = (query) =>
      query.startsWith('count by (__name__, code') ? { resultType: 'string', result: [0, 'too many series'] } : undefined
  })
  assert.equal(ended.verification, 'verified')
  assert.match(await detailOf(set), /, on fresh samples; how its neighbours do could not be seen$/)
})

test('what a rollout stirs up for a moment only delays the word that it worked', async (t) => {
  const set = await done(t)
  const looks: number[] = []
  const ended = await watch(set, (look) => {
    looks.push(look)
    healthy(set)
    set.prometheus.state.dataOf = (query) => cartFails(query, look < 2)
  })
  assert.equal(ended.verification, 'verified')
  assert.ok(looks.length > 5, `${looks.length} looks of 20 s`)
})

test('one bad look is noise, and what becomes good late is watched to its end', async (t) => {
  const set = await done(t)
  const ended = await watch(set, (look) => {
    healthy(set)
    // Until just before watching would end.
    if (look < 13) set.prometheus.state.value = look === 4 ? 0.9 : 0.12
  })
  assert.equal(ended.verification, 'verified')
  assert.match(await detailOf(set), /on the healthy side for (60|80) s, on fresh samples/)
  assert.equal(await set.status(), 'resolved')
})

test('the checks of an entry are compared with what they said right before the deed', async (t) => {
  let isMended = false
  const shop = await startServer(async ({ path }) => ({ status: path === '/cart' && !isMended ? 503 : 200, body: {} }))
  t.after(() => shop.stop())
  const verify = ['/cart', '/search'].map((path) => ({ kind: 'http', url: `${shop.url}${path}` }))
  const actions = [
    { kind: 'rollback_workload', params: {}, targets: ['shop/*'], automatic: false, verify },
  ] as unknown as Context['config']['actions']
  const set = await done(t, { actions })
  const { baseline } = await set.action(set.card.id)
  assert.deepEqual(
    baseline?.checks?.map(({ check, outcome }) => [check, outcome]),
    [
      ['http', 'bad'],
      ['http', 'good'],
    ],
  )
  // As long as one of them is bad a healthy expression is not enough.
  let looks = 0
  const ended = await watch(set, (look) => {
    healthy(set)
    isMended = look >= 8
    looks = look
  })
  assert.equal(ended.verification, 'verified')
  assert.ok(looks > 8, `verified at look ${looks}`)
  assert.match(await detailOf(set), /on the healthy side for .*; of its 2 checks 1 was bad before, none is now$/)
  const entry = (await timelineOf(set.context.db, set.incident)).findLast(({ type }) => type === 'action_verified')
  const pair = entry?.type === 'action_verified' ? entry.checks : undefined
  assert.deepEqual([pair?.improved, pair?.fully_fixed], [true, true])
  assert.deepEqual(pair?.each[0]?.before, { outcome: 'bad', detail: `${shop.url}/cart: 503` })
  assert.equal(pair?.each[0]?.after.outcome, 'good')
})

test('a check that was good before the deed and stays bad since is worse, however well the alert does', async (t) => {
  let isBroken = false
  const shop = await startServer(async () => ({ status: isBroken ? 500 : 200, body: {} }))
  t.after(() => shop.stop())
  const verify = [{ kind: 'http', url: `${shop.url}/search` }]
  const actions = [
    { kind: 'rollback_workload', params: {}, targets: ['shop/*'], automatic: false, verify },
  ] as unknown as Context['config']['actions']
  const set = await done(t, { actions })
  isBroken = true
  const ended = await watch(set, () => healthy(set))
  assert.equal(ended.verification, 'worsened')
  assert.match(
    await detailOf(set),
    /\/search: 500; the alert's own expression is on the healthy side; its check was good before and is bad now$/,
  )
})

test('checks are compared with themselves alone, and what could not be seen is not called mended', () => {
  const of = (...outcomes: CheckReading['outcome'][]): CheckReading[] =>
    outcomes.map((outcome) => ({ check: 'http', outcome, detail: outcome }))
  const compared = (before: CheckReading[], after: CheckReading[]) => {
    const pair = comparedChecks(before, after)
    return pair === null ? null : [pair.improved, pair.fully_fixed, wordsOfChecks(pair)]
  }
  assert.equal(compared([], []), null)
  assert.equal(compared(of('bad'), of('good', 'good')), null)
  assert.equal(compared(of('bad'), [{ check: 'tcp', outcome: 'good', detail: '' }]), null)
  assert.deepEqual(compared(of('bad'), of('good')), [true, true, 'its check was bad before and is good now'])
  assert.deepEqual(compared(of('unknown'), of('good')), [false, false, 'its check was not known before and is good now'])
  assert.deepEqual(compared(of('bad', 'bad', 'good'), of('good', 'bad', 'good')), [
    true,
    false,
    'of its 3 checks 2 were bad before, 1 is now',
  ])
  assert.deepEqual(compared(of('bad', 'good'), of('good', 'bad')), [false, false, 'of its 2 checks 1 was bad before, 1 is now'])
  assert.deepEqual(compared(of('good', 'good'), of('good', 'good')), [false, false, 'of its 2 checks none was bad before, none is now'])
  assert.deepEqual(compared(of('bad', 'bad'), of('good', 'unknown')), [
    true,
    false,
    'of its 2 checks 2 were bad before, none is now, 1 could not be seen',
  ])
})

test('of an alert whose rule nobody knows the time of most rules must pass', async (t) => {
  const set = await done(t)
  set.prometheus.state.rules = []
  let looks = 0
  const { verification } = await watch(set, (look) => {
    healthy(set)
    looks = look
  })
  assert.equal(verification, 'verified')
  assert.ok(looks >= 14, `after ${looks} looks`)
})

test('a recorded series must be good for the window behind it as well: it goes on when its samples have ended', async (t) => {
  const set = await done(t)
  await set.context.db.updateTable('alert').set({ expression: 'job:errors:ratio_rate5m > 0.05' }).execute()
  let looks = 0
  const { verification } = await watch(set, (look) => {
    healthy(set)
    looks = look
  })
  assert.equal(verification, 'verified')
  assert.ok(looks >= 14, `after ${looks} looks`)
})

test('a resolved notice ends nothing while the effect is watched: the watch does, and a watch that was forgotten is not waited for', async (t) => {
  const set = await done(t)
  const { context, incident, now } = set
  healthy(set)
  await createReceive(context)(hook([over(LABELS, { endsAt: now().toISOString() })], { by: ['alertname'] }))
  await set.travel(STEP_MS)
  healthy(set)
  await recover(context, incident)
  assert.equal(await set.status(), 'verifying')
  await set.travel(4 * 3600_000)
  healthy(set)
  await recover(context, incident)
  assert.equal(await set.status(), 'resolved')
})
