import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { kubernetesLogs } from '../../../src/investigation/tools/kubernetes-logs.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ask, cited } from '../../contracts/tool.ts'
import { kubeApi } from '../../kubernetes/api.ts'

const sources = (endpoint: string) => ({ kubernetes: kubernetes({ endpoint }, { fetch, clock: systemClock }) })

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: { containers: [{ name: 'proxy' }, { name: 'app' }] },
  status: { containerStatuses: [{ name: 'app', restartCount: 3 }] },
}

const logs = { 'shop/web-1/app': 'one\ntwo\n', 'shop/web-1/app previous': 'panic: out of cheese\n', 'shop/web-1/proxy': 'hello\n' }

test('lines come newest first with their times, of the container that restarted most where none is named', async (t) => {
  const api = await kubeApi(t, { objects: [pod], logs })
  const { shown, query, output, complete, range } = cited(await ask(kubernetesLogs, sources(api.url), { namespace: 'shop', pod: 'web-1' }))
  assert.equal(query, 'kubectl logs -n shop web-1 -c app --tail 200')
  assert.equal(
    shown,
    [
      '2 lines of web-1, container app, from 2026-11-20T21:50:00.000000000Z to 2026-11-20T21:50:01.000000000Z, newest first',
      'The pod has also proxy.',
      '2026-11-20T21:50:01.000000000Z two',
      '2026-11-20T21:50:00.000000000Z one',
    ].join('\n'),
  )
  assert.ok(output.kind === 'lines' && output.lines.length === 2)
  assert.deepEqual([complete, range?.from], [true, '2026-11-20T21:50:00.000000000Z'])
})

test('the run before is asked for by name', async (t) => {
  const api = await kubeApi(t, { objects: [pod], logs })
  const input = { namespace: 'shop', pod: 'web-1', container: 'app', previous: true }
  const { shown, query } = cited(await ask(kubernetesLogs, sources(api.url), input))
  assert.match(shown, /^1 lines of web-1, container app, the run before,[\s\S]*panic: out of cheese$/)
  assert.equal(query, 'kubectl logs -n shop web-1 -c app --previous --tail 200')
  const none = await ask(kubernetesLogs, sources(api.url), { ...input, container: 'proxy' })
  assert.ok(!none.ok && /previous terminated container "proxy" in pod "web-1" not found/.test(none.error))
})

test('many lines are shown by kind, and a log that goes on is cut and says so', async (t) => {
  const many = Array.from({ length: 300 }, (_, n) => `request ${n} took ${n} ms`).join('\n')
  const api = await kubeApi(t, { objects: [pod], logs: { 'shop/web-1/app': many } })
  const { shown, complete } = cited(await ask(kubernetesLogs, sources(api.url), { namespace: 'shop', pod: 'web-1', container: 'app' }))
  assert.match(shown, /Truncated: the last 200 lines[\s\S]*1 kind of lines[\s\S]*200 × request <\*> took/)
  assert.equal(complete, false)
  assert.ok(shown.length < 1500)
})

test('what cannot be a pod is not asked for, and a pod that is gone is said to be', async (t) => {
  const api = await kubeApi(t, { objects: [] })
  for (const input of [{ pod: '../x' }, { pod: 'a', container: 'b/c' }, { namespace: 'A', pod: 'a' }]) {
    const answer = await ask(kubernetesLogs, sources(api.url), { namespace: 'shop', ...input })
    assert.ok(!answer.ok && answer.error.startsWith('Not asked: '))
  }
  assert.equal(api.asked.length, 0)
  const gone = await ask(kubernetesLogs, sources(api.url), { namespace: 'shop', pod: 'web-1' })
  assert.ok(!gone.ok && /there is no pod web-1 in shop now/.test(gone.error))
  const none = await ask(kubernetesLogs, {}, { namespace: 'shop', pod: 'web-1' })
  assert.ok(!none.ok && /not configured/.test(none.error))
})
