import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** An eighth incident: a zone is taken out of the name server, and one service cannot be found. */
const day = '2026-04-27'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('19:00:00')
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 121 }, (_, i): [number, number] => [from + i * 30, f(from + i * 30)]),
})
const n = (x: number) => String(Number(x.toPrecision(4)))
const sh = (all: readonly Series[]) =>
  `${all.length} series\n` +
  all
    .map(({ labels, points }) => {
      const v = points.map(([, value]) => value)
      return `{${Object.entries(labels)
        .map(([k, x]) => `${k}="${x}"`)
        .join(
          ', ',
        )}}: last ${n(v.at(-1)!)} at 20:00:00, first ${n(v[0]!)}, min ${n(Math.min(...v))}, max ${n(Math.max(...v))}, mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T19:00:00Z`, to: `${day}T20:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T20:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T20:00:05Z`,
  source,
  query,
  range: null,
  output: { kind: 'text', text: shown },
  shown,
  complete: true,
})
const lines = ([count, first, every]: readonly [number, string, number], line: (i: number) => string, labels: Labels): LogLine[] =>
  Array.from({ length: count }, (_, i) => ({ at: new Date((at(first) + i * every) * 1000).toISOString(), line: line(i), labels }))
const logs = (id: Evidence['id'], query: string, all: readonly LogLine[], shown: string): Evidence => ({
  id,
  at: `${day}T20:00:06Z`,
  source: 'loki',
  query,
  range,
  output: { kind: 'lines', lines: all },
  shown,
  complete: true,
})
const step = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : b)
export const evidence: readonly Evidence[] = [
  metric('E1', 'histogram_quantile(0.95, sum by (le, route) (rate(http_request_duration_seconds_bucket{service="pricing"}[5m])))', [
    mk({ route: '/quote' }, step(0.21, 4.8, '19:33:00')),
    mk({ route: '/health' }, () => 0.004),
  ]),
  logs(
    'E2',
    '{service="pricing"} |= "level=error"',
    [
      ...lines([642, '19:33:07', 2.4], (i) => `level=error msg="resolve fx-rates.internal: no such host" lookup=${i}`, {
        service: 'pricing',
        pod: 'pricing-5f6d7c8b9-abc12',
      }),
      ...lines([58, '19:34:00', 20], () => 'level=error msg="circuit breaker open for fx-rates"', {
        service: 'pricing',
        pod: 'pricing-5f6d7c8b9-def34',
      }),
    ],
    '642 x level=error msg="resolve fx-rates.internal: no such host" lookup=<*>\n58 x level=error msg="circuit breaker open for fx-rates"',
  ),
  metric('E3', 'sum by (rcode) (rate(coredns_dns_responses_total[5m]))', [
    mk({ rcode: 'NXDOMAIN' }, step(1.1, 38.2, '19:33:00')),
    mk({ rcode: 'NOERROR' }, step(410, 372, '19:33:00')),
    mk({ rcode: 'SERVFAIL' }, () => 0),
  ]),
  text(
    'E4',
    'kubernetes',
    'events -n kube-system',
    '19:32:21 Normal ScalingReplicaSet deployment/coredns Scaled down replica set coredns-6d4b75cb6d to 1 from 3\n19:32:40 Warning Unhealthy pod/coredns-6d4b75cb6d-x7k2p Readiness probe failed: HTTP probe failed with statuscode: 503',
  ),
  text(
    'E5',
    'vigil',
    'changes of kube-system in the last 24 h',
    '2026-04-27T19:32:18Z configmap/coredns changed by platform-bot: removed zone internal\n2026-04-27T08:11:02Z daemonset/node-local-dns image 1.22.20 -> 1.22.23 by platform-bot',
  ),
  metric('E6', 'kube_deployment_status_replicas_ready{deployment="coredns"}', [mk({ deployment: 'coredns' }, step(3, 1, '19:32:30'))]),
  metric('E7', 'sum(rate(http_requests_total{service="pricing",code=~"5.."}[5m]))', [mk({}, step(0.05, 11.4, '19:33:00'))]),
  metric('E8', 'sum(rate(http_requests_total{service="pricing"}[5m]))', [mk({}, () => 68)]),
  metric('E9', 'sum(rate(http_requests_total{service="fx-rates"}[5m]))', [mk({}, step(22, 0, '19:33:00'))]),
  metric('E10', 'container_memory_working_set_bytes{namespace="kube-system",container="coredns"}', [
    mk({ pod: 'coredns-6d4b75cb6d-x7k2p' }, () => 73_400_320),
  ]),
  metric('E11', 'up{job="fx-rates"}', [
    mk({ job: 'fx-rates', instance: '10.4.1.9:8080' }, () => 1),
    mk({ job: 'fx-rates', instance: '10.4.1.10:8080' }, () => 1),
  ]),
  text(
    'E12',
    'vigil',
    'similar incidents of pricing',
    'INC-501 2026-02-11 pricing timeouts after DNS change, fixed by restoring the CoreDNS configmap in 12 min',
  ),
  logs('E13', '{service="fx-rates"} |~ "error|panic"', [], 'no lines'),
]
export const given: Given = {
  alert: {
    labels: { alertname: 'PricingLatencyHigh', service: 'pricing', route: '/quote', namespace: 'shop', severity: 'critical' },
    expression: 'histogram_quantile(0.95, sum by (le, route) (rate(http_request_duration_seconds_bucket{service="pricing"}[5m]))) > 1',
    threshold: 1,
    startsAt: `${day}T19:38:00Z`,
    onset: `${day}T19:33:00Z`,
    object: { kind: 'Deployment', namespace: 'shop', name: 'pricing' },
  },
  now: new Date(`${day}T20:00:20Z`),
}
const p: Receipt = { evidence: 'E1', series: { route: '/quote' }, statistic: 'last', value: 4.8, unit: 's' },
  pc: Receipt = { evidence: 'E1', series: { route: '/quote' }, statistic: 'change', value: 4.59, unit: 's' },
  ph: Receipt = { evidence: 'E1', series: { route: '/health' }, statistic: 'max', value: 4, unit: 'ms' }
const host: Receipt = { evidence: 'E2', count: 642, matching: 'no such host' },
  hostq: Receipt = { evidence: 'E2', quote: 'resolve fx-rates.internal: no such host' },
  cb: Receipt = { evidence: 'E2', count: 58, matching: 'circuit breaker open' },
  cbq: Receipt = { evidence: 'E2', quote: 'circuit breaker open for fx-rates' }
const nx: Receipt = { evidence: 'E3', series: { rcode: 'NXDOMAIN' }, statistic: 'last', value: 38.2 },
  nxc: Receipt = { evidence: 'E3', series: { rcode: 'NXDOMAIN' }, statistic: 'change', value: 37.1 },
  sf: Receipt = { evidence: 'E3', series: { rcode: 'SERVFAIL' }, statistic: 'max', value: 0 },
  ok: Receipt = { evidence: 'E3', series: { rcode: 'NOERROR' }, statistic: 'last', value: 372 }
const sc: Receipt = { evidence: 'E4', quote: 'Scaled down replica set coredns-6d4b75cb6d to 1 from 3' },
  probe: Receipt = { evidence: 'E4', quote: 'pod/coredns-6d4b75cb6d-x7k2p Readiness probe failed: HTTP probe failed with statuscode: 503' }
const cm: Receipt = { evidence: 'E5', quote: 'configmap/coredns changed by platform-bot: removed zone internal' },
  nl: Receipt = { evidence: 'E5', quote: 'daemonset/node-local-dns image 1.22.20 -> 1.22.23 by platform-bot' }
const rdy: Receipt = { evidence: 'E6', statistic: 'last', value: 1 },
  rdyc: Receipt = { evidence: 'E6', statistic: 'change', value: -2 }
const e5: Receipt = { evidence: 'E7', statistic: 'last', value: 11.4 },
  e5c: Receipt = { evidence: 'E7', statistic: 'change', value: 11.35 },
  tr: Receipt = { evidence: 'E8', statistic: 'mean', value: 68 },
  fx: Receipt = { evidence: 'E9', statistic: 'last', value: 0 },
  fxc: Receipt = { evidence: 'E9', statistic: 'change', value: -22 }
const mem: Receipt = { evidence: 'E10', statistic: 'last', value: 70, unit: 'MiB' },
  up: Receipt = { evidence: 'E11', series: { instance: '10.4.1.9:8080' }, statistic: 'last', value: 1 },
  up2: Receipt = { evidence: 'E11', series: { instance: '10.4.1.10:8080' }, statistic: 'min', value: 1 },
  inc: Receipt = {
    evidence: 'E12',
    quote: 'INC-501 2026-02-11 pricing timeouts after DNS change, fixed by restoring the CoreDNS configmap in 12 min',
  },
  noe: Receipt = { evidence: 'E13', count: 0, matching: 'error' }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['p95 latency of /quote went from 0.21 s to 4.8 s at 19:33, while /health stayed at 4 ms.', pc, ph],
  ['/quote is more than 20 times slower than before.', pc],
  ['The 95th percentile of /quote is 4.8 s, almost five times the 1 s limit.', p],
  ['Only /quote is slow; /health answers in 4 ms.', p, ph],
  ['pricing cannot resolve fx-rates.internal ("no such host").', hostq],
  ['Since 19:33:07 the lookup of fx-rates.internal failed 642 times in pricing.', host],
  ['642 DNS lookups failed between 19:33:07 and 19:58.', host],
  ['DNS resolution of fx-rates.internal fails, so the circuit breaker for fx-rates opened.', hostq, cbq],
  ['The circuit breaker for fx-rates is open.', cbq],
  ['58 requests were rejected by the open circuit breaker.', cb],
  ['NXDOMAIN answers rose 35-fold, from 1.1 to 38.2 per second.', nxc],
  ['CoreDNS returns 38 NXDOMAIN responses a second, against 372 successful ones.', nx, ok],
  ['Roughly one answer in ten is NXDOMAIN (38.2 of 410 per second).', nx, ok],
  ['There were no SERVFAILs at all.', sf],
  ['CoreDNS was scaled down from 3 replicas to 1.', sc],
  ['CoreDNS lost two of its three replicas.', sc],
  ['Only one CoreDNS replica is ready, two fewer than before 19:32:30.', rdyc],
  ['CoreDNS runs on a single ready replica.', rdy],
  ['The readiness probe of coredns-6d4b75cb6d-x7k2p failed with a 503.', probe],
  ['platform-bot removed the zone "internal" from the CoreDNS configmap at 19:32:18.', cm],
  ['The configmap of CoreDNS was changed at 19:32:18, 49 seconds before the first failed lookup.', cm, host],
  ['Less than a minute after the configmap change the first lookups failed.', cm, host],
  ['platform-bot also updated node-local-dns from 1.22.20 to 1.22.23, but that was eleven hours before the alert.', nl],
  ['node-local-dns was updated to 1.22.23 in the morning, at 08:11.', nl],
  ['pricing returns 11.4 errors per second, i.e. 17 % of its 68 requests.', e5, tr],
  ['About every sixth request to pricing fails.', e5, tr],
  ['5xx responses of pricing climbed from nearly none (0.05/s) to 11.4/s.', e5c],
  ['fx-rates no longer receives any traffic.', fx],
  ['Traffic to fx-rates fell from 22 req/s to zero at 19:33.', fxc],
  ['fx-rates itself is up: both instances answer their scrapes.', up, up2],
  ['fx-rates is healthy, it logged neither errors nor panics.', noe],
  ['Both fx-rates instances (10.4.1.9 and 10.4.1.10) are up.', up, up2],
  ['CoreDNS is not short of memory; it uses 70 MiB.', mem],
  ['INC-501 in February had the same cause: a DNS change.', inc],
  ['Restoring the CoreDNS configmap took 12 minutes in INC-501.', inc],
  ['INC-501 was fixed by restoring the CoreDNS configmap.', inc],
  ['The load on pricing is constant at 68 requests per second.', tr],
  ['Latency crossed the limit at 19:33 and the alert fired five minutes later.', pc],
  ['The change precedes the onset by 42 seconds.', cm],
  ['Eleven errors per second is far above the 0.05 before.', e5c],
]
const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['p95 latency of /health went from 0.21 s to 4.8 s at 19:33, while /quote stayed at 4 ms.', by('p95')],
  ['/quote is more than 200 times slower than before.', by('/quote')],
  ['/quote is more than 20 times faster than before.', by('/quote')],
  ['The 95th percentile of /quote is 4.8 s, almost fifty times the 1 s limit.', by('The 95th')],
  ['The 99th percentile of /quote is 4.8 s.', by('The 95th')],
  ['Only /health is slow; /quote answers in 4 ms.', by('Only /quote')],
  ['fx-rates cannot resolve pricing.internal.', by('pricing cannot')],
  ['pricing can resolve fx-rates.internal.', by('pricing cannot')],
  ['Until 19:33:07 the lookup of fx-rates.internal failed 642 times in pricing.', by('Since')],
  ['The circuit breaker for fx-rates is closed.', by('The circuit')],
  ['85 requests were rejected by the open circuit breaker.', by('58')],
  ['NXDOMAIN answers fell from 38.2 to 1.1 per second.', by('NXDOMAIN')],
  ['CoreDNS returns 372 NXDOMAIN responses a second, against 38 successful ones.', by('CoreDNS returns')],
  ['Roughly every second answer is NXDOMAIN.', by('Roughly')],
  ['There were many SERVFAILs.', by('There were')],
  ['CoreDNS was scaled up from 1 replica to 3.', by('CoreDNS was')],
  ['CoreDNS lost all three replicas.', by('CoreDNS lost')],
  ['Two CoreDNS replicas are ready.', by('CoreDNS runs')],
  ['The liveness probe of coredns-6d4b75cb6d-x7k2p failed with a 500.', by('The readiness')],
  ['platform-bot added the zone "internal" to the CoreDNS configmap at 19:32:18.', by('platform-bot removed')],
  ['The configmap of CoreDNS was changed at 19:32:18, 49 seconds after the first failed lookup.', by('The configmap')],
  ['The configmap of CoreDNS was changed at 19:42:18.', by('The configmap')],
  ['node-local-dns was downgraded to 1.22.20 in the morning, at 08:11.', by('node-local')],
  ['node-local-dns was updated one hour before the alert.', by('node-local')],
  ['pricing returns 11.4 errors per second, i.e. 71 % of its 68 requests.', by('pricing returns')],
  ['About every second request to pricing fails.', by('About')],
  ['Traffic to fx-rates rose from zero to 22 req/s at 19:33.', by('Traffic')],
  ['fx-rates is down: no instance answers its scrapes.', by('fx-rates itself')],
  ['fx-rates logged errors and panics.', by('fx-rates is healthy')],
  ['CoreDNS uses 700 MiB.', by('CoreDNS is not')],
  ['INC-501 took 12 hours.', by('Restoring')],
  ['The load on pricing doubled to 68 requests per second.', by('The load')],
  ['The change follows the onset by 42 seconds.', by('The change')],
  ['Latency crossed the limit at 19:53.', by('Latency')],
]
