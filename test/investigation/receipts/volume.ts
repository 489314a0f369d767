import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A seventh incident: a label multiplies the series of a tenant, and a volume fills up. */
const day = '2026-11-03'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('05:00:00')
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 61 }, (_, i): [number, number] => [from + i * 60, f(from + i * 60)]),
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
        )}}: last ${n(v.at(-1)!)} at 06:00:00, first ${n(v[0]!)}, min ${n(Math.min(...v))}, max ${n(Math.max(...v))}, mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T05:00:00Z`, to: `${day}T06:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T06:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T06:00:05Z`,
  source,
  query,
  range: null,
  output: { kind: 'text', text: shown },
  shown,
  complete: true,
})
const lines = ([count, first, every]: readonly [number, string, number], line: (i: number) => string, labels: Labels): LogLine[] =>
  Array.from({ length: count }, (_, i) => ({ at: new Date((at(first) + i * every) * 1000).toISOString(), line: line(i), labels }))
const step = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : b)
const ramp = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : a + ((b - a) * (t - at(w))) / (at('06:00:00') - at(w)))
const all = [
  ...lines([4120, '05:21:03', 0.5], (i) => `level=error msg="write failed: no space left on device" path=/data/wal seg=${i}`, {
    app: 'tsdb',
    pod: 'tsdb-0',
  }),
  ...lines([3, '05:40:00', 300], () => 'level=info msg="compaction started"', { app: 'tsdb', pod: 'tsdb-1' }),
]
const pods = [0, 1, 2].map((i) => ({
  kind: 'Pod',
  metadata: { name: `tsdb-${i}`, namespace: 'metrics', labels: { app: 'tsdb' } },
  spec: { nodeName: `stor-${i + 1}`, containers: [{ name: 'tsdb', image: 'reg.example/tsdb:2.4.1' }] },
  status: { phase: i === 0 ? 'CrashLoopBackOff' : 'Running', restartCount: i === 0 ? 7 : 0 },
}))
export const evidence: readonly Evidence[] = [
  metric('E1', 'kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"data-tsdb-.*"}', [
    mk({ persistentvolumeclaim: 'data-tsdb-0' }, ramp(48_318_382_080, 0, '05:05:00')),
    mk({ persistentvolumeclaim: 'data-tsdb-1' }, () => 193_273_528_320),
  ]),
  metric('E2', 'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-tsdb-0"}', [
    mk({ persistentvolumeclaim: 'data-tsdb-0' }, () => 214_748_364_800),
  ]),
  {
    id: 'E3',
    at: `${day}T06:00:06Z`,
    source: 'loki',
    query: '{app="tsdb"}',
    range,
    output: { kind: 'lines', lines: all },
    shown:
      '4120 x level=error msg="write failed: no space left on device" path=/data/wal seg=<*>  first 2026-11-03T05:21:03Z last 2026-11-03T05:55:22Z\n3 x level=info msg="compaction started"  first 2026-11-03T05:40:00Z last 2026-11-03T05:50:00Z',
    complete: false,
  },
  {
    id: 'E4',
    at: `${day}T06:00:07Z`,
    source: 'kubernetes',
    query: 'pods -n metrics -l app=tsdb',
    range: null,
    output: { kind: 'objects', objects: pods },
    shown: pods
      .map(
        (p) =>
          `${p.metadata.name} ${p.status.phase} restarts ${p.status.restartCount} node ${p.spec.nodeName} image ${p.spec.containers[0]!.image}`,
      )
      .join('\n'),
    complete: true,
  },
  metric('E5', 'sum by (tenant) (rate(tsdb_ingested_samples_total[5m]))', [
    mk({ tenant: 'team-red' }, step(12_000, 310_000, '05:04:00')),
    mk({ tenant: 'team-blue' }, () => 45_000),
  ]),
  metric('E6', 'count by (tenant) (tsdb_active_series)', [mk({ tenant: 'team-red' }, step(180_000, 4_900_000, '05:04:00'))]),
  text(
    'E7',
    'vigil',
    'deploys in metrics in the last 24 h',
    '2026-11-03T05:02:47Z red-exporter 1.9.0 -> 2.0.0 by kim\n  label user_id added to http_requests_total',
  ),
  metric('E8', 'histogram_quantile(0.95, sum by (le) (rate(tsdb_query_seconds_bucket[5m])))', [mk({}, step(0.8, 0.9, '05:30:00'))]),
  {
    id: 'E9',
    at: `${day}T06:00:06Z`,
    source: 'loki',
    query: '{app="alertmanager"} |= "error"',
    range,
    output: { kind: 'lines', lines: [] },
    shown: 'no lines',
    complete: true,
  },
]
export const given: Given = {
  alert: {
    labels: { alertname: 'TsdbDiskFull', app: 'tsdb', persistentvolumeclaim: 'data-tsdb-0', namespace: 'metrics', severity: 'critical' },
    expression: 'kubelet_volume_stats_available_bytes{persistentvolumeclaim=~"data-tsdb-.*"} < 5368709120',
    threshold: 5368709120,
    startsAt: `${day}T05:58:00Z`,
    onset: `${day}T05:54:00Z`,
    object: { kind: 'StatefulSet', namespace: 'metrics', name: 'tsdb' },
  },
  now: new Date(`${day}T06:00:20Z`),
}
const Q = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const d0: Receipt = { evidence: 'E1', series: { persistentvolumeclaim: 'data-tsdb-0' }, statistic: 'last', value: 0 },
  d0c: Receipt = { evidence: 'E1', series: { persistentvolumeclaim: 'data-tsdb-0' }, statistic: 'change', value: -45, unit: 'GiB' },
  d0f: Receipt = { evidence: 'E1', series: { persistentvolumeclaim: 'data-tsdb-0' }, statistic: 'max', value: 45, unit: 'GiB' },
  d1: Receipt = { evidence: 'E1', series: { persistentvolumeclaim: 'data-tsdb-1' }, statistic: 'last', value: 180, unit: 'GiB' },
  cap: Receipt = { evidence: 'E2', statistic: 'last', value: 200, unit: 'GiB' }
const nospace: Receipt = { evidence: 'E3', count: 4000, matching: 'no space left on device' },
  nsq: Receipt = Q('E3', 'write failed: no space left on device'),
  nsline: Receipt = Q('E3', '4120 x level=error msg="write failed: no space left on device" path=/data/wal')
const crash: Receipt = Q('E4', 'tsdb-0 CrashLoopBackOff restarts 7 node stor-1'),
  t1: Receipt = Q('E4', 'tsdb-1 Running restarts 0'),
  run: Receipt = { evidence: 'E4', count: 2, matching: 'Running' },
  img: Receipt = { evidence: 'E4', count: 3, matching: 'tsdb:2.4.1' }
const red: Receipt = { evidence: 'E5', series: { tenant: 'team-red' }, statistic: 'last', value: 310000 },
  redc: Receipt = { evidence: 'E5', series: { tenant: 'team-red' }, statistic: 'change', value: 298000 },
  redq: Receipt = Q('E5', '{tenant="team-red"}: last 310000'),
  blue: Receipt = { evidence: 'E5', series: { tenant: 'team-blue' }, statistic: 'last', value: 45000 },
  red0: Receipt = { evidence: 'E5', series: { tenant: 'team-red' }, statistic: 'at', at: '05:02', value: 12000 }
const ser: Receipt = { evidence: 'E6', statistic: 'last', value: 4900000 },
  serc: Receipt = { evidence: 'E6', statistic: 'change', value: 4720000 },
  serq: Receipt = Q('E6', 'last 4900000 at 06:00:00, first 180000')
const dep: Receipt = Q('E7', 'red-exporter 1.9.0 -> 2.0.0 by kim'),
  lab: Receipt = Q('E7', 'label user_id added to http_requests_total')
const q95: Receipt = { evidence: 'E8', statistic: 'last', value: 0.9, unit: 's' },
  am: Receipt = { evidence: 'E9', count: 0, matching: 'error' }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['data-tsdb-0 has no space left.', d0],
  ['The volume of tsdb-0 is completely full: 0 bytes available.', d0],
  ['Free space on data-tsdb-0 shrank from 45 GiB to zero within an hour.', d0c],
  ['data-tsdb-0 started the hour with 45 GiB free.', d0f],
  ['At most 45 GiB were free on data-tsdb-0, of a capacity of 200 GiB.', d0f, cap],
  ['data-tsdb-1 still has 180 GiB available.', d1],
  ['Free space began to drop at 05:05.', d0c],
  ['Writes fail with "no space left on device".', nsq],
  ['There have been at least 4,000 write failures because the device is full.', nospace],
  ['More than 4,000 writes failed with "no space left on device".', nospace],
  ['4120 writes to /data/wal failed.', nsline],
  ['tsdb cannot write its WAL any more: no space left on device.', nsline],
  ['tsdb-0 is in CrashLoopBackOff and has restarted seven times.', crash],
  ['tsdb-0 on stor-1 keeps crashing (7 restarts).', crash],
  ['tsdb-1 runs without restarts.', t1],
  ['Two of the three tsdb pods are still Running.', run],
  ['Two tsdb pods are running.', run],
  ['All three pods use the image tsdb:2.4.1.', img],
  ['team-red now sends 310,000 samples per second.', red],
  ['Ingestion of team-red jumped from 12k to 310k samples/s at 05:04.', redc],
  ['team-red ingests 26 times more than before 05:04.', redc],
  ['According to Prometheus team-red is at 310000.', redq],
  ['team-red sends almost seven times as many samples as team-blue (310k vs 45k per second).', red, blue],
  ['At 05:02 team-red still sent 12,000 samples a second.', red0],
  ['team-red has 4.9 million active series.', ser],
  ['Active series of team-red exploded from 180,000 to 4.9 million.', serc],
  ['Active series rose 27-fold, from 180 thousand to 4.9 M.', serq],
  ['team-red added 4.72 million series.', serc],
  ['kim deployed red-exporter 2.0.0 at 05:02:47.', dep],
  ['red-exporter 2.0.0 went out a little over a minute before ingestion jumped at 05:04.', dep, redc],
  ['The release adds a user_id label to http_requests_total.', lab],
  ['A new label user_id on http_requests_total multiplies the series: 180k became 4.9M.', lab, serc],
  ['Queries are still fine: p95 is 0.9 s.', q95],
  ['95 % of queries answer within 0.9 s.', q95],
  ['Alertmanager logs no errors.', am],
  ['The alert fired four minutes after the limit was crossed at 05:54.', d0],
  ['The disk filled up 51 minutes after the deploy: free space fell under the limit at 05:54.', d0c, dep],
  ['With 45 GiB gone in 55 minutes the volume lost about 0.8 GiB a minute.', d0c],
  ['team-blue is steady at 45,000 samples per second.', blue],
  ['team-blue is not the culprit; it sends 45 k samples/s.', blue],
  ['The cardinality explosion fills the disk: 4.9 million series, 0 bytes left.', ser, d0],
  ['The alert threshold is 5 GiB; data-tsdb-0 has nothing left.', d0],
]
const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['data-tsdb-1 has no space left.', by('data-tsdb-0 has')],
  ['Free space on data-tsdb-0 grew from zero to 45 GiB within an hour.', by('Free space on')],
  ['data-tsdb-0 has 45 GiB free now.', by('data-tsdb-0 started')],
  ['data-tsdb-1 has used 180 GiB.', by('data-tsdb-1')],
  ['Free space began to drop at 05:35.', by('Free space began')],
  ['Writes no longer fail.', by('Writes')],
  ['Exactly 4,000 writes failed.', by('There have')],
  ['Reads fail with "disk quota exceeded".', by('Writes')],
  ['tsdb-1 is in CrashLoopBackOff and has restarted seven times.', by('tsdb-0 is')],
  ['tsdb-0 has restarted 17 times.', by('tsdb-0 is')],
  ['tsdb-0 runs without restarts.', by('tsdb-0 is')],
  ['Three tsdb pods are running.', by('Two tsdb')],
  ['One of the three tsdb pods is still Running.', by('Two of')],
  ['team-blue now sends 310,000 samples per second.', by('team-red now')],
  ['team-red now sends 310,000 samples per minute.', by('team-red now')],
  ['Ingestion of team-red fell from 310k to 12k samples/s at 05:04.', by('Ingestion')],
  ['Ingestion of team-red jumped from 12k to 310k samples/s at 05:44.', by('Ingestion')],
  ['team-blue sends almost seven times as many samples as team-red (310k vs 45k per second).', by('team-red sends')],
  ['At 05:02 team-red already sent 310,000 samples a second.', [...by('team-red now')]],
  ['team-red has 49 million active series.', by('team-red has')],
  ['Active series of team-red collapsed from 4.9 million to 180,000.', by('Active series of')],
  ['kim deployed red-exporter 1.9.0 at 05:02:47.', by('kim')],
  ['kim deployed red-exporter 2.0.0 at 05:20:47.', by('kim')],
  ['red-exporter 2.0.0 went out a little over a minute after ingestion jumped at 05:04.', by('red-exporter')],
  ['The release removes the user_id label from http_requests_total.', by('The release')],
  ['Queries are slow: p95 is 9 s.', by('Queries')],
  ['95 % of queries take longer than 0.9 s.', by('95 %')],
  ['Alertmanager logs errors.', by('Alert')],
  ['The alert fired four minutes before the limit was crossed at 05:54.', by('The alert fired')],
  ['team-blue doubled to 45,000 samples per second.', by('team-blue is steady')],
  ['The alert threshold is 50 GiB.', by('The alert threshold')],
  ['tsdb-0 on stor-3 keeps crashing.', by('tsdb-0 on')],
  ['No pod is running.', by('Two tsdb')],
]
