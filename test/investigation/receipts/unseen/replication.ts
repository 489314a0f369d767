import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-09-02T03:40:00Z', to: '2026-09-02T05:10:00Z' }
const load = { from: '2026-09-02T04:06:00Z', to: '2026-09-02T04:38:00Z' }
const sinceLoad = { from: '2026-09-02T04:06:00Z', to: '2026-09-02T05:10:00Z' }
const drain = { from: '2026-09-02T04:38:00Z', to: '2026-09-02T05:10:00Z' }
const MiB = 2 ** 20
const GiB = 2 ** 30
const primary = { instance: 'pg-main-0' }
const behind = { instance: 'pg-main-1' }
const reporting = { instance: 'pg-main-2' }
const prices = { app: 'price-api', namespace: 'catalog' }

const during = (outside: number, inside: number) => (at: number) =>
  at >= Date.parse(load.from) / 1000 && at < Date.parse(load.to) / 1000 ? inside : outside
const backlog = (at: number) => (at < Date.parse(load.to) / 1000 ? ramp(0.002, 163, load)(at) : ramp(163, 116, drain)(at))
const about = (value: number, spread: number) => (at: number) => value + spread * Math.sin(at / 410)

const said = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const counted = (evidence: string, count: number, matching: string): Receipt => ({ evidence, count, matching })
const none = (evidence: string, absent: string): Receipt => ({ evidence, absent })
type Measured = readonly [number, string]
type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'
const of = (evidence: string, statistic: Statistic, value: number | Measured, series?: Record<string, string>): Receipt => ({
  evidence,
  ...(series === undefined ? {} : { series }),
  statistic,
  ...(typeof value === 'number' ? { value } : { value: value[0], unit: value[1] }),
})

const lagNow = of('E1', 'last', [2830, 's'], behind)
const lagGrows = of('E1', 'change', 2829.6, behind)
const lagAt = (at: string, value: number): Receipt => ({ evidence: 'E1', series: behind, statistic: 'at', at, value })
const backlogPeak = of('E2', 'max', [163, 'GiB'], behind)
const backlogNow = of('E2', 'last', [116, 'GiB'], behind)
const walPeak = of('E3', 'max', [118, 'MiB/s'], primary)
const walNow = of('E3', 'last', [6, 'MiB/s'], primary)
const fullRun = said(
  'E4',
  'catalog-import-29482080 2026-09-02T04:05:50Z mode=full COPY product_prices 41300000 rows in 32m06s, finished 04:37:56',
)
const lastRun = said('E4', 'catalog-import-29480640 2026-09-01T04:05:46Z mode=incremental COPY product_prices 2100000 rows in 1m48s')
const switched = said('E4', 'config change 2026-09-01T15:22:10Z by m.ferrari: IMPORT_MODE incremental -> full (#4471)')
const leader = said('E5', '| pg-main-0 | Leader | running | TL 14 |')
const listed = said('E5', '| pg-main-1 | Replica | streaming | TL 14 | lag 118784 MB')
const tagged = said('E5', '| pg-main-2 | Replica | streaming | TL 14 | lag 2 MB | nofailover: true |')
const maxLag = said('E5', 'maximum_lag_on_failover: 1048576')
const diskFull = of('E6', 'last', [99, '%'], behind)
const replay = of('E7', 'last', [31, 'MiB/s'], behind)
const stale = of('E10', 'last', [37, '%'], { host: 'pg-main-1' })
const refused = counted('E11', 3, 'switchover failed: no good candidates have been found')

export const replicaBehind: Unseen = {
  evidence: [
    metric('E1', 'pg_replication_lag_seconds{cluster="pg-main"}', window, [
      course(window, 60, behind, ramp(0.4, 2830, sinceLoad)),
      course(window, 60, reporting, during(0.3, 6.5)),
    ]),
    metric('E2', 'pg_wal_lsn_diff_bytes{cluster="pg-main"}', window, [
      course(window, 60, behind, (at) => Math.round(backlog(at) * GiB)),
      course(window, 60, reporting, (at) => during(1.5, 740)(at) * MiB),
    ]),
    metric('E3', 'rate(pg_wal_written_bytes_total{instance="pg-main-0"}[1m])', window, [
      course(window, 60, primary, (at) => during(6, 118)(at) * MiB),
    ]),
    text(
      'E4',
      'kubernetes',
      'logs and history of cronjob/catalog-import -n catalog',
      [
        'catalog-import-29480640 2026-09-01T04:05:46Z mode=incremental COPY product_prices 2100000 rows in 1m48s, succeeded',
        'catalog-import-29482080 2026-09-02T04:05:50Z mode=full COPY product_prices 41300000 rows in 32m06s, finished 04:37:56, succeeded',
        'config change 2026-09-01T15:22:10Z by m.ferrari: IMPORT_MODE incremental -> full (#4471)',
      ].join('\n'),
    ),
    text(
      'E5',
      'patroni',
      'patronictl list pg-main; show-config',
      [
        '| pg-main-0 | Leader  | running   | TL 14 |                    |                  |',
        '| pg-main-1 | Replica | streaming | TL 14 | lag 118784 MB      |                  |',
        '| pg-main-2 | Replica | streaming | TL 14 | lag 2 MB           | nofailover: true |',
        'maximum_lag_on_failover: 1048576',
        'synchronous_mode: false',
        'max_standby_streaming_delay: 30s',
      ].join('\n'),
    ),
    metric('E6', 'rate(node_disk_io_time_seconds_total{device="nvme1n1"}[1m])', window, [
      course(window, 60, primary, during(0.18, 0.47)),
      course(window, 60, behind, (at) => (at < Date.parse(load.from) / 1000 ? 0.21 : 0.99)),
      course(window, 60, reporting, during(0.2, 0.52)),
    ]),
    metric('E7', 'rate(pg_wal_replayed_bytes_total{cluster="pg-main"}[1m])', window, [
      course(window, 60, behind, (at) => (at < Date.parse(load.from) / 1000 ? 6 : 31) * MiB),
      course(window, 60, reporting, (at) => during(6, 118)(at) * MiB),
    ]),
    metric('E8', 'node_filesystem_avail_bytes{instance="pg-main-0",mountpoint="/var/lib/postgresql/wal"}', window, [
      course(window, 60, primary, (at) => Math.round((312 - backlog(at)) * GiB)),
    ]),
    logs('E9', '{app="price-api"} |~ "warn|error"', window, [
      ...lines(
        { count: 226, first: '2026-09-02T04:13:20Z', every: 15 },
        prices,
        (i) => `level=warn msg="stale read" host=pg-main-1 sku=SKU-${10_000 + ((i * 613) % 9000)} wanted_version=2 got_version=1`,
      ),
      ...lines(
        { count: 11, first: '2026-09-02T04:20:05Z', every: 260 },
        prices,
        () => 'level=error msg="checkout rejected: price mismatch"',
      ),
    ]),
    metric('E10', 'sum by (host) (rate(price_reads_stale_total[2m])) / sum by (host) (rate(price_reads_total[2m]))', window, [
      course(window, 60, { host: 'pg-main-1' }, ramp(0, 0.37, { from: '2026-09-02T04:12:00Z', to: '2026-09-02T04:52:00Z' })),
      course(window, 60, { host: 'pg-main-0' }, () => 0),
    ]),
    logs('E11', '{app="patroni", cluster="pg-main"}', window, [
      ...lines(
        { count: 3, first: '2026-09-02T04:47:12Z', every: 240 },
        { app: 'patroni', cluster: 'pg-main' },
        () => 'WARNING: switchover failed: no good candidates have been found (requested by on-call)',
      ),
      ...lines(
        { count: 180, first: '2026-09-02T03:40:10Z', every: 30 },
        { app: 'patroni', cluster: 'pg-main' },
        () => 'INFO: no action. I am (pg-main-0), the leader with the lock',
      ),
    ]),
    instant('E12', 'max by (instance) (pg_stat_activity_max_tx_duration_seconds)', '2026-09-02T05:10:00Z', [
      [primary, 2.2],
      [behind, 3.1],
      [reporting, 41],
    ]),
    metric('E13', 'rate(node_network_receive_bytes_total{instance="pg-main-1"}[1m])', window, [
      course(window, 60, behind, (at) => during(9, 121)(at) * MiB),
    ]),
    metric('E14', 'histogram_quantile(0.95, sum by (le) (rate(pg_query_duration_seconds_bucket{instance="pg-main-0"}[2m])))', window, [
      course(window, 60, primary, about(0.0124, 0.0006)),
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'PostgresReplicationLagHigh', cluster: 'pg-main', instance: 'pg-main-1', severity: 'critical' },
      expression: 'pg_replication_lag_seconds{cluster="pg-main"} > 300',
      threshold: 300,
      startsAt: '2026-09-02T04:18:00Z',
      onset: '2026-09-02T04:13:00Z',
      object: { kind: 'Pod', namespace: 'databases', name: 'pg-main-1' },
    },
    now: new Date('2026-09-02T05:10:20Z'),
  },
  trueSentences: [
    ['pg-main-1 is 47 minutes behind the primary (2,830 s).', lagNow],
    ['Lag on pg-main-1 began to grow at 04:06, within a minute of the start of the full catalog-import.', lagGrows, fullRun],
    ['catalog-import ran in full mode: 41.3 million rows in 32 minutes, instead of 2.1 million in under two.', fullRun, lastRun],
    ['m.ferrari switched IMPORT_MODE from incremental to full on 1 September at 15:22 (#4471).', switched],
    ['Nearly twenty times the rows of the previous night (41.3M vs 2.1M).', fullRun, lastRun],
    ['Incremental run: 1m48s. Full run: 32m06s, about 18 times as long.', lastRun, fullRun],
    [
      'WAL written on pg-main-0 went from 6 MiB/s to 118 MiB/s at 04:06 and returned to 6 MiB/s at 04:38.',
      walPeak,
      of('E3', 'min', [6, 'MiB/s'], primary),
      walNow,
    ],
    [
      'Replay on pg-main-1 tops out at 31 MiB/s, about a quarter of what the primary wrote during the load.',
      of('E7', 'max', [31, 'MiB/s'], behind),
      walPeak,
    ],
    [
      'The disk of pg-main-1 has been 99 % busy since 04:06, up from 21 %.',
      of('E6', 'change', [78, '%'], behind),
      diskFull,
      of('E6', 'min', [21, '%'], behind),
    ],
    [
      'At the peak, pg-main-2 used 52 % of its disk time and pg-main-0 47 %.',
      of('E6', 'max', 0.52, reporting),
      of('E6', 'max', 0.47, primary),
    ],
    [
      'Disks of the other two are back to normal: 18 % on pg-main-0, 20 % on pg-main-2.',
      of('E6', 'last', [18, '%'], primary),
      of('E6', 'last', [20, '%'], reporting),
    ],
    [
      'Not the network: pg-main-1 received up to 121 MiB/s, which is more than the primary wrote.',
      of('E13', 'max', [121, 'MiB/s'], behind),
      walPeak,
    ],
    [
      'pg-main-2 replayed at up to 118 MiB/s and never lagged by more than 6.5 s.',
      of('E7', 'max', [118, 'MiB/s'], reporting),
      of('E1', 'max', 6.5, reporting),
    ],
    ['pg-main-2 kept up and is 0.3 s behind, whereas pg-main-1 is at 2,830 s.', of('E1', 'last', 0.3, reporting), lagNow],
    [
      'The backlog of pg-main-1 peaked at 163 GiB at 04:38, when the import ended, and has drained to 116 GiB since.',
      backlogPeak,
      backlogNow,
      fullRun,
    ],
    ['It drains slowly: 47 GiB in the 32 minutes since the load ended.', backlogPeak, backlogNow, fullRun],
    ['Replay outpaces new WAL by only 25 MiB/s (31 vs 6).', replay, walNow],
    [
      'The lag in seconds is still at its maximum, although the byte backlog has come down by more than a quarter.',
      of('E1', 'max', 2830, behind),
      lagNow,
      backlogPeak,
      backlogNow,
    ],
    ['When the import ended pg-main-1 was some 24 minutes behind; now it is 47.', lagAt('2026-09-02T04:38:00Z', 1415.2), lagNow, fullRun],
    ['Stale reads on pg-main-1 rose from 0 to 37 % between 04:12 and 04:52.', of('E10', 'change', [37, '%'], { host: 'pg-main-1' }), stale],
    ['More than a third of the price reads served by pg-main-1 are stale.', stale],
    ['Stale reads followed the lag by about six minutes (04:06 → 04:12).', lagGrows, of('E10', 'change', 0.37, { host: 'pg-main-1' })],
    [
      'price-api logged 226 stale reads, all of them from pg-main-1, the first at 04:13:20.',
      counted('E9', 226, 'stale read'),
      counted('E9', 226, 'host=pg-main-1'),
    ],
    ['Eleven checkouts were rejected for a price mismatch, starting at 04:20:05.', counted('E9', 11, 'checkout rejected: price mismatch')],
    [
      'Reads from pg-main-0 are not affected; its stale share is flat at 0.',
      of('E10', 'max', 0, { host: 'pg-main-0' }),
      of('E10', 'last', 0, { host: 'pg-main-0' }),
    ],
    ['Failover is not possible: maximum_lag_on_failover is 1 MiB and pg-main-1 is 116 GiB behind.', maxLag, backlogNow],
    ['pg-main-2 is only 2 MB behind, but it is tagged nofailover.', tagged],
    ['Three switchovers attempted since 04:47:12, all failed: "no good candidates have been found".', refused],
    [
      'On-call last tried a switchover at 04:55:12, again without success.',
      refused,
      said('E11', 'no good candidates have been found (requested by on-call)'),
    ],
    ['Leader is still pg-main-0, timeline 14.', leader],
    [
      'Patroni itself is fine: 180 "no action" lines, with the leader lock held by pg-main-0.',
      counted('E11', 180, 'no action. I am (pg-main-0), the leader with the lock'),
    ],
    ['No promotion or demotion in the Patroni log.', none('E11', 'promot'), none('E11', 'demot')],
    ['Both replicas are still streaming, so the replication connection is intact.', listed, tagged],
    [
      'Free space on the WAL volume of pg-main-0 fell from 312 GiB to 149 GiB and has recovered to 196 GiB.',
      of('E8', 'max', [312, 'GiB'], primary),
      of('E8', 'min', [149, 'GiB'], primary),
      of('E8', 'last', [196, 'GiB'], primary),
    ],
    [
      'Just over half of the free WAL space was gone by 04:38.',
      of('E8', 'max', [312, 'GiB'], primary),
      of('E8', 'min', [149, 'GiB'], primary),
    ],
    ['No long transaction holds back replay on pg-main-1; the longest there is 3.1 s.', of('E12', 'last', 3.1, behind)],
    [
      'The longest transaction in the cluster (41 s) runs on pg-main-2, not on pg-main-1.',
      of('E12', 'last', 41, reporting),
      of('E12', 'last', 3.1, behind),
      of('E12', 'last', 2.2, primary),
    ],
    [
      'Not a query conflict: max_standby_streaming_delay is 30 s, and the oldest transaction on pg-main-1 is about 3 s old.',
      said('E5', 'max_standby_streaming_delay: 30s'),
      of('E12', 'last', 3.1, behind),
    ],
    [
      'The primary is healthy, with p95 query time steady between 12 and 13 ms.',
      of('E14', 'min', [11.8, 'ms'], primary),
      of('E14', 'max', [13.0, 'ms'], primary),
    ],
    [
      'The lag crossed 300 s at 04:13, five minutes before the alert fired.',
      lagAt('2026-09-02T04:13:00Z', 309.9),
      lagAt('2026-09-02T04:12:00Z', 265.7),
    ],
    ['Lag is more than nine times the alert threshold.', lagNow],
    [
      'Replication is asynchronous (synchronous_mode: false), so the primary never waited for pg-main-1.',
      said('E5', 'synchronous_mode: false'),
      leader,
    ],
    ['The import itself succeeded and was finished at 04:37:56.', said('E4', 'finished 04:37:56, succeeded')],
    [
      'The full import (#4471) wrote WAL at 118 MiB/s, almost four times what pg-main-1 can replay, so the replica fell behind.',
      switched,
      fullRun,
      walPeak,
      replay,
      lagGrows,
    ],
    [
      'pg-main-1 cannot replay faster than 31 MiB/s because its disk is saturated at 99 %.',
      of('E7', 'max', [31, 'MiB/s'], behind),
      diskFull,
    ],
    [
      'Switching catalog-import to full mode wrote 41.3 million rows in 32 minutes and left pg-main-1 47 minutes behind. Of the price reads it serves 37 % are stale, and Patroni finds no candidate for a failover.',
      switched,
      fullRun,
      lagNow,
      stale,
      refused,
    ],
    [
      'Primary fine, no failover target. pg-main-1 is 116 GiB behind and pg-main-2 has nofailover set.',
      of('E14', 'mean', [12.4, 'ms'], primary),
      refused,
      backlogNow,
      tagged,
    ],
  ],
}
