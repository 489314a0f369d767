import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startStage } from '../../src/demo/stage.ts'
import { until } from '../until.ts'
import { command } from './process.ts'

const scene = async (t: { after(fn: () => Promise<void>): void }) => {
  const stage = await startStage({ world: { rule: { forSeconds: 2 } } })
  t.after(() => stage.close())
  const { VIGIL_PROMETHEUS_ENDPOINT = '', VIGIL_LOKI_ENDPOINT = '', VIGIL_CLAUDE_API_KEY = '', VIGIL_CLAUDE_BASE_URL = '' } = stage.env
  const rulesOnly = { VIGIL_CONFIG: '/dev/null', VIGIL_PROMETHEUS_ENDPOINT, VIGIL_LOKI_ENDPOINT }
  return { stage, rulesOnly, withModel: { ...rulesOnly, VIGIL_CLAUDE_API_KEY, VIGIL_CLAUDE_BASE_URL } }
}

test('an alert that fires is looked at from its history in Prometheus, with nothing else configured; with a model it is investigated', async (t) => {
  const { stage, rulesOnly, withModel } = await scene(t)
  stage.world.break()
  await until('the alert', () => stage.workspace.state.channel('alerts')?.messages.find((message) => message.attachments.length > 0))
  await sleep(1000)
  const rules = await command(['triage', '--alert', 'CheckoutHighErrorRate', '--at', new Date().toISOString()], rulesOnly)
  assert.equal(rules.status, 0, rules.err)
  assert.match(rules.out, /\(limit 5 %\) since \d{4}-/)
  assert.match(rules.out, /^E1 +prometheus: /m)
  const thought = await command(['triage', '--alert', 'CheckoutHighErrorRate', '--at', new Date().toISOString()], withModel)
  assert.equal(thought.status, 0, thought.err)
  assert.match(thought.out, /ACTION REQUIRED +\d+ %/)
  assert.match(thought.out, /Cause: .* E\d+/)
})

test('a name that did not fire is told what did, and what was meant', async (t) => {
  const { stage, rulesOnly } = await scene(t)
  stage.world.break()
  await until('the alert', () => stage.workspace.state.channel('alerts')?.messages.find((message) => message.attachments.length > 0))
  await sleep(1000)
  const typo = await command(['triage', '--alert', 'CheckoutHighErorRate', '--at', new Date().toISOString()], rulesOnly)
  assert.equal(typo.status, 2)
  assert.match(typo.err, /did not fire .* Did you mean CheckoutHighErrorRate\?/)
  assert.match((await command(['triage', '--at', 'x'], rulesOnly)).err, /Which alert\?/)
  assert.match((await command(['triage', '--alert', 'A', '--at', 'x'], rulesOnly)).err, /--at x is no time/)
  assert.match((await command(['triage', '--alert', 'A'], { VIGIL_CONFIG: '/dev/null' })).err, /No Prometheus is configured/)
})
