import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A sixth incident: a migration holds a lock that a booking service waits for. */
const day = '2026-09-09'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('16:00:00')
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
        )}}: last ${n(v.at(-1)!)} at 17:00:00, first ${n(v[0]!)}, min ${n(Math.min(...v))}, max ${n(Math.max(...v))}, mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T16:00:00Z`, to: `${day}T17:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T17:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T17:00:05Z`,
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
  at: `${day}T17:00:06Z`,
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
    'sum(rate(http_requests_total{service="booking",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="booking"}[5m]))',
    [mk({}, step(0.004, 0.287, '16:31:00'))],
  ),
  metric('E2', 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="booking"}[5m])))', [
    mk({}, step(0.62, 30, '16:31:00')),
  ]),
  logs(
    'E3',
    '{service="booking"} |= "ERROR"',
    [
      ...lines([2184, '16:30:48', 0.8], (i) => `ERROR booking.repo: canceling statement due to lock timeout (SQLSTATE 55P03) req=${i}`, {
        service: 'booking',
        pod: 'booking-77c9d5f6b-4xq2p',
      }),
      ...lines([31, '16:33:10', 30], () => 'ERROR booking.http: seats-api returned 504 after 10000ms', {
        service: 'booking',
        pod: 'booking-77c9d5f6b-8mwlz',
      }),
    ],
    '2184 x ERROR booking.repo: canceling statement due to lock timeout (SQLSTATE 55P03) req=<*>\n31 x ERROR booking.http: seats-api returned 504 after 10000ms',
  ),
  text(
    'E4',
    'postgres',
    'locks of bookings-db',
    'pid 8812 (migration 0047_add_index) holds AccessExclusiveLock on table reservations since 16:30:12\npid 9034 (booking) waits for RowExclusiveLock on table reservations, blocked by pid 8812\n47 sessions waiting',
  ),
  text(
    'E5',
    'vigil',
    'deploys of booking in the last 24 h',
    '2026-09-09T16:29:58Z booking 5.12.2 -> 5.13.0 by marta (commit e7710ab)\n  job db-migrate 0047_add_index started 16:30:10',
  ),
  metric('E6', 'sum(pg_stat_activity_count{datname="bookings-db",state="active"})', [mk({}, step(18, 97, '16:31:00'))]),
  text('E7', 'prometheus', 'pg_settings_max_connections{datname="bookings-db"}', 'pg_settings_max_connections{datname="bookings-db"} 100'),
  metric('E8', '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle",instance="pg-1"}[5m])))', [
    mk({ instance: 'pg-1' }, () => 22.4),
  ]),
  metric('E9', 'sum(rate(http_requests_total{service="booking"}[5m]))', [mk({}, () => 143)]),
  metric('E10', 'sum(rate(http_requests_total{service="booking"}[5m] offset 1d))', [mk({}, () => 151)]),
  metric('E11', 'pg_replication_lag_seconds{instance="pg-2"}', [mk({ instance: 'pg-2' }, () => 0.3)]),
  logs('E12', '{service="payments"} |= "ERROR"', [], ''),
  metric('E13', 'sum by (zone) (rate(http_requests_total{service="booking",code=~"5.."}[5m]))', [
    mk({ zone: 'eu-1a' }, step(0.2, 20.9, '16:31:00')),
    mk({ zone: 'eu-1b' }, step(0.3, 20.1, '16:31:00')),
  ]),
  metric('E14', 'kube_pod_container_status_restarts_total{namespace="travel",pod=~"booking-.*"}', [
    mk({ pod: 'booking-77c9d5f6b-4xq2p' }, () => 0),
    mk({ pod: 'booking-77c9d5f6b-8mwlz' }, () => 0),
  ]),
]
export const given: Given = {
  alert: {
    labels: { alertname: 'BookingErrorRate', service: 'booking', namespace: 'travel', severity: 'critical' },
    expression:
      'sum(rate(http_requests_total{service="booking",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="booking"}[5m])) > 0.02',
    threshold: 0.02,
    startsAt: `${day}T16:36:00Z`,
    onset: `${day}T16:31:00Z`,
    object: { kind: 'Deployment', namespace: 'travel', name: 'booking' },
  },
  now: new Date(`${day}T17:00:20Z`),
}
const er: Receipt = { evidence: 'E1', statistic: 'last', value: 28.7, unit: '%' },
  erc: Receipt = { evidence: 'E1', statistic: 'change', value: 28.3, unit: '%' }
const p: Receipt = { evidence: 'E2', statistic: 'last', value: 30, unit: 's' },
  pc: Receipt = { evidence: 'E2', statistic: 'change', value: 29.38, unit: 's' }
const lock: Receipt = { evidence: 'E3', count: 2184, matching: 'lock timeout' },
  lockq: Receipt = { evidence: 'E3', quote: 'canceling statement due to lock timeout (SQLSTATE 55P03)' },
  seats: Receipt = { evidence: 'E3', count: 31, matching: 'seats-api returned 504' },
  seatsq: Receipt = { evidence: 'E3', quote: 'seats-api returned 504 after 10000ms' }
const holds: Receipt = {
    evidence: 'E4',
    quote: 'pid 8812 (migration 0047_add_index) holds AccessExclusiveLock on table reservations since 16:30:12',
  },
  waits: Receipt = { evidence: 'E4', quote: 'pid 9034 (booking) waits for RowExclusiveLock on table reservations, blocked by pid 8812' },
  sess: Receipt = { evidence: 'E4', quote: '47 sessions waiting' }
const dep: Receipt = { evidence: 'E5', quote: 'booking 5.12.2 -> 5.13.0 by marta (commit e7710ab)' },
  job: Receipt = { evidence: 'E5', quote: 'job db-migrate 0047_add_index started 16:30:10' }
const con: Receipt = { evidence: 'E6', statistic: 'last', value: 97 },
  conc: Receipt = { evidence: 'E6', statistic: 'change', value: 79 },
  max: Receipt = { evidence: 'E7', quote: 'pg_settings_max_connections{datname="bookings-db"} 100' }
const cpu: Receipt = { evidence: 'E8', statistic: 'last', value: 22.4, unit: '%' },
  tr: Receipt = { evidence: 'E9', statistic: 'last', value: 143 },
  yd: Receipt = { evidence: 'E10', statistic: 'last', value: 151 },
  lag: Receipt = { evidence: 'E11', statistic: 'max', value: 0.3, unit: 's' },
  pay: Receipt = { evidence: 'E12', count: 0, matching: 'ERROR' }
const za: Receipt = { evidence: 'E13', series: { zone: 'eu-1a' }, statistic: 'last', value: 20.9 },
  zb: Receipt = { evidence: 'E13', series: { zone: 'eu-1b' }, statistic: 'last', value: 20.1 }
const r0: Receipt = { evidence: 'E14', statistic: 'last', value: 0 }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['booking answers 28.7 % of its requests with a 5xx.', er],
  ['More than a quarter of booking requests are failing.', er],
  ['Close to three in ten requests to booking currently fail.', er],
  ['The error rate shot up from 0.4 % to 28.7 % at 16:31.', erc],
  ['The error ratio is 14 times the 2 % threshold.', er],
  ['Errors are roughly 70 times more frequent than before 16:31.', erc],
  ['p99 latency hit 30 s, up from 0.62 s.', pc],
  ['The slowest 1 % of requests take 30 seconds or more.', p],
  ['Request latency at p99 has increased almost fiftyfold.', pc],
  ['booking logged 2,184 lock timeouts, the first one at 16:30:48.', lock],
  ['Upwards of two thousand statements were cancelled because of lock timeouts.', lock],
  ['Statements are being cancelled: "canceling statement due to lock timeout".', lockq],
  ["PostgreSQL cancels booking's statements with SQLSTATE 55P03 (lock timeout).", lockq],
  ['The last lock timeout so far was logged just before 17:00.', lock],
  ['seats-api answered with 504 on 31 occasions.', seats],
  ['Calls to seats-api gave up after ten seconds with a 504.', seatsq],
  ['seats-api returned 504s as well, but far fewer: 31 compared with 2,184 lock timeouts.', seats, lock],
  ['The migration 0047_add_index (pid 8812) holds an AccessExclusiveLock on reservations.', holds],
  ['Since 16:30:12 pid 8812 has been holding an exclusive lock on the reservations table.', holds],
  ['The lock has been held for 30 minutes.', holds],
  ['pid 9034, a booking session, is waiting for pid 8812.', waits],
  ['Sessions of booking are blocked by the migration (pid 8812 blocks pid 9034).', waits, holds],
  ['47 sessions are waiting.', sess],
  ['Nearly fifty database sessions are stuck waiting for the lock.', sess, holds],
  ['marta deployed 5.13.0 at 16:29:58.', dep],
  ['booking was upgraded from 5.12.2 to 5.13.0 one minute before the errors started.', dep, erc],
  ['The migration job started 12 seconds after the deploy.', job, dep],
  ['db-migrate 0047_add_index began at 16:30:10 and took the lock two seconds later.', job, holds],
  ['The first lock timeout followed 36 s after the lock was taken.', lock, holds],
  ['Active connections to bookings-db jumped from 18 to 97.', conc],
  ['bookings-db is down to its last three connections (97 of 100).', con, max],
  ['97 % of the connections of bookings-db are taken.', con, max],
  ['The database is nearly out of connections: 97 of at most 100 are in use.', con, max],
  ['Active sessions went up by 79.', conc],
  ['pg-1 is bored: CPU is at 22 %.', cpu],
  ['CPU on pg-1 is unremarkable (22.4 %).', cpu],
  ['pg-1 has more than three quarters of its CPU idle.', cpu],
  ['Traffic is slightly lower than yesterday, 143 vs 151 requests per second.', tr, yd],
  ['There are 5 % fewer requests than at the same time yesterday.', tr, yd],
  ['Traffic of 143 req/s is nothing unusual; yesterday it was 151.', tr, yd],
  ['Replication is healthy, pg-2 lags by no more than 0.3 s.', lag],
  ['Replication lag never exceeded 300 ms.', lag],
  ['payments is not affected: it logged no errors.', pay],
  ['payments has zero error lines.', pay],
  ['Both zones are hit alike (20.9/s in eu-1a, 20.1/s in eu-1b).', za, zb],
  ['eu-1a and eu-1b see about 20 errors per second each.', za, zb],
  ['Across both zones there are 41 errors per second.', za, zb],
  ['It is not a zonal problem: eu-1a has 20.9 errors/s, eu-1b 20.1.', za, zb],
  ['No booking pod has restarted.', r0],
  ['The pods have not been restarted (0 restarts).', r0],
  ['The alert fired five minutes after the error ratio rose.', erc],
  ['The outage began at 16:31 and is still going on.', erc],
  ['Errors began within two minutes of the deploy.', erc, dep],
  ['The rollout of 5.13.0 started a migration that locks reservations.', dep, job, holds],
  ['As of 17:00 the error ratio still stands at 28.7 %.', er],
]
const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['booking answers 2.87 % of its requests with a 5xx.', by('booking answers')],
  ['More than a third of booking requests are failing.', by('More than a quarter')],
  ['Close to six in ten requests to booking currently fail.', by('Close to')],
  ['The error rate came down from 28.7 % to 0.4 % at 16:31.', by('The error rate')],
  ['The error ratio is 4 times the 2 % threshold.', by('The error ratio')],
  ['p99 latency hit 30 ms, down from 0.62 s.', by('p99')],
  ['Request latency at p99 has increased almost fivefold.', by('Request')],
  ['booking logged 2,184 lock timeouts, the last one at 16:30:48.', by('booking logged')],
  ['booking logged 31 lock timeouts.', by('booking logged')],
  ['seats-api logged 2,184 lock timeouts.', by('booking logged')],
  ['booking answered seats-api with 504 on 31 occasions.', by('seats-api answered')],
  ['Calls to seats-api gave up after a hundred seconds with a 504.', by('Calls')],
  ['seats-api returned 504s as well, and far more: 2,184 compared with 31 lock timeouts.', by('seats-api returned')],
  ['pid 9034 holds an AccessExclusiveLock on reservations.', by('The migration 0047')],
  ['The lock has been held for 3 minutes.', by('The lock')],
  ['pid 8812 is waiting for pid 9034.', by('pid 9034')],
  ['pid 9034 blocks pid 8812.', by('Sessions')],
  ['74 sessions are waiting.', by('47')],
  ['No sessions are waiting.', by('47')],
  ['marta rolled back to 5.12.2 at 16:29:58.', by('marta')],
  ['booking was upgraded from 5.12.2 to 5.13.0 one minute after the errors started.', by('booking was')],
  ['booking was downgraded from 5.13.0 to 5.12.2.', by('booking was')],
  ['The migration job started 12 seconds before the deploy.', by('The migration job')],
  ['The migration job started 12 minutes after the deploy.', by('The migration job')],
  ['The first lock timeout came 36 s before the lock was taken.', by('The first')],
  ['Active connections to bookings-db fell from 97 to 18.', by('Active connections')],
  ['bookings-db has plenty of connections left: 97 of 100 are free.', by('bookings-db is')],
  ['97 % of the connections of bookings-db are free.', by('97 %')],
  ['CPU on pg-1 is saturated (22.4 %).', by('CPU on')],
  ['CPU on pg-2 is at 22.4 %.', by('CPU on')],
  ['pg-1 uses more than three quarters of its CPU.', by('pg-1 has')],
  ['Traffic is slightly higher than yesterday, 143 vs 151 requests per second.', by('Traffic is')],
  ['There are 5 % more requests than at the same time yesterday.', by('There are')],
  ['pg-2 lags by 3 s.', by('Replication is')],
  ['Replication lag never exceeded 30 ms.', by('Replication lag')],
  ['payments is affected: it logged errors.', by('payments is')],
  ['booking logged no errors.', by('payments is')],
  ['Only eu-1a is hit (20.9/s); eu-1b is fine.', by('Both')],
  ['eu-1b has 20.9 errors/s, eu-1a 20.1.', by('It is')],
  ['Across both zones there are 51 errors per second.', by('Across')],
  ['The booking pods keep restarting.', by('No booking')],
  ['The pods have been restarted 3 times.', by('The pods')],
  ['The alert fired five minutes before the error ratio rose.', by('The alert')],
  ['The outage ended at 16:31.', by('The outage')],
  ['Errors began within two minutes before the deploy.', by('Errors began')],
  ['At 16:10 the error ratio stood at 28.7 %.', by('As of')],
  ['28.7 % of requests succeed.', by('booking answers')],
  ['All requests to booking fail.', by('booking answers')],
]
