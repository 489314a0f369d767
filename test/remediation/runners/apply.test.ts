import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startCluster } from '../../../src/demo/kubernetes/api.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { apply } from '../../../src/remediation/runners/apply.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { checkout } from '../stage.ts'
import { configOf, runningOf } from './running.ts'

const accounts = (url: string) => runningOf(configOf(`kubernetes: { endpoint: ${url}, runner: { endpoint: ${url} } }`))

/** One more label for the very object. */
const labelled = (uid: string) => ({
  kind: 'Deployment',
  namespace: 'shop',
  name: 'checkout',
  create: false,
  body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'checkout', uid, labels: { a: '1' } } },
  of: { uid, generation: 7 },
  takes: [],
  force: false,
  edits: [{ path: '/metadata/labels/a', is: '1' }],
})

runnerContract(apply, {
  stage: async (t, how) => {
    const cluster = await startCluster(checkout())
    t.after(() => cluster.close())
    if (how === 'hangs') cluster.next('hangs')
    const { url } = how === 'breaks' ? { url: 'http://127.0.0.1:9' } : cluster
    return {
      request: labelled(how === 'refuses' ? 'another' : 'uid-Deployment-checkout'),
      running: accounts(url),
      deeds: () => cluster.ledger.length,
    }
  },
  unconfigured: { running: runningOf(configOf('')), says: /kubernetes\.runner/ },
})

/** The cluster, and something that happens there right before each request that changes something. */
const raced = async (t: TestContext, happens: (live: KubeObject) => KubeObject) => {
  const [live] = checkout()
  assert.ok(live)
  const versioned = { ...live, metadata: { ...live.metadata, resourceVersion: '5' } }
  const cluster = await startCluster([versioned])
  t.after(() => cluster.close())
  const { context, ...rest } = accounts(cluster.url)
  let times = 0
  const racing: typeof fetch = (input, init) => {
    const now = cluster.find('Deployment', 'checkout')
    if (init?.method === 'PATCH' && now !== undefined && times++ < 2) cluster.put(happens(now))
    return fetch(input, init)
  }
  return { cluster, running: { ...rest, context: { ...context, fetch: racing } } }
}

const newer = (object: KubeObject): object => ({ resourceVersion: String(Number(object.metadata['resourceVersion']) + 1) })

test('a status that moves on right before is looked at again; a spec that does stops it, and nothing is written', async (t) => {
  const request = labelled('uid-Deployment-checkout')
  const busy = await raced(t, (live) => ({ ...live, metadata: { ...live.metadata, ...newer(live) }, status: { readyReplicas: 1 } }))
  assert.deepEqual(await apply.run(request, busy.running), { outcome: 'done', detail: 'Deployment checkout is as the manifest says' })
  assert.equal(busy.cluster.ledger.length, 1)
  const gone = await raced(t, (live) => live)
  gone.cluster.remove('Deployment', 'checkout')
  assert.equal((await apply.run(request, gone.running)).outcome, 'failed')
  const changed = await raced(t, (live) => ({
    ...live,
    metadata: { ...live.metadata, ...newer(live), generation: 8 },
    spec: { replicas: 1 },
  }))
  const ran = await apply.run(request, changed.running)
  assert.deepEqual(ran, { outcome: 'failed', reason: 'Deployment checkout is not as it was when this was shown', mayPass: false })
  assert.deepEqual(changed.cluster.ledger, [])
})
