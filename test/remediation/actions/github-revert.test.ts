import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Config } from '../../../src/config.ts'
import { openSources } from '../../../src/datasources/index.ts'
import type { Reading } from '../../../src/remediation/actions/action.ts'
import { githubRevert } from '../../../src/remediation/actions/github-revert.ts'
import { github } from '../../../src/remediation/runners/github.ts'
import { type GitHubWire, githubWire } from '../runners/github-wire.ts'
import { ACTION, configOf, runningOf } from '../runners/running.ts'

const configFor = (url: string): Config =>
  configOf(
    `github: { api: ${url}, token: reads, runner_token: writes, repositories: [{ repository: shop/checkout, service: checkout }, { repository: shop/a, service: two }, { repository: shop/b, service: two }] }`,
  )

const open = async (t: TestContext) => {
  const wire = await githubWire(t)
  const config = configFor(wire.url)
  const running = runningOf(config)
  const reading: Reading = {
    sources: openSources(config, { fetch, clock: running.context.clock })('default'),
    cluster: 'default',
    clock: running.context.clock,
    signal: AbortSignal.timeout(10_000),
    incident: async () => ({ number: 12, labels: {} }),
  }
  return { wire, running, plan: (commit: string, service = 'checkout') => githubRevert.prepare({ service, commit }, reading, ACTION) }
}

const FIRST = { 'a.txt': 'one', 'b.txt': 'one' }

const story = (wire: GitHubWire) => {
  wire.commit('First', FIRST)
  const bad = wire.commit('Cache prices for a day (#41)\n\nlong text', { 'a.txt': 'two', 'b.txt': 'one', 'new.txt': 'new' })
  wire.commit('Write the docs', { 'a.txt': 'two', 'b.txt': 'one', 'new.txt': 'new', 'docs.md': 'docs' })
  return bad
}

test('a commit is reverted on top of what came later, in a pull request that names the incident', async (t) => {
  const { wire, running, plan } = await open(t)
  const bad = story(wire)
  const planned = await plan(bad)
  assert.equal(planned.title, `Open a pull request that reverts ${bad.slice(0, 7)} of checkout`)
  assert.deepEqual(planned.change, ['- Cache prices for a day (#41)', '~ a.txt', '~ new.txt (removed)'])
  assert.equal(planned.command, `git revert ${bad}`)
  assert.deepEqual([planned.risk, planned.undo], ['LOW', null])
  assert.equal(wire.pulls.length, 0)
  const ran = await github.run(planned.steps[0]?.request, running)
  assert.deepEqual(ran, { outcome: 'done', detail: 'pull request shop/checkout#7 is open' })
  const [pull] = wire.pulls
  assert.equal(pull?.title, 'Revert "Cache prices for a day (#41)"')
  assert.match(pull?.body ?? '', new RegExp(`^Reverts ${bad} for INC-12`))
  assert.equal(pull?.base, 'main')
  assert.match(pull?.head ?? '', /^vigil\/revert-[0-9a-f]{7}-[0-9a-z]{12}$/)
  assert.deepEqual(wire.filesOf(pull?.head ?? ''), { ...FIRST, 'docs.md': 'docs' })
  assert.equal(wire.commits.at(-1)?.message, `Revert "Cache prices for a day (#41)"\n\nThis reverts commit ${bad}.`)
})

test('the newest commit goes back to the tree of its parent', async (t) => {
  const { wire, running, plan } = await open(t)
  wire.commit('First', FIRST)
  const bad = wire.commit('Bad', { 'a.txt': 'two' })
  await github.run((await plan(bad)).steps[0]?.request, running)
  assert.deepEqual(wire.filesOf(wire.pulls[0]?.head ?? ''), FIRST)
})

test('what a person must decide is not reverted: files that were changed again, a first commit, a commit of another branch', async (t) => {
  const { wire, plan } = await open(t)
  const first = wire.commit('First', FIRST)
  const bad = wire.commit('Bad', { ...FIRST, 'a.txt': 'two' })
  wire.commit('Again', { ...FIRST, 'a.txt': 'three' })
  await assert.rejects(plan(bad), /later commits changed the same files as .* \(a\.txt\): a person must revert it/)
  await assert.rejects(plan(first), /first commit of shop\/checkout/)
  const other = { sha: 'f'.repeat(40), files: { 'a.txt': 'x' }, parents: [first], message: 'Elsewhere' }
  wire.commits.push(other)
  await assert.rejects(plan(other.sha), /ffffff. is not in main of shop\/checkout/)
  await assert.rejects(plan('e'.repeat(40)), /GitHub 404/)
})

test('only a whole commit id, and a service with one repository, can be named', async (t) => {
  const { wire, plan } = await open(t)
  const bad = story(wire)
  for (const commit of [bad.slice(0, 7), 'main', `${bad}^`, '../../user', bad.toUpperCase()])
    await assert.rejects(plan(commit), /must be a whole commit id/, commit)
  await assert.rejects(plan(bad, 'other'), /no repository of other is configured/)
  await assert.rejects(plan(bad, 'two'), /two has 2 repositories/)
})
