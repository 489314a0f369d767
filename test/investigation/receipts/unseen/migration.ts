import { migrationSentences } from './migration-sentences.ts'
import { course, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-08-04T12:30:00Z', to: '2026-08-04T13:50:00Z' }
const dropped = '2026-08-04T13:05:12Z'
const soon = { from: dropped, to: '2026-08-04T13:07:12Z' }
const late = { from: dropped, to: '2026-08-04T13:12:00Z' }
const fills = { from: dropped, to: '2026-08-04T13:08:00Z' }
const queues = { from: '2026-08-04T13:07:30Z', to: '2026-08-04T13:12:00Z' }

/** A course that is never still: up and down by so large a part of itself. */
const alive = (value: (at: number) => number, by: number) => (at: number) =>
  value(at) * (1 + by * (0.6 * Math.sin(at / 131) + 0.4 * Math.sin(at / 53)))
const steady = (value: number): ((at: number) => number) => ramp(value, value, window)
const active = (at: number): number => Math.round(ramp(14, 50, fills)(at))

const pods = ['6v2fk', '8wq4m', 'c7zxd', 'lq9bt', 'pn5rh'].map((end) => `orders-api-5f6c9d7b8-${end}`)
const of = (pod: string) => ({ app: 'orders-api', namespace: 'orders', pod })

export const migration: Unseen = {
  evidence: [
    metric(
      'E1',
      'histogram_quantile(0.95, sum by (le, route) (rate(http_server_request_duration_seconds_bucket{app="orders-api"}[1m])))',
      window,
      [
        course(window, 30, { route: 'GET /customers/{id}/orders' }, alive(ramp(0.118, 9.74, late), 0.03)),
        course(window, 30, { route: 'POST /orders' }, alive(ramp(0.212, 6.08, late), 0.03)),
        course(window, 30, { route: 'GET /orders/{id}' }, alive(ramp(0.036, 5.71, late), 0.03)),
      ],
    ),
    metric('E2', 'rate(pg_stat_user_tables_seq_scan{datname="orders", relname=~"orders|customers"}[2m])', window, [
      course(window, 30, { datname: 'orders', relname: 'orders' }, alive(ramp(0.017, 11.8, soon), 0.04)),
      course(window, 30, { datname: 'orders', relname: 'customers' }, alive(steady(0.033), 0.05)),
    ]),
    metric('E3', 'rate(pg_stat_user_tables_idx_scan{datname="orders", relname="orders"}[2m])', window, [
      course(window, 30, { datname: 'orders', relname: 'orders' }, alive(ramp(431, 268, late), 0.02)),
    ]),
    metric('E4', 'sum by (state) (hikaricp_connections{app="orders-api"})', window, [
      course(window, 30, { state: 'active' }, active),
      course(window, 30, { state: 'idle' }, (at) => 50 - active(at)),
      course(window, 30, { state: 'pending' }, (at) => Math.round(alive(ramp(0, 164, queues), 0.05)(at))),
    ]),
    metric('E5', '1 - avg by (instance, role) (rate(node_cpu_seconds_total{mode="idle", instance=~"orders-db-.*"}[2m]))', window, [
      course(window, 30, { instance: 'orders-db-0', role: 'primary' }, alive(ramp(0.231, 0.963, soon), 0.015)),
      course(window, 30, { instance: 'orders-db-1', role: 'replica' }, alive(steady(0.124), 0.03)),
    ]),
    text(
      'E6',
      'loki',
      '{namespace="orders", job="orders-migrate-0147"}',
      [
        '13:05:08 flyway: migrating schema "public" to version 0147 - drop unused indexes',
        '13:05:08 -- unused: idx_scan = 0 for 30 days on orders-db-1 (read replica)',
        '13:05:09 DROP INDEX CONCURRENTLY idx_orders_customer_created',
        '13:05:12 DROP INDEX CONCURRENTLY idx_orders_coupon_code',
        '13:05:13 flyway: successfully applied 1 migration, now at version 0147 (execution time 4.2s)',
      ].join('\n'),
    ),
    text(
      'E7',
      'postgres',
      'explain (analyze) select * from orders where customer_id = 771204 order by created_at desc limit 20',
      [
        'Limit  (actual time=3902.118..3907.402 rows=20 loops=1)',
        '  ->  Gather Merge  (workers planned 2, launched 2)',
        '        ->  Sort  (sort key: created_at DESC)',
        '              ->  Parallel Seq Scan on orders  (actual rows=41 loops=3)',
        '                    Filter: (customer_id = 771204)',
        '                    Rows Removed by Filter: 16071084',
        'Execution Time: 3911.260 ms',
      ].join('\n'),
    ),
    text(
      'E8',
      'postgres',
      'pg_stat_statements of orders-db-0, by total time, 12:00-13:00 and 13:10-13:50',
      [
        'query                                                                          12:00-13:00 calls, mean   13:10-13:50 calls, mean',
        'select * from orders where customer_id = $1 order by created_at desc limit $2  44520, 2.1 ms             28310, 3874 ms',
        'select * from orders where id = $1                                             96204, 0.3 ms             41870, 0.4 ms',
        'insert into orders (...)                                                       21950, 1.4 ms             13870, 1.6 ms',
      ].join('\n'),
    ),
    logs(
      'E9',
      '{app="orders-api", namespace="orders"} | level=~"warn|error"',
      window,
      pods.flatMap((pod, nth) => [
        ...lines(
          { count: 128, first: `2026-08-04T13:05:4${nth}Z`, every: 20 },
          of(pod),
          (i) =>
            `level=warn msg="slow query" took=${3790 + ((i * 37 + nth * 11) % 240)}ms sql="select * from orders where customer_id = $1 order by created_at desc limit $2"`,
        ),
        ...lines(
          { count: 53, first: `2026-08-04T13:08:1${nth + 2}Z`, every: 47 },
          of(pod),
          (i) =>
            `level=error msg="HikariPool-1 - Connection is not available, request timed out after 10000ms (total=10, active=10, idle=0, waiting=${29 + ((i + nth) % 8)})"`,
        ),
      ]),
    ),
    metric('E10', 'sum by (route) (rate(gateway_requests_total{upstream="orders-api"}[2m]))', window, [
      course(window, 30, { route: 'GET /customers/{id}/orders' }, alive(steady(12.4), 0.03)),
      course(window, 30, { route: 'POST /orders' }, alive(steady(6.1), 0.03)),
      course(window, 30, { route: 'GET /orders/{id}' }, alive(steady(26.7), 0.03)),
    ]),
    text(
      'E11',
      'kubernetes',
      'changes in namespace orders since 2026-08-04T10:00Z',
      [
        '13:05:06Z job/orders-migrate-0147 started, completed at 13:05:16Z',
        '13:06:40Z deployment/orders-api revision 88 image orders-api:v5.21.0 (was v5.20.3), complete at 13:08:31Z, 5/5 replicas',
        'env (the same in revisions 87 and 88): HIKARI_MAXIMUM_POOL_SIZE=10 HIKARI_CONNECTION_TIMEOUT=10000',
      ].join('\n'),
    ),
    metric('E12', 'sum by (wait_event_type) (pg_stat_activity_count{datname="orders", state="active"})', window, [
      course(window, 30, { wait_event_type: 'IO' }, (at) => Math.round(alive(ramp(1, 29, fills), 0.06)(at))),
      course(window, 30, { wait_event_type: 'Lock' }, () => 0),
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'OrdersApiLatencyHigh', app: 'orders-api', namespace: 'orders', severity: 'critical' },
      expression: 'histogram_quantile(0.95, sum by (le) (rate(http_server_request_duration_seconds_bucket{app="orders-api"}[1m]))) > 0.8',
      threshold: 0.8,
      startsAt: '2026-08-04T13:11:00Z',
      onset: '2026-08-04T13:06:00Z',
      object: { kind: 'Deployment', namespace: 'orders', name: 'orders-api' },
    },
    now: new Date('2026-08-04T13:50:20Z'),
  },
  trueSentences: migrationSentences,
}
