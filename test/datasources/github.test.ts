import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { github } from '../../src/datasources/github.ts'
import { saying, serve, type Wire } from './wire.ts'

const FROM = new Date('2026-11-20T12:00:00Z')
const REPOSITORIES = [
  { repository: 'shop/checkout', service: 'checkout', environment: 'production' },
  { repository: 'shop/search', service: 'search' },
]

const open = ({ url }: Wire) => github({ endpoint: url, fetch, clock: systemClock, auth: { kind: 'bearer', token: 'ghp_x' } }, REPOSITORIES)

const deployment = (id: number, { sha = `${id}`.repeat(40), ref = 'main', created_at = '2026-11-20T21:40:00Z' } = {}) => ({
  ...{ id, sha, ref, created_at },
  creator: { login: 'alice' },
  description: null,
})

type Answers = { deployments: unknown; statuses: Readonly<Record<string, readonly [string, string][]>> }

const wireOf = (t: TestContext, { deployments, statuses }: Answers): Promise<Wire> =>
  serve(t, (asked, response) => {
    const id = /deployments\/(\d+)\/statuses$/.exec(asked.path)?.[1]
    const body = id === undefined ? deployments : (statuses[id] ?? []).map(([state, created_at]) => ({ state, created_at }))
    saying(body)(asked, response)
  })

test('a deployment went live when its job began to put it there, and replaced the one before', async (t) => {
  const wire = await wireOf(t, {
    deployments: [deployment(3, { ref: 'v2.14.0' }), deployment(2, { created_at: '2026-11-19T09:00:00Z', ref: 'v2.13.4' })],
    statuses: {
      3: [
        ['success', '2026-11-20T21:46:00Z'],
        ['in_progress', '2026-11-20T21:44:00Z'],
        ['queued', '2026-11-20T21:40:00Z'],
      ],
    },
  })
  const found = await open(wire).deploys({ services: ['Checkout'], from: FROM })
  assert.deepEqual(found, [
    {
      service: 'checkout',
      namespace: null,
      kind: 'deploy',
      version: 'v2.14.0',
      previous: 'v2.13.4',
      commit: '3'.repeat(40),
      author: 'alice',
      url: null,
      at: new Date('2026-11-20T21:44:00Z'),
      source: 'github',
    },
  ])
  assert.deepEqual(
    wire.asked.map(({ path }) => path),
    ['/repos/shop/checkout/deployments', '/repos/shop/checkout/deployments/3/statuses'],
  )
  assert.equal(wire.asked[0]?.params['environment'], 'production')
  assert.equal(wire.asked[0]?.headers.authorization, 'Bearer ghp_x')
})

test('one that was superseded counts, one that failed, waits or was never begun does not, and a branch is told by its commit', async (t) => {
  const wire = await wireOf(t, {
    deployments: [4, 5, 6, 7].map((id) => deployment(id)),
    statuses: {
      4: [
        ['inactive', '2026-11-20T21:50:00Z'],
        ['success', '2026-11-20T21:41:00Z'],
      ],
      5: [
        ['failure', '2026-11-20T21:45:00Z'],
        ['in_progress', '2026-11-20T21:44:00Z'],
      ],
      6: [['queued', '2026-11-20T21:40:00Z']],
    },
  })
  const found = await open(wire).deploys({ services: ['checkout'], from: FROM })
  assert.deepEqual(
    found.map(({ version, previous, at }) => [version, previous, at.toISOString()]),
    [['4444444', '5555555', '2026-11-20T21:41:00.000Z']],
  )
})

test('nothing is asked of services that no repository is for, and what is no list of deployments is said', async (t) => {
  const wire = await serve(t, saying({ message: 'Not Found' }))
  assert.deepEqual(await open(wire).deploys({ services: ['mail'], from: FROM }), [])
  assert.deepEqual(wire.asked, [])
  await assert.rejects(open(wire).deploys({ services: ['search'], from: FROM }), /GitHub answered in an unexpected shape/)
  const gone = await serve(t, saying({ message: 'Not Found' }, 404))
  await assert.rejects(open(gone).look({}), /GitHub 404 Not Found/)
})
