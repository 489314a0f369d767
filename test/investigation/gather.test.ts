import assert from 'node:assert/strict'
import { test } from 'node:test'
import { split } from '../../src/incident/split.ts'
import { briefNow } from '../../src/incident/timeline.ts'
import { brief } from '../../src/investigation/brief.ts'
import type { Cited } from '../../src/investigation/evidence.ts'
import type { Rule } from '../../src/investigation/rules/rule.ts'
import { type OpenAlert, type Stage, stage } from './stage.ts'

const seen: Cited = {
  source: 'prometheus',
  query: 'kube_node_status_condition',
  range: null,
  output: { kind: 'text', text: 'worker-2 is not ready' },
  shown: 'worker-2 is not ready',
  complete: true,
}

/** Says of alerts about shop's pods that the node did it, as often as `sees` allows. */
const nodeRule = (sees: () => boolean, weight = 0.9): Rule => ({
  id: 'node',
  looksAt: 'nodes',
  evaluate: async () =>
    sees()
      ? [
          {
            ...{ rule: 'node', severity: 'critical', confidence: 'high', weight, category: 'node' },
            summary: 'Node worker-2 is not ready.',
            suggestion: 'kubectl describe node worker-2',
            object: { kind: 'Node', name: 'worker-2' },
            explains: ['a', 'b', 'c'].map((name) => ({ kind: 'Pod', namespace: 'shop', name })),
            evidence: [seen],
          },
        ]
      : [],
})

const about = (pod: string, subject = pod): OpenAlert => ({
  labels: { alertname: 'KubePodNotReady', namespace: 'shop', pod, service: '' },
  subject,
})

const look = async (on: Stage, id: string, register: readonly Rule[]) => {
  await brief(on.context, id, register)
  return on.ended(id)
}

test('two that were opened at the same moment for one cause are one: the older stays, the other tells nothing', async (t) => {
  const on = await stage(t)
  const [first, second] = [await on.open(about('a')), await on.open(about('b'))]
  const register = [nodeRule(() => true)]
  await Promise.all([look(on, first, register), look(on, second, register)])
  const [whole, part] = [await on.ended(first), await on.ended(second)]
  assert.equal(whole.incident.status, 'investigating')
  assert.deepEqual([part.incident.status, part.incident.merged_into], ['resolved', first])
  assert.match(part.investigation.reason ?? '', /^it is a part of INC-\d+$/)
  assert.equal(part.timeline.at(-1)?.type, 'merged')
  const { count } = await on.context.db
    .selectFrom('alert')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('incident_id', '=', first)
    .executeTakeFirstOrThrow()
  assert.equal(Number(count), 2)
})

test('a deeper cause that is found later takes over the headline of the older one, with its evidence', async (t) => {
  const on = await stage(t)
  const first = await on.open(about('a'))
  const before = await look(on, first, [nodeRule(() => false)])
  assert.deepEqual(briefNow(before.timeline)?.suspects, [])
  const second = await on.open({ ...about('b'), labels: { alertname: 'KubeNodeNotReady', node: 'worker-2', service: '' } })
  await look(on, second, [nodeRule(() => true)])
  const whole = await on.ended(first)
  const now = briefNow(whole.timeline)
  assert.equal(now?.headline, 'Node worker-2 is not ready.')
  assert.equal((await on.ended(second)).incident.merged_into, first)
  const cited = now?.suspects?.[0]?.evidence[0]
  assert.equal(whole.evidence.find(({ number }) => `E${number}` === cited)?.shown, 'worker-2 is not ready')
})

test('what is not explained, or not certain, stays by itself', async (t) => {
  const on = await stage(t)
  const doubt = [nodeRule(() => true, 0.6)]
  const [doubtful, another] = [await on.open(about('a')), await on.open(about('c'))]
  await look(on, doubtful, doubt)
  await look(on, another, doubt)
  assert.equal((await on.ended(another)).incident.status, 'investigating')
  const other = await on.open(about('z'))
  await look(on, await on.open(about('b')), [nodeRule(() => true)])
  await look(on, other, [nodeRule(() => false)])
  assert.equal((await on.ended(other)).incident.status, 'investigating')
  const open = await on.context.db.selectFrom('incident').select('id').where('status', '=', 'investigating').orderBy('number').execute()
  // The one that was certain found the two that were not.
  assert.deepEqual(
    open.map(({ id }) => id),
    [doubtful, other],
  )
  assert.equal((await on.ended(another)).incident.merged_into, doubtful)
})

test('what a person set apart is not gathered again', async (t) => {
  const on = await stage(t)
  const register = [nodeRule(() => true)]
  const [first, second] = [await on.open(about('a')), await on.open(about('b'))]
  await look(on, first, register)
  await look(on, second, register)
  const done = await split(on.context, first, { fingerprint: null, user: 'U1' })
  assert.ok(done.split)
  await look(on, done.incident, register)
  const apart = await on.context.db.selectFrom('incident').selectAll().where('id', '=', done.incident).executeTakeFirstOrThrow()
  assert.deepEqual([apart.status, apart.merged_into], ['investigating', null])
})

test('a post that came while its incident was looked at goes along with it, and carries the thread where none did', async (t) => {
  for (const thread of [null, '1.0']) {
    const on = await stage(t)
    const [first, second] = [await on.open(about('a')), await on.open(about('b'))]
    const { db } = on.context
    await db.updateTable('incident').set({ channel: 'C0ALERTS', thread_ts: thread }).where('id', '=', first).execute()
    const anchored = { channel: 'C0ALERTS', thread_ts: '1.1', anchor: 'alert' } as const
    const posting: Rule = {
      id: 'posting',
      looksAt: 'posts',
      evaluate: async () => {
        await db.updateTable('incident').set(anchored).where('id', '=', second).execute()
        return []
      },
    }
    await look(on, second, [nodeRule(() => true), posting])
    const whole = await on.ended(first)
    assert.equal((await on.ended(second)).incident.merged_into, first)
    assert.equal(whole.incident.thread_ts, thread ?? '1.1')
    const said = whole.timeline.filter((entry) => 'ts' in entry && entry.ts === '1.1').map(({ type }) => type)
    assert.deepEqual(said, [thread === null ? 'anchored' : 'posted_again'])
  }
})
