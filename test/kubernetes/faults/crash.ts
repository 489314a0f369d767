import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment, ksm, logOf, type Story } from './cluster.ts'
import { event } from './events.ts'
import { crashing, kubelet } from './looks.ts'
import { configMap, service } from './things.ts'
import { cronJob, job, type Plan, workload } from './workloads.ts'
import { d, h, m, s } from './world.ts'

type Crash = Parameters<typeof crashing>[1]

/** A workload whose newest pods end again and again; the rest of the story is what their log says. */
const crash = (of: {
  plan: Plan
  crash: Crash
  cause: RegExp
  by: 'pod' | 'deployment' | 'statefulset' | 'rollout' | 'waiting' | 'down'
  replicas?: number
  old?: number
  ttl?: number
  herrings?: readonly string[]
  before?: (w: Parameters<Story['tell']>[0]) => void
  init?: string
}): Story => ({
  ...(of.ttl === undefined ? {} : { ttl: of.ttl }),
  ...(of.herrings === undefined ? {} : { herrings: of.herrings }),
  tell: (w) => {
    of.before?.(w)
    const container = of.init ?? of.plan.container ?? of.plan.name
    const look = { ...of.crash, init: of.init !== undefined }
    const made = workload(w, {
      requests: { cpu: '100m', memory: '128Mi' },
      limits: { memory: '512Mi' },
      port: 8080,
      ...of.plan,
      pods:
        of.plan.pods ??
        Array.from({ length: of.replicas ?? 2 }, (_, i) =>
          crashing(container, { ...look, restarts: Math.max(1, look.restarts - i), ago: (look.ago ?? 90) + 17 * i }),
        ),
      ...(of.old === undefined ? {} : { oldPods: Array.from({ length: of.old }, () => ({ age: d(4) })), rolling: true }),
    })
    service(w, { ns: of.plan.ns, name: of.plan.name })
    const { ns, name } = of.plan
    const first = made.pods.find((p) => JSON.stringify(p.status).includes('CrashLoopBackOff'))!
    const labels: Record<typeof of.by, [string, Record<string, string>]> = {
      pod: ['KubePodCrashLooping', ksm({ container, namespace: ns, pod: first.metadata.name, reason: 'CrashLoopBackOff' })],
      deployment: ['KubeDeploymentReplicasMismatch', ksm({ namespace: ns, deployment: name })],
      statefulset: ['KubeStatefulSetReplicasMismatch', { namespace: ns, statefulset: name, job: 'kube-state-metrics' }],
      rollout: ['KubeDeploymentRolloutStuck', { namespace: ns, deployment: name }],
      waiting: ['KubePodNotReady', { namespace: ns, pod: first.metadata.name }],
      down: ['ServiceDown', { namespace: ns, service: name }],
    }
    const [alertname, rest] = labels[of.by]
    return {
      alert: alert(w, alertname, rest, of.by === 'down' ? { for: m(2), severity: 'critical' } : {}),
      expected: answer(made.object, [of.cause], [made, ...(of.by === 'down' ? [{ kind: 'Service', namespace: ns, name }] : [])]),
    }
  },
})

const trace = {
  node: [
    '/app/dist/config.js:14',
    "    throw new Error('DATABASE_URL is not set')",
    '    ^',
    '',
    'Error: DATABASE_URL is not set',
    '    at loadConfig (/app/dist/config.js:14:11)',
    '    at Object.<anonymous> (/app/dist/main.js:3:16)',
    '',
    'Node.js v22.11.0',
  ],
  python: [
    'Traceback (most recent call last):',
    '  File "/srv/app/__main__.py", line 11, in <module>',
    '    settings = Settings.from_env()',
    '  File "/srv/app/settings.py", line 40, in from_env',
    '    key=os.environ["STRIPE_API_KEY"],',
    '  File "<frozen os>", line 685, in __getitem__',
    "KeyError: 'STRIPE_API_KEY'",
  ],
  password: [
    'time=2026 level=INFO msg="starting orders-api" version=3.9.1',
    'time=2026 level=ERROR msg="cannot open database" error="failed to connect to `user=orders database=orders`: 10.96.14.7:5432 (postgres): failed SASL auth: FATAL: password authentication failed for user \\"orders\\" (SQLSTATE 28P01)"',
    'exit status 1',
  ],
  refused: [
    'INFO  starting consumer group=mail',
    'ERROR dial tcp: lookup rabbitmq.messaging.svc.cluster.local on 10.96.0.10:53: no such host',
    'FATAL cannot connect to amqp://rabbitmq.messaging.svc.cluster.local:5672: giving up',
  ],
  yaml: [
    'panic: config: yaml: line 17: mapping values are not allowed in this context',
    '',
    'goroutine 1 [running]:',
    'main.mustLoad({0xc0000b4000, 0x14})',
    '\t/src/cmd/router/config.go:52 +0x1d4',
    'main.main()',
    '\t/src/cmd/router/main.go:31 +0x8c',
  ],
  json: [
    '[FATAL] /etc/gateway/routes.json: SyntaxError: Unexpected token } in JSON at position 812',
    '[FATAL] invalid configuration, exiting',
  ],
  flag: [
    'flag provided but not defined: -enable-http3',
    'Usage of /usr/bin/edge-router:',
    '  -listen string',
    '    \taddress to listen on (default ":8080")',
    '  -log-level string',
    '    \tlog level (default "info")',
  ],
  option: [
    "error: unexpected argument '--max-conns' found",
    '',
    'Usage: tile-server [OPTIONS] --data <DIR>',
    '',
    "For more information, try '--help'.",
  ],
  port: ['nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)'],
  readOnly: ['INFO  opening cache', "OSError: [Errno 30] Read-only file system: '/var/cache/app/index.tmp'"],
  full: [
    'PostgreSQL Database directory appears to contain a database; Skipping initialization',
    'LOG:  starting PostgreSQL 16.4 on x86_64-pc-linux-musl',
    'LOG:  database system was interrupted; last known up at 2026',
    'FATAL:  could not write to file "pg_wal/xlogtemp.29": No space left on device',
    'LOG:  startup process (PID 29) exited with exit code 1',
    'LOG:  aborting startup due to startup process failure',
  ],
  kafka: [
    '[INFO] Loading logs from log dirs ArraySeq(/var/lib/kafka/data)',
    'java.io.IOException: No space left on device',
    '\tat java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)',
    '[ERROR] Shutdown broker because all log dirs in /var/lib/kafka/data have failed',
  ],
  arch: ['exec /usr/local/bin/docker-entrypoint.sh: exec format error'],
  arch2: ['exec /app/worker: exec format error'],
  migration: [
    'Running migrations for 4.2.0',
    'ERROR: column "tenant_id" of relation "invoices" already exists',
    'migration 20260203_add_tenant failed: rolled back',
  ],
  migration2: [
    'flyway: Validate failed: Migrations have failed validation',
    'Migration checksum mismatch for migration version 7',
    '-> Applied to database : 1834829110',
    '-> Resolved locally    : -291831',
  ],
}

export const crashes: FaultCase[] = [
  ...fault('crash-variable-not-set', [
    crash({
      plan: { ns: 'shop', name: 'orders', age: d(100), rolled: m(26) },
      replicas: 1,
      old: 3,
      crash: { since: m(25), restarts: 9, exit: 1, ran: 1, log: trace.node },
      cause: /DATABASE_URL|not set|environment|exit(s|ed)?( with)?( code)? 1/i,
      by: 'rollout',
    }),
    crash({
      plan: { ns: 'billing', name: 'charger', age: d(40), rolled: d(1) },
      crash: { since: m(31), age: d(1), restarts: 10, exit: 1, ran: 2, log: trace.python },
      cause: /STRIPE_API_KEY|KeyError|environment|exit(s|ed)?( with)?( code)? 1/i,
      by: 'pod',
      herrings: ['chronicCrash', 'oldOom', 'oldEvicted', 'certificateFar'],
    }),
  ]),
  ...fault('crash-database-refuses', [
    crash({
      plan: { ns: 'orders', name: 'orders-api', age: d(210), rolled: d(8) },
      crash: { since: m(22), age: d(8), restarts: 8, exit: 1, ran: 2, log: trace.password },
      cause: /password authentication|auth/i,
      by: 'deployment',
    }),
    crash({
      plan: { kind: 'StatefulSet', ns: 'mail', name: 'mailer', age: d(75), rolled: d(20) },
      crash: { since: m(19), age: d(20), restarts: 7, exit: 1, ran: 4, log: trace.refused },
      cause: /rabbitmq|no such host|cannot connect|lookup/i,
      by: 'statefulset',
      replicas: 1,
    }),
  ]),
  ...fault('crash-configuration-does-not-parse', [
    crash({
      plan: {
        ns: 'edge',
        name: 'router',
        age: d(310),
        rolled: m(21),
        pod: { volumes: [{ name: 'config', configMap: { name: 'router-config', defaultMode: 420 } }] },
      },
      replicas: 1,
      old: 3,
      before: (w) =>
        configMap(w, {
          ns: 'edge',
          name: 'router-config',
          age: d(310),
          data: {
            'router.yaml':
              'listen: :8080\nroutes:\n  - host: a.example.com\n    to: http://catalog\n  - host: b.example.com\n    to: http: //cart\n',
          },
        }),
      crash: { since: m(20), restarts: 8, exit: 2, ran: 1, log: trace.yaml },
      cause: /yaml|config|panic|mapping values|exit(s|ed)?( with)?( code)? 2/i,
      by: 'rollout',
    }),
    crash({
      plan: { ns: 'api', name: 'gateway', container: 'kong', age: d(150), rolled: h(30) },
      crash: { since: m(18), age: m(20), restarts: 8, exit: 1, ran: 1, log: trace.json },
      cause: /routes\.json|JSON|config|SyntaxError/i,
      by: 'down',
      ttl: d(2),
      herrings: ['otherRollout', 'neighbourPull', 'oldOom', 'nodeBlink'],
    }),
  ]),
  ...fault('crash-unknown-flag', [
    crash({
      plan: {
        ns: 'edge',
        name: 'edge-router',
        age: d(90),
        rolled: m(23),
        with: { args: ['-listen=:8080', '-enable-http3'] },
        beforeWith: { args: ['-listen=:8080'] },
      },
      replicas: 1,
      old: 2,
      crash: { since: m(22), restarts: 9, exit: 2, ran: 0, log: trace.flag },
      cause: /flag|enable-http3|argument/i,
      by: 'pod',
    }),
    crash({
      plan: {
        kind: 'StatefulSet',
        ns: 'maps',
        name: 'tile-server',
        age: d(66),
        rolled: m(40),
        with: { args: ['--data', '/tiles', '--max-conns=400'] },
      },
      replicas: 1,
      crash: { since: m(39), restarts: 11, exit: 2, ran: 0, log: trace.option },
      cause: /argument|max-conns|option|flag/i,
      by: 'waiting',
    }),
  ]),
  ...fault('crash-command-not-found', [
    {
      tell: (w) => {
        const message =
          'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/servr": stat /app/servr: no such file or directory: unknown'
        const made = workload(w, {
          ns: 'shop',
          name: 'loyalty',
          replicas: 3,
          age: d(120),
          rolled: m(27),
          rolling: true,
          requests: { cpu: '50m', memory: '64Mi' },
          with: { command: ['/app/servr'] },
          beforeWith: { command: ['/app/server'] },
          pods: [
            crashing('loyalty', {
              since: m(26),
              restarts: 9,
              exit: 128,
              reason: 'StartError',
              message,
              ago: 80,
              more: {
                tell: (x, p) =>
                  kubelet(x, p, {
                    container: 'loyalty',
                    reason: 'Failed',
                    message: `Error: ${message}`,
                    first: m(26),
                    last: 80,
                    count: 10,
                  }),
              },
            }),
          ],
          oldPods: [{ age: d(6) }, { age: d(6) }, { age: d(6) }],
        })
        return {
          alert: alert(w, 'KubeDeploymentRolloutStuck', { namespace: 'shop', deployment: 'loyalty' }),
          expected: answer(made.object, [/servr|no such file|StartError|command|executable/i], [made]),
        }
      },
    },
    {
      tell: (w) => {
        const message =
          'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "python3.12": executable file not found in $PATH: unknown'
        const made = workload(w, {
          kind: 'DaemonSet',
          ns: 'security',
          name: 'scanner',
          age: d(30),
          rolled: m(24),
          with: { command: ['python3.12', '-m', 'scanner'] },
          pods: w.workers.map((on, i) =>
            i === 0
              ? crashing('scanner', {
                  node: on,
                  since: m(23),
                  restarts: 9,
                  exit: 128,
                  reason: 'StartError',
                  message,
                  ago: 61,
                  more: {
                    tell: (x, p) =>
                      kubelet(x, p, {
                        container: 'scanner',
                        reason: 'Failed',
                        message: `Error: ${message}`,
                        first: m(23),
                        last: 61,
                        count: 10,
                      }),
                  },
                })
              : { node: on, age: d(9) },
          ),
          rolling: true,
        })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'security', pod: made.pods[0]!.metadata.name, container: 'scanner', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(made.object, [/python3\.12|not found|StartError|command|executable/i], [made]),
        }
      },
    },
  ]),
  ...fault('crash-init-migration', [
    crash({
      init: 'migrate',
      plan: {
        ns: 'billing',
        name: 'invoices',
        age: d(130),
        rolled: m(29),
        inits: [{ name: 'migrate', image: 'registry.example.com/billing/invoices:4.2.0', command: ['/app/migrate', 'up'] }],
      },
      replicas: 1,
      old: 2,
      crash: { since: m(28), restarts: 9, exit: 1, ran: 3, log: trace.migration },
      cause: /migrat/i,
      by: 'rollout',
    }),
    crash({
      init: 'flyway',
      plan: {
        ns: 'crm',
        name: 'contacts',
        age: d(88),
        rolled: m(34),
        inits: [
          { name: 'wait-for-db', image: 'docker.io/library/busybox:1.36' },
          { name: 'flyway', image: 'docker.io/flyway/flyway:10.20' },
        ],
      },
      crash: { since: m(33), restarts: 10, exit: 1, ran: 6, log: trace.migration2 },
      cause: /flyway|checksum|migrat/i,
      by: 'waiting',
    }),
  ]),
  ...fault('crash-permission-denied', [
    crash({
      plan: {
        ns: 'web',
        name: 'static',
        container: 'nginx',
        image: 'docker.io/library/nginx:1.27.2',
        port: 80,
        age: d(230),
        rolled: m(21),
        pod: { securityContext: { runAsNonRoot: true, runAsUser: 10001 } },
        beforePod: { securityContext: {} },
      },
      replicas: 1,
      old: 2,
      crash: { since: m(20), restarts: 8, exit: 1, ran: 0, log: trace.port },
      cause: /permission denied|bind/i,
      by: 'rollout',
      herrings: ['oldEvicted', 'pendingClaim', 'chronicCrash', 'quotaHigh'],
    }),
    crash({
      plan: { ns: 'search', name: 'suggest', age: d(55), rolled: m(22), with: { securityContext: { readOnlyRootFilesystem: true } } },
      crash: { since: m(21), restarts: 8, exit: 1, ran: 2, log: trace.readOnly },
      cause: /read-only|Errno 30/i,
      by: 'pod',
    }),
  ]),
  ...fault('crash-wrong-architecture', [
    crash({
      plan: { ns: 'payments', name: 'receipts', age: d(48), rolled: m(19) },
      replicas: 1,
      old: 2,
      crash: { since: m(18), restarts: 8, exit: 255, ran: 0, log: trace.arch },
      cause: /exec format error|architecture/i,
      by: 'waiting',
    }),
    crash({
      plan: { ns: 'ml', name: 'embedder', container: 'worker', age: d(12), rolled: m(25) },
      crash: { since: m(24), restarts: 9, exit: 1, ran: 0, log: trace.arch2 },
      cause: /exec format error|architecture/i,
      by: 'deployment',
    }),
  ]),
  ...fault('crash-segmentation-fault', [
    crash({
      plan: { ns: 'media', name: 'resizer', age: d(61), rolled: m(28) },
      crash: { since: m(27), restarts: 9, exit: 139, ran: 12, log: ['loaded libvips 8.16.0', 'worker 3 ready'] },
      cause: /139|SIGSEGV|segmentation|segfault/i,
      by: 'pod',
    }),
    crash({
      plan: { kind: 'StatefulSet', ns: 'cache', name: 'memstore', age: d(260), rolled: m(47) },
      replicas: 1,
      crash: {
        since: m(46),
        restarts: 13,
        exit: 139,
        ran: 9,
        log: ['=== BUG REPORT START: Cut & paste starting from here ===', 'crashed by signal: 11, si_code: 1', 'Accessing address: 0x10'],
      },
      cause: /139|SIGSEGV|segmentation|segfault|signal:? 11/i,
      by: 'statefulset',
      ttl: d(3),
      herrings: ['oldOom', 'nodeBlink', 'restartedYesterday', 'oldFailedJob'],
    }),
  ]),
  ...fault('crash-disk-full', [
    crash({
      plan: { kind: 'StatefulSet', ns: 'data', name: 'postgres', age: d(330), rolled: d(90), volumeClaims: [] },
      replicas: 1,
      crash: { since: m(23), age: d(90), restarts: 9, exit: 1, ran: 2, log: trace.full },
      cause: /no space left|(disk|volume|storage).{0,30}full|is full|out of (disk|space)/i,
      by: 'statefulset',
    }),
    crash({
      plan: {
        kind: 'StatefulSet',
        ns: 'streaming',
        name: 'kafka',
        age: d(270),
        rolled: d(30),
        pods: [{}, crashing('kafka', { since: m(26), age: d(30), restarts: 8, exit: 1, ran: 14, log: trace.kafka }), {}],
      },
      crash: { since: m(26), restarts: 8 },
      cause: /no space left|(disk|volume|storage).{0,30}full|is full|out of (disk|space)/i,
      by: 'pod',
    }),
  ]),
  ...fault('crash-ends-by-itself', [
    crash({
      plan: { ns: 'tools', name: 'exporter', age: d(20), rolled: m(35), with: { command: ['/bin/export', '--once'] } },
      replicas: 1,
      crash: { since: m(34), restarts: 10, exit: 0, reason: 'Completed', ran: 2, log: ['exported 812 rows', 'done'] },
      cause: /Completed|exit(s|ed)?( with)?( code)? 0|\bends?\b|\bended\b|finish/i,
      by: 'pod',
    }),
    crash({
      plan: { ns: 'chat', name: 'presence', age: d(140), rolled: m(22), with: { command: ['/bin/sh'] } },
      replicas: 1,
      old: 2,
      crash: { since: m(21), restarts: 8, exit: 0, reason: 'Completed', ran: 0, log: [] },
      cause: /Completed|exit(s|ed)?( with)?( code)? 0|\bends?\b|\bended\b|finish/i,
      by: 'rollout',
    }),
  ]),
  ...fault('crash-job-fails', [
    {
      tell: (w) => {
        const ended = (ago: number) => ({
          age: ago + 9,
          containers: { export: { is: 'terminated' as const, ended: { exit: 3, reason: 'Error', ago, ran: 6 } } },
        })
        const by = cronJob(w, { ns: 'finance', name: 'export', schedule: '0 */6 * * *', age: d(300), last: m(36) })
        job(w, {
          ns: 'finance',
          name: 'export-29308320',
          container: 'export',
          age: h(6) + m(36),
          by,
          done: { ok: true, ago: h(6) + m(34) },
        })
        const made = job(w, {
          ns: 'finance',
          name: 'export-29308680',
          container: 'export',
          age: m(36),
          backoffLimit: 3,
          by,
          pods: [ended(m(35)), ended(m(34)), ended(m(32)), ended(m(27))],
          done: { ok: false, ago: m(26) },
        })
        for (const p of made.pods)
          logOf(w, p, 'export', {
            current: ['connecting to sftp.bank.example:22', 'ssh: handshake failed: knownhosts: key mismatch', 'export aborted (exit 3)'],
          })
        return {
          alert: alert(w, 'KubeJobFailed', ksm({ namespace: 'finance', job_name: 'export-29308680', condition: 'true' })),
          expected: answer(made.object, [/key mismatch|handshake|exit(s|ed)?( with)?( code)? 3|backoff limit/i], [made, by]),
        }
      },
    },
    {
      tell: (w) => {
        const by = cronJob(w, {
          ns: 'catalog',
          name: 'reindex',
          schedule: '15 * * * *',
          age: d(100),
          last: m(58),
          spec: { jobTemplate: { spec: { activeDeadlineSeconds: 1800 } } },
        })
        const made = job(w, {
          ns: 'catalog',
          name: 'reindex-29310135',
          container: 'reindex',
          age: m(58),
          by,
          spec: { activeDeadlineSeconds: 1800 },
          pods: [],
          done: { ok: false, ago: m(28), reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' },
        })
        event(w, {
          on: made.object,
          reason: 'SuccessfulDelete',
          message: 'Deleted pod: reindex-29310135-k8x2p',
          first: m(28),
          from: 'job-controller',
        })
        return {
          alert: alert(w, 'KubeJobFailed', { namespace: 'catalog', job_name: 'reindex-29310135' }),
          expected: answer(made.object, [/deadline/i], [by]),
        }
      },
    },
  ]),
  ...fault('crash-after-an-earlier-image-error', [
    {
      ttl: d(3),
      herrings: ['neighbourPull', 'oldOom', 'cordoned', 'otherRollout'],
      tell: (w) => {
        const bad = 'registry.example.com/shop/coupons:2.8.0-rc'
        const made = workload(w, {
          ns: 'shop',
          name: 'coupons',
          image: 'registry.example.com/shop/coupons:2.8.0',
          before: bad,
          replicas: 2,
          age: d(70),
          rolled: h(20),
          requests: { cpu: '50m' },
          pods: [
            crashing('coupons', {
              since: m(20),
              age: h(20),
              restarts: 7,
              exit: 1,
              ran: 3,
              log: [
                'starting coupons 2.8.0',
                'Unhandled rejection: ReplyError: WRONGPASS invalid username-password pair or user is disabled.',
                'shutting down',
              ],
            }),
            crashing('coupons', {
              since: m(19),
              age: h(20),
              restarts: 7,
              exit: 1,
              ran: 3,
              ago: 60,
              log: [
                'starting coupons 2.8.0',
                'Unhandled rejection: ReplyError: WRONGPASS invalid username-password pair or user is disabled.',
                'shutting down',
              ],
            }),
          ],
        })
        const gone = {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'coupons-7b8dfc9c5-x2x9q', namespace: 'shop', uid: '5ab2f8f6-6a02-4a2b-9b7c-6a7f5f2f9a10' },
        }
        const told = { on: gone, from: 'kubelet', host: w.workers[0]!, fieldPath: 'spec.containers{coupons}' } as const
        event(w, {
          ...told,
          type: 'Warning',
          reason: 'Failed',
          message: `Failed to pull image "${bad}": rpc error: code = NotFound desc = failed to pull and unpack image "${bad}": failed to resolve reference "${bad}": ${bad}: not found`,
          first: h(21),
          last: h(20) + m(20),
          count: 9,
        })
        event(w, {
          ...told,
          type: 'Warning',
          reason: 'Failed',
          message: 'Error: ImagePullBackOff',
          first: h(21),
          last: h(20) + m(3),
          count: 140,
        })
        return {
          alert: alert(
            w,
            'KubePodCrashLooping',
            ksm({ namespace: 'shop', pod: made.pods[0]!.metadata.name, container: 'coupons', reason: 'CrashLoopBackOff' }),
          ),
          expected: answer(made.object, [/WRONGPASS|username-password|crash|exit(s|ed)?( with)?( code)? 1/i], [made]),
        }
      },
    },
    {
      ttl: h(6),
      tell: (w) => {
        const made = workload(w, {
          kind: 'StatefulSet',
          ns: 'queue',
          name: 'nats',
          replicas: 3,
          age: d(44),
          rolled: h(5),
          requests: { cpu: '100m', memory: '128Mi' },
          pods: [
            {},
            {},
            crashing('nats', {
              since: m(21),
              age: h(4),
              restarts: 8,
              exit: 1,
              ran: 1,
              log: ["[1] [FTL] Can't start JetStream: storage directory is not writable", 'nats-server: storage directory is not writable'],
            }),
          ],
        })
        event(w, {
          on: made.pods[2]!,
          type: 'Warning',
          reason: 'FailedScheduling',
          message: `0/${w.workers.length + w.cordoned.length + w.controlPlane.length} nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/${w.workers.length + w.cordoned.length + w.controlPlane.length} nodes are available: ${w.workers.length + w.cordoned.length + w.controlPlane.length} Preemption is not helpful for scheduling.`,
          first: h(4) - s(2),
          from: 'default-scheduler',
        })
        event(w, {
          on: made.pods[2]!,
          type: 'Warning',
          reason: 'FailedMount',
          message: 'MountVolume.SetUp failed for volume "config" : failed to sync configmap cache: timed out waiting for the condition',
          first: h(4) - s(20),
          from: 'kubelet',
          host: String(made.pods[2]!.spec?.['nodeName']),
        })
        service(w, { ns: 'queue', name: 'nats' })
        healthyDeployment(w, { ns: 'queue', name: 'bridge' })
        return {
          alert: alert(w, 'KubeStatefulSetReplicasMismatch', { namespace: 'queue', statefulset: 'nats' }),
          expected: answer(made.object, [/writable|JetStream|crash|exit(s|ed)?( with)?( code)? 1/i], [made]),
        }
      },
    },
  ]),
]
