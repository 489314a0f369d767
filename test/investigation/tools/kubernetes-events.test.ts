import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { kubernetesEvents } from '../../../src/investigation/tools/kubernetes-events.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { kubeApi } from '../../kubernetes/api.ts'

const sources = (endpoint: string) => ({ kubernetes: kubernetes({ endpoint }, { fetch, clock: systemClock }) })

const event = (name: string, at: string, more: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: 'shop', creationTimestamp: at },
  involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'shop' },
  firstTimestamp: at,
  lastTimestamp: at,
  count: 1,
  type: 'Warning',
  reason: 'BackOff',
  message: 'Back-off restarting failed container app in pod web-1',
  ...more,
})

const listOf = (...items: KubeObject[]) => ({ kind: 'EventList', apiVersion: 'v1', metadata: {}, items })

toolContract(kubernetesEvents, {
  sources,
  megabytes: 20,
  input: { namespace: 'shop' },
  query: 'kubectl get events -n shop',
  some: listOf(event('e1', '2026-11-20T21:55:00Z')),
  none: listOf(),
  tooMany: listOf(...Array.from({ length: 1001 }, (_, n) => event(`e${n}`, '2026-11-20T21:55:00Z'))),
  refused: [
    { namespace: 'shop', start: 'yesterday' },
    { namespace: 'shop', start: '-1h', end: '-2h' },
  ],
})

test('events are in order of time, newest first, with how often and of what; those outside the time are left out', async (t) => {
  const objects = [
    event('old', '2026-11-20T18:00:00Z'),
    event('b', '2026-11-20T21:50:00Z', { firstTimestamp: '2026-11-20T21:40:00Z', count: 12 }),
    event('a', '2026-11-20T21:58:00Z', {
      type: 'Normal',
      reason: 'Pulled',
      message: 'pulled\nimage',
      involvedObject: { kind: 'Node', name: 'n1' },
    }),
  ]
  const api = await kubeApi(t, { objects })
  const { shown, output } = cited(await ask(kubernetesEvents, sources(api.url), { namespace: 'shop' }))
  assert.deepEqual(shown.split('\n').slice(1), [
    '2026-11-20T21:58:00Z Normal Pulled Node n1: pulled image',
    '2026-11-20T21:50:00Z Warning BackOff Pod shop/web-1 (12 times since 2026-11-20T21:40:00Z): Back-off restarting failed container app in pod web-1',
  ])
  assert.ok(output.kind === 'objects' && output.objects.length === 2)
})

test('those of one object, and warnings alone, are chosen by the server', async (t) => {
  const api = await kubeApi(t, { objects: [event('a', '2026-11-20T21:58:00Z')] })
  const input = { namespace: 'shop', kind: 'pods', name: 'web-1', warnings: true }
  const { query } = cited(await ask(kubernetesEvents, sources(api.url), input))
  assert.equal(api.asked[0]?.params['fieldSelector'], 'involvedObject.kind=Pod,involvedObject.name=web-1,type=Warning')
  assert.match(query, /--field-selector involvedObject\.kind=pods,involvedObject\.name=web-1,type=Warning$/)
  const answer = await ask(kubernetesEvents, sources(api.url), { namespace: 'shop', name: 'web-1' })
  assert.ok(!answer.ok && /needs the kind/.test(answer.error))
})
