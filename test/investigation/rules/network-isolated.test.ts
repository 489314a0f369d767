import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { networkIsolated as rule } from '../../../src/investigation/rules/network-isolated.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, object, pod, service } from '../../kubernetes/made.ts'

const policy = (name: string, spec: Readonly<Record<string, unknown>>, minutes = 20): KubeObject =>
  object('NetworkPolicy', `shop/${name}`, {
    metadata: { creationTimestamp: ago(minutes) },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec },
  })

const calling = (name: string, address: string) =>
  app(name, { template: { containers: [container({ env: [{ name: 'UPSTREAM_URL', value: `http://${address}` }] })] } })

// web calls checkout, checkout calls cart.
const shop = [
  ...calling('web', 'checkout'),
  ...calling('checkout', 'cart:80'),
  ...app('cart'),
  ...['web', 'checkout', 'cart'].map((name) => service(`shop/${name}`, { app: name })),
  pod('kube-system/coredns-1', { labels: { 'k8s-app': 'kube-dns' } }),
]
const from = (name: string, ports?: readonly unknown[]) => ({
  from: [{ podSelector: { matchLabels: { app: name } } }],
  ...(ports === undefined ? {} : { ports }),
})
const to = (name: string, ports?: readonly unknown[]) => ({
  to: [{ podSelector: { matchLabels: { app: name } } }],
  ...(ports === undefined ? {} : { ports }),
})
const of = (name: string) => ({ podSelector: { matchLabels: { app: name } } })
const DNS = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [{ protocol: 'UDP', port: 53 }],
}
const egress = (rules: readonly unknown[]) => ({ policyTypes: ['Egress'], egress: rules })

const deny = policy('default-deny', {})
const allows = [
  policy('web-in', { ...of('checkout'), ingress: [from('web', [{ protocol: 'TCP', port: 8080 }])] }),
  policy('cart-in', { ...of('cart'), ingress: [from('checkout')] }),
  policy('web-open', { ...of('web'), ingress: [{}] }),
]

ruleContract(rule, { found: inCluster([...shop, deny]), nothing: inCluster([...shop, deny, ...allows]) })

const summary = async (objects: readonly KubeObject[], name: string): Promise<string> => {
  const findings = await found(rule, inCluster([...shop, ...objects]))
  assert.equal(accused(findings)[0], `NetworkPolicy ${name}`)
  return findings[0]?.summary ?? ''
}

describe('network-isolated', () => {
  it('takes no pod for a workload that wants none, and none that its workload does not select', async () => {
    const callers = (replicas: number, labels: Readonly<Record<string, string>>) => {
      const [made, set] = app('web', {
        replicas,
        template: { containers: [container({ env: [{ name: 'UP', value: 'http://checkout' }] })] },
      })
      assert.ok(made !== undefined && set !== undefined)
      return [made, set, pod('shop/web-6c9f4d7b8b-fresh', { owner: set, labels })]
    }
    const rest = [...app('checkout'), service('shop/checkout', { app: 'checkout' }), ...app('cart')]
    const only = policy('only-cart', { ...of('checkout'), ingress: [from('cart')] })
    const told = async (replicas: number, labels: Readonly<Record<string, string>>) =>
      accused(await found(rule, inCluster([...rest, ...callers(replicas, labels), only])))
    assert.deepEqual(await told(1, { app: 'web' }), ['NetworkPolicy only-cart'])
    assert.deepEqual(await told(0, { app: 'web' }), [])
    assert.deepEqual(await told(1, { run: 'web-debug' }), [])
  })

  it('accuses a new policy that lets nothing in or out', async () => {
    assert.match(await summary([deny], 'default-deny'), /isolates Deployment shop\/checkout and lets nothing in.*at 21:40 UTC/)
    assert.match(await summary([policy('none-out', { ...of('checkout'), ...egress([]) })], 'none-out'), /lets nothing out, not even to DNS/)
  })

  it('accuses a policy that lets in others than the caller, or on another port', async () => {
    assert.match(
      await summary([policy('only-cart', { ...of('checkout'), ingress: [from('cart')] })], 'only-cart'),
      /does not let Deployment shop\/web in/,
    )
    assert.match(
      await summary([policy('other-port', { ...of('checkout'), ingress: [from('web', [{ port: 9090 }])] })], 'other-port'),
      /lets nobody in on port 8080/,
    )
    assert.match(await summary([policy('typo', { ...of('checkout'), ingress: [from('wbe')] })], 'typo'), /labels that no pod has/)
  })

  it('accuses egress that forgets DNS or the dependency, and ingress of the dependency', async () => {
    assert.match(await summary([policy('no-dns', { ...of('checkout'), ...egress([to('cart')]) })], 'no-dns'), /DNS queries/)
    assert.match(
      await summary([policy('no-cart', { ...of('checkout'), ...egress([DNS]) })], 'no-cart'),
      /does not let it call Deployment shop\/cart/,
    )
    assert.match(
      await summary([policy('cart-shut', { ...of('cart'), ingress: [from('web')] })], 'cart-shut'),
      /does not let Deployment shop\/checkout in to Deployment shop\/cart/,
    )
  })

  it('is content with allows by port name, by range, by address and by namespace', async () => {
    const inward = [
      from('web', [{ port: 'http' }]),
      from('web', [{ port: 8000, endPort: 8100 }]),
      { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] },
      { from: [{ namespaceSelector: {} }] },
      {},
    ]
    for (const rule_ of inward)
      assert.deepEqual(
        await found(rule, inCluster([...shop, policy('in', { ...of('checkout'), ingress: [rule_] })])),
        [],
        JSON.stringify(rule_),
      )
    const outward = [
      [DNS, to('cart', [{ port: 8080 }])],
      [{}],
      [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
      [DNS, { to: [{ podSelector: {} }] }],
    ]
    for (const rules of outward)
      assert.deepEqual(
        await found(rule, inCluster([...shop, policy('out', { ...of('checkout'), ...egress(rules) })])),
        [],
        JSON.stringify(rules),
      )
  })

  it('takes an old policy for a hint alone, unless the log speaks of connections that fail', async () => {
    const old = [...shop, policy('default-deny', {}, 60 * 24 * 40)]
    assert.deepEqual(accused(await found(rule, inCluster(old))), [])
    const logs = { 'checkout-6c9f4d7b8b-aaaa0/app': ['dial tcp 10.96.0.10:53: i/o timeout'] }
    assert.deepEqual(accused(await found(rule, inCluster(old, { logs }))), ['NetworkPolicy default-deny'])
  })

  it('says nothing of policies of others, nor where pods offer nothing', async () => {
    assert.deepEqual(await found(rule, inCluster([...shop, ...app('lonely'), policy('lonely', { ...of('lonely') })])), [])
  })

  it('accuses the policy whose port is off, not the one that denies by default', async () => {
    const objects = [
      policy('default-deny', {}, 60 * 24 * 40),
      ...allows.slice(1),
      policy('web-in', { ...of('checkout'), ingress: [from('web', [{ protocol: 'TCP', port: 80 }])] }, 15),
    ]
    assert.match(await summary(objects, 'web-in'), /port 8080/)
  })

  it('believes an old policy when the workload has just got a new version', async () => {
    const old = policy('default-deny', {}, 60 * 24 * 40)
    const rolled = shop.map((one) =>
      one.kind === 'ReplicaSet' && one.metadata.name.startsWith('checkout')
        ? { ...one, metadata: { ...one.metadata, creationTimestamp: ago(25) } }
        : one,
    )
    assert.deepEqual(accused(await found(rule, inCluster([...rolled, old]))), ['NetworkPolicy default-deny'])
  })
})
