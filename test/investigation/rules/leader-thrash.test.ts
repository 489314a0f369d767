import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leaderThrash as rule } from '../../../src/investigation/rules/leader-thrash.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, object } from '../../kubernetes/made.ts'

const pods = app('checkout', { replicas: 2 })
const HOLDERS = ['checkout-6c9f4d7b8b-aaaa0', 'checkout-6c9f4d7b8b-aaaa1'] as const

const lease = (spec: Readonly<Record<string, unknown>> = {}, id = 'shop/checkout-leader'): KubeObject =>
  object('Lease', id, {
    spec: {
      holderIdentity: `${HOLDERS[0]}_6f1c`,
      leaseDurationSeconds: 15,
      acquireTime: ago(2),
      renewTime: ago(0.05),
      leaseTransitions: 4,
      ...spec,
    },
  })

const election = (holder: string, minutes: number, count = 1) =>
  event(lease(), 'LeaderElection', `${holder} became leader`, { minutes, count, type: 'Normal', component: holder })
const changing = [
  election(`${HOLDERS[0]}_6f1c`, 2),
  election(`${HOLDERS[1]}_77aa`, 5),
  election(`${HOLDERS[0]}_6f1d`, 9),
  election(`${HOLDERS[1]}_77ab`, 12),
]

ruleContract(rule, {
  found: inCluster([...pods, lease({ leaseTransitions: 61 }), ...changing]),
  nothing: inCluster([...pods, lease({ acquireTime: ago(9000) })]),
})

describe('leader-thrash', () => {
  it('accuses the workload whose leader changes all the time', async () => {
    const findings = await found(rule, inCluster([...pods, lease({ leaseTransitions: 61 }), ...changing]))
    assert.deepEqual(accused(findings), ['Deployment checkout'])
    assert.match(findings[0]?.summary ?? '', /changed its holder 4 times within an hour \(4 holders\)/)
    const short = await found(rule, inCluster([...pods, lease({ leaseDurationSeconds: 3 }), ...changing]))
    assert.equal(short[0]?.category, 'config_change')
  })

  it('accuses the lease that two workloads share, whichever of them the alert is about', async () => {
    const twins = [...pods, ...app('cart')]
    const turns = [...changing, election('cart-6c9f4d7b8b-aaaa0_91', 3), election('cart-6c9f4d7b8b-aaaa0_92', 7)]
    for (const subject of ['checkout', 'cart']) {
      const [finding] = await found(
        rule,
        inCluster([...twins, lease({ leaseTransitions: 61 }), ...turns], { subject, labels: { service: subject } }),
      )
      assert.deepEqual([finding?.object?.kind, finding?.object?.name, finding?.category], ['Lease', 'checkout-leader', 'config_change'])
      assert.match(finding?.summary ?? '', /shared by Deployment shop\/(?:cart|checkout), Deployment shop\/(?:cart|checkout)/)
      assert.ok((finding?.weight ?? 0) > 0.8)
    }
  })

  it('tells from the lease alone when it has no events', async () => {
    const young = (leaseTransitions: number): KubeObject => ({
      ...lease({ leaseTransitions }),
      metadata: { ...lease().metadata, creationTimestamp: ago(120) },
    })
    assert.deepEqual(accused(await found(rule, inCluster([...pods, young(40)]))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster([...pods, young(1)])), [])
  })

  it('does not count a restart, nor what has changed over months', async () => {
    assert.deepEqual(await found(rule, inCluster([...pods, lease(), election(`${HOLDERS[0]}_6f1c`, 2)])), [])
    assert.deepEqual(await found(rule, inCluster([...pods, lease({ leaseTransitions: 120 })])), [])
    assert.deepEqual(
      await found(
        rule,
        inCluster([
          ...pods,
          lease({ acquireTime: ago(600) }),
          election(HOLDERS[0], 700),
          election(HOLDERS[1], 701),
          election(HOLDERS[0], 702),
        ]),
      ),
      [],
    )
  })

  it('finds a lease that its holder no longer renews, not one that was left behind or let go', async () => {
    const stuck = { acquireTime: ago(3000), renewTime: ago(8) }
    assert.deepEqual(accused(await found(rule, inCluster([...pods, lease(stuck)]))), ['Deployment checkout'])
    assert.deepEqual(await found(rule, inCluster([...pods, lease({ ...stuck, renewTime: ago(60 * 24 * 30) })])), [])
    assert.deepEqual(await found(rule, inCluster([...pods, lease({ ...stuck, holderIdentity: '' })])), [])
    assert.deepEqual(await found(rule, inCluster([...pods, lease(stuck, 'kube-node-lease/worker-1')])), [])
  })

  it('gives the leases of others as a hint', async () => {
    const other = [...app('cart'), lease({ ...{ holderIdentity: 'cart-6c9f4d7b8b-aaaa0' } }, 'shop/cart')]
    const told = ['1', '2', '3', '4'].map((id, i) =>
      event(other[3]!, 'LeaderElection', `cart-6c9f4d7b8b-aaaa${id} became leader`, { minutes: 3 + i }),
    )
    assert.deepEqual(accused(await found(rule, inCluster([...pods, ...other, ...told]))), [])
  })
})
