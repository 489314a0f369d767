import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podToAsk, subjectOfExpression } from '../../src/incident/find-subject.ts'

const ORDER = ['service', 'app', 'job']
const found = (expression: string) => subjectOfExpression(expression, ORDER)

test('the selectors of the rule name the service, whatever the sum leaves of its labels', () => {
  assert.deepEqual(found('sum(rate(http_errors_total{service="checkout"}[5m])) / sum(rate(http_total{service="checkout"}[5m])) > 0.05'), {
    found: { subject: 'checkout', how: 'expression', why: 'its rule selects service="checkout"' },
    offered: [],
  })
  assert.equal(found('max(lag{job="order-worker",app!="x"}) > 10').found?.subject, 'order-worker')
  assert.equal(found('min(kube_deployment_status_replicas{job="kube-state-metrics",deployment="cart"}) < 1').found?.subject, 'cart')
})

test('two candidates are offered and none is taken', () => {
  const two = { found: null, offered: ['cart', 'checkout'] }
  assert.deepEqual(found('sum(rate(a{service="checkout"}[5m])) > sum(rate(a{service="cart"}[5m]))'), two)
  assert.deepEqual(found('sum(rate(a{service=~"checkout|cart"}[5m])) > 1'), two)
})

test('a pattern, an exclusion, an exporter and what is no PromQL name nothing', () => {
  for (const expression of [
    'sum(a{service=~"check.*"}) > 1',
    'sum(a{service!="checkout"}) > 1',
    'sum(up{job="node-exporter"}) > 1',
    'sum(',
    '',
  ])
    assert.deepEqual(found(expression), { found: null, offered: [] }, expression)
})

test('the owner of a pod is asked only where nothing but the name of the pod says whose it is', () => {
  assert.equal(podToAsk({ pod: 'web-5d4f8c7b9-bcd4f' }, 'web', ORDER), 'web-5d4f8c7b9-bcd4f')
  assert.equal(podToAsk({ exported_pod: 'web-5d4f8c7b9-bcd4f' }, null, ORDER), 'web-5d4f8c7b9-bcd4f')
  assert.equal(podToAsk({ pod: 'web-5d4f8c7b9-bcd4f', service: 'web' }, 'web', ORDER), null)
  assert.equal(podToAsk({ topic: 'orders' }, null, ORDER), null)
})
