import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-03-27T17:00:00Z', to: '2026-03-27T18:30:00Z' }

const slowing = { from: '2026-03-27T17:36:00Z', to: '2026-03-27T17:44:00Z' }
const opened = '2026-03-27T17:46:00Z'

/** What it was until the provider failed, while it failed and the breaker was closed, and since the breaker opened. */
const phases = (before: number, failing: number, open: number) => (at: number) =>
  at < Date.parse('2026-03-27T17:37:00Z') / 1000 ? before : at < Date.parse(opened) / 1000 ? failing : open

const restless =
  (value: (at: number) => number, share: number, phase = 0) =>
  (at: number) =>
    value(at) * (1 + share * Math.sin(at / 89 + phase))

const nordpay = { host: 'api.nordpay.example' }
const ok = { host: 'api.nordpay.example', code: '200' }
const unavailable = { host: 'api.nordpay.example', code: '503' }

const failed: Receipt = { evidence: 'E1', statistic: 'last', value: 68.3, unit: '%' }
const failedChange: Receipt = { evidence: 'E1', statistic: 'change', value: 67.9, unit: '%' }
const failedBefore: Receipt = { evidence: 'E1', statistic: 'min', value: 0.4, unit: '%' }
const p99: Receipt = { evidence: 'E2', series: nordpay, statistic: 'last', value: 9.61, unit: 's' }
const p99Most: Receipt = { evidence: 'E2', series: nordpay, statistic: 'max', value: 9.79, unit: 's' }
const p99Change: Receipt = { evidence: 'E2', series: nordpay, statistic: 'change', value: 9.19, unit: 's' }
const p99Before: Receipt = { evidence: 'E2', series: nordpay, statistic: 'at', at: '2026-03-27T17:00:00Z', value: 0.417, unit: 's' }
const cardlinkP99: Receipt = { evidence: 'E2', series: { host: 'api.cardlink.example' }, statistic: 'last', value: 0.369, unit: 's' }
const vaultP99: Receipt = { evidence: 'E2', series: { host: 'vault.internal' }, statistic: 'max', value: 12.6, unit: 'ms' }
const okChange: Receipt = { evidence: 'E3', series: ok, statistic: 'change', value: -43.8 }
const okBefore: Receipt = { evidence: 'E3', series: ok, statistic: 'max', value: 44 }
const okFailing: Receipt = { evidence: 'E3', series: ok, statistic: 'at', at: '2026-03-27T17:40:00Z', value: 9 }
const okNow: Receipt = { evidence: 'E3', series: ok, statistic: 'last', value: 0.2 }
const unavailableMost: Receipt = { evidence: 'E3', series: unavailable, statistic: 'max', value: 52 }
const unavailableFailing: Receipt = { evidence: 'E3', series: unavailable, statistic: 'at', at: '2026-03-27T17:40:00Z', value: 52 }
const unavailableChange: Receipt = { evidence: 'E3', series: unavailable, statistic: 'change', value: 1.8 }
const unavailableNow: Receipt = { evidence: 'E3', series: unavailable, statistic: 'last', value: 1.8 }
const breaker: Receipt = { evidence: 'E4', series: { name: 'nordpay' }, statistic: 'last', value: 1 }
const breakerChange: Receipt = { evidence: 'E4', series: { name: 'nordpay' }, statistic: 'change', value: 1 }
const cardlinkBreaker: Receipt = { evidence: 'E4', series: { name: 'cardlink' }, statistic: 'max', value: 0 }
const cpuMeans: Receipt[] = [
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-2hx8c' }, statistic: 'mean', value: 0.42 },
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-9ttlm' }, statistic: 'mean', value: 0.39 },
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-qv4wr' }, statistic: 'mean', value: 0.44 },
]
const cpuPeaks: Receipt[] = [
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-2hx8c' }, statistic: 'max', value: 0.437 },
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-9ttlm' }, statistic: 'max', value: 0.406 },
  { evidence: 'E5', series: { pod: 'payments-gateway-7b5d6f-qv4wr' }, statistic: 'max', value: 0.458 },
]
const capacity: Receipt = { evidence: 'E6', count: 530, matching: 'upstream capacity exceeded' }
const status503: Receipt = { evidence: 'E6', count: 530, matching: 'status=503' }
const first503: Receipt = { evidence: 'E6', quote: '2026-03-27T17:36:52Z to 2026-03-27T17:45:41Z' }
const timeouts: Receipt = { evidence: 'E6', count: 61, matching: 'provider call timed out' }
const opening: Receipt = {
  evidence: 'E6',
  quote: '2026-03-27T17:45:51.000Z level=warn msg="circuit breaker state change" name=nordpay from=CLOSED to=OPEN failure_rate=85.2',
}
const probes: Receipt = { evidence: 'E6', count: 43, matching: 'half-open probe failed' }
const deploy: Receipt = { evidence: 'E7', quote: '118 2026-03-24T14:08:15Z registry.acme.dev/payments/gateway:2.62.0' }
const notice: Receipt = {
  evidence: 'E8',
  quote: '17:52 UTC Investigating: we see elevated 503 responses and slow answers on the Payments API in eu-west.',
}
const identified: Receipt = {
  evidence: 'E8',
  quote: '18:14 UTC Identified: capacity lost after a failed network maintenance; we are restoring it. No estimate yet.',
}
const spanAll: Receipt = { evidence: 'E9', quote: 'POST /v1/payments payments-gateway 10.04s' }
const spanNordpay: Receipt = { evidence: 'E9', quote: 'POST /charges api.nordpay.example 10.00s error="timeout awaiting response headers"' }
const soldNordpay: Receipt = { evidence: 'E10', series: { method: 'card_nordpay' }, statistic: 'last', value: 12 }
const soldNordpayBefore: Receipt = { evidence: 'E10', series: { method: 'card_nordpay' }, statistic: 'max', value: 2640 }
const soldNordpayChange: Receipt = { evidence: 'E10', series: { method: 'card_nordpay' }, statistic: 'change', value: -2628 }
const soldCardlink: Receipt = { evidence: 'E10', series: { method: 'card_cardlink' }, statistic: 'last', value: 1105 }
const soldCardlinkChange: Receipt = { evidence: 'E10', series: { method: 'card_cardlink' }, statistic: 'change', value: -17.4 }
const soldInvoice: Receipt = { evidence: 'E10', series: { method: 'invoice' }, statistic: 'last', value: 310 }
const pool: Receipt = { evidence: 'E11', statistic: 'last', value: 22, unit: '%' }
const poolLeast: Receipt = { evidence: 'E11', statistic: 'min', value: 20.9, unit: '%' }
const poolMost: Receipt = { evidence: 'E11', statistic: 'max', value: 23.1, unit: '%' }
const replicas: Receipt = { evidence: 'E13', series: { deployment: 'payments-gateway' }, statistic: 'last', value: 3 }

export const paymentProvider: Unseen = {
  evidence: [
    metric(
      'E1',
      'sum(rate(payment_attempts_total{app="payments-gateway", outcome="failed"}[5m])) / sum(rate(payment_attempts_total{app="payments-gateway"}[5m]))',
      window,
      [course(window, 60, {}, ramp(0.004, 0.683, slowing))],
    ),
    metric(
      'E2',
      'histogram_quantile(0.99, sum by (le, host) (rate(http_client_request_duration_seconds_bucket{app="payments-gateway"}[5m])))',
      window,
      [
        course(window, 60, { host: 'api.nordpay.example' }, restless(ramp(0.41, 9.6, slowing), 0.02)),
        course(
          window,
          60,
          { host: 'api.cardlink.example' },
          restless(() => 0.36, 0.03, 1),
        ),
        course(
          window,
          60,
          { host: 'vault.internal' },
          restless(() => 0.012, 0.05, 2),
        ),
      ],
    ),
    metric('E3', 'sum by (host, code) (rate(http_client_requests_total{app="payments-gateway"}[1m]))', window, [
      course(window, 60, { host: 'api.nordpay.example', code: '200' }, phases(44, 9, 0.2)),
      course(window, 60, { host: 'api.nordpay.example', code: '503' }, phases(0, 52, 1.8)),
      course(
        window,
        60,
        { host: 'api.cardlink.example', code: '200' },
        restless(() => 18.4, 0.02),
      ),
    ]),
    metric('E4', 'max by (name) (resilience4j_circuitbreaker_state{app="payments-gateway", state="open"})', window, [
      course(window, 60, { name: 'nordpay' }, step(0, 1, opened)),
      course(window, 60, { name: 'cardlink' }, () => 0),
    ]),
    metric('E5', 'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="payments", container="gateway"}[5m]))', window, [
      course(
        window,
        60,
        { pod: 'payments-gateway-7b5d6f-2hx8c' },
        restless(() => 0.42, 0.04),
      ),
      course(
        window,
        60,
        { pod: 'payments-gateway-7b5d6f-9ttlm' },
        restless(() => 0.39, 0.04, 1),
      ),
      course(
        window,
        60,
        { pod: 'payments-gateway-7b5d6f-qv4wr' },
        restless(() => 0.44, 0.04, 2),
      ),
    ]),
    logs('E6', '{namespace="payments", app="payments-gateway"} |~ "nordpay|cardlink"', window, [
      ...lines(
        { count: 530, first: '2026-03-27T17:36:52Z', every: 1 },
        { namespace: 'payments', app: 'payments-gateway' },
        (i) =>
          `level=warn msg="provider call failed" provider=nordpay status=503 body="upstream capacity exceeded" attempt=${1 + (i % 3)} ref=tx-${48000 + i * 7}`,
      ),
      ...lines(
        { count: 61, first: '2026-03-27T17:40:12Z', every: 5 },
        { namespace: 'payments', app: 'payments-gateway' },
        (i) => `level=error msg="provider call timed out" provider=nordpay after=10s ref=tx-${51000 + i * 11}`,
      ),
      ...lines(
        { count: 1, first: '2026-03-27T17:45:51Z', every: 1 },
        { namespace: 'payments', app: 'payments-gateway' },
        () => 'level=warn msg="circuit breaker state change" name=nordpay from=CLOSED to=OPEN failure_rate=85.2',
      ),
      ...lines(
        { count: 43, first: '2026-03-27T17:46:51Z', every: 60 },
        { namespace: 'payments', app: 'payments-gateway' },
        () => 'level=warn msg="half-open probe failed, breaker stays open" name=nordpay',
      ),
    ]),
    text(
      'E7',
      'kubernetes',
      'rollout history deployment/payments-gateway -n payments',
      [
        'REVISION  DEPLOYED              IMAGE',
        '117       2026-03-19T10:22:40Z  registry.acme.dev/payments/gateway:2.61.3',
        '118       2026-03-24T14:08:15Z  registry.acme.dev/payments/gateway:2.62.0',
      ].join('\n'),
    ),
    text(
      'E8',
      'http',
      'https://status.nordpay.example/incidents',
      [
        'Degraded performance: Payments API (EU)',
        '17:52 UTC Investigating: we see elevated 503 responses and slow answers on the Payments API in eu-west.',
        '18:14 UTC Identified: capacity lost after a failed network maintenance; we are restoring it. No estimate yet.',
        'Other components: Payments API (US) operational, Dashboard operational, Webhooks operational',
      ].join('\n'),
    ),
    text(
      'E9',
      'tempo',
      'trace 5be1c0ffee12',
      [
        'POST /v1/payments  payments-gateway  10.04s  status=error',
        '  authorise        payments-gateway  10.03s',
        '    SELECT merchant  payments-db       3ms',
        '    GET secret       vault.internal    9ms',
        '    POST /charges    api.nordpay.example  10.00s  error="timeout awaiting response headers"',
      ].join('\n'),
    ),
    metric('E10', 'sum by (method) (rate(checkout_completed_total[5m])) * 60', window, [
      course(window, 60, { method: 'card_nordpay' }, phases(2640, 540, 12)),
      course(
        window,
        60,
        { method: 'card_cardlink' },
        restless(() => 1104, 0.02),
      ),
      course(window, 60, { method: 'invoice' }, () => 310),
    ]),
    metric(
      'E11',
      'max(hikaricp_connections_active{app="payments-gateway"}) / max(hikaricp_connections_max{app="payments-gateway"})',
      window,
      [
        course(
          window,
          60,
          {},
          restless(() => 0.22, 0.05),
        ),
      ],
    ),
    text(
      'E12',
      'kubernetes',
      'get configmap payments-gateway -n payments',
      [
        'resilience4j.instances.nordpay.failureRateThreshold: 80',
        'resilience4j.instances.nordpay.waitDurationInOpenState: 60s',
        'resilience4j.instances.nordpay.slidingWindowType: TIME_BASED',
        'resilience4j.instances.nordpay.slidingWindowSize: 480',
        'providers.nordpay.timeout: 10s',
        'providers.nordpay.retries: 2',
        'providers.failover.enabled: false',
      ].join('\n'),
    ),
    instant('E13', 'kube_deployment_status_replicas_available{namespace="payments"}', window.to, [
      [{ deployment: 'payments-gateway' }, 3],
      [{ deployment: 'payments-ledger' }, 2],
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'PaymentFailuresHigh', app: 'payments-gateway', namespace: 'payments', severity: 'critical' },
      expression:
        'sum(rate(payment_attempts_total{app="payments-gateway", outcome="failed"}[5m])) / sum(rate(payment_attempts_total{app="payments-gateway"}[5m])) > 0.05',
      threshold: 0.05,
      startsAt: '2026-03-27T17:40:00Z',
      onset: '2026-03-27T17:37:00Z',
      object: { kind: 'Deployment', namespace: 'payments', name: 'payments-gateway' },
    },
    now: new Date('2026-03-27T18:30:20Z'),
  },
  trueSentences: [
    [
      'Payments through Nordpay fail because its API answers 503 or does not answer in time; the gateway itself is healthy.',
      status503,
      timeouts,
      replicas,
      ...cpuMeans,
    ],
    ['The share of failed payment attempts went from 0.4 % to 68.3 %.', failedChange, failedBefore, failed],
    ['Roughly two thirds of all payment attempts are failing.', failed],
    ['api.nordpay.example p99: 0.42 s → 9.6 s, starting at 17:36.', p99Change, p99Before, p99],
    ['Nordpay has become about 23 times slower, with the p99 going from 417 ms to 9.6 s.', p99Before, p99],
    ['Cardlink, the other provider, is unaffected: p99 at 0.37 s and its breaker closed.', cardlinkP99, cardlinkBreaker],
    ['vault.internal answers within 13 ms at p99.', vaultP99],
    ['503s from api.nordpay.example appeared at 17:37 and reached 52 per second.', unavailableMost, unavailableChange],
    ['At 17:40, 52 of 61 calls per second to Nordpay came back with a 503 (85 %).', unavailableFailing, okFailing],
    [
      'Successful calls to Nordpay fell from 44/s to 9/s at 17:37, and to 0.2/s once the breaker opened at 17:46.',
      okBefore,
      okFailing,
      okNow,
      okChange,
      breakerChange,
    ],
    ['The circuit breaker for nordpay opened at 17:45:51 with a failure rate of 85.2 %.', opening],
    ['nordpay breaker open since 17:46.', breaker, breakerChange],
    ['The breaker for cardlink never opened.', cardlinkBreaker],
    [
      '43 half-open probes have failed, the latest at 18:28:51.',
      probes,
      { evidence: 'E6', quote: '2026-03-27T18:28:51.000Z level=warn msg="half-open probe failed, breaker stays open" name=nordpay' },
    ],
    ['Half-open probes keep failing (43 so far), so the breaker stays open.', probes, breaker],
    ['The gateway logged 530 failed calls with the body "upstream capacity exceeded".', capacity],
    [
      '61 calls ran into the 10 s timeout between 17:40:12 and 17:45:12.',
      timeouts,
      { evidence: 'E6', quote: '2026-03-27T17:40:12Z to 2026-03-27T17:45:12Z' },
      { evidence: 'E6', quote: 'provider call timed out" provider=nordpay after=10s' },
    ],
    ['There is not a single failed call to cardlink in the gateway log.', { evidence: 'E6', absent: 'provider=cardlink' }],
    ['Not a deploy: the last one (2.62.0, revision 118) was on 24 March, three days ago.', deploy],
    ['Nordpay confirmed the outage at 17:52: elevated 503 responses and slow answers in eu-west.', notice],
    ['According to their status page they lost capacity after a failed network maintenance; no estimate yet.', identified],
    ['The provider posted its first notice 12 minutes after our alert had fired.', notice],
    ['US region of the Payments API is operational.', { evidence: 'E8', quote: 'Payments API (US) operational' }],
    ['In the trace, 10.00 s of 10.04 s were spent waiting for api.nordpay.example.', spanAll, spanNordpay],
    [
      'payments-db and Vault took only 3 ms and 9 ms in the same trace.',
      { evidence: 'E9', quote: 'SELECT merchant payments-db 3ms' },
      { evidence: 'E9', quote: 'GET secret vault.internal 9ms' },
    ],
    ['CPU of the three gateway pods is flat at around 0.4 cores.', ...cpuMeans, ...cpuPeaks],
    ['Not CPU: none of the gateway pods used more than 0.46 cores.', ...cpuPeaks],
    ['DB pool at 22 %, did not move.', pool, poolLeast, poolMost],
    ['Pool exhaustion can be ruled out, since usage stayed between 21 and 23 % throughout.', poolLeast, poolMost],
    ['All three replicas of payments-gateway are available.', replicas],
    ['Completed Nordpay card checkouts dropped from 2,640 to 12 per minute.', soldNordpayChange, soldNordpayBefore, soldNordpay],
    ['Checkouts via Cardlink hold at about 1.1k per minute and invoice at 310.', soldCardlink, soldCardlinkChange, soldInvoice],
    ['Nordpay checkouts are down by more than 99 %.', soldNordpayChange, soldNordpayBefore, soldNordpay],
    [
      'Failover is switched off (providers.failover.enabled: false), so card payments do not move over to Cardlink.',
      { evidence: 'E12', quote: 'providers.failover.enabled: false' },
      soldCardlinkChange,
      soldCardlink,
    ],
    ['It took the breaker nine minutes to open: 503s from 17:37, open at 17:46.', unavailableChange, unavailableMost, breakerChange],
    [
      'The breaker is configured to open at a failure rate of 80 % and to wait 60 s before it probes again.',
      { evidence: 'E12', quote: 'nordpay.failureRateThreshold: 80' },
      { evidence: 'E12', quote: 'nordpay.waitDurationInOpenState: 60s' },
    ],
    [
      'Each call to Nordpay may take 10 s and is retried twice.',
      { evidence: 'E12', quote: 'providers.nordpay.timeout: 10s' },
      { evidence: 'E12', quote: 'providers.nordpay.retries: 2' },
    ],
    [
      'Outbound traffic to Nordpay went from 61 to 2 requests per second when the breaker opened.',
      unavailableFailing,
      okFailing,
      unavailableNow,
      okNow,
      breakerChange,
    ],
    [
      'Nordpay has been failing since 17:37 and is not back. Our side is fine: DB pool at 22 %, all 3 replicas up.',
      unavailableChange,
      failed,
      breaker,
      pool,
      replicas,
    ],
    ['The failure ratio is still 68 %, almost 14 times the threshold.', failed],
    ['Flat at 68 % failed since 17:44.', failedChange, failed],
    ['The first 503 was logged at 17:36:52, about three minutes before the alert.', first503, status503],
    ["Our first 503s came 15 minutes before Nordpay's own notice (17:36:52 vs 17:52).", first503, notice],
    ['Slow and failing at once: p99 close to 10 s, 503s at up to 52/s.', p99Most, unavailableMost],
    ['Breaker open → 503s down from 52/s to 1.8/s.', breaker, unavailableMost, unavailableNow],
    [
      'payments-ledger has two replicas available.',
      { evidence: 'E13', series: { deployment: 'payments-ledger' }, statistic: 'last', value: 2 },
    ],
  ],
}
