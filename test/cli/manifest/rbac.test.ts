import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { rbacManifest } from '../../../src/cli/manifest/rbac.ts'
import { systemClock } from '../../../src/context.ts'
import { kubernetes } from '../../../src/datasources/kubernetes.ts'
import { readClusterState } from '../../../src/investigation/cluster-state.ts'
import { kinds } from '../../../src/kubernetes/kinds.ts'
import { kubeApi } from '../../kubernetes/api.ts'
import { command } from '../process.ts'

type Rule = { apiGroups?: string[]; resources?: string[]; nonResourceURLs?: string[]; verbs: string[] }
type Document = { kind: string; metadata: { name: string; namespace?: string }; rules?: Rule[]; roleRef?: object; subjects?: object[] }

const documents = (text: string): Document[] => parseAllDocuments(text).map((one) => one.toJS() as Document)

/** "list apps/deployments", "get /pods/log", "get /version" for each right. */
const rightsOf = (text: string): Set<string> =>
  new Set(
    documents(text)
      .flatMap(({ rules = [] }) => rules)
      .flatMap(({ apiGroups = [], resources = [], nonResourceURLs = [], verbs }) =>
        verbs.flatMap((verb) => [
          ...apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${group}/${resource}`)),
          ...nonResourceURLs.map((url) => `${verb} ${url}`),
        ]),
      ),
  )

/** The right that a request needs (kubernetes.io, "Authorization Overview": verbs by method and path). */
const rightFor = (path: string): string => {
  const [, , group = '', rest] = /^\/(api\/v1|apis\/([^/]+)\/[^/]+)\/(.+)$/.exec(path) ?? []
  if (rest === undefined) return `get ${path}`
  const [resource = '', name, subresource] = rest.replace(/^namespaces\/[^/]+\/(?!$)/, '').split('/')
  return `${name === undefined ? 'list' : 'get'} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`
}

test('the role covers exactly what the client asks for: no right is missing, none is there unused', async (t) => {
  const api = await kubeApi(t, { objects: [], logs: { 'shop/web-1/app': 'x' } })
  const client = kubernetes({ endpoint: api.url }, { fetch, clock: systemClock })
  const { signal } = new AbortController()
  await readClusterState({
    kubernetes: client,
    clock: systemClock,
    signal,
    ms: 5000,
    labels: { node: 'n1', namespace: 'shop' },
    subject: 'web',
  })
  await readClusterState({ kubernetes: client, clock: systemClock, signal, ms: 5000, labels: { pod: 'web-1' }, subject: 'web' })
  for (const { kind, namespaced, isExtension } of kinds)
    if (isExtension !== true) await client.get(kind, { name: 'x', ...(namespaced ? { namespace: 'shop' } : {}) })
  await client.logs({ namespace: 'shop', pod: 'web-1', container: 'app' }, { previous: false, lines: 1 })
  await client.version({})
  const needed = new Set(api.asked.map(({ path }) => rightFor(path)))
  // One of an extension that is not installed cannot be asked for, but where it is, it is read like any other.
  for (const { group, resource, isExtension } of kinds) if (isExtension === true) needed.add(`get ${group}/${resource}`)
  assert.deepEqual([...rightsOf(rbacManifest('vigil'))].toSorted(), [...needed].toSorted())
})

test('the role reads only, and no secret', () => {
  const rights = [...rightsOf(rbacManifest('vigil'))]
  assert.ok(rights.length > 50)
  for (const right of rights) assert.match(right, /^(get|list) (?!.*(secret|\*))/)
})

test('the account, its role and what binds them belong together and stand in the namespace that is named', async () => {
  const { status, out } = await command(['manifest', 'rbac', '--namespace', 'ops'])
  assert.equal(status, 0)
  const [account, role, binding] = documents(out)
  assert.deepEqual([account?.kind, account?.metadata], ['ServiceAccount', { name: 'vigil', namespace: 'ops' }])
  assert.deepEqual(binding?.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role?.metadata.name })
  assert.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', name: 'vigil', namespace: 'ops' }])
})

test('a namespace that cannot be one is refused, with how to mend it', async () => {
  const { status, err } = await command(['manifest', 'rbac', '--namespace', 'a: b'])
  assert.equal(status, 2)
  assert.match(err, /--namespace: must be the name of the namespace/)
})

test('the account of the runner has what the enabled actions need, in their namespaces, and is not there without them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-rbac-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'vigil.yaml')
  writeFileSync(path, 'actions:\n  - { kind: pause_rollout, targets: [shop/checkout] }\n  - { kind: drain_node, targets: ["worker-*"] }\n')
  const { status, out } = await command(['manifest', 'rbac', '--namespace', 'ops', '--config', path])
  assert.equal(status, 0)
  const [, , , account, clusterRole, clusterBinding, role, binding] = documents(out)
  assert.deepEqual(account?.metadata, { name: 'vigil-runner', namespace: 'ops' })
  assert.deepEqual(clusterRole?.rules, [
    { apiGroups: [''], resources: ['nodes'], verbs: ['patch'] },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  ])
  assert.deepEqual(role?.metadata, { name: 'vigil-runner', namespace: 'shop' })
  assert.deepEqual(role?.rules, [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['checkout'], verbs: ['patch'] }])
  for (const one of [clusterBinding, binding])
    assert.deepEqual(one?.subjects, [{ kind: 'ServiceAccount', name: 'vigil-runner', namespace: 'ops' }])

  const none = await command(['manifest', 'rbac', '--config', path, '--cluster', 'prod'])
  assert.equal(none.status, 2)
  assert.match(none.err, /--cluster: "prod" is not configured; there is default/)
  writeFileSync(path, 'log_level: info\n')
  assert.equal(documents((await command(['manifest', 'rbac', '--config', path])).out).length, 3)
})
