import type { Dice } from './corpus.ts'

const HEX = '0123456789abcdef'
const DIGIT = '0123456789'
const POD = 'bcdfghjklmnpqrstvwxz2456789'

/** Lines of everyday logs in which nothing may be touched, with what redactors are known to trip over. */
export const ordinaryLines = (dice: Dice, count: number): string[] =>
  Array.from({ length: count }, (_, index) => (STYLES[index % STYLES.length] as Style)(dice))

type Style = (dice: Dice) => string

const two = (dice: Dice, below: number): string => String(dice.number(below)).padStart(2, '0')
const time = (dice: Dice): string =>
  `2026-0${1 + dice.number(9)}-${1 + dice.number(2)}${dice.number(9)}T${two(dice, 24)}:${two(dice, 60)}:${two(dice, 60)}.${dice.text(DIGIT, 3)}Z`
const clock = (dice: Dice): string => `${two(dice, 24)}:${two(dice, 60)}:${two(dice, 60)}`
const uuid = (dice: Dice): string => [8, 4, 4, 4, 12].map((length) => dice.text(HEX, length)).join('-')
const pod = (dice: Dice): string => `checkout-${dice.text('bcdf456789', 10)}-${dice.text(POD, 5)}`
const inside = (dice: Dice): string =>
  `${dice.pick(['10', '172.16', '192.168'])}.${dice.number(256)}.${dice.number(256)}.${dice.number(256)}`.split('.').slice(0, 4).join('.')
const port = (dice: Dice): number => 1024 + dice.number(60000)

const STYLES: readonly Style[] = [
  (dice) =>
    `${inside(dice)} - - [03/Feb/2026:${clock(dice)} +0000] "GET /api/v1/items/${dice.number(99999)} HTTP/1.1" 200 ${dice.number(99999)} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.6167.85 Safari/537.36" rt=0.${dice.text(DIGIT, 3)}`,
  (dice) =>
    `${time(dice)} INFO  [http-nio-8080-exec-${dice.number(20)}] c.e.checkout.OrderController : order ${dice.number(999999)} placed in ${dice.number(900)} ms traceId=${dice.text(HEX, 32)} spanId=${dice.text(HEX, 16)}`,
  (dice) =>
    `{"level":"info","ts":${1770000000 + dice.number(1e6)}.${dice.text(DIGIT, 6)},"caller":"server/http.go:${dice.number(400)}","msg":"request","trace_id":"${dice.text(HEX, 32)}","duration_ms":${dice.number(900)}}`,
  (dice) =>
    `level=info ts=${time(dice)} caller=compact.go:519 component=tsdb msg="write block" mint=17${dice.text(DIGIT, 11)} maxt=17${dice.text(DIGIT, 11)} ulid=01HN${dice.text('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 22)} duration=${dice.number(9)}.${dice.text(DIGIT, 9)}s`,
  (dice) =>
    `Normal  Pulled  ${dice.number(59)}s  kubelet  Successfully pulled image "registry.corp/shop/checkout@sha256:${dice.text(HEX, 64)}" in 1.${dice.text(DIGIT, 3)}s`,
  (dice) => `Warning BackOff pod/${pod(dice)} Back-off restarting failed container app in pod ${pod(dice)}_shop(${uuid(dice)})`,
  (dice) =>
    `http_requests_total{code="500",handler="/pay",instance="${inside(dice)}:${port(dice)}",job="checkout",pod="${pod(dice)}"} ${dice.number(1e6)} ${1770000000000 + dice.number(1e9)}`,
  (dice) => `process_start_time_seconds{app="shop"} 1.7${dice.text(DIGIT, 8)}e+09`,
  (dice) => `commit ${dice.text(HEX, 40)} Merge pull request #${dice.number(9999)} from shop/fix-pool`,
  (dice) => `traceparent: 00-${dice.text(HEX, 32)}-${dice.text(HEX, 16)}-01`,
  (dice) =>
    `[${clock(dice)}.${dice.text(DIGIT, 6)}][${dice.number(99)}][debug][conn_handler] [C${dice.number(99999)}] new connection from ${inside(dice)}:${port(dice)}`,
  (dice) =>
    `2026-02-03 ${clock(dice)}.${dice.text(DIGIT, 3)} UTC [${dice.number(99999)}] LOG:  duration: ${dice.number(9999)}.${dice.text(DIGIT, 3)} ms  statement: SELECT id, total FROM orders WHERE id = ${dice.number(1e9)}`,
  (dice) => `2026-02-03 ${clock(dice)} UTC [${dice.number(99999)}] FATAL:  password authentication failed for user "app"`,
  (dice) =>
    `Feb  3 ${clock(dice)} node-${dice.number(9)} sshd[${dice.number(99999)}]: Failed password for invalid user admin from ${inside(dice)} port ${port(dice)} ssh2`,
  (dice) =>
    `Feb  3 ${clock(dice)} node-${dice.number(9)} kernel: [${dice.number(999999)}.${dice.text(DIGIT, 6)}] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=cri-containerd-${dice.text(HEX, 64)}.scope,task=java,pid=${dice.number(99999)},uid=1000`,
  (dice) =>
    `I0203 ${clock(dice)}.${dice.text(DIGIT, 6)}       1 reconciler.go:${dice.number(400)}] "operationExecutor.MountVolume started for volume \\"kube-api-access-${dice.text(POD, 5)}\\" (UniqueName: \\"kubernetes.io/projected/${uuid(dice)}\\")"`,
  () =>
    `secret "checkout-tls" not found in namespace shop, secretName: checkout-tls, mounted at /var/run/secrets/kubernetes.io/serviceaccount/token`,
  (dice) =>
    `{"usage":{"input_tokens":${dice.number(99999)},"output_tokens":${dice.number(9999)}},"max_tokens":4096,"token_type":"bearer","token_count":${dice.number(999)}}`,
  (dice) => `SyntaxError: Unexpected token '<', "<!DOCTYPE "... is not valid JSON at line ${dice.number(99)}`,
  (dice) => `token expired at ${time(dice)}; refreshing token: attempt ${dice.number(9)} of 5`,
  () => 'auth: token: expired, password: required, api key: missing',
  (dice) => `password=null token=undefined secret=**** api_key= client_secret=\${CLIENT_SECRET} retries=${dice.number(9)}`,
  (dice) =>
    `[Consumer clientId=consumer-orders-${dice.number(9)}, groupId=orders] Resetting offset for partition orders.v2-${dice.number(48)} to position FetchPosition{offset=${dice.number(1e9)}, offsetEpoch=Optional[${dice.number(99)}], currentLeader=LeaderAndEpoch{leader=Optional[kafka-${dice.number(3)}:9092 (id: ${dice.number(9)} rack: null)], epoch=${dice.number(99)}}}`,
  (dice) =>
    `java.lang.IllegalStateException: Pool exhausted\n\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:${dice.number(400)})\n\tat org.springframework.aop.framework.CglibAopProxy$DynamicAdvisedInterceptor.intercept(CglibAopProxy.java:${dice.number(900)}) ~[spring-aop-6.1.3.jar:6.1.3]`,
  (dice) =>
    `HikariPool-1 - Connection com.mysql.cj.jdbc.ConnectionImpl@${dice.text(HEX, 8)} marked as broken because of SQLSTATE(08S01), ErrorCode(0)`,
  (dice) =>
    `GC(${dice.number(999)}) Pause Young (Normal) (G1 Evacuation Pause) ${dice.number(4096)}M->${dice.number(512)}M(8192M) ${dice.number(99)}.${dice.text(DIGIT, 3)}ms`,
  (dice) =>
    `celery@worker-${dice.number(9)}.shop.svc.cluster.local ready. Task tasks.send[${uuid(dice)}] succeeded in ${dice.number(9)}.${dice.text(DIGIT, 12)}s: None`,
  (dice) => `npm ERR! notarget No matching version found for lodash@4.17.${dice.number(99)}; cloning git@github.com:shop/checkout.git`,
  (dice) =>
    `systemd[1]: user@1000.service: Main process exited, code=exited, status=1/FAILURE; getty@tty1.service restarted ${dice.number(9)} times`,
  (dice) => `mac 00:1b:44:11:3a:b7 joined; pci 0000:00:1f.2: BAR 5: [mem 0xfebf1000-0xfebf1fff]; mtu ${dice.number(9000)}`,
  (dice) =>
    `WARN deprecated flag --token-file /etc/vigil/token, --password-file=/run/secrets/db and --kubeconfig=/root/.kube/config in use (${dice.number(9)})`,
  (dice) =>
    `INSERT INTO jobs (id, run_at) VALUES ('${uuid(dice)}', '2026-02-03 ${clock(dice)}+00') -- ${dice.number(99)} rows, ${dice.number(9)} ms`,
  (dice) =>
    `order=${dice.text('123456789', 16)} sku=4006381333931 qty=${dice.number(9)} epoch_us=17${dice.text(DIGIT, 14)} epoch_ns=17${dice.text(DIGIT, 17)}`,
  (dice) =>
    `dd.trace_id=${dice.text('123456789', 19)} dd.span_id=${dice.text('123456789', 18)} x-amzn-trace-id: Root=1-${dice.text(HEX, 8)}-${dice.text(HEX, 24)}`,
  (dice) =>
    `blk_-${dice.text('123456789', 19)} of size 67108864 from /${inside(dice)} version 1.2.3.4 build 10.0.19041.${dice.number(9999)}`,
  (dice) =>
    `elasticsearch node {es-${dice.number(9)}}{m8vGiVKbQOWJDL5SuPRVDw}{${inside(dice)}}{${inside(dice)}:9300} joined, term: ${dice.number(99)}, version: ${dice.number(999)}`,
  (dice) =>
    `SSH fingerprint SHA256:${dice.text('ABCDEFGHabcdefgh0123456789+/', 43)}; integrity sha512-${dice.text('ABCDEFGHabcdefgh0123456789+/', 86)}==`,
  (dice) =>
    `cluster lag p50=${dice.number(9)}ms p99=${dice.number(900)}ms cpu=0.${dice.text(DIGIT, 16)} mem=${dice.number(99)}% uptime=${dice.number(99)}d${dice.number(24)}h`,
  (dice) =>
    `deploy v2.14.${dice.number(9)} of checkout at ${time(dice)} by ci, image tag 2026.02.03-${dice.text(HEX, 7)}, ${dice.number(12)}/12 pods ready`,
  (dice) =>
    `redis: ${dice.number(99999)}:M 03 Feb 2026 ${clock(dice)}.${dice.text(DIGIT, 3)} * Background saving started by pid ${dice.number(99999)}, sessionid=0x14ed93111f2${dice.text(HEX, 4)}`,
  (dice) =>
    `GET /assets/app.${dice.text(HEX, 8)}.js 304 ${dice.number(9)}ms etag=W/"${dice.text(HEX, 5)}-${dice.text(HEX, 27)}" x-request-id=${uuid(dice)}`,
  (dice) =>
    `compaction L${dice.number(5)}->L${dice.number(6)} keys=${dice.number(1e7)} partition key: orders#${dice.number(99)} cache key=user:${dice.number(99999)}:cart state=RUNNING code=200`,
]
