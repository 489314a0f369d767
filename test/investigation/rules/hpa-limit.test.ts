import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hpaLimit as rule } from '../../../src/investigation/rules/hpa-limit.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, object, status } from '../../kubernetes/made.ts'

type Options = {
  cpu?: number
  current?: number
  min?: number
  limited?: boolean
  since?: number
  target?: string
  conditions?: readonly unknown[]
  name?: string
}

const hpa = ({
  cpu = 93,
  current = 3,
  min = 1,
  limited = true,
  since = 12,
  target = 'checkout',
  conditions,
  name = 'checkout',
}: Options = {}): KubeObject =>
  object('HorizontalPodAutoscaler', `shop/${name}`, {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: target },
      minReplicas: min,
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
    },
    status: {
      currentReplicas: current,
      desiredReplicas: current,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu, averageValue: `${cpu * 5}m` } } }],
      conditions: conditions ?? [
        { type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', lastTransitionTime: ago(9000) },
        { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound', lastTransitionTime: ago(9000) },
        {
          type: 'ScalingLimited',
          status: limited ? 'True' : 'False',
          reason: limited ? 'TooManyReplicas' : 'DesiredWithinRange',
          lastTransitionTime: ago(since),
        },
      ],
    },
  })

const pods = app('checkout', { replicas: 3 })
const blind = (reason: string, message: string, type = 'ScalingActive', since = 20) =>
  hpa({ conditions: [{ type, status: 'False', reason, message, lastTransitionTime: ago(since) }] })

ruleContract(rule, { found: inCluster([...pods, hpa()]), nothing: inCluster([...pods, hpa({ cpu: 41, current: 1, limited: false })]) })

describe('hpa-limit', () => {
  it("takes an autoscaler that a label of the alert names for the alert's own, whatever its target is called", async () => {
    const lost = hpa({
      name: 'queue',
      target: 'worker',
      conditions: [
        {
          type: 'AbleToScale',
          status: 'False',
          reason: 'FailedGetScale',
          message: 'deployments.apps "worker" not found',
          lastTransitionTime: ago(30),
        },
      ],
    })
    const labels = { alertname: 'HpaInactive', horizontalpodautoscaler: 'queue' }
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), lost], { labels }))), ['HorizontalPodAutoscaler queue'])
    assert.deepEqual(accused(await found(rule, inCluster([...app('checkout'), lost]))), [])
  })

  it('accuses an autoscaler at its maximum whose metric is above the target', async () => {
    const [finding] = await found(rule, inCluster([...pods, hpa()]))
    assert.deepEqual(finding?.object, { kind: 'HorizontalPodAutoscaler', namespace: 'shop', name: 'checkout' })
    assert.match(finding?.summary ?? '', /maximum of 3 replicas since 21:48 UTC.*cpu is at 93 % of a target of 70 %/)
    assert.match((await found(rule, inCluster([...pods, hpa({ min: 3 })])))[0]?.summary ?? '', /its minimum as well/)
  })

  it('keeps silent at the maximum with a metric in bounds, and below the maximum', async () => {
    assert.deepEqual(await found(rule, inCluster([...pods, hpa({ cpu: 66, limited: false })])), [])
    assert.deepEqual(await found(rule, inCluster([...pods, hpa({ cpu: 73 })])), [])
    assert.deepEqual(await found(rule, inCluster([...pods, hpa({ current: 2, limited: false })])), [])
  })

  it('weighs what has stood at its limit for days less, and what belongs to another workload not at all', async () => {
    const [fresh] = await found(rule, inCluster([...pods, hpa()]))
    const [stale] = await found(rule, inCluster([...pods, hpa({ since: 60 * 24 * 4 })]))
    assert.ok((stale?.weight ?? 1) < (fresh?.weight ?? 0))
    assert.deepEqual(
      accused(await found(rule, inCluster([...pods, ...app('cart', { replicas: 3 }), hpa({ target: 'cart', name: 'cart' })]))),
      [],
    )
  })

  it('accuses one that cannot read its metrics or finds no target', async () => {
    const noMetrics = blind(
      'FailedGetResourceMetric',
      'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)',
    )
    assert.deepEqual(accused(await found(rule, inCluster([...pods, noMetrics]))), ['HorizontalPodAutoscaler checkout'])
    const lost = hpa({
      target: 'chekcout',
      conditions: [
        {
          type: 'AbleToScale',
          status: 'False',
          reason: 'FailedGetScale',
          message: 'the HPA controller was unable to get the target\'s current scale: deployments.apps "chekcout" not found',
          lastTransitionTime: ago(30),
        },
      ],
    })
    const findings = await found(rule, inCluster([...pods, lost]))
    assert.deepEqual(accused(findings), ['HorizontalPodAutoscaler checkout'])
    assert.match(findings[0]?.summary ?? '', /cannot scale Deployment shop\/chekcout/)
  })

  it('does not blame it where the pods do not run, where it just started, or where scaling is switched off', async () => {
    const reason = 'no metrics returned from resource metrics API'
    const broken = app('checkout', { replicas: 2, ready: 0 }, { statuses: [status({ ready: false })] })
    assert.deepEqual(accused(await found(rule, inCluster([...broken, blind('FailedGetResourceMetric', reason)]))), [])
    assert.deepEqual(await found(rule, inCluster([...pods, blind('FailedGetResourceMetric', reason, 'ScalingActive', 1)])), [])
    assert.deepEqual(
      await found(
        rule,
        inCluster([
          ...app('checkout', { replicas: 0 }),
          blind('ScalingDisabled', 'scaling is disabled since the replica count of the target is zero'),
        ]),
      ),
      [],
    )
  })
})
