import { matrixBody, type Recorded, vectorBody } from './recorded.ts'

type Course = (minute: number) => number

const range = (
  name: string,
  query: string,
  courses: readonly (readonly [Record<string, string>, Course])[],
  decisive: RegExp,
): Recorded => ({
  name,
  tool: 'query_metrics_range',
  input: { query, start: '-4h', step: '1m' },
  body: matrixBody(courses, 241),
  decisive,
})

const wave =
  (of: number, by: number, n: number): Course =>
  (minute) =>
    of + by * Math.sin((minute + n * 13) / 9)

/** Series as they are asked for in an incident, four hours of a point a minute. */
export const metricAnswers: readonly Recorded[] = [
  range(
    'errors by version',
    'sum by (version) (rate(http_requests_total{service="checkout",code=~"5.."}[5m]))',
    [
      [{ version: 'v2.13.4' }, wave(0.02, 0.004, 1)],
      [{ version: 'v2.14.0' }, (minute) => (minute < 180 ? 0.021 : 12.4 + 0.1 * Math.sin(minute))],
    ],
    /version="v2\.14\.0"} last 12\.\d+.*changed at/,
  ),
  range(
    'memory of twelve pods, one of which grows',
    'container_memory_working_set_bytes{namespace="shop",container="recommender"}',
    Array.from({ length: 12 }, (_, n) => [
      {
        namespace: 'shop',
        container: 'recommender',
        pod: `recommender-7d9f-${n}aa${n}`,
        node: `ip-10-0-3-${n}`,
        instance: `10.0.3.${n}:10250`,
        job: 'kubelet',
      },
      n === 7 ? (minute) => 600_000_000 + minute * 5_800_000 : wave(620_000_000, 9_000_000, n),
    ]),
    /recommender-7d9f-7aa7.*max 1992000000/,
  ),
  range(
    'latency by route, one of which moved',
    'histogram_quantile(0.99, sum by (le, route) (rate(http_request_duration_seconds_bucket{service="orders"}[5m])))',
    Array.from({ length: 18 }, (_, n) => [
      { route: `/api/v1/${['cart', 'orders', 'items', 'users', 'pay', 'ship'][n % 6]}/${n}` },
      n === 11 ? (minute) => (minute < 200 ? 0.12 : 2.9) : wave(0.1, 0.02, n),
    ]),
    /ship\/11"} last 2\.9.*changed at/,
  ),
  range(
    'a queue that grows',
    'sum by (topic, group) (kafka_consumergroup_lag{group="g-117"})',
    [
      [{ topic: 'orders.v2', group: 'g-117' }, (minute) => (minute < 150 ? 40 + (minute % 7) : (minute - 150) * 2210)],
      [{ topic: 'audit', group: 'g-117' }, wave(12, 4, 2)],
    ],
    /orders\.v2"} last 198900/,
  ),
  range(
    'throttled CPUs',
    'sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{namespace="ads"}[5m]))',
    Array.from({ length: 10 }, (_, n) => [
      { pod: `ads-ranker-${n}` },
      n === 3 ? (minute) => (minute < 210 ? 0 : 9.4) : wave(0.05, 0.01, n),
    ]),
    /ads-ranker-3"} last 9\.4/,
  ),
  range(
    'a file system that fills',
    'node_filesystem_avail_bytes{mountpoint="/var/lib/ledger"}',
    [
      [
        { instance: 'ledger-0', mountpoint: '/var/lib/ledger', device: '/dev/nvme1n1', fstype: 'ext4', job: 'node' },
        (minute) => Math.max(0, 40e9 - minute * 170e6),
      ],
    ],
    /last 0, min 0, max 40000000000/,
  ),
  {
    name: 'which targets are up',
    tool: 'query_metrics',
    input: { query: 'up{namespace="shop"}' },
    body: vectorBody(
      Array.from({ length: 50 }, (_, n) => [
        {
          __name__: 'up',
          namespace: 'shop',
          job: 'shop',
          instance: `10.2.7.${n}:8080`,
          pod: `cart-${n}`,
          node: `ip-10-0-3-${n % 9}`,
          team: 'shop',
          zone: `eu-1${'abc'[n % 3]}`,
        },
        n === 33 ? 0 : 1,
      ]),
    ),
    decisive: /pod="cart-33"[^}]*} 0/,
  },
  {
    name: 'connections by state',
    tool: 'query_metrics',
    input: { query: 'pg_stat_activity_count{datname="orders"}' },
    body: vectorBody(
      Array.from({ length: 40 }, (_, n) => [
        {
          __name__: 'pg_stat_activity_count',
          datname: 'orders',
          usename: `svc_${n}`,
          state: n % 2 === 0 ? 'active' : 'idle',
          instance: 'orders-db-0:9187',
          job: 'postgres',
          namespace: 'data',
          team: 'data',
        },
        n === 20 ? 187 : n % 5,
      ]),
    ),
    decisive: /usename="svc_20"[^}]*} 187/,
  },
]
