import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-11-27T16:00:00Z', to: '2026-11-27T18:30:00Z' }
const UPGRADE = '2026-11-27T16:42:00Z'
const SALE = '2026-11-27T18:00:00Z'
const wave = (size: number) => (at: number) => size * Math.sin(at / 151)
const three = (before: number, between: number, after: number) => (at: number) =>
  at < Date.parse(SALE) / 1000 ? step(before, between, UPGRADE)(at) : after

const evidence: Unseen['evidence'] = [
  metric('E1', 'sum by (destination_workload) (rate(istio_requests_total{reporter="source",source_workload="cart"}[1m]))', window, [
    course(window, 60, { destination_workload: 'pricing' }, ramp(420, 1380, { from: '2026-11-27T17:59:00Z', to: '2026-11-27T18:03:00Z' })),
    course(
      window,
      60,
      { destination_workload: 'inventory' },
      ramp(390, 1240, { from: '2026-11-27T17:59:00Z', to: '2026-11-27T18:03:00Z' }),
    ),
  ]),
  metric('E2', 'sum by (destination) (rate(envoy_cluster_upstream_cx_destroy_remote_with_active_rq{pod=~"cart-.*"}[1m]))', window, [
    course(window, 60, { destination: 'pricing' }, three(0.1, 6.3, 41)),
    course(window, 60, { destination: 'inventory' }, () => 0.1),
  ]),
  metric('E3', '{__name__=~"envoy_cluster_upstream_rq_retry(_overflow)?",cluster="outbound|8080||pricing"}', window, [
    course(window, 60, { __name__: 'envoy_cluster_upstream_rq_retry', client: 'cart' }, three(0.1, 6.2, 12.5)),
    course(window, 60, { __name__: 'envoy_cluster_upstream_rq_retry_overflow', client: 'cart' }, three(0, 0, 28.4)),
  ]),
  metric('E4', 'sum(rate(http_requests_total{app="cart",code="503"}[1m])) / sum(rate(http_requests_total{app="cart"}[1m]))', window, [
    course(window, 60, {}, three(0.0003, 0.0006, 0.0214)),
  ]),
  logs('E5', '{app="cart"} |= "level=error"', { from: '2026-11-27T17:30:00Z', to: '2026-11-27T18:30:00Z' }, [
    ...lines(
      { count: 350, first: '2026-11-27T18:00:12Z', every: 5 },
      { app: 'cart', namespace: 'shop' },
      (i) =>
        `level=error msg="GET /v2/prices failed: 503 upstream connect error or disconnect/reset before headers. reset reason: connection termination" sku=${40210 + i}`,
    ),
    ...lines(
      { count: 9, first: '2026-11-27T17:36:30Z', every: 160 },
      { app: 'cart', namespace: 'shop' },
      (i) => `level=error msg="price missing, line item kept without discount" sku=${41800 + i * 7}`,
    ),
  ]),
  text(
    'E6',
    'kubernetes',
    'rollout history deployment/pricing -n shop',
    [
      'REVISION 88 2026-11-19T10:05:44Z image pricing:2026.11.3 istio-proxy 1.22.6',
      'REVISION 89 2026-11-27T16:41:20Z image pricing:2026.11.3 istio-proxy 1.24.1 (restarted by mesh-upgrade, complete 16:43:35)',
    ].join('\n'),
  ),
  text(
    'E7',
    'istio',
    'proxy-config diff pricing: revision 88 vs 89, inbound listener 8080',
    [
      '  http_connection_manager stat_prefix inbound_0.0.0.0_8080',
      '-   common_http_protocol_options.idle_timeout 3600s',
      '+   common_http_protocol_options.idle_timeout 15s',
      '    stream_idle_timeout 300s',
      '    max_concurrent_streams 100',
    ].join('\n'),
  ),
  text(
    'E8',
    'kubernetes',
    'config of client cart: destinationrule and virtualservice pricing -n shop',
    [
      'connectionPool.http.idleTimeout 60s',
      'connectionPool.http.maxRetries 3',
      'retries.attempts 2 retryOn connect-failure,reset perTryTimeout 800ms',
      'cart istio-proxy 1.22.6, not upgraded',
    ].join('\n'),
  ),
  metric('E9', '{__name__=~"pricing:cpu_limit_share|pricing:latency_p99_seconds|pricing:restarts_total"}', window, [
    course(
      window,
      60,
      { __name__: 'pricing:cpu_limit_share' },
      ramp(0.18, 0.44, { from: '2026-11-27T17:59:00Z', to: '2026-11-27T18:03:00Z' }),
    ),
    course(window, 60, { __name__: 'pricing:latency_p99_seconds' }, (at) => 0.038 + wave(0.002)(at)),
    course(window, 60, { __name__: 'pricing:restarts_total' }, () => 0),
  ]),
  logs('E10', '{app="pricing"}', { from: '2026-11-27T18:00:00Z', to: '2026-11-27T18:30:00Z' }, [
    ...lines(
      { count: 120, first: '2026-11-27T18:00:05Z', every: 15 },
      { app: 'pricing', namespace: 'shop' },
      (i) => `level=info msg="price list served" items=${20 + (i % 7)} took_ms=${14 + (i % 5)}`,
    ),
    ...lines(
      { count: 2, first: '2026-11-27T18:10:00Z', every: 600 },
      { app: 'pricing', namespace: 'shop' },
      () => 'level=info msg="rules reloaded" rules=1184',
    ),
  ]),
  text(
    'E11',
    'tempo',
    'trace 7be2f0c4a1d94e55',
    [
      'trace 7be2f0c4a1d94e55, 4 spans',
      '18:07:41.220 cart POST /cart/checkout 503 31 ms',
      '18:07:41.231   cart GET pricing /v2/prices 503 response_flags=UC 2 ms (connection idle 15.0 s before)',
      '18:07:41.236   cart GET pricing /v2/prices retry rejected response_flags=UO',
      '18:07:41.240   cart GET inventory /stock 200 12 ms',
    ].join('\n'),
  ),
  instant('E12', 'kube_deployment_status_replicas_available{namespace="shop"}', '2026-11-27T18:30:00Z', [
    [{ deployment: 'cart' }, 18],
    [{ deployment: 'pricing' }, 10],
    [{ deployment: 'inventory' }, 8],
  ]),
  text('E13', 'calendar', 'marketing events 2026-11-27', '18:00 UTC flash sale "Black Friday hour", ends 19:00 UTC, expected traffic 3x'),
]

const toPricing = { destination_workload: 'pricing' }
const toInventory = { destination_workload: 'inventory' }
const retrying = { __name__: 'envoy_cluster_upstream_rq_retry' }
const overflowing = { __name__: 'envoy_cluster_upstream_rq_retry_overflow' }
const upgraded: Receipt = {
  evidence: 'E6',
  quote: 'REVISION 89 2026-11-27T16:41:20Z image pricing:2026.11.3 istio-proxy 1.24.1 (restarted by mesh-upgrade, complete 16:43:35)',
}
const earlier: Receipt = { evidence: 'E6', quote: 'REVISION 88 2026-11-19T10:05:44Z image pricing:2026.11.3 istio-proxy 1.22.6' }
const idleBefore: Receipt = { evidence: 'E7', quote: '- common_http_protocol_options.idle_timeout 3600s' }
const idleAfter: Receipt = { evidence: 'E7', quote: '+ common_http_protocol_options.idle_timeout 15s' }
const clientIdle: Receipt = { evidence: 'E8', quote: 'connectionPool.http.idleTimeout 60s' }
const clientRetries: Receipt = { evidence: 'E8', quote: 'connectionPool.http.maxRetries 3' }
const attempts: Receipt = { evidence: 'E8', quote: 'retries.attempts 2 retryOn connect-failure,reset perTryTimeout 800ms' }
const resets: Receipt = { evidence: 'E2', series: { destination: 'pricing' }, statistic: 'change', value: 40.9 }
const resetsNow: Receipt = { evidence: 'E2', series: { destination: 'pricing' }, statistic: 'last', value: 41 }
const resetsUpgrade: Receipt = {
  evidence: 'E2',
  series: { destination: 'pricing' },
  statistic: 'at',
  at: '2026-11-27T16:42:00Z',
  value: 6.3,
}
const resetsBefore: Receipt = { evidence: 'E2', series: { destination: 'pricing' }, statistic: 'min', value: 0.1 }
const inventoryResets: Receipt = { evidence: 'E2', series: { destination: 'inventory' }, statistic: 'max', value: 0.1 }
const inventoryFlat: Receipt = { evidence: 'E2', series: { destination: 'inventory' }, statistic: 'change', value: 0 }
const retries: Receipt = { evidence: 'E3', series: retrying, statistic: 'change', value: 12.4 }
const retriesNow: Receipt = { evidence: 'E3', series: retrying, statistic: 'last', value: 12.5 }
const retriesUpgrade: Receipt = { evidence: 'E3', series: retrying, statistic: 'at', at: '2026-11-27T16:42:00Z', value: 6.2 }
const overflow: Receipt = { evidence: 'E3', series: overflowing, statistic: 'change', value: 28.4 }
const overflowNow: Receipt = { evidence: 'E3', series: overflowing, statistic: 'last', value: 28.4 }
const errors: Receipt = { evidence: 'E4', statistic: 'change', value: 2.11, unit: '%' }
const errorsNow: Receipt = { evidence: 'E4', statistic: 'last', value: 2.14, unit: '%' }
const errorsBefore: Receipt = { evidence: 'E4', statistic: 'min', value: 0.03, unit: '%' }
const errorsUpgrade: Receipt = { evidence: 'E4', statistic: 'at', at: '2026-11-27T16:42:00Z', value: 0.06, unit: '%' }
const errorsBetween: Receipt = { evidence: 'E4', statistic: 'at', at: '2026-11-27T17:59:00Z', value: 0.06, unit: '%' }
const traffic: Receipt = { evidence: 'E1', series: toPricing, statistic: 'change', value: 960 }
const trafficNow: Receipt = { evidence: 'E1', series: toPricing, statistic: 'last', value: 1380 }
const trafficBefore: Receipt = { evidence: 'E1', series: toPricing, statistic: 'min', value: 420 }
const inventoryTraffic: Receipt = { evidence: 'E1', series: toInventory, statistic: 'change', value: 850 }
const inventoryNow: Receipt = { evidence: 'E1', series: toInventory, statistic: 'last', value: 1240 }
const sale: Receipt = { evidence: 'E13', quote: '18:00 UTC flash sale "Black Friday hour", ends 19:00 UTC, expected traffic 3x' }
const failedLines: Receipt = { evidence: 'E5', count: 350, matching: 'reset reason: connection termination' }
const firstFailed: Receipt = { evidence: 'E5', quote: '(2026-11-27T18:00:12Z to' }
const traced: Receipt = { evidence: 'E11', quote: 'cart GET pricing /v2/prices 503 response_flags=UC 2 ms (connection idle 15.0 s before)' }
const rejected: Receipt = { evidence: 'E11', quote: 'cart GET pricing /v2/prices retry rejected response_flags=UO' }
const cpuNow: Receipt = { evidence: 'E9', series: { __name__: 'pricing:cpu_limit_share' }, statistic: 'last', value: 44, unit: '%' }
const cpu: Receipt = { evidence: 'E9', series: { __name__: 'pricing:cpu_limit_share' }, statistic: 'change', value: 26, unit: '%' }
const latencyMax: Receipt = { evidence: 'E9', series: { __name__: 'pricing:latency_p99_seconds' }, statistic: 'max', value: 40, unit: 'ms' }
const latencyMin: Receipt = { evidence: 'E9', series: { __name__: 'pricing:latency_p99_seconds' }, statistic: 'min', value: 36, unit: 'ms' }
const restarts: Receipt = { evidence: 'E9', series: { __name__: 'pricing:restarts_total' }, statistic: 'change', value: 0 }

export const sidecarIdleTimeout: Unseen = {
  evidence,
  given: {
    alert: {
      labels: { alertname: 'CartErrorRateHigh', app: 'cart', namespace: 'shop', severity: 'critical' },
      expression: 'sum(rate(http_requests_total{app="cart",code="503"}[1m])) / sum(rate(http_requests_total{app="cart"}[1m])) > 0.01',
      threshold: 0.01,
      startsAt: '2026-11-27T18:05:00Z',
      onset: '2026-11-27T18:00:00Z',
      object: { kind: 'Deployment', namespace: 'shop', name: 'cart' },
    },
    now: new Date('2026-11-27T18:30:20Z'),
  },
  trueSentences: [
    [
      'pricing was restarted with istio-proxy 1.24.1 at 16:41:20 (previously 1.22.6), and the rollout was complete at 16:43:35.',
      upgraded,
      earlier,
    ],
    ['With the new sidecar, pricing closes idle inbound connections after 15 s instead of one hour.', idleBefore, idleAfter],
    ['cart keeps idle connections for 60 s, four times as long as pricing now tolerates.', clientIdle, idleAfter],
    ['Resets towards pricing: 0.1/s -> 6.3/s at 16:42.', resetsBefore, resetsUpgrade],
    [
      'Within a minute of the start of the sidecar upgrade, the rate of connections closed by pricing with a request in flight went up about sixtyfold.',
      upgraded,
      resetsBefore,
      resetsUpgrade,
    ],
    ['When the flash sale began at 18:00, the resets jumped to 41 per second.', resets, resetsNow, sale],
    [
      'Until the sale, retries hid nearly all of this: cart retried 6.2 requests per second, and the error ratio only moved from 0.03 % to 0.06 %.',
      retriesUpgrade,
      errorsBefore,
      errorsBetween,
    ],
    [
      'Retries doubled to 12.5/s at 18:00 and 28.4/s more were refused by the retry circuit breaker.',
      retries,
      retriesUpgrade,
      retriesNow,
      overflow,
      overflowNow,
    ],
    ['About 70 % of the reset requests (28.4 of 41 per second) can no longer be retried.', overflowNow, resetsNow],
    [
      'cart allows three concurrent retries to pricing (maxRetries 3), which was enough before the sale and is not now.',
      clientRetries,
      overflow,
      sale,
    ],
    [
      'No retry overflow before 18:00.',
      overflow,
      { evidence: 'E3', series: overflowing, statistic: 'at', at: '2026-11-27T17:59:00Z', value: 0 },
    ],
    ["cart's 503 ratio went from 0.06 % to 2.14 % at 18:00.", errors, errorsNow, errorsBetween],
    ['503s at more than twice the threshold.', errorsNow],
    ['Connections to inventory are healthy: resets flat at 0.1/s all along.', inventoryResets, inventoryFlat],
    [
      'Traffic from cart to pricing more than tripled between 17:59 and 18:03, from 420 to 1,380 requests per second.',
      traffic,
      trafficNow,
      trafficBefore,
    ],
    [
      'inventory took a similar surge (390 to 1240 req/s) without a single additional reset, so load alone does not explain the errors.',
      inventoryTraffic,
      inventoryNow,
      inventoryFlat,
    ],
    ['Not CPU: pricing at 44 % of its limit.', cpuNow],
    ['pricing CPU rose from 18 % to 44 % of the limit with the sale, well within its headroom.', cpu, cpuNow, sale],
    ['pricing itself is not slow: its p99 stayed between 36 and 40 ms, before and during the sale.', latencyMin, latencyMax],
    ['No restarts of pricing.', restarts],
    ['cart logged 350 failed price lookups with "reset reason: connection termination", the first at 18:00:12.', failedLines, firstFailed],
    ['No errors in pricing logs during the sale.', { evidence: 'E10', absent: 'level=error' }],
    [
      'In trace 7be2f0c4a1d94e55 the call to /v2/prices failed after 2 ms with UC on a connection that had been idle for 15.0 s.',
      { evidence: 'E11', quote: 'trace 7be2f0c4a1d94e55, 4 spans' },
      traced,
    ],
    [
      'Same trace: retry rejected (UO), checkout answered 503.',
      rejected,
      { evidence: 'E11', quote: '18:07:41.220 cart POST /cart/checkout 503 31 ms' },
    ],
    ['The call to inventory in that checkout succeeded in 12 ms.', { evidence: 'E11', quote: 'cart GET inventory /stock 200 12 ms' }],
    [
      'Root cause: the upgrade of the pricing sidecar to 1.24.1 lowered the idle timeout from 3600 s to 15 s, below the 60 s for which cart keeps its connections, so cart sends requests on connections that pricing is closing.',
      upgraded,
      idleBefore,
      idleAfter,
      clientIdle,
      traced,
    ],
    [
      'Since the sidecar upgrade at 16:41 pricing drops idle connections after 15 s, which cart survived thanks to retries. With three times the traffic from 18:00 on, the retry limit is exhausted and 2.1 % of requests end in a 503.',
      upgraded,
      idleAfter,
      retriesUpgrade,
      trafficNow,
      trafficBefore,
      sale,
      clientRetries,
      overflow,
      errorsNow,
    ],
    ['A new pricing release is ruled out: revisions 88 and 89 have the same image, 2026.11.3.', upgraded, earlier],
    ['cart sidecar still on 1.22.6.', { evidence: 'E8', quote: 'cart istio-proxy 1.22.6, not upgraded' }],
    ['The resets started 78 minutes before the sale.', resetsUpgrade, resetsBefore, sale],
    ['Upgrade 16:41:20 -> resets 16:42 -> sale 18:00 -> 503s.', upgraded, resetsUpgrade, sale, errors],
    ['The alert fired five minutes after the sale began and more than 80 minutes after the upgrade.', sale, upgraded],
    ['Of 1380 req/s to pricing, 41 are reset: about 3 %.', trafficNow, resetsNow],
    [
      'Before the sale 1.5 % of the requests to pricing were reset (6.3 of 420 per second).',
      { evidence: 'E2', series: { destination: 'pricing' }, statistic: 'at', at: '2026-11-27T17:59:00Z', value: 6.3 },
      { evidence: 'E1', series: toPricing, statistic: 'at', at: '2026-11-27T17:59:00Z', value: 420 },
    ],
    [
      'All of the 350 termination errors came after the sale had begun; the nine earlier error lines are about missing prices.',
      failedLines,
      firstFailed,
      { evidence: 'E5', count: 9, matching: 'price missing' },
      sale,
    ],
    [
      'stream_idle_timeout unchanged at 300s, max_concurrent_streams still 100.',
      { evidence: 'E7', quote: 'stream_idle_timeout 300s' },
      { evidence: 'E7', quote: 'max_concurrent_streams 100' },
    ],
    ['Two retry attempts with 800 ms each are configured for connect-failure and reset.', attempts],
    [
      'Replicas OK: cart 18, pricing 10, inventory 8.',
      { evidence: 'E12', series: { deployment: 'cart' }, statistic: 'last', value: 18 },
      { evidence: 'E12', series: { deployment: 'pricing' }, statistic: 'last', value: 10 },
      { evidence: 'E12', series: { deployment: 'inventory' }, statistic: 'last', value: 8 },
    ],
    ['The sale runs until 19:00, so the load will stay high for about another half hour.', sale],
    [
      'Retries plus overflow (12.5 and 28.4 per second) account for practically all of the 41 resets per second.',
      retriesNow,
      overflowNow,
      resetsNow,
    ],
    [
      'Resets went up by a factor of 6.5 with the sale although traffic only grew 3.3 times.',
      { evidence: 'E2', series: { destination: 'pricing' }, statistic: 'at', at: '2026-11-27T17:59:00Z', value: 6.3 },
      resetsNow,
      trafficBefore,
      trafficNow,
    ],
    [
      'Not a DNS or TLS problem: neither is mentioned in the errors of cart.',
      { evidence: 'E5', absent: 'dns' },
      { evidence: 'E5', absent: 'tls' },
    ],
    ['The error ratio doubled at 16:42, from 0.03 % to 0.06 %, which was far too little to trip the alert.', errorsBefore, errorsUpgrade],
    [
      'No "upstream request timeout" in the cart logs, so these are resets and not slow answers.',
      { evidence: 'E5', absent: 'upstream request timeout' },
      failedLines,
    ],
    [
      'pricing reloaded its rules twice during the sale, at 18:10 and 18:20, long after the resets had started.',
      { evidence: 'E10', count: 2, matching: 'rules reloaded' },
      { evidence: 'E10', quote: '(2026-11-27T18:10:00Z to 2026-11-27T18:20:00Z)' },
      resetsUpgrade,
    ],
  ],
}
