import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Comparison, healthOf, matchesAlert, type Split, splitComparison } from '../../src/datasources/comparison.ts'

const threshold = (left: string, operator: Comparison['operator'], value: number, more: Partial<Comparison> = {}): Split => ({
  kind: 'threshold',
  left,
  operator,
  threshold: value,
  against: null,
  rest: null,
  filters: false,
  ...more,
})

const rules: [expression: string, expected: Split][] = [
  // Plain thresholds, either way round, with constant arithmetic.
  ['demo_error_ratio > 0.05', threshold('demo_error_ratio', '>', 0.05)],
  ['0.05 < demo_error_ratio', threshold('demo_error_ratio', '>', 0.05)],
  ['100 >= node_load1', threshold('node_load1', '<=', 100)],
  ['(demo_error_ratio > 5 / 100)', threshold('demo_error_ratio', '>', 0.05)],
  ['process_resident_memory_bytes >= (10 * 1024 ^ 2)', threshold('process_resident_memory_bytes', '>=', 10_485_760)],
  ['node_timex_offset_seconds < -0.05', threshold('node_timex_offset_seconds', '<', -0.05)],
  ['-node_timex_offset_seconds < -(0.05)', threshold('-node_timex_offset_seconds', '<', -0.05)],
  ['some_metric != 1e3', threshold('some_metric', '!=', 1000)],
  ['cluster:node_cpu:ratio > +Inf', threshold('cluster:node_cpu:ratio', '>', Number.POSITIVE_INFINITY)],
  ['probe_duration_seconds offset 5m > 2', threshold('probe_duration_seconds offset 5m', '>', 2)],
  ['2 < probe_duration_seconds offset 5m', threshold('probe_duration_seconds offset 5m', '>', 2)],
  ['redis_connected_clients > 1_000 # not more', threshold('redis_connected_clients', '>', 1000)],
  // kube-prometheus.
  [
    'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff", job="kube-state-metrics"} >= 1',
    threshold('kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff", job="kube-state-metrics"}', '>=', 1),
  ],
  [
    'max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
    threshold('max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m])', '>=', 1),
  ],
  [
    'sum by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Unknown|Failed"}) > 0',
    threshold('sum by (namespace, pod) (kube_pod_status_phase{phase=~"Pending|Unknown|Failed"})', '>', 0),
  ],
  [
    '100 * (count(up == 0) BY (cluster, job, namespace, service) / count(up) BY (cluster, job, namespace, service)) > 10',
    threshold('100 * (count(up == 0) BY (cluster, job, namespace, service) / count(up) BY (cluster, job, namespace, service))', '>', 10, {
      filters: true,
    }),
  ],
  [
    '(time() - max(node_textfile_mtime_seconds) by (instance)) > 3600',
    threshold('(time() - max(node_textfile_mtime_seconds) by (instance))', '>', 3600),
  ],
  [
    `(
      node_filesystem_avail_bytes{job="node",fstype!=""} / node_filesystem_size_bytes{job="node",fstype!=""} * 100 < 5 # percent
    and
      node_filesystem_readonly{job="node",fstype!=""} == 0
    )`,
    threshold('node_filesystem_avail_bytes{job="node",fstype!=""} / node_filesystem_size_bytes{job="node",fstype!=""} * 100', '<', 5, {
      rest: 'and\n      node_filesystem_readonly{job="node",fstype!=""} == 0',
    }),
  ],
  [
    'predict_linear(node_filesystem_avail_bytes{job="node"}[6h], 24*60*60) < 0 and node_filesystem_readonly == 0 unless on (x) b',
    threshold('predict_linear(node_filesystem_avail_bytes{job="node"}[6h], 24*60*60)', '<', 0, {
      rest: 'and node_filesystem_readonly == 0 unless on (x) b',
    }),
  ],
  [
    'kube_hpa_status_current_replicas{job="ksm"} == kube_hpa_spec_max_replicas{job="ksm"}',
    threshold('(kube_hpa_status_current_replicas{job="ksm"}) - (kube_hpa_spec_max_replicas{job="ksm"})', '==', 0, {
      against: 'kube_hpa_spec_max_replicas{job="ksm"}',
    }),
  ],
  [
    '(kube_deployment_spec_replicas > kube_deployment_status_replicas_available) and (changes(kube_deployment_status_replicas_updated[10m]) == 0)',
    threshold('(kube_deployment_spec_replicas) - (kube_deployment_status_replicas_available)', '>', 0, {
      against: 'kube_deployment_status_replicas_available',
      rest: 'and (changes(kube_deployment_status_replicas_updated[10m]) == 0)',
    }),
  ],
  [
    'process_open_fds > ignoring (job) group_left (team) process_max_fds',
    threshold('(process_open_fds) - ignoring (job) group_left (team) (process_max_fds)', '>', 0, { against: 'process_max_fds' }),
  ],
  [
    'rate(requests_total[5m]) < rate(requests_total[5m] offset 1w) * 0.5',
    threshold('(rate(requests_total[5m])) - (rate(requests_total[5m] offset 1w) * 0.5)', '<', 0, {
      against: 'rate(requests_total[5m] offset 1w) * 0.5',
    }),
  ],
  ['requests > requests offset 1d', threshold('(requests) - (requests offset 1d)', '>', 0, { against: 'requests offset 1d' })],
  ['kubelet_certificate_manager_client_ttl_seconds < 7d', threshold('kubelet_certificate_manager_client_ttl_seconds', '<', 604_800)],
  // Error ratios, latency, burn rates.
  [
    'sum(rate(http_requests_total{code=~"5.."}[5m])) by (service) / sum(rate(http_requests_total[5m])) by (service) > 0.05',
    threshold('sum(rate(http_requests_total{code=~"5.."}[5m])) by (service) / sum(rate(http_requests_total[5m])) by (service)', '>', 0.05),
  ],
  [
    'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="api"}[5m]))) > .5',
    threshold('histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{job="api"}[5m])))', '>', 0.5),
  ],
  [
    'sum by (cluster) (apiserver_request:burnrate1h) > (14.40 * 0.01000) and on (cluster) sum by (cluster) (apiserver_request:burnrate5m) > (14.40 * 0.01000)',
    threshold('sum by (cluster) (apiserver_request:burnrate1h)', '>', 14.4 * 0.01, {
      rest: 'and on (cluster) sum by (cluster) (apiserver_request:burnrate5m) > (14.40 * 0.01000)',
    }),
  ],
  [
    'http_requests:burnrate5m{slo="x"} > (14 * (1 - 0.99)) and http_requests:burnrate1h{slo="x"} > (14 * (1 - 0.99))',
    threshold('http_requests:burnrate5m{slo="x"}', '>', 14 * (1 - 0.99), {
      rest: 'and http_requests:burnrate1h{slo="x"} > (14 * (1 - 0.99))',
    }),
  ],
  ['(requests > bool 5) == 1', threshold('(requests > bool 5)', '==', 1)],
  ['0 < queue_depth < 10', threshold('0 < queue_depth', '<', 10, { filters: true })],
  // Forms of their own.
  ['up == 0', { ...threshold('up', '==', 0), kind: 'up_zero' } as Split],
  ['up{job="node"} < 1', { ...threshold('up{job="node"}', '<', 1), kind: 'up_zero' } as Split],
  ['1 != (up)', { ...threshold('(up)', '!=', 1), kind: 'up_zero' } as Split],
  ['probe_success{job="blackbox"} == 0', { ...threshold('probe_success{job="blackbox"}', '==', 0), kind: 'up_zero' } as Split],
  ['upstream_errors < 1', threshold('upstream_errors', '<', 1)],
  ['absent(up{job="kube-scheduler"})', { kind: 'absent', left: 'up{job="kube-scheduler"}', rest: null }],
  ['absent(up{job="apiserver"} == 1)', { kind: 'absent', left: 'up{job="apiserver"} == 1', rest: null }],
  ['absent(x) == 1', { kind: 'absent', left: 'x', rest: null }],
  [
    'absent_over_time(x{a="b"}[10m]) and on () vector(1)',
    { kind: 'absent', left: 'last_over_time(x{a="b"}[10m])', rest: 'and on () vector(1)' },
  ],
  // What nothing can be said about, with the reason.
  ['vector(1)', { kind: 'other', reason: 'it compares with nothing' }],
  ['ALERTS{alertstate="firing"}', { kind: 'other', reason: 'it compares with nothing' }],
  ['requests > bool 5', { kind: 'other', reason: '"bool" gives a sample on both sides' }],
  ['a > 5 or b > 3', { kind: 'other', reason: 'it has alternatives ("or")' }],
  ['(a > 1 and b > 1) or (c > 2 and d > 2)', { kind: 'other', reason: 'it has alternatives ("or")' }],
  [
    'max(slo:sli_error:ratio_rate5m > (14.4 * 0.001)) without (sloth_window)',
    { kind: 'other', reason: 'the comparison is inside an aggregation' },
  ],
  ['(a > 5) * on (pod) group_left (node) kube_pod_info', { kind: 'other', reason: 'the comparison is inside arithmetic' }],
  ['1 == 1', { kind: 'other', reason: 'it compares two constants' }],
  ['absent(x) == 0', { kind: 'other', reason: 'absent() is never that' }],
  ['a and b > 3', { kind: 'other', reason: 'it compares with nothing' }],
  ['sum(', { kind: 'other', reason: 'the expression is not PromQL that Vigil knows' }],
  ['', { kind: 'other', reason: 'the expression is not PromQL that Vigil knows' }],
]

test('an alerting rule is split into its expression and its threshold', async (t) => {
  for (const [expression, expected] of rules) {
    await t.test(expression || 'nothing', () => assert.deepEqual(splitComparison(expression), expected))
  }
})

test('a very long expression is not parsed', () => {
  assert.deepEqual(splitComparison(`${'a + '.repeat(10_000)}a > 1`), { kind: 'other', reason: 'the expression is too long' })
})

test('a deep expression is folded, and a deeper one refused without running out of stack', () => {
  const split = splitComparison(`a > ${'1 + '.repeat(500)}1`)
  assert.equal(split.kind === 'threshold' && split.threshold, 501)
  assert.equal(splitComparison(`a > ${'1 + '.repeat(4000)}1`).kind, 'other')
  assert.equal(splitComparison(`${'('.repeat(4000)}a > 1${')'.repeat(4000)}`).kind, 'other')
})

test('the healthy side is where the comparison does not hold, and NaN is on no side', () => {
  const side = (operator: Comparison['operator'], value: number) => {
    const split = splitComparison(`a ${operator} 5`)
    assert.ok(split.kind === 'threshold')
    return healthOf(split, value)
  }
  assert.deepEqual(
    [side('>', 5), side('>', 5.1), side('>=', 5), side('<', 4), side('<=', 6)],
    ['healthy', 'unhealthy', 'unhealthy', 'unhealthy', 'healthy'],
  )
  assert.deepEqual(
    [side('==', 5), side('!=', 5), side('>', Number.NaN), side('!=', Number.NaN)],
    ['unhealthy', 'healthy', 'unknown', 'unknown'],
  )
  assert.equal(side('>', Number.POSITIVE_INFINITY), 'unhealthy')
})

test("a series is the alert's own when none of its labels differs, and the name does not count", () => {
  const alert = { alertname: 'HighErrorRate', service: 'checkout', route: '/pay', severity: 'critical' }
  assert.equal(matchesAlert({ __name__: 'demo_error_ratio', service: 'checkout', route: '/pay' }, alert), true)
  assert.equal(matchesAlert({ service: 'checkout', route: '/cart' }, alert), false)
  assert.equal(matchesAlert({ service: 'checkout', pod: 'a' }, alert), false)
  assert.equal(matchesAlert({}, alert), true)
})
