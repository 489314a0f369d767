import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceWithoutEndpoints as rule } from '../../../src/investigation/rules/service-without-endpoints.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, event, object, replicaSet, service, status } from '../../kubernetes/made.ts'

const healthy = [
  ...app('checkout', { replicas: 2 }),
  ...app('cart'),
  service('shop/checkout', { app: 'checkout' }),
  service('shop/cart', { app: 'cart' }),
]
const mistyped = [...app('checkout', { replicas: 2 }), service('shop/checkout', { app: 'chekcout' })]

ruleContract(rule, { found: inCluster(mistyped), nothing: inCluster(healthy) })

/** A service of so many minutes that sends its port 80 there. */
const sending = (targetPort: unknown, minutes: number): KubeObject =>
  object('Service', 'shop/checkout', {
    metadata: { creationTimestamp: ago(minutes) },
    spec: { type: 'ClusterIP', selector: { app: 'checkout' }, ports: [{ port: 80, targetPort }] },
  })

describe('service-without-endpoints', () => {
  it('accuses the service whose selector no pod has, and names the workload and the label that differs', async () => {
    const [finding, ...more] = await found(rule, inCluster(mistyped))
    assert.deepEqual(more, [])
    assert.deepEqual(finding?.object, { kind: 'Service', namespace: 'shop', name: 'checkout' })
    assert.ok((finding?.weight ?? 0) >= 0.9)
    assert.match(finding?.summary ?? '', /app=chekcout.*Deployment shop\/checkout has app=checkout/)
  })

  it('accuses a mismatched service of a called workload, and gives the one beside it as a hint alone', async () => {
    const called = [
      ...app('checkout', { template: { containers: [container({ env: [{ name: 'CART_ADDR', value: 'cart:8080' }] })] } }),
      ...app('cart'),
      service('shop/cart', { app: 'cart', version: 'v2' }),
    ]
    assert.deepEqual(accused(await found(rule, inCluster(called))), ['Service cart'])
    const beside = [...app('checkout'), ...app('cart'), service('shop/cart', { app: 'cart', version: 'v2' })]
    const findings = await found(rule, inCluster(beside))
    assert.equal(findings.length, 1)
    assert.deepEqual(accused(findings), [])
  })

  it('does not take a part that is not there, a replica or a canary, for a mistake', async () => {
    const objects = [
      ...app('checkout'),
      service('shop/checkout', { app: 'checkout' }),
      service('shop/checkout-canary', { app: 'checkout', track: 'canary' }),
    ]
    assert.deepEqual(accused(await found(rule, inCluster(objects))), [])
  })

  it('says that nothing is there where no workload comes near', async () => {
    const findings = await found(rule, inCluster([service('shop/checkout', { app: 'checkout' }), ...app('billing')]))
    assert.deepEqual(accused(findings), ['Service checkout'])
    assert.match(findings[0]?.summary ?? '', /no workload makes such pods/)
  })

  it('cannot say that pods are missing which were not read', async () => {
    assert.deepEqual(await found(rule, inCluster(mistyped, { unread: [{ kind: 'Pod', reason: 'forbidden' }] })), [])
    assert.deepEqual(await found(rule, inCluster(mistyped, { unread: [{ kind: 'Deployment', reason: 'forbidden' }] })), [])
  })

  it('accuses a targetPort that no container has, by number and by name, and says which port is there', async () => {
    const wrong = (targetPort: unknown): KubeObject => sending(targetPort, 20)
    for (const target of [9090, 'web', '9090']) {
      const findings = await found(rule, inCluster([...app('checkout'), wrong(target)]))
      assert.deepEqual(accused(findings), ['Service checkout'], String(target))
      assert.match(findings[0]?.summary ?? '', /listens on 8080 \(http\)/)
    }
    for (const target of [8080, 'http', '8080']) assert.deepEqual(await found(rule, inCluster([...app('checkout'), wrong(target)])), [])
  })

  it('accuses what rests since nobody knows when only where the alert misses this very service', async () => {
    const rests = [...app('checkout', { replicas: 0 }), service('shop/checkout', { app: 'checkout' })]
    const about = (alertname: string, subject: string) => inCluster(rests, { labels: { alertname, service: subject }, subject })
    assert.deepEqual(accused(await found(rule, about('CheckoutUnavailable', 'checkout'))), ['Deployment checkout'])
    assert.deepEqual(accused(await found(rule, about('HighErrorRate', 'checkout'))), [])
    assert.deepEqual(accused(await found(rule, about('CartDown', 'cart'))), [])
  })

  it('holds a port that never fitted for less than one that a rollout has just taken away, and for nothing where none is declared', async () => {
    const undeclared = app('checkout', {}, { spec: { nodeName: 'worker-1', containers: [container({ ports: [] })] } })
    assert.deepEqual(accused(await found(rule, inCluster([...undeclared, sending('web', 60 * 24)]))), [])
    const [old] = await found(rule, inCluster([...app('checkout'), sending('web', 60 * 24)]))
    assert.equal(old?.weight, 0.6)
    const [made, ...rest] = app('checkout')
    assert.ok(made)
    const before = {
      metadata: { labels: { app: 'checkout' } },
      spec: { containers: [container({ ports: [{ containerPort: 8080, name: 'web' }] })] },
    }
    const gone = replicaSet(made, { hash: '5c6f7d8e9f', replicas: 0, revision: '0', template: before })
    const fresh = rest.map((one) =>
      one.kind === 'ReplicaSet' ? { ...one, metadata: { ...one.metadata, creationTimestamp: ago(15) } } : one,
    )
    assert.deepEqual(accused(await found(rule, inCluster([made, ...fresh, gone, sending('web', 60 * 24)]))).slice(0, 1), [
      'Service checkout',
    ])
    const [taken] = await found(rule, inCluster([made, ...fresh, gone, sending('web', 60 * 24)]))
    assert.equal(taken?.weight, 0.9)
  })

  it('says nothing of ports where no pod is ready, nor of a name for which the endpoints have a port', async () => {
    const waiting = app('checkout', { ready: 0 }, { statuses: [status({ ready: false })] })
    assert.deepEqual(accused(await found(rule, inCluster([...waiting, sending('web', 20)]))), [])
    const slice = object('EndpointSlice', 'shop/checkout-x1', {
      metadata: { labels: { 'kubernetes.io/service-name': 'checkout' } },
      endpoints: [{ addresses: ['10.244.1.7'] }],
      ports: [{ name: '', port: 8080 }],
    })
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), sending('web', 20), slice]))), [])
  })

  it('believes a port that is not declared but probed, set by the environment or one of several', async () => {
    const to = (...targets: number[]): KubeObject =>
      object('Service', 'shop/checkout', {
        spec: {
          selector: { app: 'checkout' },
          ports: targets.map((targetPort) => ({ name: `p${targetPort}`, port: targetPort, targetPort })),
        },
      })
    const probed = { spec: { nodeName: 'worker-1', containers: [container({ readinessProbe: { tcpSocket: { port: 9090 } } })] } }
    const set = { spec: { nodeName: 'worker-1', containers: [container({ env: [{ name: 'PORT', value: '9090' }] })] } }
    const silent = { spec: { nodeName: 'worker-1', containers: [container({ ports: [] })] } }
    for (const options of [probed, set, silent])
      assert.deepEqual(accused(await found(rule, inCluster([...app('checkout', {}, options), to(9090)]))), [])
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), to(8080, 9090)]))), [])
  })

  it('leaves pods that are not ready to other rules: a hint, no accusation', async () => {
    const objects = [
      ...app('checkout', { ready: 0 }, { statuses: [status({ ready: false })] }),
      service('shop/checkout', { app: 'checkout' }),
    ]
    const findings = await found(rule, inCluster(objects))
    assert.equal(findings.length, 1)
    assert.deepEqual(accused(findings), [])
  })

  it('keeps silent about services without selector, of workloads that rest, and of jobs', async () => {
    const objects = [
      ...app('checkout'),
      object('Service', 'shop/db', { spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
      object('Service', 'shop/legacy', { spec: { clusterIP: 'None', ports: [{ port: 5432 }] } }),
      ...app('reports', { replicas: 0 }),
      service('shop/reports', { app: 'reports' }),
      object('CronJob', 'shop/nightly', {
        spec: { jobTemplate: { spec: { template: { metadata: { labels: { job: 'nightly' } }, spec: { containers: [] } } } } },
      }),
      service('shop/nightly', { job: 'nightly' }),
    ]
    assert.deepEqual(await found(rule, inCluster(objects)), [])
  })

  it('accuses the workload that was scaled to nothing just before, not the one that rests since long', async () => {
    const [made, ...rest] = app('checkout', { replicas: 0 })
    assert.ok(made)
    const all = (minutes: number) => [
      made,
      ...rest,
      service('shop/checkout', { app: 'checkout' }),
      event(made, 'ScalingReplicaSet', 'Scaled down replica set checkout-6c9f4d7b8b to 0 from 2', { minutes, type: 'Normal' }),
    ]
    assert.deepEqual(accused(await found(rule, inCluster(all(14)))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster(all(60 * 9))), [])
  })

  it('accuses an ingress that leads to a service or a port that is not there', async () => {
    const ingress = (name: string, port: unknown): KubeObject =>
      object('Ingress', 'shop/front', {
        spec: {
          rules: [{ host: 'shop.example', http: { paths: [{ path: '/pay', pathType: 'Prefix', backend: { service: { name, port } } }] } }],
        },
      })
    assert.deepEqual(accused(await found(rule, inCluster([...healthy, ingress('chekout', { number: 80 })]))), ['Ingress front'])
    assert.deepEqual(accused(await found(rule, inCluster([...healthy, ingress('checkout', { number: 8081 })]))), ['Ingress front'])
    assert.deepEqual(accused(await found(rule, inCluster([...healthy, ingress('checkout', { name: 'https' })]))), ['Ingress front'])
    assert.deepEqual(await found(rule, inCluster([...healthy, ingress('checkout', { number: 80 })])), [])
    assert.deepEqual(await found(rule, inCluster([...healthy, ingress('redirect', { name: 'use-annotation' })])), [])
    assert.deepEqual(
      await found(
        rule,
        inCluster([...healthy, ingress('chekout', { number: 80 })], { unread: [{ kind: 'Service', reason: 'forbidden' }] }),
      ),
      [],
    )
  })

  it('sees ready pods that are no endpoints', async () => {
    const slice = (endpoints: unknown) =>
      object('EndpointSlice', 'shop/checkout-x2x', {
        metadata: { labels: { 'kubernetes.io/service-name': 'checkout' } },
        addressType: 'IPv4',
        endpoints,
      })
    assert.deepEqual(accused(await found(rule, inCluster([...healthy, slice(null)]))), ['Service checkout'])
    assert.deepEqual(await found(rule, inCluster([...healthy, slice([{ addresses: ['10.244.1.7'], conditions: { ready: true } }])])), [])
  })
})

describe('service-without-endpoints: services of others', () => {
  it('accuses a service that leads to the pods of another workload, not the colours of its own', async () => {
    const crossed = [...app('checkout'), ...app('cart'), service('shop/cart', { app: 'cart' }), service('shop/checkout', { app: 'cart' })]
    const findings = await found(rule, inCluster(crossed))
    assert.deepEqual(accused(findings), ['Service checkout'])
    assert.match(findings[0]?.summary ?? '', /leads to pods of Deployment shop\/cart.*no service leads to Deployment shop\/checkout/)
    const colours = [
      ...app('checkout', { labels: { app: 'checkout', colour: 'blue' } }),
      ...app('checkout-green', { labels: { app: 'checkout', colour: 'green' } }),
    ]
    assert.deepEqual(await found(rule, inCluster([...colours, service('shop/checkout', { colour: 'green' })])), [])
  })

  it('accuses an alias of a service that does not exist', async () => {
    const alias = (externalName: string) => object('Service', 'shop/checkout', { spec: { type: 'ExternalName', externalName } })
    const beside = service('shop/cart', { app: 'cart' })
    assert.deepEqual(accused(await found(rule, inCluster([...app('cart'), beside, alias('crat.shop.svc.cluster.local')]))), [
      'Service checkout',
    ])
    assert.deepEqual(await found(rule, inCluster([...app('cart'), beside, alias('cart.shop.svc.cluster.local')])), [])
    assert.deepEqual(await found(rule, inCluster([...app('cart'), beside, alias('db.data.svc.cluster.local')])), [])
  })
})
