import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import type { Sources } from '../../src/datasources/sources.ts'
import type { Planned } from '../../src/remediation/actions/action.ts'
import { ownership } from '../../src/remediation/ownership.ts'
import { planWith } from '../contracts/action.ts'
import { type KubeWorld, kubeApi } from '../kubernetes/api.ts'
import { app } from '../kubernetes/app.ts'
import { stage } from './stage.ts'

test("in the cluster's own namespaces nothing is offered, whatever the targets allow", async (t) => {
  const moved = app('coredns', { replicas: 2 }).map((one) => ({ ...one, metadata: { ...one.metadata, namespace: 'kube-system' } }))
  const { context, cluster } = await stage(t, { objects: moved, actions: [{ kind: 'restart_workload', targets: ['*/*'] }] })
  const planning = await planWith(context, 'restart_workload', { namespace: 'kube-system', name: 'coredns' })
  assert.equal(
    planning.ok ? '' : planning.reason,
    'Restart kube-system/coredns is forbidden: nothing in the namespace kube-system is ever changed',
  )
  assert.deepEqual(cluster.tried, [], 'not even tried out')
})

const UNCHANGED: Planned = {
  title: 'x',
  change: [],
  risk: 'LOW',
  why: [],
  notes: [],
  preconditions: {},
  steps: [],
  undo: null,
  command: '',
}

test('who manages the target and cannot be asked is said, and what nobody knows is not of low risk', async (t) => {
  const asked = async (faults: KubeWorld['faults']) => {
    const api = await kubeApi(t, { objects: app('checkout', { replicas: 2 }), ...(faults === undefined ? {} : { faults }) })
    const client = kubernetes({ endpoint: api.url }, { fetch, clock: systemClock })
    const reading = {
      sources: { kubernetes: client } as Sources,
      cluster: 'default',
      clock: systemClock,
      signal: AbortSignal.timeout(5000),
    }
    return ownership({ target: { kind: 'Deployment', namespace: 'shop', name: 'checkout' }, plan: UNCHANGED, enabled: [] }, reading)
  }
  assert.deepEqual(await asked(undefined), { plan: UNCHANGED, notes: [], least: 'LOW' })
  for (const resource of ['horizontalpodautoscalers', 'poddisruptionbudgets', 'deployments']) {
    const { notes, least } = await asked({ [resource]: { status: 403 } })
    assert.match(notes.join(), /^Not known: who else manages this \(/, resource)
    assert.equal(least, 'MEDIUM')
  }
})
