import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { alertname, expressionOf, severity } from '../../src/alert/alert.ts'
import { fingerprint } from '../../src/alert/fingerprint.ts'
import { readWebhook } from '../../src/alert/sources/alertmanager.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { InputError } from '../../src/errors.ts'
import { webhook } from '../http/api.ts'
import { stock } from './intakes.ts'

const [recorded] = webhook.alerts

test('the webhook of a real Alertmanager: labels, times, PromQL, group, and the line that its Slack message has', () => {
  const [alert, ...others] = sources.alertmanager.parse(webhook)
  assert.equal(others.length, 0)
  assert.deepEqual(alert, {
    source: 'alertmanager',
    status: 'firing',
    fingerprint: 'c93e8764508c8151',
    labels: recorded?.labels,
    annotations: recorded?.annotations,
    startsAt: new Date('2026-11-20T21:51:03.568Z'),
    endsAt: null,
    generatorUrl: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
    expression: 'demo_error_ratio > 0.05',
    groupKey: '{}/{}:{alertname="HighErrorRate", service="checkout"}',
    receiver: 'both',
    groupSubject: 'HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)',
    confirmed: true,
    notice: null,
  })
})

test('a resolved webhook has its end, also with the nanoseconds that Go writes', () => {
  const end = '2026-11-20T21:51:07.712180691Z'
  const [alert] = sources.alertmanager.parse({ ...webhook, alerts: [{ ...recorded, status: 'resolved', endsAt: end }] })
  assert.deepEqual([alert?.status, alert?.endsAt?.toISOString()], ['resolved', '2026-11-20T21:51:07.712Z'])
})

test('the line of a group is made from its alerts where the sender does not say what they share', () => {
  const { commonLabels: _, ...rest } = webhook
  const alerts = [recorded, { ...recorded, labels: { ...recorded?.labels, instance: 'b' }, fingerprint: 'aa' }]
  const [alert] = sources.alertmanager.parse({ ...rest, alerts })
  assert.equal(alert?.groupSubject, 'HighErrorRate checkout (demo test checkout /pay critical payments)')
})

test('a bare alert: fingerprint computed, resolved or firing, without times if need be', () => {
  const [alert] = sources.bare.parse({ labels: { alertname: 'Manual', severity: 'warning' } })
  assert.equal(alert?.fingerprint, '76a5b222a3e52a7f')
  assert.deepEqual([alert?.source, alert?.status, alert?.confirmed, alert?.startsAt.getTime()], ['bare', 'firing', true, 0])
  assert.throws(() => sources.bare.parse({ title: 'no labels' }), InputError)
})

test('a label named __proto__ harms nobody', () => {
  const body = JSON.parse('{"labels": {"alertname": "A", "__proto__": "x", "constructor": "y"}}') as unknown
  const [alert] = sources.bare.parse(body)
  assert.equal(alert?.labels['constructor'], 'y')
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
  assert.equal(Object.getPrototypeOf(alert?.labels), Object.prototype)
})

test('letters that the database cannot store become the replacement character, in names, values, notes and links', () => {
  const odd = `a\0b\ud800c`
  const { alerts } = readWebhook({
    groupKey: odd,
    receiver: odd,
    alerts: [{ labels: { alertname: odd, [odd]: odd }, annotations: { summary: odd }, generatorURL: `http://p/?g0.expr=a%00b` }],
  })
  const text = JSON.stringify(alerts)
  assert.ok(!/\\u0000|\\ud800/.test(text), text)
  assert.equal(alertname(alerts[0] ?? { labels: {} }), 'a\ufffdb\ufffdc')
  assert.equal(alerts[0]?.expression, 'a\ufffdb')
})

test('what is missing has a name all the same', () => {
  assert.equal(alertname({ labels: {} }), 'unnamed alert')
  assert.equal(severity({ labels: {} }), 'none')
})

test('the PromQL of a link, from links of Prometheus alone', () => {
  assert.equal(expressionOf('http://p/graph?g0.expr=rate%28a%5B5m%5D%29+%3E+1&g0.tab=1'), 'rate(a[5m]) > 1')
  for (const link of ['', null, undefined, 'http://x', 'not a link', 'http://p/graph?g1.expr=a']) assert.equal(expressionOf(link), null)
})

test('any JSON is read or refused with an InputError, never anything else', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      for (const source of [sources.alertmanager, sources.bare]) {
        try {
          source.parse(body)
        } catch (error) {
          assert.ok(error instanceof InputError)
        }
      }
      assert.ok(Array.isArray(sources['slack-message'].parse(body)))
    }),
  )
})

const slack = (message: object) => sources['slack-message'].parse(message)

test('a stock Slack message: status, line, receiver, and nothing more than it says', () => {
  const [alert] = slack(stock('[FIRING:1] HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)'))
  assert.deepEqual(alert?.notice, {
    subject: 'HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)',
    receiver: 'both',
    fingerprints: [],
  })
  assert.deepEqual(
    [alert?.status, alert?.confirmed, alert?.labels, alert?.expression],
    ['firing', false, { alertname: 'HighErrorRate' }, null],
  )
  assert.equal(alert?.groupSubject, alert?.notice?.subject)
  assert.equal(slack(stock('[RESOLVED] HighErrorRate checkout (demo)'))[0]?.status, 'resolved')
})

test('the same line has the same fingerprint, firing or resolved, one alert or two', () => {
  const of = (title: string) => slack(stock(title))[0]?.fingerprint
  assert.equal(of('[FIRING:1] A b (c)'), of('[RESOLVED] A b (c)'))
  assert.equal(of('[FIRING:1] A b (c)'), of('[FIRING:12]  A  b (c) '))
  assert.notEqual(of('[FIRING:1] A b (c)'), of('[FIRING:1] A b (d)'))
})

test('a title of one’s own: the fallback still has the stock line, by which the group is found', () => {
  const message = {
    attachments: [
      {
        title: '[FIRING:1] HighErrorRate',
        title_link: 'http://vm:19093/#/alerts?receiver=both',
        text: 'Error ratio 25% on 127.0.0.1:19100\n',
        fallback:
          '[FIRING:1] HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments) | http://vm:19093/#/alerts?receiver=both',
      },
    ],
  }
  const [alert] = slack(message)
  assert.equal(alert?.notice?.subject, 'HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)')
  assert.equal(alert?.annotations['summary'], 'Error ratio 25% on 127.0.0.1:19100')
})

test('special characters come back from Slack’s entities, and only once', () => {
  const [alert] = slack(stock('[FIRING:1] A &lt;b&gt; (x &amp;amp; y | z)'))
  assert.equal(alert?.notice?.subject, 'A <b> (x &amp; y | z)')
})

test('the lossless template: every fingerprint, from callback_id and footer, each once', () => {
  const message = stock('[FIRING:2] A (b)', { callback: 'vigil c93e8764508c8151 76a5b222a3e52a7f' })
  Object.assign(message.attachments[0] ?? {}, { footer: 'vigil 76a5b222a3e52a7f c93e8764508c8151 ' })
  const [alert] = slack(message)
  assert.deepEqual(alert?.notice?.fingerprints, ['c93e8764508c8151', '76a5b222a3e52a7f'])
  assert.equal(alert?.fingerprint, 'c93e8764508c8151')
})

test('a receiver is read back from its link, whatever its name', () => {
  const of = (receiver: string) => slack(stock('[FIRING:1] A', { receiver }))[0]?.notice?.receiver
  assert.equal(of('team+a%2Fb'), 'team a/b')
  assert.equal(of('a&silenced=false'), 'a')
  assert.equal(of('%zz'), null)
})

test('plain text of an integration counts, other talk does not', () => {
  assert.equal(slack({ text: '[FIRING:1] A b (c)\nmore words' })[0]?.notice?.subject, 'A b (c)')
  for (const text of ['', 'the alert [FIRING:1] is back', 'FIRING', '[FIRED:1] A', '[firing squad] A', 'is it [RESOLVED]?']) {
    assert.deepEqual(slack({ text }), [], text)
  }
  assert.deepEqual(slack({ attachments: [{ title: 'Deployed checkout v2', fallback: 'Deployed', text: '[FIRING:1] A' }] }), [])
})

test('a mention is never the same as another', () => {
  const [a] = sources.mention.parse({ id: '1', text: 'why is checkout slow?', service: 'checkout', user: 'U1' })
  const [b] = sources.mention.parse({ id: '2', text: 'why is checkout slow?', service: 'checkout', user: 'U1' })
  assert.notEqual(a?.fingerprint, b?.fingerprint)
  assert.deepEqual([a?.confirmed, a?.labels['service'], a?.annotations['summary']], [false, 'checkout', 'why is checkout slow?'])
})

test('the fingerprint of the labels of a webhook is the one that it says', () => {
  assert.equal(fingerprint(recorded?.labels ?? {}), recorded?.fingerprint)
})
