import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { split } from '../../src/incident/split.ts'
import { brief } from '../../src/investigation/brief.ts'
import { objectKey } from '../../src/kubernetes/objects.ts'
import { hook, one, posted, stored } from '../alert/intakes.ts'
import { testContext } from '../context.ts'
import { until } from '../until.ts'

/**
 * A message and the webhook of its group that are stored at the same moment, by two replicas: each decides on what it read, and neither
 * read the other. What is between reading and storing, and between storing and the commit, is held here for as long as the test likes.
 */
let context: Context
let end: () => Promise<void>
/** Briefs that were sent for, by incident. */
const briefs: string[] = []
before(async () => {
  const made = await testContext()
  const { queue } = made.context
  context = {
    ...made.context,
    queue: {
      ...queue,
      send: async (trx, name, data, options) => {
        if (name === 'brief') briefs.push(...data.map((one) => ('incident' in one ? one.incident : '')))
        await queue.send(trx, name, data, options)
      },
    },
  }
  end = made.close
})
after(() => end())
beforeEach(async () => {
  for (const table of ['incident', 'post', 'timeline', 'separation'] as const) await context.db.deleteFrom(table).execute()
  briefs.length = 0
})

/** The embedded database has one connection: there are no two at once. */
const alone = process.env['VIGIL_TEST_SERVER'] === undefined ? 'two transactions at once need a server' : false

const POD = { alertname: 'KubePodNotReady', namespace: 'shop', pod: 'a' }
const TITLE = '[FIRING:1] KubePodNotReady shop (a)'
const webhook = () => hook([one(POD)], { by: ['alertname', 'namespace'] })

/** An open incident under its post, whose suspect explains the pod. */
const storm = async (): Promise<string> => {
  const receive = createReceive(context)
  const { accepted } = await receive(hook([one({ alertname: 'KubeNodeNotReady', node: 'worker-2' })], { by: ['alertname'] }))
  const id = accepted[0]?.incident ?? ''
  await receive(await posted('[FIRING:1] KubeNodeNotReady (worker-2)', '1.0'))
  await brief(context, id, [])
  await context.db
    .insertInto('explained')
    .values({ object: objectKey({ kind: 'pod', namespace: 'shop', name: 'a' }), incident_id: id })
    .execute()
  briefs.length = 0
  return id
}

/** A replica that stops before a transaction begins or before it is committed, and goes on when it is let. */
const replica = (at: 'begin' | 'commit') => {
  const { promise: goes, resolve: go } = Promise.withResolvers<void>()
  const { promise: stands, resolve: stand } = Promise.withResolvers<void>()
  const wait = (): Promise<void> => {
    stand()
    return goes
  }
  const later = () => ({
    execute: async (run: Parameters<ReturnType<typeof context.db.transaction>['execute']>[0]) => {
      await wait()
      return context.db.transaction().execute(run)
    },
  })
  const begins = new Proxy(context.db, {
    get: (db, name) => {
      const own: unknown = name === 'transaction' ? later : Reflect.get(db, name)
      return typeof own === 'function' ? own.bind(db) : own
    },
  })
  const queue: Context['queue'] = {
    ...context.queue,
    send: async (trx, name, data, options) => {
      await context.queue.send(trx, name, data, options)
      // The last that an intake does in its transaction.
      if (name === 'deliver') await wait()
    },
  }
  return { receive: createReceive(at === 'begin' ? { ...context, db: begins } : { ...context, queue }), stands, go }
}

/** All of it is one: the message's alert is not counted beside the one that it told of, and its post is a later one of the storm. */
const assertOne = async (id: string): Promise<void> => {
  const { incidents, alerts, posts, timeline } = await stored(context)
  const open = incidents.filter(({ status }) => status !== 'resolved')
  assert.deepEqual(
    open.map((incident) => incident.id),
    [id],
  )
  assert.deepEqual(alerts.map(({ incident_id: of, labels }) => [of, labels['alertname']]).toSorted(), [
    [id, 'KubeNodeNotReady'],
    [id, 'KubePodNotReady'],
  ])
  assert.ok(alerts.every(({ confirmed }) => confirmed))
  assert.deepEqual(
    posts.map((post) => [post.ts, post.incident_id]),
    [
      ['1.0', id],
      ['1.1', id],
    ],
  )
  assert.deepEqual(
    timeline.filter(({ incident, type }) => incident === id && type === 'posted_again').map((entry) => Reflect.get(entry, 'ts')),
    ['1.1'],
  )
}

const opened = async (besides: string): Promise<string> =>
  (await context.db.selectFrom('incident').select('id').where('id', '<>', besides).executeTakeFirstOrThrow()).id

test('a message that is stored while its webhook is not committed yet waits with its first look, and is one with it', {
  skip: alone,
}, async () => {
  const id = await storm()
  const other = replica('commit')
  const webhooked = other.receive(webhook())
  await other.stands
  await createReceive(context)(await posted(TITLE, '1.1'))
  const looked = brief(context, await opened(id), [])
  await until('it waits for the line', async () => {
    const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted`.execute(context.db)
    return rows.length > 0
  })
  other.go()
  await Promise.all([webhooked, looked])
  await assertOne(id)
})

test('a webhook that is committed while its message is being stored is found when that is looked at', { skip: alone }, async () => {
  const id = await storm()
  const other = replica('begin')
  const messaged = other.receive(await posted(TITLE, '1.1'))
  await other.stands
  await createReceive(context)(webhook())
  other.go()
  await messaged
  assert.equal((await stored(context)).incidents.length, 2)
  for (const incident of briefs) await brief(context, incident, [])
  await assertOne(id)
})

test('a webhook that decided before its message was stored and commits after that was looked at has it looked at again', {
  skip: alone,
}, async () => {
  const id = await storm()
  const other = replica('begin')
  const webhooked = other.receive(webhook())
  await other.stands
  await createReceive(context)(await posted(TITLE, '1.1'))
  const message = await opened(id)
  await brief(context, message, [])
  assert.equal((await stored(context)).incidents.filter(({ status }) => status === 'analysed').length, 2)
  briefs.length = 0
  other.go()
  await webhooked
  assert.deepEqual(briefs, [message])
  await brief(context, message, [])
  await assertOne(id)
})

test('a message of a group that has changed its line stands alone until the webhook says the line, and no longer', async () => {
  const id = await storm()
  const receive = createReceive(context)
  await receive(webhook())
  await receive(await posted('[FIRING:1] KubePodNotReady shop (a critical)', '1.1'))
  const message = await opened(id)
  await brief(context, message, [])
  assert.equal((await stored(context)).incidents.filter(({ status }) => status === 'analysed').length, 2)
  briefs.length = 0
  const body = webhook()
  await receive({ ...body, alerts: body.alerts.map((alert) => ({ ...alert, groupSubject: 'KubePodNotReady shop (a critical)' })) })
  assert.deepEqual(briefs, [message])
  await brief(context, message, [])
  await assertOne(id)
})

test('a message that came first joins the storm as its webhook would have, before anything is told', async () => {
  const id = await storm()
  const receive = createReceive(context)
  await receive(await posted(TITLE, '1.1'))
  await receive(webhook())
  await brief(context, await opened(id), [])
  await assertOne(id)
})

test('what a person set apart does not come back by its message', async () => {
  const id = await storm()
  const receive = createReceive(context)
  await receive(webhook())
  await receive(await posted(TITLE, '1.1'))
  const [pod] = (await stored(context)).alerts.filter(({ labels }) => labels['pod'] === 'a')
  const apart = await split(context, id, { fingerprint: pod?.fingerprint ?? '', user: 'U1' })
  assert.ok(apart.split)
  await brief(context, apart.incident, [])
  await receive(webhook())
  const { incidents } = await stored(context)
  assert.deepEqual(
    incidents.map(({ status }) => status),
    ['analysed', 'analysed'],
  )
})

test('two that each look for the other’s lines at the same moment do not wait for each other in a ring', { skip: alone }, async () => {
  const id = await storm()
  const titles = Array.from({ length: 12 }, (_, n) => `[FIRING:1] KubePodNotReady shop (a ${n})`)
  const receives = [createReceive(context), createReceive(context)]
  const told = titles.map(async (title, n) => receives[n % 2]?.(await posted(title, `2.${n}`)))
  const hooked = titles.map((title, n) => {
    const body = hook([one({ ...POD, container: String(n) })], { by: ['alertname', 'namespace', 'container'] })
    return receives[(n + 1) % 2]?.({ ...body, alerts: body.alerts.map((alert) => ({ ...alert, groupSubject: title.slice(11) })) })
  })
  await Promise.all([...told, ...hooked])
  await until('all are one', async () => {
    const open = (await stored(context)).incidents.filter((incident) => incident.status !== 'resolved' && incident.id !== id)
    await Promise.all(open.map((incident) => brief(context, incident.id, [])))
    return open.length === 0
  })
  const { alerts, posts } = await stored(context)
  assert.equal(alerts.length, 13)
  assert.ok([...alerts, ...posts].every(({ incident_id: of }) => of === id))
})
