import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { argocd } from '../../src/datasources/argocd.ts'
import { saying, serve } from './wire.ts'

const sha = (letter: string): string => letter.repeat(40)

/** As Argo CD 2.11 gives it, with what is not read left in. */
const application = (over: object = {}) => ({
  metadata: { name: 'checkout' },
  spec: { destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' } },
  status: {
    sync: { status: 'Synced', revision: sha('b') },
    health: { status: 'Degraded' },
    resources: [
      { group: 'apps', kind: 'Deployment', name: 'checkout-api', namespace: 'shop' },
      { kind: 'Service', name: 'checkout' },
    ],
    history: [
      { id: 1, revision: sha('a'), deployedAt: '2026-11-19T10:00:10Z', deployStartedAt: '2026-11-19T10:00:00Z', source: { repoURL: 'x' } },
      { id: 2, revision: sha('a'), deployedAt: '2026-11-19T12:00:00Z', source: { repoURL: 'x' } },
      {
        id: 3,
        revision: sha('a'),
        deployedAt: '2026-11-19T13:00:00Z',
        source: { repoURL: 'x', helm: { parameters: [{ name: 'pool', value: '2' }] } },
      },
      {
        id: 4,
        revision: sha('b'),
        deployedAt: '2026-11-20T21:45:09Z',
        deployStartedAt: '2026-11-20T21:45:00Z',
        initiatedBy: { username: 'alice' },
        source: { repoURL: 'x' },
      },
    ],
    ...over,
  },
})

test('the history of an application tells what went out when, and a repair of the same is nothing', async (t) => {
  const wire = await serve(t, saying({ items: [application()] }))
  const client = argocd({ endpoint: wire.url, fetch, clock: systemClock, auth: { kind: 'bearer', token: 'x' } })
  const [one] = await client.applications({})
  assert.deepEqual([one?.name, one?.sync, one?.health, one?.services], ['checkout', 'Synced', 'Degraded', ['checkout', 'checkout-api']])
  assert.deepEqual(
    one?.deploys.map(({ kind, previous, version, author, at }) => [kind, previous, version, author, at.toISOString()]),
    [
      ['deploy', null, 'aaaaaaa', null, '2026-11-19T10:00:00.000Z'],
      ['config', null, 'aaaaaaa', null, '2026-11-19T13:00:00.000Z'],
      ['deploy', 'aaaaaaa', 'bbbbbbb', 'alice', '2026-11-20T21:45:00.000Z'],
    ],
  )
  assert.equal(one?.deploys.at(-1)?.commit, sha('b'))
  assert.match(wire.asked[0]?.params['fields'] ?? '', /items\.status\.history/)
})

test('an application of many workloads is accused under its own name alone, and one without a history has none', async (t) => {
  const resources = ['a', 'b', 'c', 'd'].map((name) => ({ kind: 'Deployment', name }))
  const wire = await serve(t, saying({ items: [application({ resources, history: null }), { metadata: { name: 'new' } }] }))
  const found = await argocd({ endpoint: wire.url, fetch, clock: systemClock }).applications({})
  assert.deepEqual(
    found.map(({ services, deploys }) => [services, deploys]),
    [
      [['checkout'], []],
      [['new'], []],
    ],
  )
  const empty = await serve(t, saying({ items: null }))
  assert.deepEqual(await argocd({ endpoint: empty.url, fetch, clock: systemClock }).applications({}), [])
})
