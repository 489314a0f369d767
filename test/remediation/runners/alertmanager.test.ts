import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertmanager } from '../../../src/remediation/runners/alertmanager.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { silencingWire } from './alertmanager-wire.ts'
import { ACTION, configOf, runningOf } from './running.ts'

const SILENCE = {
  do: 'silence',
  matchers: [{ name: 'alertname', value: 'HighErrorRate', isRegex: false, isEqual: true }],
  startsAt: '2026-11-20T22:00:00.000Z',
  endsAt: '2026-11-20T23:00:00.000Z',
  comment: 'INC-7: silenced by Vigil',
}

const at = (url: string) => runningOf(configOf(`alertmanager: { endpoint: ${url} }`))

runnerContract(alertmanager, {
  stage: async (t, how) => {
    const { url, silences } = await silencingWire(t, [], how)
    return { request: SILENCE, running: at(url), deeds: () => silences.length }
  },
  unconfigured: { running: runningOf(configOf('')), says: /Alertmanager of default is not configured \(alertmanager\.endpoint\)/ },
})

test('a silence says whose it is, for which incident, and who approved it', async (t) => {
  const { url, silences } = await silencingWire(t, [])
  await alertmanager.run(SILENCE, at(url))
  const [silence] = silences
  assert.equal(silence?.comment, `INC-7: silenced by Vigil, approved by U0ANA (vigil:${ACTION})`)
  assert.equal(silence?.['createdBy'], 'Vigil')
  assert.deepEqual(silence?.['matchers'], SILENCE.matchers)
})

test('whether a silence was made is seen by its mark, and whether one was ended by its id', async (t) => {
  const { url, silences } = await silencingWire(t, [], 'dies')
  const running = at(url)
  assert.equal(await alertmanager.probe(SILENCE, running), 'not_done')
  assert.equal((await alertmanager.run(SILENCE, running)).outcome, 'unknown')
  assert.equal(await alertmanager.probe(SILENCE, running), 'done')
  assert.equal(await alertmanager.probe(SILENCE, { ...running, action: 'another' }), 'not_done')
  const end = { do: 'expire', silence: silences[0]?.id ?? '' }
  assert.equal(await alertmanager.probe(end, running), 'not_done')
  assert.equal((await alertmanager.run(end, running)).outcome, 'unknown')
  assert.equal(await alertmanager.probe(end, running), 'done')
})

test('nothing but whole values of labels, the alert’s name among them, can be silenced, and no path but a silence’s own can be ended', async (t) => {
  const { url, asked } = await silencingWire(t, [])
  const matcher = SILENCE.matchers[0]
  const strange = [
    { ...SILENCE, matchers: [] },
    { ...SILENCE, matchers: [{ ...matcher, isRegex: true, value: '.*' }] },
    { ...SILENCE, matchers: [{ ...matcher, isEqual: false }] },
    { ...SILENCE, matchers: [{ ...matcher, name: 'namespace' }] },
    { ...SILENCE, matchers: [{ ...matcher, value: '' }] },
    { ...SILENCE, endsAt: 'never' },
    { ...SILENCE, id: 'another' },
    { do: 'expire', silence: '../alerts' },
    { do: 'expire', silence: 'a?b' },
  ]
  for (const step of strange) assert.equal((await alertmanager.run(step, at(url))).outcome, 'failed', JSON.stringify(step))
  assert.deepEqual(asked, [])
})
