import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argocd } from '../../../src/remediation/runners/argocd.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { argoWire, NEW, OLD } from './argocd-wire.ts'
import { ACTION, configOf, runningOf } from './running.ts'

const at = (url: string) => runningOf(configOf(`argocd: { endpoint: ${url}, token: reads, runner_token: changes }`))
const BEFORE = '2026-11-20T12:00:00Z'
const SYNC = { do: 'sync', application: 'checkout', before: BEFORE }
const ROLLBACK = { do: 'rollback', application: 'checkout', before: BEFORE, id: 3, revision: OLD }

runnerContract(argocd, {
  stage: async (t, how) => {
    const wire = await argoWire(t)
    wire.how = how
    return { request: SYNC, running: at(wire.url), deeds: () => wire.deeds.length }
  },
  unconfigured: {
    running: runningOf(configOf('argocd: { endpoint: http://127.0.0.1:9, token: reads }')),
    says: /argocd\.endpoint and argocd\.runner_token/,
  },
})

test('changes go with the second token, looks with the first', async (t) => {
  const wire = await argoWire(t)
  await argocd.probe(SYNC, at(wire.url))
  await argocd.run(SYNC, at(wire.url))
  assert.deepEqual(
    wire.asked.map(({ method, headers }) => `${method} ${headers.authorization}`),
    ['GET Bearer reads', 'POST Bearer changes'],
  )
})

test('whether a sync, a rollback or a change of the policy was done is seen in the application', async (t) => {
  const AUTO = { do: 'auto_sync', application: 'checkout', automated: { prune: false, selfHeal: true } }
  for (const step of [SYNC, ROLLBACK, AUTO]) {
    const wire = await argoWire(t)
    const running = at(wire.url)
    assert.equal(await argocd.probe(step, running), 'not_done', step.do)
    wire.how = 'dies'
    assert.equal((await argocd.run(step, running)).outcome, 'unknown', step.do)
    assert.equal(await argocd.probe(step, running), 'done', step.do)
    assert.equal(wire.deeds.length, 1)
  }
})

test('when somebody else’s operation came since, nobody can tell', async (t) => {
  const wire = await argoWire(t)
  const running = at(wire.url)
  await argocd.run(SYNC, { ...running, action: 'another' })
  assert.equal(await argocd.probe(SYNC, running), 'unknown')
  assert.deepEqual(wire.app.status.operationState.operation, { sync: { revision: NEW }, info: [{ name: 'vigil', value: 'another' }] })
  assert.notEqual(ACTION, 'another')
})

test('nothing is pruned, forced, deleted, or done to what is no application’s name', async (t) => {
  const wire = await argoWire(t)
  const strange = [
    { ...SYNC, prune: true },
    { ...SYNC, strategy: { apply: { force: true } } },
    { ...SYNC, application: '../projects/default' },
    { ...SYNC, application: 'checkout?cascade=true' },
    { do: 'delete', application: 'checkout' },
    { ...ROLLBACK, id: -1 },
  ]
  for (const step of strange) assert.equal((await argocd.run(step, at(wire.url))).outcome, 'failed', JSON.stringify(step))
  assert.deepEqual(wire.asked, [])
})
