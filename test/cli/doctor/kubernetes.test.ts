import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CheckInput, Line } from '../../../src/cli/doctor/check.ts'
import { checkKubernetes } from '../../../src/cli/doctor/kubernetes.ts'
import { checkVariables } from '../../../src/cli/doctor/variables.ts'
import { loadConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/context.ts'
import { type KubeWorld, kubeApi } from '../../kubernetes/api.ts'

const check = async (env: Record<string, string>): Promise<readonly Line[]> =>
  checkKubernetes({
    config: loadConfig({ env: { VIGIL_CONFIG: '/dev/null', ...env }, flags: {} }),
    env,
    clock: systemClock,
    fetch,
    signal: new AbortController().signal,
    channels: Promise.resolve([]),
  } satisfies CheckInput)

const web = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { containers: [{ name: 'app' }] },
}

const at = async (t: TestContext, world: Partial<KubeWorld>) => {
  const api = await kubeApi(t, { objects: [web], logs: { 'shop/web/app': 'x' }, ...world })
  return check({ VIGIL_KUBERNETES_ENDPOINT: api.url, VIGIL_KUBERNETES_TOKEN: 't0ken' })
}

test('an API that lets everything be read is said to be well, with its version', async (t) => {
  assert.deepEqual(await at(t, {}), [
    { level: 'ok', part: 'Kubernetes', text: 'v1.33.1: everything that Vigil looks at may be read, secrets aside' },
  ])
})

test('kinds that may not be read are named, with the command that grants them', async (t) => {
  const [line] = await at(t, {
    faults: { networkpolicies: { status: 403 }, nodes: { status: 403 }, log: { status: 403 }, rollouts: { status: 403 } },
  })
  assert.deepEqual(line, {
    level: 'warning',
    part: 'Kubernetes',
    text: 'v1.33.1: may not read nodes, networkpolicies, the logs of pods',
    mend: 'vigil manifest rbac | kubectl apply -f -',
  })
})

test('what fails in another way than by a missing right says how', async (t) => {
  const [line] = await at(t, { faults: { horizontalpodautoscalers: { status: 404 }, nodes: { status: 403 } } })
  assert.match(line?.text ?? '', /may not read nodes, horizontalpodautoscalers \(horizontalpodautoscalers: 404 the server could not find/)
})

test('a token that is not accepted, a server that is not there and a kubeconfig that cannot be used are faults with their mend', async (t) => {
  const [refused] = await at(t, { faults: { '*': { status: 401 } } })
  assert.deepEqual([refused?.level, /kubectl create token vigil/.test(refused?.mend ?? '')], ['fault', true])
  const [absent] = await check({ VIGIL_KUBERNETES_ENDPOINT: 'http://127.0.0.1:2' })
  assert.deepEqual(
    [absent?.level, /connection refused/.test(absent?.text ?? ''), /kubectl cluster-info/.test(absent?.mend ?? '')],
    ['fault', true, true],
  )
  const [unusable] = await check({ KUBECONFIG: '/nowhere/kubeconfig' })
  assert.match(
    `${unusable?.level} ${unusable?.text} ${unusable?.mend}`,
    /fault cannot read \/nowhere\/kubeconfig \(ENOENT\).*docs\/kubernetes\.md/,
  )
})

test('without Kubernetes that is a note, not a fault', async () => {
  const [line] = await check({})
  assert.equal(line?.level, 'note')
})

test('the variables of files are known', async () => {
  const env = { VIGIL_KUBERNETES_CA_FILE: '/ca', VIGIL_KUBERNETES_TOKEN_FILE: '/token' }
  assert.deepEqual(await checkVariables({ env } as unknown as CheckInput), [])
})
