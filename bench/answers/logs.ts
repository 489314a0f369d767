import { lokiBody, type Recorded } from './recorded.ts'

const pick = <T>(all: readonly T[], n: number): T => all[n % all.length] as T
const hex = (n: number, length = 16): string => (BigInt(n + 7) * 2654435761n * 40503n).toString(16).padStart(length, '0').slice(-length)

const LINES = 200

const logs = (name: string, labels: Record<string, string>, line: (n: number) => string, decisive: RegExp): Recorded => ({
  name,
  tool: 'query_logs',
  input: { query: `{app="${labels['app'] ?? 'x'}"}`, start: '-1h', limit: LINES },
  body: lokiBody(
    labels,
    Array.from({ length: LINES }, (_, n) => line(n)),
  ),
  decisive,
})

/** Shapes of logs as they stand in clusters: key=value, access logs, JSON, stack traces, events, databases, kernels. Made here, not taken from anywhere. */
export const logAnswers: readonly Recorded[] = [
  logs(
    'a pool that is exhausted',
    { app: 'checkout', namespace: 'shop', pod: 'checkout-6f5b8c7d9-x2x4q' },
    (n) =>
      n === 171
        ? 'ts=03:01:02 level=info msg="deploy checkout: v2.13.4 -> v2.14.0" change="DB_POOL_MAX 50 -> 10" commit=a39bf2c'
        : n % 3 === 0
          ? `ts=03:04:${n % 60} level=info msg="request done" path=/cart/${n} status=200 ms=${20 + (n % 40)} trace=${hex(n)}`
          : `ts=03:04:${n % 60} level=error msg="timeout acquiring connection from pool" after=${3000 + n}ms trace=${hex(n)}`,
    /timeout acquiring connection from pool[\s\S]*DB_POOL_MAX 50 -> 10|DB_POOL_MAX 50 -> 10[\s\S]*timeout acquiring connection/,
  ),
  logs(
    'an access log with a gateway that fails',
    { app: 'ingress', namespace: 'edge', controller: 'nginx' },
    (n) =>
      `10.2.${n % 255}.${(n * 7) % 255} - - [20/Nov/2026:03:04:${String(n % 60).padStart(2, '0')} +0000] "${pick(['GET', 'POST'], n)} /api/orders/${1000 + n} HTTP/1.1" ${n % 5 === 0 ? 502 : 200} ${300 + n} "-" "okhttp/4.12" ${n % 5 === 0 ? 'upstream prematurely closed connection' : 'ok'} upstream=orders:8080 rt=0.${n % 90}`,
    /502[\s\S]*upstream prematurely closed connection/,
  ),
  logs(
    'JSON with one panic',
    { app: 'search', namespace: 'shop', container: 'search' },
    (n) =>
      n === 88
        ? '{"level":"fatal","msg":"panic: runtime error: index out of range [5] with length 3","goroutine":1187,"file":"ranker.go:214"}'
        : `{"level":"${pick(['info', 'debug', 'info', 'warn'], n)}","msg":"${pick(['query served', 'cache hit', 'query served', 'slow shard'], n)}","took_ms":${3 + (n % 400)},"shard":${n % 12},"request_id":"${hex(n)}","user_agent":"app/7.${n % 9}"}`,
    /index out of range \[5\] with length 3/,
  ),
  logs(
    'Java with stack traces',
    { app: 'payments', namespace: 'pay', pod: 'payments-5d9c7b-9zkqp' },
    (n) =>
      n % 4 === 0
        ? `2026-11-20 03:04:${n % 60},${100 + n} ERROR [exec-${n % 20}] c.s.pay.Gateway - charge ${hex(n, 10)} failed\njava.net.SocketTimeoutException: Read timed out\n\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)\n\tat com.shop.pay.acquirer.AcquirerClient.charge(AcquirerClient.java:91)\n\tat com.shop.pay.Gateway.charge(Gateway.java:55)`
        : `2026-11-20 03:04:${n % 60},${100 + n} INFO  [exec-${n % 20}] c.s.pay.Gateway - charge ${hex(n, 10)} accepted in ${200 + n} ms`,
    /SocketTimeoutException: Read timed out/,
  ),
  logs(
    'events of a cluster',
    { app: 'event-exporter', namespace: 'kube-system' },
    (n) =>
      n === 140
        ? 'Warning FailedScheduling pod/order-worker-7c9d-kk2lp 0/12 nodes are available: 12 Insufficient memory. preemption: 0/12 nodes are available'
        : `Normal ${pick(['Pulled', 'Created', 'Started', 'Killing'], n)} pod/${pick(['cart', 'search', 'ads'], n)}-${hex(n, 6)} Container image "registry.example/${pick(['cart', 'search', 'ads'], n)}:v${n % 9}" already present on machine`,
    /12 Insufficient memory/,
  ),
  logs(
    'a database with locks',
    { app: 'orders-db', namespace: 'data', role: 'primary' },
    (n) =>
      n % 9 === 2
        ? `2026-11-20 03:04:${n % 60}.${n} UTC [${3000 + n}] orders@orders LOG:  process ${3000 + n} still waiting for ShareLock on transaction ${880000 + n} after 1000.${n} ms`
        : n === 66
          ? "2026-11-20 03:02:11.004 UTC [2911] migrate@orders LOG:  statement: ALTER TABLE orders ADD COLUMN channel text NOT NULL DEFAULT 'web'"
          : `2026-11-20 03:04:${n % 60}.${n} UTC [${3000 + n}] orders@orders LOG:  duration: ${n % 80}.${n % 10} ms  execute q${n % 7}: select * from orders where id = $1`,
    /ALTER TABLE orders ADD COLUMN channel[\s\S]*|still waiting for ShareLock[\s\S]*ALTER TABLE/,
  ),
  logs(
    'a consumer that is thrown out of its group',
    { app: 'order-worker', namespace: 'shop', topic: 'orders.v2' },
    (n) =>
      n % 25 === 7
        ? `[Consumer clientId=order-worker-${n % 6}, groupId=g-117] Member order-worker-${n % 6}-${hex(n, 8)} sending LeaveGroup: max.poll.interval.ms (300000) exceeded`
        : `[Consumer clientId=order-worker-${n % 6}, groupId=g-117] processed offset ${9_000_000 + n * 13} partition ${n % 24} in ${n % 200} ms`,
    /max\.poll\.interval\.ms \(300000\) exceeded/,
  ),
  logs(
    'certificates among handshakes',
    { app: 'edge-proxy', namespace: 'edge' },
    (n) =>
      n % 6 === 1
        ? `[warn] TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED: certificate has expired peer=auth.internal:443 stream=${n}`
        : `[info] connection accepted peer=10.4.${n % 250}.${n % 99} cipher=TLS_AES_128_GCM_SHA256 stream=${n}`,
    /certificate has expired peer=auth\.internal/,
  ),
  logs(
    'a kernel that kills',
    { app: 'node', namespace: 'host', node: 'ip-10-0-3-7' },
    (n) =>
      n === 31
        ? 'Memory cgroup out of memory: Killed process 28811 (recommender) total-vm:9120444kB, anon-rss:2096632kB, file-rss:0kB, oom_score_adj:985'
        : `${pick(['IPv4: martian source', 'eth0: link is up', 'audit: type=1400'], n)} seq=${n} id=${hex(n, 8)} dev=veth${hex(n, 6)}`,
    /Killed process 28811 \(recommender\)/,
  ),
  logs(
    'names that do not resolve',
    { app: 'cart', namespace: 'shop' },
    (n) =>
      n % 2 === 0
        ? `level=error msg="dial failed" err="lookup inventory.shop.svc.cluster.local on 10.96.0.10:53: server misbehaving" attempt=${n % 5} trace=${hex(n)}`
        : `level=info msg="item added" sku=${10_000 + n} qty=${1 + (n % 4)} trace=${hex(n)}`,
    /lookup inventory\.shop\.svc\.cluster\.local on 10\.96\.0\.10:53: server misbehaving/,
  ),
  logs(
    'a disk that is full',
    { app: 'ledger', namespace: 'pay', pod: 'ledger-0' },
    (n) =>
      n > 150
        ? `E1120 03:04:${n % 60} wal.go:88] write /var/lib/ledger/wal/${String(n).padStart(8, '0')}.log: no space left on device`
        : `I1120 03:04:${n % 60} wal.go:41] segment ${n} synced, ${4096 * n} bytes, ${n % 30} ms`,
    /no space left on device/,
  ),
  logs(
    'noise with one reload',
    { app: 'gateway', namespace: 'edge' },
    (n) =>
      n === 12
        ? 'level=warn msg="configuration reloaded" file=/etc/gateway/routes.yaml changed="timeout: 30s -> 3s" by=config-sync'
        : `level=debug msg="health check" target=${pick(['cart', 'orders', 'search'], n)} status=200 ms=${n % 9} n=${n}`,
    /timeout: 30s -> 3s/,
  ),
]
