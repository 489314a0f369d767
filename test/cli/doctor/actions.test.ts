import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { checkActions } from '../../../src/cli/doctor/actions.ts'
import type { Line } from '../../../src/cli/doctor/check.ts'
import type { Config } from '../../../src/config.ts'
import { loadConfig } from '../../../src/config.ts'
import { systemClock } from '../../../src/context.ts'
import { startServer } from '../../../src/demo/world/server.ts'
import { manifestFolder } from '../../remediation/actions/manifest-folder.ts'

const check = (actions: readonly Record<string, unknown>[], endpoint?: string): Promise<Line[]> => {
  const plain = loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} })
  const config = {
    ...plain,
    actions: actions.map((one) => ({ params: {}, automatic: false, verify: [], ...one })),
    kubernetes: { ...plain.kubernetes, ...(endpoint === undefined ? {} : { runner: { endpoint } }) },
  } as unknown as Config
  return checkActions({ config, env: {}, clock: systemClock, fetch, signal: AbortSignal.timeout(5000), channels: Promise.resolve([]) })
}

const texts = (lines: readonly Line[]): string[] => lines.map(({ level, text }) => `${level}: ${text}`)

/** An API server that allows what the test says. */
const api = async (t: TestContext, allows: (attributes: Record<string, string>) => boolean): Promise<string> => {
  const peer = await startServer(async (asked) => {
    const review = JSON.parse(asked.body) as { spec: { resourceAttributes: Record<string, string> } }
    return { status: 201, body: { ...review, status: { allowed: allows(review.spec.resourceAttributes) } } }
  })
  t.after(() => peer.stop())
  return peer.url
}

const entries = [
  { kind: 'delete_pod', targets: ['shop/*'] },
  { kind: 'drain_node', targets: ['worker-*'] },
]

test('without entries nothing is said of actions', async () => {
  assert.deepEqual(await check([]), [])
})

test('an entry that cannot be used keeps Vigil from starting, and doctor says so', async () => {
  const [line] = await check([{ kind: 'delete_pod', targets: ['kube-system/*'] }])
  assert.equal(line?.effect, 'no start')
  assert.match(line?.text ?? '', /delete_pod.*is forbidden: nothing in the namespace kube-system/)
})

test('an account that is not there, or has a right too few, is named with the command that mends it', async (t) => {
  const [, none] = await check(entries)
  assert.match(none?.text ?? '', /^no account that may change Kubernetes/)
  const asked: Record<string, string>[] = []
  const wire = await api(t, (attributes) => {
    asked.push(attributes)
    return attributes['resource'] !== 'nodes'
  })
  assert.deepEqual(texts(await check(entries, wire)), [
    'ok: 2 entries, each with what it needs to be known',
    "fault: the runner's account may not patch nodes",
  ])
  assert.equal(asked.length, 3)
  assert.ok(asked.some(({ verb, namespace, resource }) => verb === 'delete' && namespace === 'shop' && resource === 'pods'))
  const all = await api(t, () => true)
  assert.deepEqual(texts(await check(entries, all)).at(-1), "ok: the runner's account may do what the entries need")
})

test('a folder of manifests is looked at: what is in it, what cannot be read, and that it is there', async () => {
  const last = async (manifests: string) => texts(await check([{ kind: 'apply_manifest', targets: ['shop/*'], manifests }])).at(-1) ?? ''
  const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: shop }\n'
  assert.match(
    await last(manifestFolder({ 'a.yaml': `${config}---\nkind: Secret\napiVersion: v1\nmetadata: { name: b }\n` })),
    /^ok: .*: 1 object that could be applied$/,
  )
  assert.match(await last(manifestFolder({ 'a.yaml': config, 'b.yaml': '{' })), /^warning: .*: b.yaml is not valid YAML \(line 1\)$/)
  assert.match(await last(manifestFolder({})), /^warning: .*: nothing in it could be applied$/)
  assert.match(
    await last('/nowhere/manifests'),
    /^fault: manifests: the folder of manifests \/nowhere\/manifests cannot be read \(ENOENT\)$/,
  )
})

test("a check's program that is not there is a warning", async () => {
  const verify = ['/usr/bin/true', '/nowhere/look'].map((program) => ({ kind: 'command', argv: [program] }))
  const lines = await check([{ kind: 'silence_alert', targets: ['*'], verify }])
  assert.deepEqual(texts(lines).slice(1), [
    "warning: a check's program cannot be run, so that nothing it is to check is ever verified: /nowhere/look is not there, or is no program that everybody may run",
  ])
})
