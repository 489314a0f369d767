import type { Dice } from './corpus.ts'

const DIGIT = '0123456789'
const HEX = '0123456789abcdef'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const BASE62 = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER}${DIGIT}`
const ULID = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const hex = (dice: Dice, length: number): string => dice.text(HEX, length)
const uuid = (dice: Dice): string => [8, 4, 4, 4, 12].map((length) => hex(dice, length)).join('-')
const two = (dice: Dice, below: number): string => String(dice.number(below)).padStart(2, '0')
const clock = (dice: Dice): string => `${two(dice, 24)}:${two(dice, 60)}:${two(dice, 60)}`
const iso = (dice: Dice): string => `2026-02-${two(dice, 27).replace('00', '01')}T${clock(dice)}.${dice.text(DIGIT, 6)}Z`
const inside = (dice: Dice): string =>
  dice.pick([
    `10.${dice.number(256)}.${dice.number(256)}.${dice.number(256)}`,
    `192.168.${dice.number(256)}.${dice.number(256)}`,
    `172.${16 + dice.number(16)}.0.${dice.number(256)}`,
  ])
const service = (dice: Dice): string =>
  dice.pick([
    'checkout',
    'cart',
    'payment-gateway',
    'auth-service',
    'user-service',
    'session-store',
    'token-issuer',
    'passport-api',
    'secret-sync',
    'key-manager',
  ])
const pod = (dice: Dice): string => `${service(dice)}-${dice.text('bcdf456789', 10)}-${dice.text('bcdfghjklmnpqrstvwxz2456789', 5)}`
const ms = (dice: Dice): string => `${dice.number(900)}.${dice.text(DIGIT, 2)}ms`

/** Everyday lines of many programs, with what a redactor that looks for names of people, codes and sessions would trip over. */
export const wildOrdinary = (dice: Dice, count: number): string[] =>
  Array.from({ length: count }, (_, index) => (STYLES[index % STYLES.length] as (dice: Dice) => string)(dice))

const STYLES: readonly ((dice: Dice) => string)[] = [
  (dice) => `time="${iso(dice)}" level=info msg="Completed snapshot" collection=users documents=${dice.number(9e6)} took=${ms(dice)}`,
  (dice) => `user=root cmd=/usr/sbin/logrotate pid=${dice.number(99999)} tty=?`,
  (dice) => `user=postgres,db=shop,app=psql,client=${inside(dice)} LOG:  checkpoint complete: wrote ${dice.number(9999)} buffers`,
  (dice) => `"user":"system:serviceaccount:shop:${service(dice)}","verb":"get","resource":"secrets","code":${dice.pick(['200', '403'])}`,
  (dice) => `user: "system:node:node-${dice.number(99)}" cannot get resource "secrets" in API group "" in the namespace "shop"`,
  (dice) => `pam_unix(cron:session): session opened for user root by (uid=0)`.replace('0', String(dice.number(2))),
  (dice) => `username=app database=shop sslmode=require pool=${dice.number(99)}`,
  (dice) => `{"username":"checkout","password":null,"auth_method":"kubernetes","lease":${dice.number(9999)}}`,
  (dice) => `customer=${dice.number(99999)} order=${dice.number(999999)} total=${dice.number(999)}.${dice.text(DIGIT, 2)} currency=EUR`,
  (dice) => `customer_id: cus_${dice.text(BASE62, 14)} plan: pro seats: ${dice.number(99)}`,
  (dice) => `name=${service(dice)} namespace=shop replicas=${dice.number(9)}/${dice.number(9)}`,
  (dice) =>
    `{"name":"${service(dice)}","hostname":"${pod(dice)}","pid":${dice.number(99)},"level":30,"msg":"listening","time":"${iso(dice)}","v":0}`,
  (dice) => `displayName="Checkout Service" team=payments owner=platform-team tier=${dice.number(3)}`,
  (dice) => `owner: platform-team, contact: #oncall-payments, escalation: tier-${dice.number(3)}`,
  (dice) =>
    `File name: app.log.${dice.number(99)} host name: node-${dice.number(99)} thread name: pool-${dice.number(9)}-thread-${dice.number(9)}`,
  (dice) => `user_name_length=${dice.number(64)} first_name_missing=false customer_name_hash=${hex(dice, 16)}`,
  (dice) => `PASS test/checkout.test.ts (${dice.number(9)}.${dice.text(DIGIT, 3)} s)`,
  (dice) => `--- PASS: TestCheckout/${service(dice)} (0.${dice.text(DIGIT, 2)}s)`,
  (dice) => `LOGIN attempts=${dice.number(9)} locked=false method=oidc`,
  (dice) => `AUTH required for ${service(dice)}; AUTH mechanisms: PLAIN LOGIN CRAM-MD5 (${dice.number(9)} tried)`,
  (dice) => `NOAUTH Authentication required. client=${inside(dice)}:${dice.number(60000)}`,
  (dice) =>
    `exit code: ${dice.number(255)} reason: Error; status code is ${dice.pick(['404', '500', '503'])}; error code ${dice.text(DIGIT, 6)}`,
  (dice) => `response code is ${dice.pick(['200', '429', '502'])} after ${dice.number(9)} retries, code=ECONNRESET errno=-104`,
  (dice) => `{"code":"insufficient_funds","decline_code":"generic_decline","status":402,"request":"req_${dice.text(BASE62, 14)}"}`,
  (dice) => `gpio pin: ${dice.number(40)} pin=${dice.number(40)} pinned=true spin=${dice.number(9)}`,
  (dice) => `zip=${dice.text(DIGIT, 5)} postal_zone=${dice.number(9)} region=eu-central-1 address=${inside(dice)}:${dice.number(60000)}`,
  (dice) =>
    `address: ${inside(dice)} mac_address=02:42:${hex(dice, 2)}:${hex(dice, 2)}:00:0${dice.number(9)} bind_address=0.0.0.0 memory address 0x${hex(dice, 16)}`,
  (dice) => `session opened id=${dice.number(9999)} sessions=${dice.number(99)} session_timeout=${dice.number(9999)} session_state=ACTIVE`,
  (dice) => `Session 0x${hex(dice, 16)} for server zk-${dice.number(3)}/${inside(dice)}:2181, unexpected error, closing socket connection`,
  (dice) => `session_count=${dice.number(9999)} session_store=redis session_id_length=32 max_session_age=${dice.number(99)}h`,
  (dice) =>
    `docker run -d -p ${dice.number(9000)}:80 -w /app -u 1000:1000 --name ${service(dice)} shop/${service(dice)}:v1.${dice.number(99)}.0`,
  (dice) => `ssh -p 2222 -i /home/deploy/.ssh/id_ed25519 deploy@node-${dice.number(99)}.shop.internal uptime`,
  (dice) => `mkdir -p /var/lib/app/${hex(dice, 8)} && tar -xzf app-1.${dice.number(99)}.tgz -C /srv -P 4`,
  (dice) => `curl -s -w "%{http_code}" -a -o /dev/null http://${service(dice)}.shop.svc.cluster.local:8080/health -u nobody`,
  (dice) => `psql -h db -U app -w -c "vacuum analyze orders" -p ${dice.number(60000)}`,
  (dice) => `xargs -P ${dice.number(9)} -n 1 gzip; make -j ${dice.number(9)}; pytest -p no:cacheprovider -x`,
  (dice) => `echo "starting ${service(dice)}" | tee -a /var/log/start.log; sudo -S was not used (${dice.number(9)})`,
  (dice) => `Key (order_id)=(${dice.number(999999)}) already exists; primary key: orders_pkey; foreign key "fk_${hex(dice, 6)}"`,
  (dice) => `key=orders:${dice.number(9999)} hit=true ttl=${dice.number(999)}s shard=${dice.number(16)} token_bucket=${dice.number(99)}`,
  (dice) => `cache miss key="user:${dice.number(99999)}:profile" backend=redis-${dice.number(3)} took=${ms(dice)}`,
  (dice) =>
    `tokens=${dice.number(9999)} tokens_left=${dice.number(9999)} token_limit=${dice.number(9999)} tokenizer=bpe next_page_token=null`,
  (dice) => `auth=none auth_type=mtls authn=ok authz=denied authorized=false author=ci-bot authority=${service(dice)}.shop:443`,
  (dice) =>
    `secret/${service(dice)} unchanged; secretRef: name: ${service(dice)}-secrets; secretKeyRef: {name: db, key: password} (${dice.number(9)})`,
  (dice) =>
    `MountVolume.SetUp failed for volume "tls" : secret "${service(dice)}-tls" not found (${dice.number(99)} times in ${dice.number(9)}m)`,
  (dice) => `valueFrom:\n  secretKeyRef:\n    name: ${service(dice)}-db\n    key: password\n  optional: ${dice.pick(['true', 'false'])}`,
  (dice) => `kind: ConfigMap\ndata:\n  LOG_LEVEL: info\n  REPLICAS: "${dice.number(9)}"\n  URL: http://${service(dice)}:8080\n`,
  (dice) => `kind: Secret type: Opaque data keys: username,password (${dice.number(9)} bytes) unchanged`,
  (dice) => `vault: lease renewed lease_id=database/creds/${service(dice)}/${dice.text(BASE62, 24)} ttl=${dice.number(3600)}s`,
  (dice) => `Rotated signing key kid=${hex(dice, 16)} alg=RS256 use=sig; ${dice.number(9)} keys in set`,
  (dice) =>
    `TLS handshake error from ${inside(dice)}:${dice.number(60000)}: tls: bad certificate, serial=${hex(dice, 32)}, cipher=TLS_AES_128_GCM_SHA256`,
  (dice) => `cert fingerprint ${Array.from({ length: 20 }, () => hex(dice, 2).toUpperCase()).join(':')} expires in ${dice.number(90)} days`,
  (dice) => `sha256:${hex(dice, 64)} size=${dice.number(9e8)} mediaType=application/vnd.oci.image.layer.v1.tar+gzip`,
  (dice) => `image=registry.corp/shop/${service(dice)}@sha256:${hex(dice, 64)} imagePullPolicy=IfNotPresent restartCount=${dice.number(9)}`,
  (dice) => `traceID=${hex(dice, 32)} spanID=${hex(dice, 16)} parentSpanID=${hex(dice, 16)} sampled=1 dur=${ms(dice)}`,
  (dice) => `b3: ${hex(dice, 32)}-${hex(dice, 16)}-1-${hex(dice, 16)} uber-trace-id: ${hex(dice, 16)}:${hex(dice, 16)}:0:1`,
  (dice) => `HEAD is now at ${hex(dice, 7)} Bump deps; base=${hex(dice, 40)} head=${hex(dice, 40)} files=${dice.number(99)}`,
  (dice) => `X-Request-Id: ${uuid(dice)} X-Correlation-ID: ${uuid(dice)} X-Amz-Request-Id: ${dice.text('0123456789ABCDEF', 16)}`,
  (dice) => `x-amz-id-2: ${dice.text('abcdefgh0123456789', 40)} cf-ray: ${hex(dice, 16)}-FRA via: 1.1 ${hex(dice, 8)}.cloudfront.net`,
  (dice) =>
    `event_id=01J${dice.text(ULID, 23)} ksuid=2${dice.text(LOWER, 26)} snowflake=${dice.text('123456789', 18)} seq=${dice.number(99999)}`,
  (dice) =>
    `arn:aws:iam::${dice.text('123456789', 12)}:role/${service(dice)} assumed; arn:aws:kms:eu-central-1:${dice.text('123456789', 12)}:key/${uuid(dice)}`,
  (dice) => `instance i-0${hex(dice, 16)} ami-0${hex(dice, 16)} subnet-${hex(dice, 8)} sg-0${hex(dice, 16)} vol-0${hex(dice, 16)}`,
  (dice) =>
    `[${iso(dice)}] "POST /pay HTTP/2" 503 UF,URX 0 91 ${dice.number(900)} - "-" "grpc-java-netty/1.58.0" "${uuid(dice)}" "${service(dice)}:8080" "${inside(dice)}:8080" inbound|8080|| ${inside(dice)}:${dice.number(60000)}`,
  (dice) =>
    `E0203 ${clock(dice)}.${dice.text(DIGIT, 6)} ${dice.number(99999)} kubelet.go:${dice.number(3000)}] "Failed to update node lease" err="Operation cannot be fulfilled" node="ip-10-0-${dice.number(255)}-${dice.number(255)}.eu-central-1.compute.internal"`,
  (dice) =>
    `ts=${iso(dice)} caller=manager.go:${dice.number(999)} component="rule manager" msg="Evaluating rule failed" rule="${service(dice)}:error_ratio" group=${service(dice)} err="query timed out"`,
  (dice) =>
    `level=warn ts=${iso(dice)} msg="slow query" query="sum by (service) (rate(http_requests_total{code=~\\"5..\\"}[5m]))" dur=${ms(dice)}`,
  (dice) =>
    `alertname=HighErrorRate severity=critical service=${service(dice)} namespace=shop fingerprint=${hex(dice, 16)} value=0.${dice.text(DIGIT, 4)}`,
  (dice) => `${service(dice)}_request_duration_seconds_bucket{le="0.5",user_agent="curl",password_reset="false"} ${dice.number(9e5)}`,
  (dice) => `login_attempts_total{result="failure",reason="bad_password"} ${dice.number(9e4)}`,
  (dice) =>
    `at ${service(dice).replace(/-./g, (part) => (part[1] ?? '').toUpperCase())}.handle (/app/node_modules/@shop/lib/dist/index.js:${dice.number(999)}:${dice.number(99)})`,
  (dice) => `  File "/usr/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line ${dice.number(3000)}, in _execute_context`,
  (dice) =>
    `goroutine ${dice.number(9999)} [chan receive, ${dice.number(99)} minutes]:\nmain.(*Session).loop(0xc000${hex(dice, 6)})\n\t/src/session.go:${dice.number(400)} +0x${hex(dice, 3)}`,
  (dice) =>
    `thread 'tokio-runtime-worker' panicked at src/token.rs:${dice.number(400)}:${dice.number(40)}: called \`Option::unwrap()\` on a \`None\` value`,
  (dice) =>
    `Caused by: org.postgresql.util.PSQLException: FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute (${dice.number(99)})`,
  (dice) =>
    `io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused: ${service(dice)}.shop/${inside(dice)}:${dice.number(60000)}`,
  (dice) => `[GIN] 2026/02/03 - ${clock(dice)} | 200 | ${ms(dice)} | ${inside(dice)} | POST "/login"`,
  (dice) => `POST /v1/sessions 201 ${ms(dice)} - ${dice.number(999)} bytes; GET /users/${dice.number(99999)}/password-reset 302`,
  (dice) => `GET /reset-password?step=2 200 ${ms(dice)}; POST /reset-password/confirm 204; GET /oauth/token 405 (${dice.number(9)})`,
  (dice) => `Your build ${dice.number(9999)} is ready. Password policy: at least 12 characters. Token lifetime: ${dice.number(90)} days.`,
  (dice) => `the password is required, the token is expired, the session is over and the secret is missing (${dice.number(9)} fields)`,
  (dice) => `user logged in; user created; user ${dice.number(99999)} not found; User-Agent: kube-probe/1.29`,
  (dice) => `User checkout logged on to database shop from ${inside(dice)} (${dice.number(9)})`,
  (dice) =>
    `offset=${dice.number(1e9)} leader_epoch=${dice.number(99)} partition=${dice.number(48)} lag=${dice.number(1e6)} group=orders-consumer`,
  (dice) =>
    `{"@timestamp":"${iso(dice)}","log.level":"INFO","message":"done","ecs.version":"1.2.0","process.pid":${dice.number(99999)},"event.duration":${dice.text('123456789', 12)}}`,
  (dice) =>
    `{"date":${1770000000 + dice.number(1e6)}.${dice.text(DIGIT, 6)},"stream":"stderr","_p":"F","log":"retry in ${dice.number(60)}s"}`,
  (dice) =>
    `20260203${two(dice, 24)}${two(dice, 60)}${two(dice, 60)} ${dice.number(999999)} QPS=${dice.number(9999)}.${dice.text(DIGIT, 2)} rows=${dice.text('123456789', 12)}`,
  (dice) =>
    `gc 42 @${dice.number(9999)}.${dice.text(DIGIT, 3)}s 1%: 0.0${dice.number(99)}+1.2+0.003 ms clock, 0.1+0.2/1.1/0.3+0.01 ms cpu, 4->4->2 MB, 5 MB goal, 8 P`,
  (dice) =>
    `CPU usage 87.${dice.text(DIGIT, 1)}% load average: ${dice.number(9)}.12, ${dice.number(9)}.40, 3.20 swap 0/8192 procs ${dice.number(999)}`,
  (dice) =>
    `UPDATE orders SET state='PAID', updated_at='2026-02-03 ${clock(dice)}.${dice.text(DIGIT, 6)}' WHERE id=${dice.text('123456789', 12)} AND version=${dice.number(99)}`,
  (dice) =>
    `SELECT u.id, u.password_hash IS NULL, s.token FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.id = $1 LIMIT ${dice.number(99)}`,
  (dice) => `ALTER TABLE users ADD COLUMN password_changed_at timestamptz, DROP COLUMN session_token; -- step ${dice.number(99)}`,
  (dice) => `INSERT INTO audit (name, kind) VALUES ('${service(dice)}', 'deploy') RETURNING id -- ${dice.number(99)}`,
  (dice) =>
    `terraform: aws_secretsmanager_secret.db: Refreshing state... [id=arn:aws:secretsmanager:eu-central-1:${dice.text('123456789', 12)}:secret:db-${dice.text(BASE62, 6)}]`,
  (dice) =>
    `helm upgrade ${service(dice)} ./chart --set image.tag=1.${dice.number(99)}.0,replicas=${dice.number(9)} --values /etc/values/prod.yaml`,
  (dice) => `PATH=/usr/local/bin:/usr/bin HOME=/root PWD=/app LANG=C.UTF-8 HOSTNAME=${pod(dice)} TERM=xterm USER=node`,
  (dice) =>
    `KUBERNETES_SERVICE_HOST=${inside(dice)} ${service(dice).toUpperCase().replaceAll('-', '_')}_PORT_8080_TCP_ADDR=${inside(dice)}`,
  (dice) => `VIGIL_API_TOKEN is not set; ANTHROPIC_API_KEY: from file /run/secrets/anthropic; DB_PASSWORD=<set> (${dice.number(9)} keys)`,
  (dice) =>
    `version=3.${dice.number(20)}.${dice.number(9)}.${dice.number(99)} chrome/121.0.6167.${dice.number(200)} build=10.0.19045.${dice.number(9999)} firmware 1.2.3.${dice.number(9)}`,
  (dice) =>
    `order total 4.200,${dice.text(DIGIT, 2)} EUR; sku ${dice.text('123456789', 13)} ean ${dice.text('123456789', 8)}; weight 12.5 kg; tel-mode=off`,
  (dice) =>
    `phone_verified=true phone_count=${dice.number(9)} sms_queue=${dice.number(9999)} call_duration=${dice.number(999)}s mobile=false contact=none`,
  (dice) => `{"mobile":true,"viewport":"390x844","device":"phone","fax":null,"tel":"","dpr":${dice.number(3)}}`,
  (dice) => `street_lookup ok lat_ms=${dice.number(99)} city_cache=${dice.number(999)} geo.hits=${dice.number(9999)}`,
  (dice) => `mail queue: ${dice.number(999)} deferred, smtp relay smtp.shop.internal:25 said 421 4.7.0; from=<> nrcpt=${dice.number(9)}`,
  (dice) =>
    `@shop/checkout@1.${dice.number(99)}.0 install /app/node_modules/.bin/tsc@5.4.${dice.number(9)}; image checkout@sha256:${hex(dice, 12)}`,
  (dice) =>
    `rsync backup@node-${dice.number(9)}:/var/lib ok; ssh-rsa host key matched; ${dice.number(999)} files; nfs@10.0.0.${dice.number(255)}:/data`,
  (dice) => `Node/Pod ${pod(dice)} (uid ${uuid(dice)}) evicted: ephemeral-storage ${dice.number(99)}Gi`,
  (dice) =>
    `redis: 127.0.0.1:6379> CLIENT LIST id=${dice.number(999)} addr=${inside(dice)}:${dice.number(60000)} fd=8 name=${service(dice)} age=${dice.number(999)} user=default cmd=get`,
  (dice) =>
    `mysql> user: app@% host: ${inside(dice)}:${dice.number(60000)} db: shop command: Query time: ${dice.number(99)} state: Sending data`,
  (dice) =>
    `${iso(dice)} [main] INFO c.s.Application - The following 1 profile is active: "prod"; pid ${dice.number(99)} started by appuser in /app`,
  (dice) =>
    `assigned to=oncall-payments approved_by=release-bot deployed by argocd (uid=${dice.number(999)}) principal=spiffe://corp/ns/shop/sa/${service(dice)}`,
]
