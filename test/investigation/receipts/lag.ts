import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A second incident, of other things, told by somebody else: a worker runs out of memory and its queue grows. */
const day = '2026-05-11'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 61 }, (_, i): [number, number] => [at('08:00:00') + i * 60, f(at('08:00:00') + i * 60)]),
})
const range = { from: `${day}T08:00:00Z`, to: `${day}T09:00:00Z` }
const base = { at: `${day}T09:00:03Z`, range, complete: true }
const lin = (a: number, b: number) => (t: number) => a + ((b - a) * (t - at('08:00:00'))) / 3600
export const evidence: readonly Evidence[] = [
  {
    ...base,
    id: 'E1',
    source: 'prometheus',
    query: '100 - 100 * node_filesystem_avail_bytes{mountpoint="/var/log"} / node_filesystem_size_bytes{mountpoint="/var/log"}',
    output: {
      kind: 'series',
      series: [
        mk({ instance: 'node-a1', mountpoint: '/var/log' }, lin(62.3, 93.7)),
        mk({ instance: 'node-b2', mountpoint: '/var/log' }, () => 41.2),
        mk({ instance: 'node-c3', mountpoint: '/var/log' }, () => 39.9),
      ],
    },
    shown:
      '3 series\n{instance="node-a1", mountpoint="/var/log"}: last 93.7 at 09:00:00, first 62.3, min 62.3, max 93.7, mean 78\n{instance="node-b2", mountpoint="/var/log"}: last 41.2, constant\n{instance="node-c3", mountpoint="/var/log"}: last 39.9, constant',
  },
  {
    ...base,
    id: 'E2',
    source: 'prometheus',
    query: 'sum by (consumergroup) (kafka_consumergroup_lag{topic="orders"})',
    output: {
      kind: 'series',
      series: [
        mk({ consumergroup: 'billing' }, (t) => (t < at('08:20:00') ? 1200 : 1200 + (t - at('08:20:00')) * 35)),
        mk({ consumergroup: 'shipping' }, () => 310),
      ],
    },
    shown: '{consumergroup="billing"}: last 85200 first 1200 min 1200 max 85200\n{consumergroup="shipping"}: last 310 min 310 max 310',
  },
  {
    ...base,
    id: 'E3',
    source: 'kubernetes',
    query: 'events -n billing',
    range: null,
    output: { kind: 'text', text: 'x' },
    shown:
      '08:19:42 Warning BackOff pod/billing-worker-6c9d7f5b8-tq2lm Back-off restarting failed container worker in pod billing-worker-6c9d7f5b8-tq2lm (x14 over 41m)\n08:21:03 Warning Unhealthy pod/billing-worker-6c9d7f5b8-zz8kp Liveness probe failed: HTTP probe failed with statuscode: 503\n08:18:55 Normal Pulled Container image "registry.acme.io/billing/worker:1.8.3" already present on machine',
  },
  {
    ...base,
    id: 'E4',
    source: 'kubernetes',
    query: 'pods -n billing',
    range: null,
    output: {
      kind: 'objects',
      objects: [
        {
          kind: 'Pod',
          metadata: { name: 'billing-worker-6c9d7f5b8-tq2lm', namespace: 'billing' },
          spec: { nodeName: 'node-b2' },
          status: { phase: 'Running', restartCount: 14, reason: 'OOMKilled', limits: { memory: '512Mi' } },
        },
        {
          kind: 'Pod',
          metadata: { name: 'billing-worker-6c9d7f5b8-zz8kp', namespace: 'billing' },
          spec: { nodeName: 'node-c3' },
          status: { phase: 'Running', restartCount: 2, reason: 'OOMKilled', limits: { memory: '512Mi' } },
        },
      ],
    },
    shown:
      'billing-worker-6c9d7f5b8-tq2lm node node-b2 restarts 14 last state OOMKilled exit code 137 memory limit 512Mi\nbilling-worker-6c9d7f5b8-zz8kp node node-c3 restarts 2 last state OOMKilled exit code 137 memory limit 512Mi',
  },
  {
    ...base,
    id: 'E5',
    source: 'prometheus',
    query: 'max by (pod) (container_memory_working_set_bytes{namespace="billing", container="worker"})',
    output: {
      kind: 'series',
      series: [
        mk({ pod: 'billing-worker-6c9d7f5b8-tq2lm' }, lin(210 * 1048576, 508 * 1048576)),
        mk({ pod: 'billing-worker-6c9d7f5b8-zz8kp' }, lin(200 * 1048576, 431 * 1048576)),
      ],
    },
    shown:
      '{pod="billing-worker-6c9d7f5b8-tq2lm"}: last 532676608 first 220200960\n{pod="billing-worker-6c9d7f5b8-zz8kp"}: last 451936256 first 209715200',
  },
  {
    ...base,
    id: 'E6',
    source: 'loki',
    query: '{namespace="ingress"} |= "x509"',
    output: {
      kind: 'lines',
      lines: Array.from({ length: 42 }, (_, i) => ({
        at: new Date((at('08:30:05') + i * 30) * 1000).toISOString(),
        line: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-05-11T08:30:05Z is after 2026-05-11T08:30:00Z',
        labels: { app: 'ingress', namespace: 'ingress' },
      })),
    },
    shown:
      '42 x tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time <*> is after 2026-05-11T08:30:00Z\nfirst 2026-05-11T08:30:05Z last 2026-05-11T08:50:35Z',
  },
  {
    ...base,
    id: 'E7',
    source: 'prometheus',
    query: 'sum(rate(container_cpu_usage_seconds_total{pod=~"billing-worker-.*"}[5m]))',
    output: { kind: 'series', series: [mk({}, () => 0.82)] },
    shown: '{}: last 0.82 min 0.82 max 0.82',
  },
  {
    ...base,
    id: 'E8',
    source: 'vigil',
    query: 'similar incidents of billing',
    range: null,
    output: {
      kind: 'text',
      text: 'INC-101 2026-04-20 billing-worker OOMKilled, fixed by raising the memory limit from 256Mi to 512Mi\nINC-77 2026-03-02 kafka lag after rebalance, resolved by itself after 9 min',
    },
    shown:
      'INC-101 2026-04-20 billing-worker OOMKilled, fixed by raising the memory limit from 256Mi to 512Mi\nINC-77 2026-03-02 kafka lag after rebalance, resolved by itself after 9 min',
  },
  {
    ...base,
    id: 'E9',
    source: 'prometheus',
    query: 'histogram_quantile(0.95, sum(rate(http_server_duration_milliseconds_bucket{service="billing-api"}[5m])) by (le))',
    output: { kind: 'series', series: [mk({}, (t) => (t < at('08:24:00') ? 85 : 1420))] },
    shown: '{}: last 1420 first 85 max 1420 min 85; changed at 08:24:00',
  },
  {
    ...base,
    id: 'E10',
    source: 'prometheus',
    query: 'up{job="billing-api"}',
    output: {
      kind: 'series',
      series: [
        mk({ job: 'billing-api', instance: '10.2.3.4:8080' }, () => 1),
        mk({ job: 'billing-api', instance: '10.2.3.5:8080' }, (t) => (t < at('08:40:00') ? 1 : 0)),
      ],
    },
    shown: '{instance="10.2.3.4:8080"}: last 1\n{instance="10.2.3.5:8080"}: last 0 first 1 changed at 08:40:00',
  },
]
export const given: Given = {
  alert: {
    labels: { alertname: 'KafkaConsumerLagHigh', consumergroup: 'billing', topic: 'orders', severity: 'warning', namespace: 'billing' },
    expression: 'sum by (consumergroup) (kafka_consumergroup_lag{topic="orders"}) > 10000',
    threshold: 10000,
    startsAt: `${day}T08:30:00Z`,
    onset: `${day}T08:25:00Z`,
    object: { kind: 'Deployment', namespace: 'billing', name: 'billing-worker' },
  },
  now: new Date(`${day}T09:00:30Z`),
}
const a1: Receipt = { evidence: 'E1', series: { instance: 'node-a1' }, statistic: 'last', value: 93.7, unit: '%' }
const a1c: Receipt = { evidence: 'E1', series: { instance: 'node-a1' }, statistic: 'change', value: 31.4, unit: '%' }
const b2: Receipt = { evidence: 'E1', series: { instance: 'node-b2' }, statistic: 'last', value: 41.2, unit: '%' }
const lag: Receipt = { evidence: 'E2', series: { consumergroup: 'billing' }, statistic: 'last', value: 85200 }
const lagc: Receipt = { evidence: 'E2', series: { consumergroup: 'billing' }, statistic: 'change', value: 84000 }
const ship: Receipt = { evidence: 'E2', series: { consumergroup: 'shipping' }, statistic: 'last', value: 310 }
const backoff: Receipt = {
  evidence: 'E3',
  quote: 'Back-off restarting failed container worker in pod billing-worker-6c9d7f5b8-tq2lm (x14 over 41m)',
}
const probe: Receipt = { evidence: 'E3', quote: 'Liveness probe failed: HTTP probe failed with statuscode: 503' }
const oomc: Receipt = { evidence: 'E4', count: 2, matching: 'OOMKilled' }
const oomq: Receipt = {
  evidence: 'E4',
  quote: 'billing-worker-6c9d7f5b8-tq2lm node node-b2 restarts 14 last state OOMKilled exit code 137 memory limit 512Mi',
}
const mem: Receipt = { evidence: 'E5', series: { pod: 'billing-worker-6c9d7f5b8-tq2lm' }, statistic: 'last', value: 508, unit: 'MiB' }
const memc: Receipt = { evidence: 'E5', series: { pod: 'billing-worker-6c9d7f5b8-tq2lm' }, statistic: 'change', value: 298, unit: 'MiB' }
const tls: Receipt = { evidence: 'E6', count: 42, matching: 'certificate has expired' }
const tlsq: Receipt = { evidence: 'E6', quote: 'x509: certificate has expired or is not yet valid' }
const cpu: Receipt = { evidence: 'E7', statistic: 'last', value: 0.82, unit: 'cores' }
const sim: Receipt = {
  evidence: 'E8',
  quote: 'INC-101 2026-04-20 billing-worker OOMKilled, fixed by raising the memory limit from 256Mi to 512Mi',
}
const sim2: Receipt = { evidence: 'E8', quote: 'kafka lag after rebalance, resolved by itself after 9 min' }
const p95: Receipt = { evidence: 'E9', statistic: 'last', value: 1420, unit: 'ms' }
const p95c: Receipt = { evidence: 'E9', statistic: 'change', value: 1335, unit: 'ms' }
const up: Receipt = { evidence: 'E10', series: { instance: '10.2.3.5:8080' }, statistic: 'last', value: 0 }
const upmin: Receipt = { evidence: 'E10', series: { instance: '10.2.3.4:8080' }, statistic: 'min', value: 1 }

/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['/var/log on node-a1 is 93.7% full.', a1],
  ['The log volume of node-a1 filled from 62.3 % to 93.7 % in the last hour.', a1c],
  ['Disk usage on node-a1 has climbed by about 31 percentage points since 08:00.', a1c],
  ['node-b2 is fine, with only 41 % of /var/log in use.', b2],
  ['Only node-a1 is affected; /var/log on node-b2 sits at 41.2 %.', a1, b2],
  ['node-a1 has used more than twice as much of /var/log as node-b2 (93.7 % vs 41.2 %).', a1, b2],
  ['The billing consumer group is 85,200 messages behind.', lag],
  ['Consumer lag for billing on the orders topic stands at 85.2k.', lag],
  ['Lag of `billing` went from 1,200 to 85,200, a 71x increase.', lagc],
  ['Lag has been growing since 08:20.', lagc],
  ['billing lags by roughly 85 thousand messages while shipping is at 310.', lag, ship],
  ['The lag is more than eight times the alert threshold of 10,000.', lag],
  ['Shipping, the other consumer of orders, is keeping up (lag 310).', ship],
  ['The shipping group reads the same topic without falling behind: 310 messages.', ship],
  ['billing-worker is crash-looping: Kubernetes backed off restarting its container 14 times over 41 minutes.', backoff],
  ['Kubernetes reports "Back-off restarting failed container" for billing-worker-6c9d7f5b8-tq2lm.', backoff],
  ['The worker container of pod billing-worker-6c9d7f5b8-tq2lm keeps failing and is restarted with back-off.', backoff],
  ['The liveness probe of the worker fails with HTTP 503.', probe],
  ['A liveness probe got a 503 at 08:21:03.', probe],
  ['Both pods of billing-worker were OOMKilled.', oomc],
  ['Two pods were killed for exceeding their memory limit (OOMKilled).', oomc],
  ['billing-worker-6c9d7f5b8-tq2lm has restarted 14 times and was last OOMKilled with exit code 137.', oomq],
  ['The pod on node-b2 was OOM-killed; its memory limit is 512 MiB.', oomq],
  ['Exit code 137 means the kernel killed it at the 512Mi limit.', oomq],
  ['The memory limit of the worker is 512Mi.', oomq],
  ['Memory of billing-worker-6c9d7f5b8-tq2lm reached 508 MiB, 4 MiB below its limit of 512 MiB.', mem, oomq],
  ['At 508 of 512 MiB the worker has used 99 % of its memory limit.', mem, oomq],
  ['Working set memory grew from 210 MiB to 508 MiB within an hour.', memc],
  ['Memory of the tq2lm pod increases steadily, by almost 300 MiB in one hour, which looks like a leak.', memc],
  ['The worker leaks memory: +298 MiB in 60 minutes.', memc],
  ['Since 08:30:05 the ingress has logged 42 expired-certificate errors.', tls],
  ['The TLS certificate expired: "x509: certificate has expired or is not yet valid".', tlsq],
  ['42 TLS handshakes failed because the certificate had expired.', tls],
  [
    'The first failed verification was logged at 08:30:05, five seconds after the certificate expired at 08:30:00.',
    tls,
    { evidence: 'E6', quote: 'is after 2026-05-11T08:30:00Z' },
  ],
  ['CPU is not the bottleneck: the workers use 0.82 cores in total.', cpu],
  ['billing-worker uses 0.82 CPU cores.', cpu],
  ['CPU usage is flat at 820 millicores.', cpu],
  ['The same thing happened in INC-101 on 20 April, when the limit was raised from 256Mi to 512Mi.', sim],
  ['A similar incident (INC-101) was fixed by raising the memory limit.', sim],
  ['INC-77 resolved by itself after 9 minutes.', sim2],
  ['p95 latency of billing-api jumped from 85 ms to 1.42 s at 08:24.', p95c],
  ['billing-api is slow: its 95th percentile is 1,420 ms.', p95],
  ['billing-api got almost 17 times slower (85 → 1420 ms at p95).', p95c],
  ['95 % of billing-api requests finish within 1.42 s.', p95],
  ['The billing-api instance 10.2.3.5:8080 has been down since 08:40.', up],
  ['10.2.3.5 is down, 10.2.3.4 stayed up the whole hour.', up, upmin],
  ['One of two billing-api instances (10.2.3.5) is not up.', up],
  ['Lag began to grow at 08:20, within a minute of the worker starting to crash at 08:19:42.', lagc, backoff],
  ['The consumer died at 08:19 and lag started climbing a minute later.', backoff, lagc],
  ['Workers run out of memory, restart, and so cannot keep up with the topic.', oomq, backoff],
  ['It fired at 08:30, five minutes after lag crossed 10,000 at 08:25.', lag],
  ['Lag crossed the limit of 10k at 08:25.', lag],
  ['The alert fired 10 minutes after the first back-off.', backoff, lag],
  ['Disk on node-a1 will not last: it gained 31.4 points in an hour.', a1c],
  ['The billing-worker pods are being OOMKilled (exit code 137) at their 512Mi limit.', oomq],
  ['billing-worker-6c9d7f5b8-tq2lm has been restarted 14 times in 41 minutes.', backoff, oomq],
  ['Memory climbs linearly from 210 MiB to 508 MiB over the hour until the 512 MiB limit is hit.', memc, oomq],
  ['Consumer lag started increasing around 08:20 and is now at 85,200.', lagc],
  ['The lag of the shipping group is negligible (310), so Kafka itself is fine.', ship],
  ['Other consumers of the topic are unaffected: shipping has a lag of just 310.', ship],
  ['CPU is low (0.82 cores), so this is not CPU starvation.', cpu],
  [
    'The certificate expired at 08:30:00 UTC; the first TLS failure followed five seconds later.',
    tls,
    { evidence: 'E6', quote: 'is after 2026-05-11T08:30:00Z' },
  ],
  ['Ingress TLS verification has failed 42 times since 08:30.', tls],
  ['node-a1 is running out of space on /var/log: 93.7 % used, up from 62.3 % an hour ago.', a1c],
  ['At this rate /var/log on node-a1 gains half a percentage point per minute.', a1c],
  [
    'The other nodes are fine (41.2 % and 39.9 %).',
    b2,
    { evidence: 'E1', series: { instance: 'node-c3' }, statistic: 'last', value: 39.9, unit: '%' },
  ],
  ['billing-api p95 latency degraded from 85 ms to 1.4 s.', p95c],
  ['One billing-api target, 10.2.3.5:8080, went down at 08:40 and has not come back.', up],
  ['This looks like INC-101, where raising the limit from 256Mi to 512Mi helped.', sim],
  ['In INC-101 (2026-04-20) the same worker was OOMKilled.', sim],
  ['The readiness of the worker is affected too: its liveness probe fails with status 503.', probe],
  ['The pod tq2lm was restarted 14 times.', oomq],
  ['Lag has increased 71-fold since 08:00 and keeps growing.', lagc],
  ['With 85,200 messages the lag is way above the alert threshold (10,000).', lag],
  ['Containers die with exit code 137, i.e. they are OOMKilled.', oomq],
  ['Its memory is practically exhausted (508 of 512 MiB).', mem, oomq],
  ['The worker gains roughly 5 MiB a minute.', memc],
  ['An expired certificate breaks TLS at the ingress: 42 failures between 08:30:05 and 08:50:35.', tls],
  ['CPU is not throttled, usage is under 1 core.', cpu],
  ['billing-api answers slowly since 08:24, p95 is 1.42 s.', p95c],
  ['Only one of the two billing-api instances is up.', up, upmin],
  [
    'node-a1 is the only node with a filling log disk: 93.7 %, the others are near 40 %.',
    a1,
    b2,
    { evidence: 'E1', series: { instance: 'node-c3' }, statistic: 'last', value: 39.9, unit: '%' },
  ],
  ['Three weeks ago INC-101 had the same symptom and was fixed by a higher memory limit.', sim],
]
