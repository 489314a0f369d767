import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rolloutsOf } from '../../src/kubernetes/rollouts.ts'
import { ago, object, ownedBy, state } from './made.ts'

const owner = object('Deployment', 'shop/checkout')

type Made = {
  revision: number
  minutes: number
  image?: string
  env?: string
  annotations?: Record<string, string>
  pod?: Record<string, string>
  of?: typeof owner
}

const set = (hash: string, { revision, minutes, image = 'app:1', env = 'a', annotations = {}, pod = {}, of = owner }: Made) =>
  object('ReplicaSet', `shop/${of.metadata.name}-${hash}`, {
    metadata: {
      creationTimestamp: ago(minutes),
      annotations: { 'deployment.kubernetes.io/revision': String(revision), ...annotations },
      ...ownedBy(of),
    },
    spec: {
      template: { metadata: { annotations: pod }, spec: { containers: [{ name: 'app', image, env: [{ name: 'X', value: env }] }] } },
    },
  })

const told = (...objects: ReturnType<typeof object>[]) =>
  rolloutsOf(state([owner, ...objects])).map(({ at, kind, version, previous }) => [
    Math.round((Date.parse('2026-11-20T22:00:00Z') - at.getTime()) / 60_000),
    kind,
    previous,
    version,
  ])

test('each new replica set is a rollout: which image replaced which, or what else changed', () => {
  const first = set('a', { revision: 1, minutes: 900 })
  assert.deepEqual(told(first, set('b', { revision: 2, minutes: 30, image: 'registry:5000/shop/app:2@sha256:abc' })), [
    [900, 'deploy', null, '1'],
    [30, 'deploy', '1', '2'],
  ])
  assert.deepEqual(told(first, set('b', { revision: 2, minutes: 30, env: 'b' })).at(-1), [30, 'config', null, 'app env'])
})

test('a restart is no rollout, and digests are told short', () => {
  const restart = { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T21:00:00Z' }
  const first = set('a', { revision: 1, minutes: 900 })
  assert.equal(told(first, set('b', { revision: 2, minutes: 30, pod: restart })).length, 1)
  assert.deepEqual(told(first, set('b', { revision: 2, minutes: 30, image: `app@sha256:${'0123456789abcdef'.repeat(4)}` })).at(-1), [
    30,
    'deploy',
    '1',
    '0123456789ab',
  ])
})

test('a rollback takes an old set up again: its time is that of the event, else of its oldest pod, else it is left out', () => {
  const [old, bad] = [set('a', { revision: 3, minutes: 900 }), set('b', { revision: 2, minutes: 30, image: 'app:2' })]
  const event = object('Event', 'shop/e1', {
    involvedObject: { kind: 'Deployment', namespace: 'shop', name: 'checkout', uid: owner.metadata.uid },
    reason: 'ScalingReplicaSet',
    message: 'Scaled up replica set checkout-a from 0 to 1',
    firstTimestamp: ago(12),
    lastTimestamp: ago(11),
  })
  const pod = object('Pod', 'shop/checkout-a-x', { metadata: { creationTimestamp: ago(10), ...ownedBy(old) } })
  const back = (...more: ReturnType<typeof object>[]) => told(old, bad, ...more).find(([, , , version]) => version === '1')
  assert.deepEqual(back(event, pod), [12, 'deploy', '2', '1'])
  assert.deepEqual(back(pod), [10, 'deploy', '2', '1'])
  assert.equal(back(), undefined)
})

test('the cause that was annotated is told once, not for every later rollout that inherits it', () => {
  const cause = { 'kubernetes.io/change-cause': 'new tax rules' }
  const causes = rolloutsOf(
    state([
      owner,
      set('a', { revision: 1, minutes: 900 }),
      set('b', { revision: 2, minutes: 30, image: 'app:2', annotations: cause }),
      set('c', { revision: 3, minutes: 20, image: 'app:3', annotations: cause }),
    ]),
  ).map((one) => one.cause)
  assert.deepEqual(causes, [null, 'new tax rules', null])
})

test('controller revisions of a StatefulSet are read alike, and objects of no shape are passed over', () => {
  const db = object('StatefulSet', 'shop/db')
  const revision = (n: number, minutes: number, image: string) =>
    object('ControllerRevision', `shop/db-${n}`, {
      metadata: { creationTimestamp: ago(minutes), ...ownedBy(db) },
      revision: n,
      data: { spec: { template: { spec: { containers: [{ name: 'db', image }] } } } },
    })
  assert.deepEqual(told(revision(1, 900, 'pg:15'), revision(2, 5, 'pg:16'), object('ReplicaSet', 'shop/odd', { spec: 7 })).at(-1), [
    5,
    'deploy',
    '15',
    '16',
  ])
})
