import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventsAbout, eventsOf } from '../../src/kubernetes/events.ts'
import { podsOf, templateOf, workloadOf } from '../../src/kubernetes/owners.ts'
import { quantity } from '../../src/kubernetes/quantity.ts'
import { numberAt, textAt, timeAt } from '../../src/kubernetes/read.ts'
import { matchesSelector, selects } from '../../src/kubernetes/selector.ts'
import { concernedBy } from '../../src/kubernetes/subject.ts'
import { ago, container, deployment, event, node, object, ownedBy, pod, service, state } from './made.ts'

test('a quantity is read with every suffix that the API knows', () => {
  for (const [text, value] of [
    ['250m', 0.25],
    ['128Mi', 134217728],
    ['1.5Gi', 1610612736],
    ['1e3', 1000],
    ['2', 2],
    ['100k', 100000],
    [3, 3],
  ] as const)
    assert.equal(quantity(text), value)
  for (const none of ['', 'Mi', '1 Gi', '12X', null, {}]) assert.equal(quantity(none), null)
})

test('what is not of the expected shape is as if it were not there', () => {
  const strange = object('Pod', 'shop/a', { status: { containerStatuses: 'none', restarts: '3', startTime: 'yesterday' } })
  assert.equal(textAt(strange, 'status', 'containerStatuses', 0, 'name'), '')
  assert.equal(numberAt(strange, 'status', 'restarts'), null)
  assert.equal(timeAt(strange, 'status', 'startTime'), null)
  assert.equal(textAt(strange, 'constructor'), '')
})

test('a pod belongs to the top of its controllers, resolved by its hash where the Deployment was not read', () => {
  const { deployment: checkout, set } = deployment('shop/checkout')
  const one = pod('shop/checkout-6c9f4d7b8b-x2x9z', { owner: set, labels: { app: 'checkout', 'pod-template-hash': '6c9f4d7b8b' } })
  const cron = object('CronJob', 'shop/report', { spec: { jobTemplate: { spec: { template: { spec: { containers: [container()] } } } } } })
  const job = object('Job', 'shop/report-29384', { metadata: ownedBy(cron) })
  const static1 = pod('kube-system/etcd-cp1', { owner: object('Node', 'cp1') })
  const all = state([checkout, set, one, cron, job, static1])
  assert.deepEqual(workloadOf(all, one), { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
  assert.deepEqual(workloadOf(state([one]), one), { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
  assert.deepEqual(workloadOf(all, job), { kind: 'CronJob', namespace: 'shop', name: 'report' })
  assert.deepEqual(workloadOf(all, static1), { kind: 'Pod', namespace: 'kube-system', name: 'etcd-cp1' })
  assert.deepEqual(
    podsOf(all, { kind: 'Deployment', namespace: 'shop', name: 'checkout' }).map(({ metadata }) => metadata.name),
    ['checkout-6c9f4d7b8b-x2x9z'],
  )
  assert.equal(textAt(templateOf(cron), 'spec', 'containers', 0, 'name'), 'app')
})

test('owners that lead in a circle end somewhere', () => {
  const one = object('ReplicaSet', 'shop/a', { metadata: ownedBy(object('ReplicaSet', 'shop/b')) })
  const two = object('ReplicaSet', 'shop/b', { metadata: ownedBy(one) })
  assert.equal(workloadOf(state([one, two]), one).kind, 'ReplicaSet')
})

test('events of both APIs are read alike, the newest first', () => {
  const one = pod('shop/checkout-1')
  const newer = object('Event', 'shop/b', {
    apiVersion: 'events.k8s.io/v1',
    regarding: { kind: 'Pod', namespace: 'shop', name: 'checkout-1', uid: one.metadata.uid, fieldPath: 'spec.containers{app}' },
    reason: 'BackOff',
    note: 'Back-off restarting failed container',
    type: 'Warning',
    eventTime: ago(30),
    series: { count: 7, lastObservedTime: ago(1) },
    reportingController: 'kubelet',
  })
  const all = state([one, event(one, 'Pulled', 'image present', { minutes: 4, type: 'Normal' }), newer])
  const [first, second] = eventsOf(all)
  assert.deepEqual(
    {
      reason: first?.reason,
      message: first?.message,
      count: first?.count,
      last: first?.last,
      container: first?.container,
      component: first?.component,
    },
    {
      reason: 'BackOff',
      message: 'Back-off restarting failed container',
      count: 7,
      last: new Date(ago(1)),
      container: 'app',
      component: 'kubelet',
    },
  )
  assert.equal(second?.isWarning, false)
})

test('an object made anew under an old name has none of the events of the one before', () => {
  const old = pod('shop/db-0', { metadata: { uid: 'first' } })
  const anew = pod('shop/db-0', { metadata: { uid: 'second' } })
  const all = state([anew, event(old, 'BackOff', 'old'), event(anew, 'Killing', 'new')])
  assert.deepEqual(
    eventsAbout(all, anew).map(({ message }) => message),
    ['new'],
  )
})

test('selectors fit as the API fits them', () => {
  assert.ok(selects({ app: 'a' }, { app: 'a', tier: 'x' }))
  assert.ok(!selects({}, { app: 'a' }))
  assert.ok(matchesSelector({}, { app: 'a' }))
  assert.ok(!matchesSelector(undefined, { app: 'a' }))
  assert.ok(matchesSelector({ matchExpressions: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] }, { app: 'b' }))
  assert.ok(!matchesSelector({ matchExpressions: [{ key: 'app', operator: 'NoSuch' }] }, { app: 'b' }))
})

const shop = () => {
  const checkout = deployment('shop/checkout-api', {
    hash: 'aaaaa',
    template: {
      containers: [
        container({
          env: [
            { name: 'PAYMENT_URL', value: 'http://payment:8080/pay' },
            { name: 'MODE', value: 'web' },
          ],
        }),
      ],
    },
  })
  const payment = deployment('shop/payment', { hash: 'bbbbb' })
  const web = deployment('shop/web', { hash: 'ccccc' })
  const other = deployment('blog/web', { hash: 'ddddd' })
  const pods = [checkout, payment, web].map(({ deployment: { metadata }, set }) =>
    pod(`shop/${set.metadata.name}-x2x9z`, {
      owner: set,
      labels: { app: metadata.name },
      spec: { volumes: [{ name: 'c', configMap: { name: `${metadata.name}-config` } }] },
    }),
  )
  const services = [
    service('shop/checkout', { app: 'checkout-api' }),
    service('shop/payment', { app: 'payment' }),
    service('shop/web', { app: 'web' }),
  ]
  return state([...[checkout, payment, web, other].flatMap((one) => [one.deployment, one.set]), ...pods, ...services, node('worker-1')])
}

const checkoutApi = { kind: 'Deployment', namespace: 'shop', name: 'checkout-api' }

test('the subject is found by the labels that name an object, by name, by service, and by the labels of pods', () => {
  const all = shop()
  const found = (subject: string | null, labels: Record<string, string> = {}) => concernedBy(all, { subject, labels }).objects
  assert.deepEqual(found('checkout', { namespace: 'shop' }), [checkoutApi])
  assert.deepEqual(found('checkout-api'), [checkoutApi])
  assert.deepEqual(found('kube-state-metrics', { namespace: 'shop', pod: 'checkout-api-aaaaa-x2x9z' }), [checkoutApi])
  assert.deepEqual(found('kube-state-metrics', { namespace: 'shop', deployment: 'payment' }), [{ ...checkoutApi, name: 'payment' }])
  assert.deepEqual(
    found('x', { namespace: 'monitoring', exported_namespace: 'shop', pod: 'ksm-0', exported_pod: 'checkout-api-aaaaa-x2x9z' }),
    [checkoutApi],
  )
  assert.deepEqual(found(null, { namespace: 'shop', pod: 'checkout-api-7d9c5b7f4-abcde' }), [checkoutApi], 'a pod that is gone')
  assert.deepEqual(found(null, { node: 'worker-1' }), [{ kind: 'Node', name: 'worker-1' }])
  assert.deepEqual(found(null, { instance: '10.0.0.11:9100' }), [{ kind: 'Node', name: 'worker-1' }])
  assert.deepEqual(found('web', { namespace: 'blog' }), [{ kind: 'Deployment', namespace: 'blog', name: 'web' }])
  assert.deepEqual(found('search', { namespace: 'shop' }), [])
})

test('every other object has its relation to the subject', () => {
  const { relationOf, isResolved } = concernedBy(shop(), { subject: 'checkout', labels: { namespace: 'shop' } })
  assert.ok(isResolved)
  assert.equal(relationOf(checkoutApi), 'subject')
  assert.equal(relationOf({ kind: 'Pod', namespace: 'shop', name: 'checkout-api-aaaaa-x2x9z' }), 'subject')
  assert.equal(relationOf({ kind: 'Service', namespace: 'shop', name: 'checkout' }), 'subject')
  assert.equal(relationOf({ kind: 'ConfigMap', namespace: 'shop', name: 'checkout-api-config' }), 'used')
  assert.equal(relationOf({ kind: 'Node', name: 'worker-1' }), 'used')
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'shop', name: 'payment' }), 'called')
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'shop', name: 'web' }), 'near', 'MODE=web is no address')
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'blog', name: 'web' }), 'elsewhere')
})

test('a call graph says who is called, too, several calls deep', () => {
  const edges = [{ from: 'payment', to: 'web' }]
  const { relationOf } = concernedBy(shop(), { subject: 'checkout', labels: {}, edges })
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'shop', name: 'web' }), 'called')
})

test('where the alert names nothing that is there, its namespace is all that is known', () => {
  const { relationOf, isResolved } = concernedBy(shop(), { subject: null, labels: { namespace: 'shop' } })
  assert.ok(!isResolved)
  assert.equal(relationOf(checkoutApi), 'unresolved')
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'blog', name: 'web' }), 'elsewhere')
})

test('a node as subject concerns what runs on it', () => {
  const { relationOf } = concernedBy(shop(), { subject: null, labels: { node: 'worker-1' } })
  assert.equal(relationOf({ kind: 'Node', name: 'worker-1' }), 'subject')
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'shop', name: 'web' }), 'hosted')
})

// 25 services with four pods each, all of which call all: each way counted anew would be 100^3 of them.
test('who calls whom is read once for each workload, not for each of its pods', { timeout: 5000 }, () => {
  const names = Array.from({ length: 25 }, (_, i) => `svc-${i}`)
  const env = names.map((name) => ({ name: `${name}_URL`, value: `http://${name}:80` }))
  const objects = names.flatMap((name) => {
    const { deployment: made, set } = deployment(`shop/${name}`, { template: { containers: [container({ env })] } })
    const pods = [0, 1, 2, 3].map((i) => pod(`shop/${set.metadata.name}-aaaa${i}`, { owner: set, labels: { app: name } }))
    return [made, set, ...pods, service(`shop/${name}`, { app: name })]
  })
  const { relationOf } = concernedBy(state(objects), { subject: 'svc-0', labels: {} })
  assert.equal(relationOf({ kind: 'Deployment', namespace: 'shop', name: 'svc-24' }), 'called')
})
