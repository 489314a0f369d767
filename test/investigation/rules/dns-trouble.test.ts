import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dnsTrouble as rule } from '../../../src/investigation/rules/dns-trouble.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, deployment, object, pod, status } from '../../kubernetes/made.ts'

const coredns = (ready: number, replicas = 2): KubeObject[] => {
  const { deployment: made, set } = deployment('kube-system/coredns', { replicas, ready, labels: { 'k8s-app': 'kube-dns' } })
  const waiting = status({ ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } })
  const pods = Array.from({ length: replicas }, (_, i) =>
    pod(`kube-system/${set.metadata.name}-aaaa${i}`, {
      owner: set,
      labels: { 'k8s-app': 'kube-dns' },
      created: ago(14),
      ...(i < ready ? {} : { statuses: [waiting] }),
    }),
  )
  return [made, set, ...pods]
}

ruleContract(rule, { found: inCluster([...app('checkout'), ...coredns(0)]), nothing: inCluster([...app('checkout'), ...coredns(2)]) })

describe('dns-trouble', () => {
  it('accuses the DNS of the cluster when none of its pods is ready', async () => {
    const findings = await found(rule, inCluster([...app('checkout'), ...coredns(0)]))
    assert.deepEqual(accused(findings), ['Deployment coredns'])
    assert.match(findings[0]?.summary ?? '', /0 of 2 pods are ready \(CrashLoopBackOff\)/)
    assert.equal(findings[0]?.category, 'dns')
  })

  it('is content with one that is ready, and says nothing where kube-system was not read', async () => {
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), ...coredns(1)])), [])
    assert.deepEqual(await found(rule, inCluster(app('checkout'))), [])
  })

  it('sees it scaled to nothing', async () => {
    assert.match((await found(rule, inCluster([...app('checkout'), ...coredns(0, 0)])))[0]?.summary ?? '', /scaled to 0 replicas/)
  })

  it('accuses what carries the network of the node on which the alert stands, and of no other', async () => {
    const proxy = object('DaemonSet', 'kube-system/kube-proxy', { spec: {}, status: { desiredNumberScheduled: 2 } })
    const down = (nodeName: string, created = ago(14)) =>
      pod('kube-system/kube-proxy-x1', {
        owner: proxy,
        labels: { 'k8s-app': 'kube-proxy' },
        spec: { nodeName, containers: [] },
        statuses: [status({ ready: false })],
        created,
      })
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), proxy, down('worker-1')]))), ['DaemonSet kube-proxy'])
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), proxy, down('worker-2')])), [])
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), proxy, down('worker-1', ago(1))])), [])
  })
})
