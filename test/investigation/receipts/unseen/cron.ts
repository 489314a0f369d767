import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const w = { from: '2026-08-19T11:00:00Z', to: '2026-08-19T13:00:00Z' }
const s = (
  ...[evidence, statistic, value, series, unit]: [
    string,
    'last' | 'max' | 'min' | 'mean' | 'change',
    number,
    Record<string, string>?,
    string?,
  ]
): Receipt => ({
  evidence,
  statistic,
  value,
  ...(series ? { series } : {}),
  ...(unit ? { unit } : {}),
})
const q = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const spike = (low: number, high: number, from: string, to: string) => (at: number) =>
  at >= Date.parse(from) / 1000 && at < Date.parse(to) / 1000 ? high : low

export const exporter: Unseen = {
  evidence: [
    metric('E1', 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="orders"}[5m])))', w, [
      course(w, 60, {}, spike(0.19, 2.87, '2026-08-19T12:03:00Z', '2026-08-19T12:41:00Z')),
    ]),
    metric('E2', 'rate(container_cpu_usage_seconds_total{namespace="shop",container="postgres"}[5m])', w, [
      course(w, 60, { pod: 'orders-db-0' }, spike(0.82, 3.94, '2026-08-19T12:01:00Z', '2026-08-19T12:40:00Z')),
    ]),
    metric('E3', 'pg_locks_count{datname="orders",mode="accessexclusivelock"}', w, [
      course(w, 60, { mode: 'accessexclusivelock' }, () => 0),
    ]),
    metric('E4', 'sum by (state) (pg_stat_activity_count{datname="orders"})', w, [
      course(w, 60, { state: 'active' }, spike(7, 58, '2026-08-19T12:02:00Z', '2026-08-19T12:41:00Z')),
      course(w, 60, { state: 'idle' }, spike(33, 12, '2026-08-19T12:02:00Z', '2026-08-19T12:41:00Z')),
    ]),
    logs('E5', '{app="orders-db"} |= "duration:"', w, [
      ...lines(
        { count: 41, first: '2026-08-19T12:01:14Z', every: 56 },
        { app: 'orders-db', namespace: 'shop' },
        (i) =>
          `LOG: duration: ${41000 + i * 37}.221 ms statement: SELECT * FROM orders WHERE created_at > now() - interval '90 days' ORDER BY customer_id`,
      ),
      ...lines(
        { count: 9, first: '2026-08-19T12:05:00Z', every: 200 },
        { app: 'orders-db', namespace: 'shop' },
        (i) => `LOG: temporary file: path "base/pgsql_tmp/pgsql_tmp${i}", size 1073741824`,
      ),
    ]),
    text(
      'E6',
      'kubernetes',
      'get cronjobs -n shop',
      'NAME            SCHEDULE     SUSPEND  ACTIVE  LAST SCHEDULE\nreport-export   0 12 * * *   False    0       60m\ncart-cleanup    */15 * * * * False    0       14m',
    ),
    text(
      'E7',
      'kubernetes',
      'get jobs -n shop',
      'report-export-29250720  Complete  1/1  duration 39m52s  started 2026-08-19T12:00:03Z\nreport-export-29249280  Complete  1/1  duration 2m11s  started 2026-08-18T12:00:03Z',
    ),
    text(
      'E8',
      'github',
      'commits shop/report-export',
      '2026-08-18T16:20:41Z 9f3c1ab "export 90 days instead of 7" by dana merged into main',
    ),
    instant('E9', 'kube_deployment_status_replicas_available{namespace="shop"}', w.to, [
      [{ deployment: 'orders' }, 6],
      [{ deployment: 'cart' }, 3],
    ]),
    metric('E10', 'sum(rate(http_requests_total{service="orders"}[5m]))', w, [course(w, 60, {}, ramp(311, 324, w))]),
    metric(
      'E11',
      'sum(rate(http_requests_total{service="orders",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="orders"}[5m]))',
      w,
      [course(w, 60, {}, spike(0.0006, 0.0131, '2026-08-19T12:04:00Z', '2026-08-19T12:41:00Z'))],
    ),
    metric(
      'E12',
      'node_filesystem_avail_bytes{mountpoint="/var/lib/postgresql"} / node_filesystem_size_bytes{mountpoint="/var/lib/postgresql"}',
      w,
      [course(w, 60, { mountpoint: '/var/lib/postgresql' }, spike(0.412, 0.337, '2026-08-19T12:05:00Z', '2026-08-19T12:42:00Z'))],
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'OrdersLatencyHigh', service: 'orders', namespace: 'shop', severity: 'warning' },
      expression: 'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{service="orders"}[5m]))) > 1',
      threshold: 1,
      startsAt: '2026-08-19T12:08:00Z',
      onset: '2026-08-19T12:03:00Z',
      object: { kind: 'Deployment', namespace: 'shop', name: 'orders' },
    },
    now: new Date('2026-08-19T13:00:20Z'),
  },
  trueSentences: [
    ['p99 of orders sat at 2.87 s from 12:03 to 12:41 and has been back at 190 ms since.', s('E1', 'max', 2.87), s('E1', 'last', 0.19)],
    ['The slowdown lasted 38 minutes and is over.', s('E1', 'max', 2.87), s('E1', 'last', 0.19)],
    ['Latency is back to its normal 0.19 s.', s('E1', 'last', 0.19)],
    ['At its worst, p99 was nearly three times the 1 s threshold.', s('E1', 'max', 2.87)],
    [
      'The spike coincides with the report-export job, which ran from 12:00:03 for 39 min 52 s.',
      q('E7', 'report-export-29250720  Complete  1/1  duration 39m52s  started 2026-08-19T12:00:03Z'),
      s('E1', 'max', 2.87),
    ],
    [
      'Yesterday the same job needed only 2 min 11 s.',
      q('E7', 'report-export-29249280  Complete  1/1  duration 2m11s  started 2026-08-18T12:00:03Z'),
    ],
    [
      'report-export took about 18 times as long as the day before (39m52s against 2m11s).',
      q('E7', 'duration 39m52s'),
      q('E7', 'duration 2m11s'),
    ],
    [
      'Commit 9f3c1ab, merged the afternoon before, widened the export from 7 to 90 days.',
      q('E8', '9f3c1ab "export 90 days instead of 7"'),
      q('E8', '2026-08-18T16:20:41Z'),
    ],
    [
      'Its query scans 90 days of orders and takes around 42 s each time.',
      q('E5', "interval '90 days'"),
      q('E5', 'duration: 42480.221 ms'),
    ],
    ['41 such statements were logged between 12:01 and 12:39.', { evidence: 'E5', count: 41, matching: "interval '90 days'" }],
    ['orders-db-0 used 3.94 cores at the peak, almost five times its usual 0.82.', s('E2', 'max', 3.94), s('E2', 'last', 0.82)],
    ['CPU of the database jumped to 3.9 cores at 12:01, two minutes before latency rose.', s('E2', 'max', 3.94), s('E1', 'max', 2.87)],
    [
      'Active sessions went from 7 to 58 while the job ran.',
      s('E4', 'max', 58, { state: 'active' }),
      s('E4', 'last', 7, { state: 'active' }),
    ],
    [
      'Idle connections shrank from 33 to 12 over the same period.',
      s('E4', 'min', 12, { state: 'idle' }),
      s('E4', 'last', 33, { state: 'idle' }),
    ],
    [
      'The database spilled nine temporary files of 1 GiB each to disk.',
      { evidence: 'E5', count: 9, matching: 'temporary file' },
      q('E5', 'size 1073741824'),
    ],
    [
      'Free space on /var/lib/postgresql dipped from 41 % to 34 % and recovered.',
      s('E12', 'min', 33.7, undefined, '%'),
      s('E12', 'last', 41.2, undefined, '%'),
    ],
    ['The disk never came close to full: at least 33.7 % stayed free.', s('E12', 'min', 0.337)],
    ['No exclusive locks were held at any time.', s('E3', 'max', 0)],
    ['Locking is ruled out, since there was not a single access exclusive lock in two hours.', s('E3', 'max', 0)],
    ['Traffic hardly changed (311 to 324 req/s).', s('E10', 'change', 13)],
    ['It was not load: requests rose by only 4 % over the two hours.', s('E10', 'change', 13)],
    ['Errors stayed low, at most 1.3 % of requests.', s('E11', 'max', 1.31, undefined, '%')],
    ['The error ratio peaked at 1.31 % and is now 0.06 %.', s('E11', 'max', 0.0131), s('E11', 'last', 0.0006)],
    ['All six replicas of orders are available.', s('E9', 'last', 6, { deployment: 'orders' })],
    ['orders has its full 6 replicas, cart 3.', s('E9', 'last', 6, { deployment: 'orders' }), s('E9', 'last', 3, { deployment: 'cart' })],
    ['report-export is scheduled for noon every day (0 12 * * *).', q('E6', 'report-export   0 12 * * *')],
    ['The job will run again tomorrow at 12:00 unless the window is narrowed.', q('E6', 'report-export   0 12 * * *')],
    ['report-export is no longer active; its last run was an hour ago.', q('E6', 'report-export   0 12 * * *   False    0       60m')],
    [
      'Latency recovered within a minute of the export finishing.',
      s('E1', 'max', 2.87),
      q('E7', 'report-export-29250720  Complete  1/1  duration 39m52s  started 2026-08-19T12:00:03Z'),
    ],
    ['The alert fired at 12:08, eight minutes after the job had started.', q('E7', 'started 2026-08-19T12:00:03Z')],
    [
      'The nightly cart-cleanup runs every 15 minutes and cannot explain a single spike at noon.',
      q('E6', 'cart-cleanup    */15 * * * * False    0       14m'),
    ],
    [
      'The 90-day export introduced by 9f3c1ab overloads orders-db-0 and slows down orders.',
      q('E8', '9f3c1ab "export 90 days instead of 7"'),
      s('E2', 'max', 3.94),
      s('E1', 'max', 2.87),
    ],
    ['The heavy SELECT sorts by customer_id.', q('E5', 'ORDER BY customer_id')],
    ['A reporting query over 90 days saturated the database for 39 minutes at noon.', q('E5', "interval '90 days'"), s('E2', 'max', 3.94)],
  ],
}
