import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-04-21T05:30:00Z', to: '2026-04-21T07:00:00Z' }
const GiB = 2 ** 30
const wave = (size: number) => (at: number) => size * Math.sin(at / 131)
const spill = (gib: number) => ramp(0, gib * GiB, { from: '2026-04-21T06:12:00Z', to: '2026-04-21T06:52:00Z' })
const memory = (high: number) => ramp(0.41, high, { from: '2026-04-21T06:04:00Z', to: '2026-04-21T06:14:00Z' })

const evidence: Unseen['evidence'] = [
  metric('E1', 'histogram_quantile(0.95, sum by (le) (rate(superset_chart_query_seconds_bucket[5m])))', window, [
    course(window, 60, { app: 'superset' }, ramp(3.2, 58.4, { from: '2026-04-21T06:10:00Z', to: '2026-04-21T06:24:00Z' })),
  ]),
  metric('E2', 'trino_memory_pool_reserved_bytes / trino_memory_pool_max_bytes', window, [
    course(window, 60, { worker: 'trino-worker-0' }, memory(0.97)),
    course(window, 60, { worker: 'trino-worker-1' }, memory(0.96)),
    course(window, 60, { worker: 'trino-worker-2' }, memory(0.98)),
    course(window, 60, { worker: 'trino-worker-3' }, memory(0.97)),
  ]),
  metric('E3', 'trino_spill_bytes_on_disk', window, [
    course(window, 60, { worker: 'trino-worker-0' }, spill(402)),
    course(window, 60, { worker: 'trino-worker-1' }, spill(388)),
    course(window, 60, { worker: 'trino-worker-2' }, spill(431)),
    course(window, 60, { worker: 'trino-worker-3' }, spill(395)),
  ]),
  metric('E4', 'sum by (state) (trino_queries{cluster="trino-analytics"})', window, [
    course(window, 60, { state: 'queued' }, (at) =>
      Math.round(ramp(0, 87, { from: '2026-04-21T06:13:00Z', to: '2026-04-21T06:40:00Z' })(at)),
    ),
    course(window, 60, { state: 'running' }, step(14, 30, '2026-04-21T06:13:00Z')),
  ]),
  logs('E5', '{app="superset"} |~ "timeout|memory"', window, [
    ...lines(
      { count: 143, first: '2026-04-21T06:16:20Z', every: 18 },
      { app: 'superset', namespace: 'bi' },
      (i) => `level=error msg="chart query timed out after 60 s" dashboard=${['daily-sales', 'fulfilment', 'marketing-funnel'][i % 3]}`,
    ),
    ...lines(
      { count: 12, first: '2026-04-21T06:29:05Z', every: 140 },
      { app: 'superset', namespace: 'bi' },
      (i) =>
        `level=error msg="EXCEEDED_CLUSTER_MEMORY: Query exceeded distributed memory limit of 640GB" query_id=20260421_06${29 + Math.floor((i * 7) / 3)}_00${214 + i * 3}_xk4pd`,
    ),
  ]),
  text(
    'E6',
    'airflow',
    'task instances of dag events_daily_rollup',
    [
      'run scheduled__2026-04-19 task aggregate_sessions start 2026-04-19T06:04:10Z duration 11m success',
      'run scheduled__2026-04-20 task aggregate_sessions start 2026-04-20T06:04:12Z duration 12m success',
      'run scheduled__2026-04-21 task aggregate_sessions start 2026-04-21T06:04:11Z running (try 1 of 3), pool trino_etl, priority_weight 10',
    ].join('\n'),
  ),
  text(
    'E7',
    'trino',
    'SELECT * FROM hive.raw."events_raw$partitions" ORDER BY ds DESC LIMIT 4',
    [
      'ds=2026-04-20 files 48211 size 1.9 TiB rows 9412000000',
      'ds=2026-04-19 files 5304 size 208 GiB rows 1021000000',
      'ds=2026-04-18 files 5287 size 206 GiB rows 1014000000',
      'ds=2026-04-17 files 5340 size 211 GiB rows 1030000000',
    ].join('\n'),
  ),
  text(
    'E8',
    'trino',
    'query 20260421_060414_00108_xk4pd',
    [
      'user etl-airflow source events_daily_rollup state RUNNING elapsed 55.8m',
      'input hive.raw.events_raw ds=2026-04-20, physical input 1.61 TiB of 1.9 TiB',
      'peak user memory 598 GB, spilled 1.58 TiB, resource group global.etl',
      'join distribution PARTITIONED, session spill_enabled true',
    ].join('\n'),
  ),
  metric('E9', 'histogram_quantile(0.99, sum by (le, instance) (rate(pg_query_seconds_bucket{cluster="orders-pg"}[5m])))', window, [
    course(window, 60, { instance: 'orders-pg-0' }, (at) => 0.021 + wave(0.001)(at)),
    course(window, 60, { instance: 'orders-pg-1' }, (at) => 0.019 + wave(0.001)(at)),
  ]),
  metric('E10', 'rate(node_disk_io_time_seconds_total{device="nvme1n1",nodepool="trino"}[2m])', window, [
    course(window, 60, { node: 'trino-node-1' }, ramp(0.06, 0.99, { from: '2026-04-21T06:12:00Z', to: '2026-04-21T06:18:00Z' })),
    course(window, 60, { node: 'trino-node-2' }, ramp(0.05, 0.98, { from: '2026-04-21T06:12:00Z', to: '2026-04-21T06:18:00Z' })),
  ]),
  text(
    'E11',
    'kafka-connect',
    'events of connector events-s3-sink',
    [
      '2026-04-20T13:22:40Z offsets of topic web.events reset to earliest by o.brandt (ticket DATA-3381)',
      '2026-04-20T13:23:02Z connector events-s3-sink resumed, 24 tasks running',
      '2026-04-20T19:47:31Z lag of topic web.events back to 0',
    ].join('\n'),
  ),
  instant('E12', 'kube_statefulset_status_replicas_ready{namespace=~"analytics|shop"}', '2026-04-21T07:00:00Z', [
    [{ namespace: 'analytics', statefulset: 'trino-worker' }, 4],
    [{ namespace: 'shop', statefulset: 'orders-pg' }, 2],
  ]),
]

const worker = (index: number) => ({ worker: `trino-worker-${index}` })
const memoryRose = (index: number, value: number): Receipt => ({
  evidence: 'E2',
  series: worker(index),
  statistic: 'change',
  value,
  unit: '%',
})
const memoryNow = (index: number, value: number): Receipt => ({
  evidence: 'E2',
  series: worker(index),
  statistic: 'last',
  value,
  unit: '%',
})
const spilled = (index: number, value: number): Receipt => ({
  evidence: 'E3',
  series: worker(index),
  statistic: 'last',
  value,
  unit: 'GiB',
})
const spillRose = (index: number, value: number): Receipt => ({
  evidence: 'E3',
  series: worker(index),
  statistic: 'change',
  value,
  unit: 'GiB',
})
const slow: Receipt = { evidence: 'E1', statistic: 'change', value: 55.2, unit: 's' }
const slowNow: Receipt = { evidence: 'E1', statistic: 'last', value: 58.4 }
const fast: Receipt = { evidence: 'E1', statistic: 'min', value: 3.2 }
const started: Receipt = { evidence: 'E6', quote: 'task aggregate_sessions start 2026-04-21T06:04:11Z running (try 1 of 3)' }
const yesterday: Receipt = { evidence: 'E6', quote: 'task aggregate_sessions start 2026-04-20T06:04:12Z duration 12m success' }
const running: Receipt = { evidence: 'E8', quote: 'user etl-airflow source events_daily_rollup state RUNNING elapsed 55.8m' }
const input: Receipt = { evidence: 'E8', quote: 'input hive.raw.events_raw ds=2026-04-20, physical input 1.61 TiB of 1.9 TiB' }
const peak: Receipt = { evidence: 'E8', quote: 'peak user memory 598 GB, spilled 1.58 TiB' }
const huge: Receipt = { evidence: 'E7', quote: 'ds=2026-04-20 files 48211 size 1.9 TiB rows 9412000000' }
const usual: Receipt = { evidence: 'E7', quote: 'ds=2026-04-19 files 5304 size 208 GiB rows 1021000000' }
const timeouts: Receipt = { evidence: 'E5', count: 143, matching: 'chart query timed out after 60 s' }
const firstTimeout: Receipt = { evidence: 'E5', quote: 'dashboard=daily-sales (2026-04-21T06:16:20Z' }
const killed: Receipt = { evidence: 'E5', count: 12, matching: 'EXCEEDED_CLUSTER_MEMORY' }
const firstKilled: Receipt = { evidence: 'E5', quote: 'query_id=<*> (2026-04-21T06:29:05Z' }
const limit: Receipt = { evidence: 'E5', quote: 'Query exceeded distributed memory limit of 640GB' }
const queue: Receipt = { evidence: 'E4', series: { state: 'queued' }, statistic: 'change', value: 87 }
const queueNow: Receipt = { evidence: 'E4', series: { state: 'queued' }, statistic: 'last', value: 87 }
const slots: Receipt = { evidence: 'E4', series: { state: 'running' }, statistic: 'change', value: 16 }
const slotsNow: Receipt = { evidence: 'E4', series: { state: 'running' }, statistic: 'last', value: 30 }
const reset: Receipt = {
  evidence: 'E11',
  quote: '2026-04-20T13:22:40Z offsets of topic web.events reset to earliest by o.brandt (ticket DATA-3381)',
}
const resumed: Receipt = { evidence: 'E11', quote: '2026-04-20T13:23:02Z connector events-s3-sink resumed, 24 tasks running' }
const caughtUp: Receipt = { evidence: 'E11', quote: '2026-04-20T19:47:31Z lag of topic web.events back to 0' }
const disk1: Receipt = { evidence: 'E10', series: { node: 'trino-node-1' }, statistic: 'change', value: 93, unit: '%' }
const disk1Now: Receipt = { evidence: 'E10', series: { node: 'trino-node-1' }, statistic: 'last', value: 0.99 }
const disk2Now: Receipt = { evidence: 'E10', series: { node: 'trino-node-2' }, statistic: 'last', value: 0.98 }
const orders0: Receipt = { evidence: 'E9', series: { instance: 'orders-pg-0' }, statistic: 'max', value: 22, unit: 'ms' }
const orders1: Receipt = { evidence: 'E9', series: { instance: 'orders-pg-1' }, statistic: 'max', value: 20, unit: 'ms' }
const ordersReady: Receipt = { evidence: 'E12', series: { statefulset: 'orders-pg' }, statistic: 'last', value: 2 }
const workersReady: Receipt = { evidence: 'E12', series: { statefulset: 'trino-worker' }, statistic: 'last', value: 4 }

export const hugePartition: Unseen = {
  evidence,
  given: {
    alert: {
      labels: { alertname: 'DashboardsSlow', app: 'superset', namespace: 'bi', severity: 'warning' },
      expression: 'histogram_quantile(0.95, sum by (le) (rate(superset_chart_query_seconds_bucket[5m]))) > 20',
      threshold: 20,
      startsAt: '2026-04-21T06:20:00Z',
      onset: '2026-04-21T06:15:00Z',
      object: { kind: 'Deployment', namespace: 'bi', name: 'superset' },
    },
    now: new Date('2026-04-21T07:00:15Z'),
  },
  trueSentences: [
    [
      'The task aggregate_sessions of events_daily_rollup started at 06:04:11 and is still running after almost 56 minutes; yesterday it was done in 12.',
      started,
      running,
      yesterday,
    ],
    [
      'It reads partition ds=2026-04-20 of events_raw, which is 1.9 TiB, whereas the three days before are between 206 and 211 GiB.',
      input,
      huge,
      usual,
      { evidence: 'E7', quote: 'ds=2026-04-18 files 5287 size 206 GiB' },
      { evidence: 'E7', quote: 'ds=2026-04-17 files 5340 size 211 GiB' },
    ],
    ['ds=2026-04-20 has 9.4 billion rows, the day before 1.02 billion.', huge, usual],
    ['The partition is roughly nine times the size of the one before it.', huge, usual],
    [
      'Memory on all four Trino workers rose from 41 % to between 96 % and 98 % within ten minutes of the start of the ETL task.',
      memoryRose(0, 56),
      memoryRose(1, 55),
      memoryRose(2, 57),
      memoryRose(3, 56),
      memoryNow(1, 96),
      memoryNow(2, 98),
      started,
    ],
    [
      'Worker memory topped out at 06:14 (96-98 %).',
      memoryRose(0, 56),
      memoryRose(1, 55),
      memoryRose(2, 57),
      memoryRose(3, 56),
      memoryNow(0, 97),
      memoryNow(1, 96),
      memoryNow(2, 98),
      memoryNow(3, 97),
    ],
    [
      'Workers started to spill at 06:12 and have 388 to 431 GiB each on disk now.',
      spillRose(0, 402),
      spillRose(1, 388),
      spillRose(2, 431),
      spillRose(3, 395),
    ],
    ['trino-worker-2 has spilled the most, 431 GiB.', spilled(0, 402), spilled(1, 388), spilled(2, 431), spilled(3, 395)],
    ['Altogether the query has spilled 1.58 TiB.', peak],
    [
      'Spill on trino-worker-0 flat at 402 GiB since 06:52.',
      spilled(0, 402),
      { evidence: 'E3', series: worker(0), statistic: 'at', at: '2026-04-21T06:52:00Z', value: 402, unit: 'GiB' },
    ],
    [
      'The spill disks are saturated: trino-node-1 has been 99 % busy and trino-node-2 98 % busy since 06:18.',
      disk1Now,
      disk2Now,
      { evidence: 'E10', series: { node: 'trino-node-1' }, statistic: 'at', at: '2026-04-21T06:18:00Z', value: 0.99 },
      { evidence: 'E10', series: { node: 'trino-node-2' }, statistic: 'at', at: '2026-04-21T06:18:00Z', value: 0.98 },
    ],
    ['nvme1n1 on trino-node-1: 6 % -> 99 % busy from 06:12 to 06:18.', disk1, disk1Now],
    ['Dashboard queries went from a p95 of 3.2 s to 58.4 s.', slow, fast, slowNow],
    ['The p95 now sits just below the 60 s chart timeout and at nearly three times the alert threshold.', slowNow, timeouts],
    ['p95 up 18x between 06:10 and 06:24.', slow, slowNow, fast],
    ['At 06:15 the p95 was already 23 s.', { evidence: 'E1', statistic: 'at', at: '2026-04-21T06:15:00Z', value: 22.9, unit: 's' }],
    ['143 chart queries have timed out after 60 s since 06:16:20.', timeouts, firstTimeout],
    [
      'The timeouts are spread evenly over three dashboards: 48 on daily-sales, 48 on fulfilment and 47 on marketing-funnel.',
      { evidence: 'E5', count: 48, matching: 'dashboard=daily-sales' },
      { evidence: 'E5', count: 48, matching: 'dashboard=fulfilment' },
      { evidence: 'E5', count: 47, matching: 'dashboard=marketing-funnel' },
    ],
    ['12 queries killed with EXCEEDED_CLUSTER_MEMORY, first one 06:29:05.', killed, firstKilled],
    ['Timeouts outnumber memory kills by about twelve to one.', timeouts, killed],
    ['At its peak, the ETL query alone used 598 GB of user memory, which is 93 % of the 640 GB distributed limit.', peak, limit],
    [
      'The queue grew from nothing to 87 queries between 06:13 and 06:40, while the number of running queries was pinned at 30.',
      queue,
      slots,
      slotsNow,
    ],
    [
      'Queue not draining: still 87, unchanged since 06:40.',
      queueNow,
      { evidence: 'E4', series: { state: 'queued' }, statistic: 'at', at: '2026-04-21T06:40:00Z', value: 87 },
    ],
    ['Running queries more than doubled at 06:13, from 14 to 30.', slots, slotsNow],
    ['The OLTP side is fine: p99 on orders-pg-0 never exceeded 22 ms and on orders-pg-1 20 ms.', orders0, orders1],
    [
      'orders-pg p99 flat: 20-22 ms on orders-pg-0, 18-20 ms on orders-pg-1.',
      orders0,
      orders1,
      { evidence: 'E9', series: { instance: 'orders-pg-0' }, statistic: 'min', value: 20, unit: 'ms' },
      { evidence: 'E9', series: { instance: 'orders-pg-1' }, statistic: 'min', value: 18, unit: 'ms' },
    ],
    ['Both orders-pg replicas ready.', ordersReady],
    ['No Trino worker was lost: all four are ready.', workersReady],
    [
      'The partition is so large because somebody (o.brandt, DATA-3381) reset the offsets of web.events to earliest yesterday at 13:22:40, so the S3 sink wrote the whole topic again.',
      reset,
      resumed,
      huge,
    ],
    ['The replay of web.events took just under six and a half hours, from 13:23:02 to 19:47:31 on 20 April.', resumed, caughtUp],
    [
      'Root cause: aggregate_sessions reads a 1.9 TiB partition that came from a replay of web.events, fills the memory of every worker and makes the cluster spill to disk.',
      input,
      huge,
      reset,
      memoryRose(0, 56),
      memoryRose(1, 55),
      memoryRose(2, 57),
      memoryRose(3, 56),
      spillRose(0, 402),
      spillRose(1, 388),
      spillRose(2, 431),
      spillRose(3, 395),
    ],
    [
      'The daily ETL job has been reading a partition nine times its usual size since 06:04, and the analytics cluster is out of memory and spilling. Dashboards wait in a queue of 87 queries and time out after 60 s; orders-pg is not affected.',
      started,
      input,
      huge,
      usual,
      memoryRose(2, 57),
      peak,
      queueNow,
      timeouts,
      orders0,
      orders1,
    ],
    ['By now the query has read 1.61 of 1.9 TiB, or about 85 % of its input.', input],
    ['Spill (1.58 TiB) is almost as large as what has been read so far (1.61 TiB).', peak, input],
    ['48,211 files in the partition vs 5,304 the day before.', huge, usual],
    [
      'Worker memory was exhausted before the first chart timed out at 06:16:20.',
      memoryRose(0, 56),
      memoryRose(1, 55),
      memoryRose(2, 57),
      memoryRose(3, 56),
      firstTimeout,
    ],
    [
      'A late start is ruled out: the task began at 06:04, as it did on the two previous days.',
      started,
      yesterday,
      { evidence: 'E6', quote: 'task aggregate_sessions start 2026-04-19T06:04:10Z duration 11m success' },
    ],
    [
      'Job runs in global.etl, spill enabled, try 1 of 3.',
      { evidence: 'E8', quote: 'resource group global.etl' },
      { evidence: 'E8', quote: 'session spill_enabled true' },
      started,
    ],
    ['Nothing in the Superset logs about refused connections.', { evidence: 'E5', absent: 'connection refused' }],
    [
      'The spilling began about eight minutes into the ETL task.',
      started,
      spillRose(0, 402),
      spillRose(1, 388),
      spillRose(2, 431),
      spillRose(3, 395),
    ],
    [
      'Memory hit its ceiling six minutes before the alert fired.',
      memoryRose(0, 56),
      memoryRose(1, 55),
      memoryRose(2, 57),
      memoryRose(3, 56),
    ],
    ['trino-worker-0 spilled 402 GiB in 40 minutes, about 10 GiB per minute.', spillRose(0, 402)],
    ['The task is taking more than four times as long as yesterday and has not finished.', running, yesterday, started],
    [
      'Not a failed or restarting worker and not the OLTP database: 4 of 4 Trino workers are ready, and so are both orders-pg instances.',
      workersReady,
      ordersReady,
    ],
    [
      'Nothing was queued before 06:13; since then, with 30 running, new queries have had to wait.',
      queue,
      { evidence: 'E4', series: { state: 'queued' }, statistic: 'min', value: 0 },
      slots,
      slotsNow,
    ],
  ],
}
