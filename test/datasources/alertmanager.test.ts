import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { alertmanager } from '../../src/datasources/alertmanager.ts'
import { saying, serve } from './wire.ts'

const open = (endpoint: string) => alertmanager({ endpoint, fetch, clock: systemClock })

// As Alertmanager 0.25 answers.
const alert = {
  annotations: { summary: 'Error ratio 25% on 127.0.0.1:19100' },
  endsAt: '2026-11-20T21:55:03.568Z',
  fingerprint: 'c93e8764508c8151',
  receivers: [{ name: 'default-slack' }, { name: 'both' }],
  startsAt: '2026-11-20T21:51:03.568Z',
  status: { inhibitedBy: [], silencedBy: [], state: 'active' },
  updatedAt: '2026-11-20T21:51:03.572Z',
  generatorURL: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
  labels: { alertname: 'HighErrorRate', service: 'checkout' },
}

const expected = {
  fingerprint: 'c93e8764508c8151',
  labels: { alertname: 'HighErrorRate', service: 'checkout' },
  annotations: { summary: 'Error ratio 25% on 127.0.0.1:19100' },
  startsAt: new Date('2026-11-20T21:51:03.568Z'),
  endsAt: new Date('2026-11-20T21:55:03.568Z'),
  generatorURL: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
  state: 'active',
}

test('groups of one receiver are asked by its exact name', async (t) => {
  const wire = await serve(t, saying([{ alerts: [alert], labels: { alertname: 'HighErrorRate' }, receiver: { name: 'team (a).slack' } }]))
  assert.deepEqual(await open(wire.url).groups({ receiver: 'team (a).slack' }), [
    { receiver: 'team (a).slack', labels: { alertname: 'HighErrorRate' }, alerts: [expected] },
  ])
  assert.deepEqual(wire.asked[0] && [wire.asked[0].path, wire.asked[0].params], [
    '/api/v2/alerts/groups',
    { receiver: '^team \\(a\\)\\.slack$' },
  ])
})

test('without a receiver all groups are asked for', async (t) => {
  const wire = await serve(t, saying([]))
  assert.deepEqual(await open(wire.url).groups({}), [])
  assert.deepEqual(wire.asked[0]?.params, {})
})

test('alerts are read as they stand, one by hand without generator too', async (t) => {
  const { generatorURL: _, ...byHand } = alert
  const wire = await serve(t, saying([alert, { ...byHand, status: { ...alert.status, state: 'suppressed' } }]))
  assert.deepEqual(await open(wire.url).alerts({}), [expected, { ...expected, generatorURL: '', state: 'suppressed' }])
})

test('an alert without a usable time is a wrong shape', async (t) => {
  const wire = await serve(t, saying([{ ...alert, startsAt: 'yesterday' }]))
  await assert.rejects(open(wire.url).alerts({}), /unexpected shape at 0\.startsAt/)
})

test('the status has the version and the configuration as it runs', async (t) => {
  const wire = await serve(
    t,
    saying({ cluster: { status: 'disabled' }, config: { original: 'route:\n  receiver: both\n' }, versionInfo: { version: '0.25.0' } }),
  )
  assert.deepEqual(await open(wire.url).status({}), { version: '0.25.0', configYaml: 'route:\n  receiver: both\n' })
})
