import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planWith } from '../contracts/action.ts'
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
