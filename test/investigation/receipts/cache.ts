import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A third incident: an autoscaler takes away four of six cache replicas, and the database behind gets what they answered. */
const day = '2026-07-02'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('14:00:00')
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 121 }, (_, i): [number, number] => [from + i * 30, f(from + i * 30)]),
})
const n = (x: number) => String(Number(x.toPrecision(4)))
const sh = (all: readonly Series[]) =>
  all
    .map(({ labels, points }) => {
      const v = points.map(([, value]) => value)
      return `{${Object.entries(labels)
        .map(([k, x]) => `${k}="${x}"`)
        .join(
          ', ',
        )}} last ${n(v.at(-1)!)} min ${n(Math.min(...v))} max ${n(Math.max(...v))} mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T14:00:00Z`, to: `${day}T15:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T15:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T15:00:05Z`,
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
  at: `${day}T15:00:06Z`,
  source: 'loki',
  query,
  range,
  output: { kind: 'lines', lines: all },
  shown,
  complete: true,
})
const step = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : b)
export const evidence: readonly Evidence[] = [
  metric(
    'E1',
    'sum(rate(redis_keyspace_hits_total[5m])) / (sum(rate(redis_keyspace_hits_total[5m])) + sum(rate(redis_keyspace_misses_total[5m])))',
    [mk({}, step(0.962, 0.314, '14:22:00'))],
  ),
  metric('E2', 'sum by (instance) (rate(node_cpu_seconds_total{mode!="idle"}[5m])) / 8', [
    mk({ instance: 'worker-3' }, step(0.35, 0.987, '14:23:00')),
    mk({ instance: 'worker-4' }, () => 0.41),
  ]),
  logs(
    'E3',
    '{app="catalog"} |= "error"',
    [
      ...lines([356, '14:22:31', 6], (i) => `{"level":"error","msg":"cache miss storm: falling back to mongo","key":"prod:${i}"}`, {
        app: 'catalog',
        namespace: 'web',
      }),
      ...lines([18, '14:31:02', 60], () => '{"level":"fatal","msg":"too many open files"}', { app: 'catalog', namespace: 'web' }),
    ],
    '356 x {"level":"error","msg":"cache miss storm: falling back to mongo","key":"prod:<*>"} first 2026-07-02T14:22:31Z last 2026-07-02T14:58:01Z\n18 x {"level":"fatal","msg":"too many open files"} first 2026-07-02T14:31:02Z last 2026-07-02T14:48:02Z',
  ),
  text(
    'E4',
    'kubernetes',
    'rollout history deployment/redis-cache -n web',
    '14:21:40 redis-cache scaled from 6 to 2 replicas by hpa\n14:02:11 redis-cache image redis:7.2.4 unchanged\n14:21:55 Killing pod/redis-cache-3 Stopping container redis',
  ),
  metric('E5', 'sum(rate(http_server_requests_seconds_count{app="catalog"}[1m]))', [mk({}, (t) => (t < at('14:40:00') ? 840 : 861))]),
  metric('E6', 'histogram_quantile(0.5, sum by (le) (rate(http_server_requests_seconds_bucket{app="catalog"}[5m])))', [
    mk({}, step(0.018, 0.24, '14:22:30')),
  ]),
  metric('E7', 'redis_memory_used_bytes{pod=~"redis-cache-.*"}', [
    mk({ pod: 'redis-cache-0' }, () => 3_221_225_472),
    mk({ pod: 'redis-cache-1' }, () => 3_006_477_107),
  ]),
  metric('E8', 'kube_deployment_status_replicas_available{deployment="redis-cache"}', [
    mk({ deployment: 'redis-cache' }, step(6, 2, '14:22:00')),
  ]),
  logs(
    'E9',
    '{app="mongo"} |= "slow query"',
    lines([42, '14:24:10', 30], () => 'Slow query: find products took 1843ms', { app: 'mongo', namespace: 'web' }),
    '42 x Slow query: find products took 1843ms first 2026-07-02T14:24:10Z last 2026-07-02T14:44:40Z',
  ),
  logs('E10', '{namespace="web"} |= "certificate"', [], 'no lines'),
  metric('E11', 'mongodb_connections{state="current"}', [mk({ instance: 'mongo-0' }, step(120, 480, '14:24:00'))]),
]
export const given: Given = {
  alert: {
    labels: { alertname: 'CatalogLatencyHigh', app: 'catalog', namespace: 'web', severity: 'critical' },
    expression: 'histogram_quantile(0.5, sum by (le) (rate(http_server_requests_seconds_bucket{app="catalog"}[5m]))) > 0.1',
    threshold: 0.1,
    startsAt: `${day}T14:28:00Z`,
    onset: `${day}T14:23:00Z`,
    object: { kind: 'Deployment', namespace: 'web', name: 'catalog' },
  },
  now: new Date(`${day}T15:00:10Z`),
}
const hit: Receipt = { evidence: 'E1', statistic: 'last', value: 31.4, unit: '%' },
  hitc: Receipt = { evidence: 'E1', statistic: 'change', value: -64.8, unit: '%' }
const cpu3: Receipt = { evidence: 'E2', series: { instance: 'worker-3' }, statistic: 'last', value: 98.7, unit: '%' },
  cpu4: Receipt = { evidence: 'E2', series: { instance: 'worker-4' }, statistic: 'last', value: 41, unit: '%' },
  cpu3c: Receipt = { evidence: 'E2', series: { instance: 'worker-3' }, statistic: 'change', value: 0.637 }
const storm: Receipt = { evidence: 'E3', count: 356, matching: 'cache miss storm' },
  files: Receipt = { evidence: 'E3', count: 18, matching: 'too many open files' },
  filesq: Receipt = { evidence: 'E3', quote: 'too many open files' }
const scaled: Receipt = { evidence: 'E4', quote: 'redis-cache scaled from 6 to 2 replicas by hpa' },
  kill: Receipt = { evidence: 'E4', quote: 'Killing pod/redis-cache-3 Stopping container redis' },
  img: Receipt = { evidence: 'E4', quote: 'redis-cache image redis:7.2.4 unchanged' }
const load: Receipt = { evidence: 'E5', statistic: 'last', value: 861 },
  loadc: Receipt = { evidence: 'E5', statistic: 'change', value: 21 }
const med: Receipt = { evidence: 'E6', statistic: 'last', value: 0.24, unit: 's' },
  medc: Receipt = { evidence: 'E6', statistic: 'change', value: 222, unit: 'ms' }
const mem0: Receipt = { evidence: 'E7', series: { pod: 'redis-cache-0' }, statistic: 'last', value: 3, unit: 'GiB' },
  mem1: Receipt = { evidence: 'E7', series: { pod: 'redis-cache-1' }, statistic: 'last', value: 2.8, unit: 'GiB' }
const rep: Receipt = { evidence: 'E8', statistic: 'last', value: 2 },
  repc: Receipt = { evidence: 'E8', statistic: 'change', value: -4 }
const slow: Receipt = { evidence: 'E9', count: 42, matching: 'Slow query' },
  slowq: Receipt = { evidence: 'E9', quote: 'Slow query: find products took 1843ms' }
const nocert: Receipt = { evidence: 'E10', absent: 'certificate' }
const con: Receipt = { evidence: 'E11', statistic: 'last', value: 480 },
  conc: Receipt = { evidence: 'E11', statistic: 'change', value: 360 }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['Cache hit rate collapsed from 96.2% to 31.4% around 14:22.', hitc],
  ['The Redis hit ratio is down to under a third.', hit],
  ['Only 31 in 100 lookups are now served from Redis.', hit],
  ['Nearly 69% of lookups miss the cache.', hit],
  ['Roughly seven out of ten cache reads miss.', hit],
  ['The hit ratio lost almost 65 points.', hitc],
  ['Redis is serving about a third as many hits as before.', hitc],
  ['The CPU of worker-3 is pegged at 99%.', cpu3],
  ['worker-3 is nearly saturated (98.7 % CPU), whereas worker-4 idles along at 41 %.', cpu3, cpu4],
  ['CPU on worker-3 almost tripled within the hour, from 35% to 98.7%.', cpu3c],
  ['worker-3 runs well over twice as hot as worker-4.', cpu3, cpu4],
  ['catalog emitted 356 "cache miss storm" errors, starting at 14:22:31.', storm],
  ['Three hundred and fifty-six cache miss errors have been logged since 14:22.', storm],
  ['In about 35 minutes the catalog logged more than 350 fallbacks to mongo.', storm],
  ['The catalog falls back to mongo on every miss: 356 such lines in 36 minutes.', storm],
  ['There are also 18 fatal "too many open files" entries.', files],
  ['File descriptors ran out: "too many open files" appears 18 times between 14:31 and 14:48.', files],
  ['The catalog hit its file descriptor limit.', filesq],
  ['At 14:21:40 the HPA shrank redis-cache from six replicas to two.', scaled],
  ['redis-cache was scaled down from 6 to 2 at 14:21:40.', scaled],
  ['The autoscaler removed four of the six redis-cache replicas.', scaled],
  ['Two thirds of the Redis replicas were taken away by the HPA.', scaled],
  ['Only 2 of 6 redis-cache replicas remain.', rep, scaled],
  ['redis-cache went from 6 available replicas to 2.', repc],
  ['Available replicas of redis-cache fell by four.', repc],
  ['It lost 4 replicas at about 14:22.', repc],
  ['Just a pair of redis-cache pods is left.', rep],
  ["The scale-down happened 80 seconds before the alert's onset at 14:23.", scaled],
  ['The scale-down came a little over a minute before onset.', scaled],
  ['redis-cache was scaled in six and a half minutes before the alert fired.', scaled],
  ['The first fallback was logged 51 s after the scale-down.', storm, scaled],
  ['Less than a minute after the scale-down the first miss storm was logged.', storm, scaled],
  ['redis-cache-3 was killed at 14:21:55, fifteen seconds after the scale-down.', kill, scaled],
  ['The Redis image has not changed (7.2.4).', img],
  ['Redis still runs version 7.2.4.', img],
  ['Traffic barely moved: 861 req/s against 840 at the start of the hour.', loadc],
  ['Load is practically flat (+2.5 %).', loadc],
  ['Request volume is up just 21 per second.', loadc],
  ['catalog takes roughly 860 requests every second.', load],
  ['Around 51,700 requests a minute hit the catalog.', load],
  ['Median latency rose from 18 ms to 240 ms.', medc],
  ['The median is 13 times what it was.', medc],
  ['p50 latency jumped more than tenfold, to 0.24 s.', medc],
  ['Half of all catalog requests now take longer than 240 ms.', med],
  ['Median latency sits at 2.4x the 100 ms alert threshold.', med],
  ['At 240 ms the median is 140 ms over the limit.', med],
  ['The p50 is well above the 0.1 s limit.', med],
  ['redis-cache-0 holds 3 GiB, redis-cache-1 2.8 GiB.', mem0, mem1],
  ['Both remaining Redis pods are around 3 GiB.', mem0, mem1],
  ['Together the two pods hold 5.8 GiB.', mem0, mem1],
  ['redis-cache-0 uses some 200 MiB more than redis-cache-1.', mem0, mem1],
  ['mongo logged 42 slow queries.', slow],
  ['Mongo queries slowed to 1.8 s.', slowq],
  ['A product lookup took 1843 ms in Mongo.', slowq],
  ['find on products needed nearly two seconds.', slowq],
  ['Slow queries appeared in mongo at 14:24, about two minutes after the cache hit rate dropped.', slow, hitc],
  ['The last slow query dates from 14:44:40.', slow],
  ['Slow queries occurred over a span of about 20 minutes.', slow],
  ['mongo has been seeing two slow queries a minute.', slow],
  ['No certificate problems were found.', nocert],
  ['Nothing in the namespace mentions certificates.', nocert],
  ['TLS certificates are not involved: there is no log line about them.', nocert],
  ['Connections to mongo quadrupled from 120 to 480.', conc],
  ['mongo-0 has four times as many connections as at 14:00.', conc],
  ['mongo-0 went up by 360 connections.', conc],
  ['There are 480 open connections on mongo-0, a 300% increase.', conc],
  ['The connection count on mongo-0 increased fourfold at 14:24.', conc],
  ['Mongo connections stood at 120 until 14:24.', conc],
  ['480 connections are open to mongo-0 right now.', con],
  ['The alert has been firing for 32 minutes.', med],
  ['Latency has been elevated for more than half an hour.', medc],
  ['Latency started to climb at 14:22:30, half a minute before onset.', medc],
  ['By 14:23 worker-3 was at 98.7 %.', cpu3c],
]

const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['Cache hit rate rose from 31.4% to 96.2% around 14:22.', by('Cache hit')],
  ['Nearly 69% of lookups hit the cache.', by('Nearly')],
  ['Only 31% of lookups miss the cache.', by('Nearly')],
  ['The hit ratio gained almost 65 points.', by('The hit ratio lost')],
  ['Cache hit rate collapsed from 96.2% to 31.4% around 14:32.', by('Cache hit')],
  ['worker-4 is nearly saturated (98.7 % CPU), whereas worker-3 idles along at 41 %.', by('worker-3 is')],
  ['worker-4 runs well over twice as hot as worker-3.', by('worker-3 runs')],
  ['worker-3 runs well over three times as hot as worker-4.', by('worker-3 runs')],
  ['catalog emitted 356 "cache miss storm" errors, ending at 14:22:31.', by('catalog emitted')],
  ['catalog emitted 18 "cache miss storm" errors.', by('catalog emitted')],
  ['mongo falls back to catalog on every miss: 356 such lines.', by('The catalog falls')],
  ['The catalog did not hit its file descriptor limit.', by('The catalog hit')],
  ['The catalog never had too many open files.', by('The catalog hit')],
  ['At 14:21:40 the HPA grew redis-cache from two replicas to six.', by('At 14:21:40')],
  ['redis-cache was scaled up from 2 to 6 at 14:21:40.', by('redis-cache was')],
  ['The autoscaler removed two of the six redis-cache replicas.', by('The autoscaler')],
  ['The autoscaler added four redis-cache replicas.', by('The autoscaler')],
  ['A third of the Redis replicas were taken away by the HPA.', by('Two thirds')],
  ['redis-cache went from 2 available replicas to 6.', by('redis-cache went')],
  ['Available replicas of redis-cache grew by four.', by('Available')],
  ['Available replicas of redis-cache fell by two.', by('Available')],
  ['The scale-down came a little over an hour before onset.', by('The scale-down came')],
  ['redis-cache was scaled in six and a half minutes after the alert fired.', by('redis-cache was scaled in')],
  ['redis-cache was scaled in nine minutes before the alert fired.', by('redis-cache was scaled in')],
  ['The first fallback was logged 51 s before the scale-down.', by('The first fallback')],
  ['redis-cache-3 was killed at 14:21:55, fifteen minutes after the scale-down.', by('redis-cache-3')],
  ['redis-cache-3 was killed fifteen seconds before the scale-down.', by('redis-cache-3')],
  ['The Redis image was changed to 7.2.4.', by('The Redis image')],
  ['Traffic doubled: 861 req/s against 840 at the start of the hour.', by('Traffic')],
  ['Load is practically flat (-2.5 %).', by('Load')],
  ['Load rose by 25 %.', by('Load')],
  ['Request volume is down by 21 per second.', by('Request')],
  ['Median latency fell from 240 ms to 18 ms.', by('Median latency rose')],
  ['The median is 30 times what it was.', by('The median')],
  ['p99 latency jumped more than tenfold, to 0.24 s.', by('p50')],
  ['Half of all catalog requests now take less than 24 ms.', by('Half')],
  ['Median latency sits at 4.2x the 100 ms alert threshold.', by('Median latency sits')],
  ['At 240 ms the median is 140 ms below the limit.', by('At 240')],
  ['The p50 is well below the 0.1 s limit.', by('The p50')],
  ['redis-cache-1 holds 3 GiB, redis-cache-0 2.8 GiB.', by('redis-cache-0 holds')],
  ['redis-cache-1 uses some 200 MiB more than redis-cache-0.', by('redis-cache-0 uses')],
  ['Together the two pods hold 8.5 GiB.', by('Together')],
  ['mongo logged no slow queries.', by('mongo logged')],
  ['catalog logged 42 slow queries.', by('mongo logged')],
  ['The first slow query dates from 14:44:40.', by('The last slow')],
  ['Slow queries appeared in mongo at 14:24, about two minutes before the cache hit rate dropped.', by('Slow queries appeared')],
  ['Slow queries occurred over a span of about 40 minutes.', by('Slow queries occurred')],
  ['mongo has been seeing twenty slow queries a minute.', by('mongo has')],
  ['Certificate problems were found.', by('No cert')],
  ['The namespace is full of certificate errors.', by('No cert')],
  ['Connections to mongo quadrupled from 480 to 120.', by('Connections')],
  ['Connections to mongo dropped from 480 to 120.', by('Connections')],
  ['mongo-0 went down by 360 connections.', by('mongo-0 went')],
  ['There are 480 open connections on mongo-0, a 400% increase.', by('There are 480')],
  ['Mongo connections stood at 480 until 14:24.', by('Mongo conn')],
  ['The alert has been firing for 52 minutes.', by('The alert')],
  ['Latency started to climb at 14:22:30, half an hour before onset.', by('Latency started')],
  ['All catalog requests take longer than 240 ms.', by('Half')],
  ['The HPA scaled catalog from 6 to 2 replicas.', by('At 14:21:40')],
  ['CPU on worker-3 averaged 98.7 %.', by('The CPU')],
  ['The hit ratio peaked at 31.4%.', by('The Redis hit')],
]
