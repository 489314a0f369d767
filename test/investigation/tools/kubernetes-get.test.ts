import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { kubernetesGet } from '../../../src/investigation/tools/kubernetes-get.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { createRedactor } from '../../../src/text/redact.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { kubeApi } from '../../kubernetes/api.ts'

const sources = (endpoint: string) => ({ kubernetes: kubernetes({ endpoint }, { fetch, clock: systemClock }) })

const pod = (name: string, ready: boolean, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: '2026-11-20T20:00:00Z', labels: { app: 'web' } },
  spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'web:1', ...more }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [
      { name: 'app', ready, restartCount: ready ? 0 : 7, state: ready ? {} : { waiting: { reason: 'CrashLoopBackOff' } } },
    ],
  },
})

const listOf = (...items: KubeObject[]) => ({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items })

toolContract(kubernetesGet, {
  sources,
  megabytes: 20,
  input: { kind: 'pods', namespace: 'shop' },
  query: 'kubectl get pods -n shop',
  some: listOf(pod('web-1', true)),
  none: listOf(),
  tooMany: listOf(...Array.from({ length: 101 }, (_, n) => pod(`web-${n}`, true))),
  refused: [{ kind: 'pods', namespace: 'shop', name: '../secrets' }].map((one) => ({ ...one, query: 'kubectl get pods ../secrets' })),
})

const at = async (t: TestContext, objects: readonly KubeObject[]) => {
  const api = await kubeApi(t, { objects })
  return { api, get: async (input: object) => ask(kubernetesGet, sources(api.url), input) }
}

test('a list has a line for each object, those in trouble first', async (t) => {
  const { get } = await at(t, [pod('web-1', true), pod('web-2', false)])
  const { shown } = cited(await get({ kind: 'po', namespace: 'shop', labels: { app: 'web' } }))
  assert.equal(
    shown,
    [
      '2 pods, 1 in trouble, which come first',
      'shop/web-2: CrashLoopBackOff, 0/1 ready, 7 restarts, on n1, created 2026-11-20T20:00:00Z',
      'shop/web-1: Running, 1/1 ready, 0 restarts, on n1, created 2026-11-20T20:00:00Z',
    ].join('\n'),
  )
})

test('one object comes as YAML without what machines read, its secrets withheld; one that is not there is a complete answer', async (t) => {
  const { api } = await at(t, [pod('web-1', true, { env: [{ name: 'DB_PASSWORD', value: 'hunter2horse' }] })])
  const { redact } = createRedactor({ key: 'x', allow: [], deny: [] })
  const input = kubernetesGet.input.parse({ kind: 'pod', namespace: 'shop', name: 'web-1' })
  const context = { sources: sources(api.url), clock: systemClock, signal: new AbortController().signal, evidence: () => undefined }
  const { shown, query } = cited(await kubernetesGet.run(input, { ...context, redact }))
  assert.equal(query, 'kubectl get pod web-1 -n shop')
  assert.match(shown, /^1 of pods\n[\s\S]*name: DB_PASSWORD\n\s+value: "?\[redacted/)
  assert.doesNotMatch(shown, /hunter2|uid-/)
  const gone = cited(await ask(kubernetesGet, sources(api.url), { kind: 'pod', namespace: 'shop', name: 'web-9' }))
  assert.deepEqual([gone.shown, gone.complete], ['0 pods: there is none of that name', true])
})

test('secrets, kinds that are not read and a name without its namespace are not asked for', async (t) => {
  const { api, get } = await at(t, [])
  for (const [input, said] of [
    [{ kind: 'Secret', namespace: 'shop' }, /reads no secrets/],
    [{ kind: 'roles' }, /reads no roles; it reads pods, services/],
    [{ kind: 'pods', name: 'web-1' }, /needs its namespace/],
    [{ kind: 'pods', labels: { app: 'a b' } }, /no label that an object can have/],
  ] as const) {
    const answer = await get(input)
    assert.ok(!answer.ok && said.test(answer.error) && answer.error.startsWith('Not asked: '))
  }
  assert.equal(api.asked.length, 0)
})

test('of a long list the specifications are not kept, of a short one everything', async (t) => {
  const { get } = await at(
    t,
    Array.from({ length: 21 }, (_, n) => pod(`web-${n}`, true)),
  )
  const { output } = cited(await get({ kind: 'pods', namespace: 'shop' }))
  assert.ok(output.kind === 'objects' && output.objects.length === 21 && output.objects.every((one) => !('spec' in (one as object))))
})
