import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'

const of =
  (evidence: string, series: Record<string, string>) =>
  (statistic: Statistic, value: number, unit?: string): Receipt => ({
    evidence,
    series,
    statistic,
    value,
    ...(unit === undefined ? {} : { unit }),
  })
const at = (evidence: string, series: Record<string, string>, moment: string, value: number): Receipt => ({
  evidence,
  series,
  statistic: 'at',
  at: moment,
  value,
})
const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })
const count = (n: number, matching: string): Receipt => ({ evidence: 'E9', count: n, matching })

const byCustomer = { route: 'GET /customers/{id}/orders' }
const list = of('E1', byCustomer)
const post = of('E1', { route: 'POST /orders' })
const single = of('E1', { route: 'GET /orders/{id}' })
const scans = of('E2', { relname: 'orders' })
const otherScans = of('E2', { relname: 'customers' })
const indexScans = (statistic: Statistic, value: number): Receipt => ({ evidence: 'E3', statistic, value })
const active = of('E4', { state: 'active' })
const idle = of('E4', { state: 'idle' })
const pending = of('E4', { state: 'pending' })
const primary = of('E5', { instance: 'orders-db-0' })
const replica = of('E5', { instance: 'orders-db-1' })
const traffic = (route: string) => of('E10', { route })
const io = of('E12', { wait_event_type: 'IO' })
const lock = of('E12', { wait_event_type: 'Lock' })

const drop = quote('E6', '13:05:09 DROP INDEX CONCURRENTLY idx_orders_customer_created')
const coupon = quote('E6', '13:05:12 DROP INDEX CONCURRENTLY idx_orders_coupon_code')
const unused = quote('E6', '-- unused: idx_scan = 0 for 30 days on orders-db-1 (read replica)')
const applied = quote('E6', '13:05:13 flyway: successfully applied 1 migration, now at version 0147 (execution time 4.2s)')
const plan = quote('E7', 'Parallel Seq Scan on orders (actual rows=41 loops=3)')
const removed = quote('E7', 'Rows Removed by Filter: 16071084')
const execution = quote('E7', 'Execution Time: 3911.260 ms')
const head = quote('E8', '12:00-13:00 calls, mean 13:10-13:50 calls, mean')
const select = quote('E8', 'select * from orders where customer_id = $1 order by created_at desc limit $2 44520, 2.1 ms 28310, 3874 ms')
const byId = quote('E8', 'select * from orders where id = $1 96204, 0.3 ms 41870, 0.4 ms')
const insert = quote('E8', 'insert into orders (...) 21950, 1.4 ms 13870, 1.6 ms')
const job = quote('E11', '13:05:06Z job/orders-migrate-0147 started, completed at 13:05:16Z')
const rollout = quote(
  'E11',
  '13:06:40Z deployment/orders-api revision 88 image orders-api:v5.21.0 (was v5.20.3), complete at 13:08:31Z, 5/5 replicas',
)
const sameEnv = quote('E11', 'env (the same in revisions 87 and 88): HIKARI_MAXIMUM_POOL_SIZE=10 HIKARI_CONNECTION_TIMEOUT=10000')
const slowQueries = count(640, 'slow query')
const slowSpan = quote(
  'E9',
  'sql="select * from orders where customer_id = <*> order by created_at de… (2026-08-04T13:05:40Z to 2026-08-04T13:48:04Z)',
)
const noConnection = count(265, 'Connection is not available, request timed out after 10000ms')
const noConnectionSpan = quote(
  'E9',
  'Connection is not available, request timed out after <*> (total=<*>, active=<*>, idle=… (2026-08-04T13:08:12Z to 2026-08-04T13:49:00Z)',
)

export const migrationSentences: Unseen['trueSentences'] = [
  [
    "Migration 0147 dropped idx_orders_customer_created at 13:05:09, so the query for a customer's orders now scans the whole table and takes 3.9 s instead of 2 ms. These queries occupy all 50 connections, which is why the other routes of orders-api have become slow as well.",
    drop,
    applied,
    plan,
    select,
    head,
    active('last', 50),
    active('max', 50),
    idle('last', 0),
    post('last', 6.19),
    single('last', 5.82),
  ],
  [
    'Dropping idx_orders_customer_created forced PostgreSQL into sequential scans of orders, which saturated orders-db-0 and exhausted the connection pool.',
    drop,
    scans('change', 12.08),
    plan,
    primary('last', 0.972),
    idle('last', 0),
    pending('last', 169),
  ],
  [
    'The index was believed to be unused because somebody looked at the read replica, orders-db-1, where it had not been scanned for 30 days.',
    unused,
    drop,
  ],
  ['orders-migrate-0147 ran for ten seconds, from 13:05:06 to 13:05:16, and finished almost six minutes before the alert fired.', job],
  ['The same migration also dropped idx_orders_coupon_code, three seconds after idx_orders_customer_created.', drop, coupon],
  ['p95 of GET /customers/{id}/orders rose from 0.12 s to 9.9 s.', list('change', 9.805, 's'), list('last', 9.92, 's')],
  [
    'All three routes are affected: p95 stands at 9.9 s for GET /customers/{id}/orders, 6.2 s for POST /orders and 5.8 s for GET /orders/{id}.',
    list('last', 9.92, 's'),
    post('last', 6.19, 's'),
    single('last', 5.82, 's'),
  ],
  [
    'POST /orders, which used to answer within about 210 ms at p95, now needs 6.2 s.',
    post('min', 206, 'ms'),
    post('change', 5.984, 's'),
    post('last', 6.19, 's'),
  ],
  [
    'Even the cheap lookup GET /orders/{id} went from 36 ms to 5.8 s, an increase by a factor of more than 160.',
    single('last', 5.816, 's'),
    single('change', 5.781, 's'),
  ],
  [
    'Latency of the customer route peaked at 10.03 s at 13:34:30 and has hardly come down since.',
    list('max', 10.03, 's'),
    list('last', 9.92, 's'),
  ],
  [
    'Latency began to climb right after the index was gone: at 13:05 p95 of GET /customers/{id}/orders was still 0.12 s, at 13:06 it was 1.28 s.',
    at('E1', byCustomer, '2026-08-04T13:05:00Z', 0.1185),
    at('E1', byCustomer, '2026-08-04T13:06:00Z', 1.278),
    drop,
  ],
  [
    'Sequential scans on orders went from practically none (0.017 per second) to about 12 per second.',
    scans('min', 0.0163),
    scans('change', 12.08),
    scans('last', 12.09),
  ],
  [
    'The scans started within a minute of the DROP INDEX, reaching 4.9 per second by 13:06.',
    at('E2', { relname: 'orders' }, '2026-08-04T13:06:00Z', 4.874),
    scans('change', 12.08),
    drop,
  ],
  [
    'Of the two tables only orders is scanned more often; customers stayed at 0.03 sequential scans per second.',
    scans('change', 12.08),
    otherScans('min', 0.0314),
    otherScans('max', 0.0346),
  ],
  ['Index scans on orders fell by more than a third, from 428 to 271 per second.', indexScans('change', -156.4), indexScans('last', 271.3)],
  ['The mean execution time of the customer query grew from 2.1 ms to 3,874 ms, i.e. more than 1,800 times.', select, head],
  ['Once they get a connection, lookups by id are nearly as fast as before (0.4 ms now, 0.3 ms then).', byId, head],
  ['Not slow writes: inserts into orders take 1.6 ms on average, compared with 1.4 ms between 12:00 and 13:00.', insert, head],
  [
    'Of the three statements only the select by customer_id got slower to speak of, whereas inserts and lookups by id moved by 0.2 ms at most.',
    select,
    byId,
    insert,
    head,
  ],
  [
    'The query plan shows a parallel sequential scan on orders that reads through some 48 million rows (3 × 16,071,084) to find 20.',
    plan,
    removed,
    quote('E7', 'Limit (actual time=3902.118..3907.402 rows=20 loops=1)'),
  ],
  [
    'EXPLAIN ANALYZE for a single customer took 3.9 s, even though two parallel workers were launched.',
    execution,
    quote('E7', 'Gather Merge (workers planned 2, launched 2)'),
    quote('E7', 'Filter: (customer_id = 771204)'),
  ],
  [
    'All 50 connections have been in use since 13:08, with none idle.',
    active('max', 50),
    at('E4', { state: 'active' }, '2026-08-04T13:08:00Z', 50),
    active('last', 50),
    idle('last', 0),
  ],
  [
    'The pool filled up within three minutes of the migration: active connections went from 14 to 50.',
    active('change', 36),
    active('last', 50),
    at('E4', { state: 'active' }, '2026-08-04T13:08:00Z', 50),
    job,
  ],
  [
    'There were 36 idle connections before the migration; now there are none, and 169 requests are queueing for one.',
    idle('change', -36),
    idle('last', 0),
    pending('last', 169),
    job,
  ],
  [
    'Up to 172 requests were waiting for a connection at once, more than three times the size of the pool.',
    pending('max', 172),
    active('max', 50),
    idle('last', 0),
  ],
  [
    'Nothing was pending until 13:07; five minutes later the queue had grown to 165.',
    at('E4', { state: 'pending' }, '2026-08-04T13:07:00Z', 0),
    at('E4', { state: 'pending' }, '2026-08-04T13:12:00Z', 165),
    pending('change', 169),
  ],
  ['orders-api logged 265 times that no connection was available within 10 seconds.', noConnection],
  ['The first pool timeout was logged at 13:08:12, three minutes after the index had been dropped.', noConnectionSpan, drop],
  [
    'Each pod may open 10 connections, and all 265 pool timeouts report ten of them active and none idle.',
    sameEnv,
    noConnection,
    count(265, 'total=10, active=10, idle=0'),
  ],
  [
    '640 slow queries were logged, all of them the select on orders by customer_id.',
    slowQueries,
    count(640, 'sql="select * from orders where customer_id = $1 order by created_at desc limit $2"'),
  ],
  [
    'Slow query warnings set in at 13:05:40, half a minute after the index was dropped and a full minute before v5.21.0 started to roll out.',
    slowSpan,
    drop,
    rollout,
  ],
  [
    'One of the latest slow queries, on orders-api-5f6c9d7b8-pn5rh at 13:48:04, took 3,973 ms.',
    quote('E9', '2026-08-04T13:48:04.000Z {pod="orders-api-5f6c9d7b8-pn5rh"} level=warn msg="slow query" took=3973ms'),
  ],
  ['CPU on orders-db-0 quadrupled from 23 % to 97 %.', primary('change', 0.742), primary('last', 0.972)],
  [
    'The primary is saturated at 97 % CPU while the replica idles at 12 to 13 %.',
    primary('last', 97.2, '%'),
    replica('min', 12.03, '%'),
    replica('max', 12.77, '%'),
  ],
  [
    'Not the replica: orders-db-1 was unchanged at about 12 % CPU.',
    replica('mean', 12.4, '%'),
    replica('min', 12.03, '%'),
    replica('max', 12.77, '%'),
  ],
  ['Lock contention is ruled out, since not a single session waited for a lock at any time.', lock('max', 0), lock('last', 0)],
  ['Instead, 30 active sessions are waiting for I/O, up from just one at 12:30.', io('last', 30), io('change', 29)],
  [
    'More traffic is not the reason: the customer route received 12.0 to 12.8 requests per second the whole time.',
    traffic('GET /customers/{id}/orders')('min', 12.03),
    traffic('GET /customers/{id}/orders')('max', 12.77),
  ],
  [
    'Request rates are flat on all routes: roughly 12, 6 and 27 per second.',
    traffic('GET /customers/{id}/orders')('mean', 12.4),
    traffic('GET /customers/{id}/orders')('change', 0.373),
    traffic('POST /orders')('mean', 6.1),
    traffic('POST /orders')('change', 0.183),
    traffic('GET /orders/{id}')('mean', 26.7),
    traffic('GET /orders/{id}')('change', 0.803),
  ],
  [
    'v5.21.0 is not to blame: its rollout only began at 13:06:40, when p95 of the customer route had already passed 1.2 s.',
    rollout,
    at('E1', byCustomer, '2026-08-04T13:06:00Z', 1.278),
  ],
  ['orders-api went from v5.20.3 to v5.21.0 between 13:06:40 and 13:08:31, after the index had been dropped.', rollout, drop],
  ['The pool was not made smaller with the release; it is 10 per pod in both revision 87 and revision 88.', sameEnv],
  ['The connection timeout of 10 s is unchanged as well.', sameEnv],
  [
    'There is no sign of a database restart: the log of orders-api contains neither "connection refused" nor "terminating connection".',
    { evidence: 'E9', absent: 'connection refused' },
    { evidence: 'E9', absent: 'terminating connection' },
  ],
  ['Nothing in the logs points to deadlocks.', { evidence: 'E9', absent: 'deadlock' }],
  [
    'The customer query is not called more often than before: 28,310 times between 13:10 and 13:50, against 44,520 times between 12:00 and 13:00.',
    select,
    head,
  ],
]
