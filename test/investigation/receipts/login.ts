import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A fourth incident: a release gives a login service a cache that its heap does not hold. */
const day = '2026-01-15'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('21:30:00')
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 91 }, (_, i): [number, number] => [from + i * 60, f(from + i * 60)]),
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
        )}}: last ${n(v.at(-1)!)} at 23:00:00, first ${n(v[0]!)}, min ${n(Math.min(...v))}, max ${n(Math.max(...v))}, mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T21:30:00Z`, to: `${day}T23:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T23:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T23:00:05Z`,
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
  at: `${day}T23:00:06Z`,
  source: 'loki',
  query,
  range,
  output: { kind: 'lines', lines: all },
  shown,
  complete: true,
})
const step = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : b)
const ramp = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : a + ((b - a) * (t - at(w))) / (at('23:00:00') - at(w)))
export const evidence: readonly Evidence[] = [
  metric('E1', 'sum by (status) (rate(gateway_requests_total{route="/v1/login"}[2m]))', [
    mk({ status: '200' }, step(312, 287, '22:12:00')),
    mk({ status: '429' }, step(0, 0.4, '22:12:00')),
    mk({ status: '503' }, step(0.02, 41.5, '22:12:00')),
  ]),
  metric('E2', 'avg by (pod) (jvm_gc_pause_seconds_sum / jvm_gc_pause_seconds_count)', [
    mk({ pod: 'auth-6f7b9c8d4-2xkqp' }, ramp(0.021, 1.34, '22:00:00')),
    mk({ pod: 'auth-6f7b9c8d4-9hvzt' }, () => 0.019),
  ]),
  metric('E3', 'jvm_memory_used_bytes{area="heap"} / jvm_memory_max_bytes{area="heap"} * 100', [
    mk({ pod: 'auth-6f7b9c8d4-2xkqp' }, ramp(54, 97.8, '21:55:00')),
    mk({ pod: 'auth-6f7b9c8d4-9hvzt' }, () => 51.3),
  ]),
  logs(
    'E4',
    '{app="auth"} |~ "ERROR|WARN"',
    [
      ...lines([5230, '22:12:04', 0.5], (i) => `ERROR TokenService - java.lang.OutOfMemoryError: Java heap space session=${i}`, {
        app: 'auth',
        pod: 'auth-6f7b9c8d4-2xkqp',
      }),
      ...lines([77, '22:09:30', 20], () => 'WARN GcMonitor - long GC pause 1204 ms', { app: 'auth', pod: 'auth-6f7b9c8d4-2xkqp' }),
    ],
    '5230 x ERROR TokenService - java.lang.OutOfMemoryError: Java heap space session=<*>\n77 x WARN GcMonitor - long GC pause 1204 ms',
  ),
  text(
    'E5',
    'vigil',
    'deploys of auth in the last 7 d',
    '2026-01-15T21:54:20Z auth 3.8.1 -> 3.9.0 by li (commit a81c0de)\n  config SESSION_CACHE_SIZE: 10000 -> 250000\n  config SESSION_TTL: 30m -> 30m (unchanged)\n2026-01-12T10:03:00Z auth 3.8.0 -> 3.8.1 by omar (commit 77d1f02)',
  ),
  metric('E6', 'sum(rate(gateway_requests_total{route="/v1/login"}[2m] offset 1w))', [mk({}, () => 318)]),
  metric('E7', 'sum(rate(gateway_requests_total{route="/v1/login"}[2m]))', [mk({}, () => 329)]),
  metric('E8', 'probe_ssl_earliest_cert_expiry{instance="https://auth.example.com"} - time()', [
    mk({ instance: 'https://auth.example.com' }, () => 3_628_800),
  ]),
  metric('E9', '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', [
    mk({ instance: 'kube-17' }, () => 0.62),
    mk({ instance: 'kube-18' }, () => 0.58),
  ]),
  logs(
    'E10',
    '{app="gateway"} |= "upstream"',
    lines([208, '22:12:09', 12], () => 'upstream auth:8443 connect timeout after 2s, retrying', { app: 'gateway' }),
    '208 x upstream auth:8443 connect timeout after 2s, retrying',
  ),
  text(
    'E11',
    'kubernetes',
    'get pods -n identity -l app=auth',
    'NAME READY STATUS RESTARTS AGE\nauth-6f7b9c8d4-2xkqp 0/1 Running 3 (4m ago) 66m\nauth-6f7b9c8d4-9hvzt 1/1 Running 0 66m',
  ),
  metric('E12', 'kube_horizontalpodautoscaler_status_current_replicas{horizontalpodautoscaler="auth"}', [
    mk({ horizontalpodautoscaler: 'auth' }, () => 2),
  ]),
  logs('E13', '{app="ldap"} |= "error"', [], ''),
]
export const given: Given = {
  alert: {
    labels: { alertname: 'LoginErrorsHigh', app: 'auth', namespace: 'identity', severity: 'page' },
    expression: 'sum(rate(gateway_requests_total{route="/v1/login",status="503"}[2m])) > 10',
    threshold: 10,
    startsAt: `${day}T22:15:00Z`,
    onset: `${day}T22:12:00Z`,
    object: { kind: 'Deployment', namespace: 'identity', name: 'auth' },
  },
  now: new Date(`${day}T23:00:20Z`),
}
const s503: Receipt = { evidence: 'E1', series: { status: '503' }, statistic: 'last', value: 41.5 },
  s503c: Receipt = { evidence: 'E1', series: { status: '503' }, statistic: 'change', value: 41.5 },
  s200: Receipt = { evidence: 'E1', series: { status: '200' }, statistic: 'last', value: 287 },
  s200c: Receipt = { evidence: 'E1', series: { status: '200' }, statistic: 'change', value: -25 },
  s429: Receipt = { evidence: 'E1', series: { status: '429' }, statistic: 'last', value: 0.4 }
const p2 = 'auth-6f7b9c8d4-2xkqp',
  p9 = 'auth-6f7b9c8d4-9hvzt'
const gc: Receipt = { evidence: 'E2', series: { pod: p2 }, statistic: 'last', value: 1.34, unit: 's' },
  gcc: Receipt = { evidence: 'E2', series: { pod: p2 }, statistic: 'change', value: 1.32, unit: 's' },
  gc9: Receipt = { evidence: 'E2', series: { pod: p9 }, statistic: 'last', value: 19, unit: 'ms' }
const heap: Receipt = { evidence: 'E3', series: { pod: p2 }, statistic: 'last', value: 97.8, unit: '%' },
  heapc: Receipt = { evidence: 'E3', series: { pod: p2 }, statistic: 'change', value: 43.8, unit: '%' },
  heap9: Receipt = { evidence: 'E3', series: { pod: p9 }, statistic: 'max', value: 51.3, unit: '%' }
const oom: Receipt = { evidence: 'E4', count: 5230, matching: 'OutOfMemoryError' },
  oomq: Receipt = { evidence: 'E4', quote: 'java.lang.OutOfMemoryError: Java heap space' },
  gcw: Receipt = { evidence: 'E4', count: 77, matching: 'long GC pause' },
  gcwq: Receipt = { evidence: 'E4', quote: 'WARN GcMonitor - long GC pause 1204 ms' }
const dep: Receipt = { evidence: 'E5', quote: 'auth 3.8.1 -> 3.9.0 by li (commit a81c0de)' },
  cfg: Receipt = { evidence: 'E5', quote: 'config SESSION_CACHE_SIZE: 10000 -> 250000' },
  ttl: Receipt = { evidence: 'E5', quote: 'config SESSION_TTL: 30m -> 30m (unchanged)' },
  dep0: Receipt = { evidence: 'E5', quote: 'auth 3.8.0 -> 3.8.1 by omar' }
const lw: Receipt = { evidence: 'E6', statistic: 'mean', value: 318 },
  tr: Receipt = { evidence: 'E7', statistic: 'last', value: 329 }
const cert: Receipt = { evidence: 'E8', statistic: 'last', value: 42, unit: 'd' }
const m17: Receipt = { evidence: 'E9', series: { instance: 'kube-17' }, statistic: 'last', value: 62, unit: '%' },
  m18: Receipt = { evidence: 'E9', series: { instance: 'kube-18' }, statistic: 'last', value: 58, unit: '%' }
const up: Receipt = { evidence: 'E10', count: 208, matching: 'connect timeout' },
  upq: Receipt = { evidence: 'E10', quote: 'upstream auth:8443 connect timeout after 2s, retrying' }
const pod2: Receipt = { evidence: 'E11', quote: 'auth-6f7b9c8d4-2xkqp 0/1 Running 3 (4m ago) 66m' },
  pod9: Receipt = { evidence: 'E11', quote: 'auth-6f7b9c8d4-9hvzt 1/1 Running 0 66m' }
const hpa: Receipt = { evidence: 'E12', statistic: 'last', value: 2 }
const ldap: Receipt = { evidence: 'E13', absent: 'error' },
  ldap0: Receipt = { evidence: 'E13', count: 0, matching: 'error' }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['Login 503s went from practically zero to 41.5 a second at 22:12.', s503c],
  ['/v1/login has been throwing about 42 503s per second since 22:12 UTC.', s503c],
  ['That is four times the alert threshold of 10/s.', s503],
  ['503s outnumber 429s by two orders of magnitude.', s503, s429],
  ['Roughly one login in eight ends in a 503.', s503, s200],
  ['Around 13% of logins fail with 503 (41.5/s of 329/s).', s503, tr],
  ['Successful logins dropped by 25 per second, from 312 to 287.', s200c],
  ['Successful logins are down 8 %.', s200c],
  ['Rate limiting plays no role: 429s are at a mere 0.4/s.', s429],
  ['Heap on auth-6f7b9c8d4-2xkqp climbed from 54% to 97.8%.', heapc],
  ['The heap of the 2xkqp pod is nearly exhausted (97.8 %).', heap],
  ['2xkqp has barely 2 % of its heap left.', heap],
  ['Heap usage on 2xkqp grew by almost 44 points after the rollout.', heapc, dep],
  ['9hvzt never went above 51.3 % heap.', heap9],
  ['The sibling pod 9hvzt sits at about half its heap.', heap9],
  ['Mean GC pauses on 2xkqp rose from 21 ms to 1.34 s.', gcc],
  ['GC pauses are over sixty times longer than before.', gcc],
  ['GC on 2xkqp takes 70 times as long as on 9hvzt (1.34 s vs 19 ms).', gc, gc9],
  ['5,230 OutOfMemoryErrors have been logged by auth since 22:12:04.', oom],
  ['auth has logged well over five thousand OutOfMemoryErrors.', oom],
  ['More than 5,000 heap-space errors were written in under 45 minutes.', oom],
  ['auth logs two OutOfMemoryErrors every second.', oom],
  ['The JVM is out of heap: "java.lang.OutOfMemoryError: Java heap space".', oomq],
  ['The first GC warning came at 22:09:30, two and a half minutes before the first OutOfMemoryError.', gcw, oom],
  ['77 long-GC warnings preceded or accompanied the errors.', gcw],
  ['GcMonitor warned of a 1.2 s pause.', gcwq],
  ['GC pauses of 1,204 ms were reported.', gcwq],
  ['li rolled out auth 3.9.0 at 21:54:20.', dep],
  ['Release 3.9.0 replaced 3.8.1 at 21:54.', dep],
  ['3.9.0 went live some 18 minutes before logins started failing at 22:12.', dep],
  ['Version 3.9.0 (commit a81c0de) was deployed just over twenty minutes before the alert fired at 22:15.', dep],
  ['The deploy happened a good hour ago.', dep],
  ['SESSION_CACHE_SIZE was raised from 10,000 to 250,000 in that release.', cfg],
  ['The session cache is now 25 times as big as before.', cfg],
  ['The cache limit was bumped to a quarter of a million entries.', cfg],
  ['It used to hold 10 k sessions; now it may hold 250 k.', cfg],
  ['SESSION_TTL did not change.', ttl],
  ['The session TTL is still 30 minutes.', ttl],
  ['The release before that, 3.8.1, is three days old.', dep0],
  ['omar shipped 3.8.1 on 12 January.', dep0],
  ['Login traffic is in line with last week (329 vs. 318 req/s).', tr, lw],
  ["Traffic is merely 3.5 % above last week's level.", tr, lw],
  ['There is no surge: 11 req/s more than a week ago.', tr, lw],
  ['Demand is ordinary at ~330 logins per second.', tr],
  ['The certificate is good for another 42 days.', cert],
  ['TLS is fine: the cert of auth.example.com expires in six weeks.', cert],
  ['Nodes have memory to spare: kube-17 is at 62 %, kube-18 at 58 %.', m17, m18],
  ['kube-17 still has 38 % of its memory available.', m17],
  ['Neither node is short of memory (62 % and 58 % used).', m17, m18],
  ['The gateway timed out connecting to auth 208 times.', up],
  ['gateway could not connect to auth:8443 within 2 s and retried.', upq],
  ['Connects from the gateway to auth time out after two seconds.', upq],
  ['Timeouts at the gateway started at 22:12:09, five seconds after the first OutOfMemoryError.', up, oom],
  ['The gateway has seen five connect timeouts a minute.', up],
  ['2xkqp is not ready and has restarted three times, last four minutes ago.', pod2],
  ['One of the two auth pods (2xkqp) is not ready: 0/1.', pod2],
  ['auth-6f7b9c8d4-9hvzt is healthy, with no restarts.', pod9],
  ['9hvzt has been up for 66 minutes without a restart.', pod9],
  ['Only one out of two auth pods is ready.', pod2, pod9],
  ['Both pods were created 66 minutes ago, i.e. with the rollout.', pod2, pod9],
  ['The autoscaler holds auth at two replicas.', hpa],
  ['LDAP is clean: not a single error in the window.', ldap0],
  ['ldap logged nothing suspicious.', ldap],
  ['No errors on the LDAP side between 21:30 and 23:00.', ldap],
  ['The 503s have persisted for 48 minutes.', s503c],
  ['Heap started creeping up at 21:55, less than a minute after the deploy at 21:54:20.', heapc, dep],
  ['Within a quarter of an hour of the deploy the first GC warnings showed up.', gcw, dep],
  ['Error volume is four-fold the limit.', s503],
  ['Exhausted heap, not load, explains the failures: traffic differs by 3 % from last week.', tr, lw, heap],
  ['A bigger session cache (250,000 instead of 10,000 entries) fits the heap growth.', cfg, heapc],
]

const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['Login 503s fell from 41.5 a second to practically zero at 22:12.', by('Login 503s')],
  ['/v1/login has been throwing about 42 503s per second since 22:02 UTC.', by('/v1/login')],
  ['/v1/login has been throwing about 42 503s per minute since 22:12 UTC.', by('/v1/login')],
  ['/v1/login has been throwing about 42 429s per second since 22:12 UTC.', by('/v1/login')],
  ['That is forty times the alert threshold of 10/s.', by('That is')],
  ['429s outnumber 503s by two orders of magnitude.', by('503s out')],
  ['Roughly one login in three ends in a 503.', by('Roughly')],
  ['Around 31% of logins fail with 503 (41.5/s of 329/s).', by('Around')],
  ['Successful logins rose by 25 per second, from 287 to 312.', by('Successful logins dropped')],
  ['Successful logins are up 8 %.', by('Successful logins are')],
  ['Successful logins are down 80 %.', by('Successful logins are')],
  ['Heap on auth-6f7b9c8d4-9hvzt climbed from 54% to 97.8%.', by('Heap on')],
  ['The heap of the 9hvzt pod is nearly exhausted (97.8 %).', by('The heap of')],
  ['2xkqp has 98 % of its heap left.', by('2xkqp has')],
  ['Heap usage on 2xkqp shrank by almost 44 points after the rollout.', by('Heap usage')],
  ['9hvzt never went below 51.3 % heap and peaked at 97.8 %.', by('9hvzt never')],
  ['Mean GC pauses on 2xkqp fell from 1.34 s to 21 ms.', by('Mean GC')],
  ['GC pauses are over six hundred times longer than before.', by('GC pauses are')],
  ['GC on 9hvzt takes 70 times as long as on 2xkqp (1.34 s vs 19 ms).', by('GC on')],
  ['52,300 OutOfMemoryErrors have been logged by auth since 22:12:04.', by('5,230')],
  ['5,230 OutOfMemoryErrors have been logged by gateway since 22:12:04.', by('5,230')],
  ['5,230 OutOfMemoryErrors have been logged by auth until 22:12:04.', by('5,230')],
  ['auth logs twenty OutOfMemoryErrors every second.', by('auth logs two')],
  ['The JVM is not out of heap.', by('The JVM')],
  ['The first GC warning came at 22:09:30, two and a half minutes after the first OutOfMemoryError.', by('The first GC')],
  ['The first GC warning came two and a half hours before the first OutOfMemoryError.', by('The first GC')],
  ['GcMonitor warned of a 12 s pause.', by('GcMonitor')],
  ['omar rolled out auth 3.9.0 at 21:54:20.', by('li rolled')],
  ['Release 3.8.1 replaced 3.9.0 at 21:54.', by('Release')],
  ['3.9.0 went live some 18 minutes after logins started failing at 22:12.', by('3.9.0 went')],
  ['3.9.0 went live some 38 minutes before logins started failing at 22:12.', by('3.9.0 went')],
  ['Version 3.9.0 (commit a81c0de) was deployed just over twenty minutes after the alert fired at 22:15.', by('Version')],
  ['The deploy happened five hours ago.', by('The deploy')],
  ['SESSION_CACHE_SIZE was lowered from 10,000 to 250,000 in that release.', by('SESSION_CACHE')],
  ['SESSION_CACHE_SIZE was lowered from 250,000 to 10,000 in that release.', by('SESSION_CACHE')],
  ['The session cache is now 25 times as small as before.', by('The session cache')],
  ['The cache limit was cut to a quarter of a million entries.', by('The cache')],
  ['It used to hold 250 k sessions; now it may hold 10 k.', by('It used')],
  ['SESSION_TTL was changed to 30 minutes.', by('SESSION_TTL')],
  ['omar shipped 3.9.0 on 12 January.', by('omar')],
  ['Login traffic is twice that of last week (329 vs. 318 req/s).', by('Login traffic')],
  ["Traffic is merely 3.5 % below last week's level.", by('Traffic is')],
  ['There is a surge: 110 req/s more than a week ago.', by('There is')],
  ['The certificate expired 42 days ago.', by('The cert')],
  ['The cert of auth.example.com expires in six days.', by('TLS is')],
  ['Nodes are short of memory: kube-17 is at 26 %.', by('Nodes')],
  ['kube-18 is at 62 %, kube-17 at 58 %.', by('Nodes')],
  ['kube-17 has 62 % of its memory available.', by('kube-17')],
  ['auth timed out connecting to the gateway 208 times.', by('The gateway timed')],
  ['auth could not connect to gateway within 2 s and retried.', by('gateway could')],
  ['gateway could connect to auth:8443 within 2 s.', by('gateway could')],
  ['Connects from auth to the gateway time out after two seconds.', by('Connects')],
  ['Timeouts at the gateway started at 22:12:09, five seconds before the first OutOfMemoryError.', by('Timeouts')],
  ['The gateway has seen fifty connect timeouts a minute.', by('The gateway has')],
  ['9hvzt is not ready and has restarted three times.', by('2xkqp is')],
  ['2xkqp is not ready and has restarted thirty times.', by('2xkqp is')],
  ['2xkqp is ready and has never restarted.', by('2xkqp is')],
  ['auth-6f7b9c8d4-9hvzt is unhealthy, with three restarts.', by('auth-6f7b9c8d4-9hvzt')],
  ['None of the two auth pods is ready.', by('Only one')],
  ['The autoscaler holds auth at twelve replicas.', by('The autoscaler')],
  ['The autoscaler has scaled auth up to two replicas.', by('The autoscaler')],
  ['LDAP logged errors in the window.', by('LDAP')],
  ['ldap is full of errors.', by('ldap')],
  ['gateway logged nothing suspicious.', by('ldap')],
  ['The 503s have persisted for 84 minutes.', by('The 503s')],
  ['The 503s stopped after 48 minutes.', by('The 503s')],
  ['Heap started creeping up at 21:55, less than a minute before the deploy at 21:54:20.', by('Heap started')],
  ['Heap started creeping down at 21:55.', by('Heap started')],
  ['Error volume is below the limit.', by('Error volume')],
  ['All logins fail.', by('Around')],
  ['Every second login fails.', by('Around')],
  ['Both pods are out of memory.', by('The heap of')],
]
