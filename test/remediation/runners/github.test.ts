import assert from 'node:assert/strict'
import { test } from 'node:test'
import { github } from '../../../src/remediation/runners/github.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { type GitHubWire, githubWire } from './github-wire.ts'
import { configOf, runningOf } from './running.ts'

const at = (url: string) => runningOf(configOf(`github: { api: ${url}, token: reads, runner_token: writes }`))

const step = (wire: GitHubWire) => {
  const head = wire.commit('first', { 'a.txt': 'one' })
  const tree = { base_tree: head, tree: [{ path: 'a.txt', mode: '100644', type: 'blob', sha: null }] }
  const [title, branch] = ['Revert "first"', 'vigil/revert-abc-1']
  return { do: 'revert', repository: 'shop/checkout', branch, into: 'main', head, tree, message: title, title, body: 'INC-7' }
}

runnerContract(github, {
  stage: async (t, how) => {
    const wire = await githubWire(t)
    const request = step(wire)
    wire.how = how
    return { request, running: at(wire.url), deeds: () => wire.pulls.length }
  },
  unconfigured: { running: runningOf(configOf('github: { token: reads }')), says: /github\.runner_token/ },
})

test('only a new branch of its own is written, never one that is there, and with the second token', async (t) => {
  const wire = await githubWire(t)
  const request = step(wire)
  const before = wire.branches['main']
  assert.equal((await github.run(request, at(wire.url))).outcome, 'done')
  assert.equal(wire.branches['main'], before)
  assert.deepEqual(
    wire.asked.map(({ method, path, headers }) => `${method} ${path.replace('/repos/shop/checkout', '')} ${headers.authorization}`),
    ['/git/trees', '/git/commits', '/git/refs', '/pulls'].map((path) => `POST ${path} Bearer writes`),
  )
  const strange = [
    { ...request, branch: 'main' },
    { ...request, branch: 'vigil/revert-../../main' },
    { ...request, repository: '../../user' },
    { ...request, repository: 'shop/../checkout' },
    { ...request, head: 'main' },
    { ...request, force: true },
    { ...request, tree: { ...request.tree, tree: [] } },
  ]
  wire.asked.length = 0
  for (const one of strange) assert.equal((await github.run(one, at(wire.url))).outcome, 'failed', JSON.stringify(one))
  assert.deepEqual(wire.asked, [])
})

test('whether the pull request is there is seen by its branch; a branch without one is neither', async (t) => {
  const wire = await githubWire(t)
  const request = step(wire)
  const running = at(wire.url)
  assert.equal(await github.probe(request, running), 'not_done')
  wire.how = 'dies'
  const ran = await github.run(request, running)
  assert.ok(ran.outcome === 'unknown' && /the branch vigil\/revert-abc-1 is made/.test(ran.reason))
  assert.equal(await github.probe(request, running), 'done')
  wire.pulls.length = 0
  assert.equal(await github.probe(request, running), 'unknown')
})
