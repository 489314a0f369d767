import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { openSources } from '../../src/datasources/index.ts'
import { setSubject } from '../../src/incident/set-subject.ts'
import { type Brief, briefNow, timelineOf } from '../../src/incident/timeline.ts'
import { amend } from '../../src/investigation/amend.ts'
import { brief } from '../../src/investigation/brief.ts'
import { hook, one, stored } from '../alert/intakes.ts'
import { testContext } from '../context.ts'
import { type Asked, serve } from '../datasources/wire.ts'

/** A Prometheus that knows these series by a word of the query, and no rules. */
const made = async (t: TestContext, series: Readonly<Record<string, Record<string, string>[]>> = {}) => {
  const result = (query: string) =>
    Object.entries(series)
      .filter(([word]) => query.includes(word))
      .flatMap(([, all]) => all.map((metric) => ({ metric, value: [Date.now() / 1000, '1'] })))
  const source = await serve(t, ({ path, params }: Asked, response) => {
    const data = path.endsWith('/rules') ? { groups: [] } : { resultType: 'vector', result: result(params['query'] ?? '') }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'success', data }))
  })
  const { context, close } = await testContext({ VIGIL_PROMETHEUS_ENDPOINT: source.url })
  t.after(close)
  return { ...context, sources: openSources(context.config, { fetch, clock: context.clock }) }
}

const look = async (context: Context, labels: Record<string, string>, expression = '') => {
  const generatorURL = expression === '' ? '' : `http://p/graph?g0.expr=${encodeURIComponent(expression)}`
  const received = await createReceive(context)(
    hook([one({ alertname: 'Lag', ...labels }, { generatorURL })], { by: ['alertname', 'topic', 'service'] }),
  )
  const id = received.accepted[0]?.incident ?? assert.fail('no incident')
  await brief(context, id, [])
  const now: Brief = briefNow(await timelineOf(context.db, id)) ?? assert.fail('no brief')
  return {
    id,
    brief: now,
    incident: (await stored(context)).incidents.find((row) => row.id === id),
    timeline: (await stored(context)).timeline,
  }
}

test('an alert whose sum lost its service is tied to it by its rule, and the reason is kept', async (t) => {
  const context = await made(t)
  const { incident, brief: said, timeline } = await look(context, { topic: 'orders' }, 'sum(lag{service="order-worker"}) > 10')
  assert.deepEqual([incident?.subject, incident?.join_key], ['order-worker', 'default|order-worker|Lag'])
  assert.equal(said.headline, 'Nothing stands out yet for order-worker')
  const entry = timeline.find(({ type }) => type === 'subject_set') as unknown as { basis: string; why: string }
  assert.deepEqual([entry.basis, entry.why], ['expression', 'its rule selects service="order-worker"'])
})

test('a pod belongs to what owns it, whatever its name looks like', async (t) => {
  const context = await made(t, {
    kube_pod_owner: [{ namespace: 'shop', owner_kind: 'ReplicaSet', owner_name: 'web-blue-5d4f8c7b9' }],
    kube_replicaset_owner: [{ namespace: 'shop', owner_kind: 'Deployment', owner_name: 'storefront' }],
  })
  const { incident } = await look(context, { namespace: 'shop', pod: 'web-blue-5d4f8c7b9-bcd4f' })
  assert.equal(incident?.subject, 'storefront')
})

test('with two candidates nothing is assumed, and both are offered', async (t) => {
  const context = await made(t, { '(up)': [{ service: 'order-audit' }] })
  const { incident, brief: said } = await look(context, { topic: 'orders' }, 'sum(a{service="order-api"}) > sum(a{service="order-worker"})')
  assert.equal(incident?.subject, null)
  assert.deepEqual(said.nearest, ['order-api', 'order-worker', 'order-audit'])
  assert.equal(said.headline, 'I could not tie this alert to a service')
})

test('the nearest names of what Prometheus scrapes and the service graph tells are offered, at most three; far ones are not', async (t) => {
  const context = await made(t, {
    '(up)': [{ service: 'order-worker' }, { service: 'cart' }],
    traces_service_graph: [{ client: 'order-api', server: 'payments' }],
  })
  assert.deepEqual((await look(context, { topic: 'orders.v2' })).brief.nearest, ['order-api', 'order-worker'])
  assert.equal((await look(context, { topic: 'mail' })).brief.nearest, undefined)
})

test('an alert that no cluster fits is said to be that, unless single endpoints stand for the rest', async (t) => {
  const context = await made(t)
  const clusters = [{ name: 'prod-eu', match: ['cluster="prod-eu"'] }] as unknown as Context['config']['clusters']
  const config = { ...context.config, clusters }
  const none = await look({ ...context, config, sources: () => ({}) }, { service: 'checkout', cluster: 'prod-us' })
  assert.deepEqual([none.brief.unplaced, none.incident?.cluster], [true, 'default'])
  assert.equal(none.brief.headline, 'No cluster of vigil.yaml fits its labels: I can see nothing of it')
  const rest = await look({ ...context, config }, { service: 'cart', cluster: 'prod-us' })
  assert.equal(rest.brief.unplaced, undefined)
})

test('a correction while it is investigated asks all rules anew, for the service that was named', async (t) => {
  const context = await made(t)
  const { id } = await look(context, { topic: 'orders' })
  await context.db.updateTable('investigation').set({ status: 'in_progress' }).execute()
  await setSubject(context, id, { subject: 'order-worker', user: 'U0ANA' })
  const asked: (string | null)[] = []
  const rule = {
    id: 'seen',
    looksAt: 'nothing',
    evaluate: async ({ subject }: { subject: string | null }) => {
      asked.push(subject)
      return []
    },
  }
  await amend(context, id, [rule])
  await amend(context, id, [rule])
  const now = briefNow(await timelineOf(context.db, id))
  assert.deepEqual(asked, ['order-worker'])
  assert.equal(now?.headline, 'Nothing stands out yet for order-worker')
})
