import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { alertmanager } from '../../../src/datasources/alertmanager.ts'
import { listAlerts } from '../../../src/investigation/tools/list-alerts.ts'
import { ask, cited, toolContract } from '../../contracts/tool.ts'
import { saying, serve } from '../../datasources/wire.ts'

const sources = (endpoint: string) => ({ alertmanager: alertmanager({ endpoint, fetch, clock: systemClock }) })

const alert = (service: string, n = 0, state = 'active') => ({
  ...{ fingerprint: `f${service}${n}`, annotations: {}, generatorURL: '', endsAt: '2026-11-20T22:05:00.000Z', status: { state } },
  labels: { alertname: 'HighErrorRate', service, severity: 'critical' },
  startsAt: `2026-11-20T21:${String(10 + (n % 40)).padStart(2, '0')}:03.568Z`,
})

toolContract(listAlerts, {
  sources,
  input: { words: 'checkout' },
  query: 'alerts of Alertmanager with "checkout"',
  some: [alert('checkout'), alert('search')],
  none: [],
  tooMany: Array.from({ length: 120 }, (_, n) => alert('checkout', n)),
  megabytes: 20,
  refused: [],
})

test('alerts stand with their labels and since when, the oldest first, and only those with all the words', async (t) => {
  const wire = await serve(t, saying([alert('checkout', 9), alert('checkout', 2, 'suppressed'), alert('search')]))
  const { shown } = cited(await ask(listAlerts, sources(wire.url), { words: 'CHECKOUT critical' }))
  assert.deepEqual(shown.split('\n'), [
    '2 alerts with "CHECKOUT critical", of 3 at 2026-11-20T22:00:00.000Z',
    'HighErrorRate {service="checkout", severity="critical"} since 2026-11-20T21:12:03.568Z, suppressed',
    'HighErrorRate {service="checkout", severity="critical"} since 2026-11-20T21:19:03.568Z',
  ])
})

test('silences that still hold are listed with their matchers, until when and by whom', async (t) => {
  const silence = (state: string, isRegex: boolean, isEqual: boolean) => ({
    ...{ id: '42', status: { state }, updatedAt: '2026-11-20T21:51:06.709Z', comment: 'known', createdBy: 'ana' },
    ...{ startsAt: '2026-11-20T21:51:06.709Z', endsAt: '2026-11-20T23:52:06.706Z' },
    matchers: [{ name: 'alertname', value: 'Nope', isRegex, isEqual }],
  })
  const wire = await serve(t, saying([silence('active', false, true), silence('active', true, false), silence('expired', false, true)]))
  const { shown } = cited(await ask(listAlerts, sources(wire.url), { what: 'silences' }))
  assert.equal(wire.asked[0]?.path, '/api/v2/silences')
  assert.match(shown, /^2 silences, of 2 /)
  assert.match(shown, /\{alertname="Nope"\} active from 2026-11-20T21:51:06\.709Z to 2026-11-20T23:52:06\.706Z by ana: known/)
  assert.match(shown, /\{alertname!~"Nope"\}/)
})
