import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { rolloutHistory } from '../../../src/investigation/tools/rollout-history.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { kubeApi } from '../../kubernetes/api.ts'

const sources = (endpoint: string) => ({ kubernetes: kubernetes({ endpoint }, { fetch, clock: systemClock }) })

const set = (revision: number, image: string, more: { of?: string; cause?: string } = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    ...{ name: `web-${revision}${revision}`, namespace: 'shop', creationTimestamp: `2026-11-${10 + revision}T12:00:00Z` },
    annotations: {
      'deployment.kubernetes.io/revision': String(revision),
      ...(more.cause === undefined ? {} : { 'kubernetes.io/change-cause': more.cause }),
    },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: more.of ?? 'web' }],
  },
  spec: { replicas: revision === 2 ? 3 : 0, template: { spec: { containers: [{ name: 'app', image }] } } },
  status: { readyReplicas: revision === 2 ? 1 : 0 },
})

const listOf = (...items: KubeObject[]) => ({ kind: 'ReplicaSetList', apiVersion: 'apps/v1', metadata: {}, items })

toolContract(rolloutHistory, {
  sources,
  megabytes: 20,
  input: { namespace: 'shop', name: 'web' },
  query: 'kubectl rollout history deployment web -n shop',
  some: listOf(set(1, 'web:1'), set(2, 'web:2')),
  none: listOf(),
  tooMany: listOf(...Array.from({ length: 1001 }, (_, n) => set(n + 1, 'web:1'))),
  refused: [{ namespace: '../x', name: 'web' }].map((one) => ({ ...one, query: 'kubectl rollout history deployment web' })),
})

test('revisions are listed newest first with their time, images and what changed', async (t) => {
  const api = await kubeApi(t, { objects: [set(1, 'web:1'), set(2, 'web:2', { cause: 'CI 4711' }), set(3, 'other:1', { of: 'other' })] })
  const { shown } = cited(await ask(rolloutHistory, sources(api.url), { namespace: 'shop', name: 'web' }))
  const rows = shown.split('\n')
  assert.equal(rows[0], '2 revisions of Deployment shop/web, newest first')
  assert.match(rows[1] ?? '', /^revision 2, made 2026-11-12T12:00:00Z \(web-22\), 1\/3 ready, web:2, .* -> .*2.*, cause "CI 4711"$/)
  assert.match(rows[2] ?? '', /^revision 1, made 2026-11-11T12:00:00Z \(web-11\), 0\/0 ready, web:1/)
})

test('a StatefulSet has its revisions elsewhere', async (t) => {
  const revision: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: 'db-1',
      namespace: 'shop',
      creationTimestamp: '2026-11-11T12:00:00Z',
      ownerReferences: [{ kind: 'StatefulSet', name: 'db' }],
    },
    revision: 1,
    data: { spec: { template: { spec: { containers: [{ name: 'db', image: 'pg:16' }] } } } },
  }
  const api = await kubeApi(t, { objects: [revision] })
  const { shown } = cited(await ask(rolloutHistory, sources(api.url), { kind: 'statefulset', namespace: 'shop', name: 'db' }))
  assert.match(shown, /^1 revisions of StatefulSet shop\/db, newest first\nrevision 1, made 2026-11-11T12:00:00Z \(db-1\), pg:16/)
})
