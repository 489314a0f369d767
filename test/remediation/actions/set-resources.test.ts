import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at } from '../../../src/kubernetes/read.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { actionContract, offerOf, planWith } from '../../contracts/action.ts'
import { object } from '../../kubernetes/made.ts'
import { checkout, stage } from '../stage.ts'

const params = { kind: 'Deployment', namespace: 'shop', name: 'checkout', container: 'app', memory_limit_mib: 512 }

actionContract({
  kind: 'set_resources',
  objects: checkout,
  params,
  bounds: { memory_limit_mib: { type: 'integer', max: 1024 } },
  back: (cluster) => at(cluster.find('Deployment', 'checkout'), 'spec', 'template', 'spec'),
})

const planned = async (t: Parameters<typeof stage>[0], over: object, more: KubeObject[] = []) => {
  const { context } = await stage(t, {
    objects: [...checkout(), ...more],
    actions: [{ kind: 'set_resources' }, { kind: 'rollback_workload' }],
  })
  return planWith(context, 'set_resources', { kind: 'Deployment', namespace: 'shop', name: 'checkout', ...over })
}
const reason = async (...given: Parameters<typeof planned>): Promise<string> => {
  const planning = await planned(...given)
  return planning.ok ? '' : planning.reason
}

test('a lower limit is HIGH; what was there stays as it was', async (t) => {
  const offer = offerOf(await planned(t, { memory_limit_mib: 200, cpu_request_millicores: 200 }))
  assert.equal(offer.risk, 'HIGH')
  assert.deepEqual(offer.change, [
    '- spec.template.spec.containers[app].resources.limits.memory: "256Mi"',
    '+ spec.template.spec.containers[app].resources.limits.memory: "200Mi"',
    '- spec.template.spec.containers[app].resources.requests.cpu: "100m"',
    '+ spec.template.spec.containers[app].resources.requests.cpu: "200m"',
  ])
})

test('values that cannot be meant are refused', async (t) => {
  assert.match(await reason(t, { memory_limit_mib: 2000 }), /more than 4 times what it has/)
  assert.match(await reason(t, { memory_limit_mib: 60 }), /less than a quarter of what it has/)
  assert.match(await reason(t, { memory_limit_mib: 100 }), /memory request would be above its memory limit/)
  assert.match(await reason(t, { memory_limit_mib: 256 }), /these resources already/)
  assert.match(await reason(t, {}), /needs at least one of cpu and memory/)
  assert.match(await reason(t, { container: 'sidecar', memory_limit_mib: 300 }), /no container sidecar: say container \(app\)/)
})

test('what a VerticalPodAutoscaler sets is left to it', async (t) => {
  const vpa = object('VerticalPodAutoscaler', 'shop/checkout', {
    apiVersion: 'autoscaling.k8s.io/v1',
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } },
  })
  assert.match(await reason(t, { memory_limit_mib: 512 }, [vpa]), /^VerticalPodAutoscaler checkout sets these/)
})
