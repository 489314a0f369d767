import { configError, crashing } from '../faults/looks.ts'
import { configMap, service } from '../faults/things.ts'
import { job } from '../faults/workloads.ts'
import { d, h, m } from '../faults/world.ts'
import { blames, fires, type Story } from './cluster.ts'
import { listens, release, selectorOf } from './release.ts'

const claimOf = (ns: string, name: string) => ({ kind: 'PersistentVolumeClaim', namespace: ns, name })

export const crashes: readonly Story[] = [
  {
    name: 'crash-setting-required',
    cloud: 'eksAuto',
    minor: 32,
    tell: (w) => {
      const log = [
        '{"level":"info","ts":"start","msg":"billing-api 4.7.0 starting"}',
        '{"level":"fatal","msg":"reading configuration","error":"required key BILLING_LEDGER_DSN missing value"}',
      ]
      const made = release(w, {
        ns: 'billing',
        name: 'prod-use2-billing-api',
        container: 'server',
        rolled: m(21),
        age: d(140),
        rolling: true,
        with: listens(8080, 'http'),
        pods: [crashing('server', { since: m(21), restarts: 8, log, ran: 1 })],
        oldPods: [{ age: d(4) }, { age: d(4) - 40 }, { age: d(4) - 80 }],
        replicas: 3,
      })
      return {
        alert: fires(w, 'PodRestarting', { namespace: 'billing', pod: made.pods[0]!.metadata.name }, { for: m(5) }),
        expected: blames(made, /BILLING_LEDGER_DSN|required key|environment|variable|configuration/i),
      }
    },
  },
  {
    name: 'crash-proxy-beside-the-application',
    cloud: 'hetzner',
    minor: 30,
    tell: (w) => {
      const log = [
        '[2026-01-01 10:00:00.000][1][info][main] initializing epoch 0 (base id=0, hot restart version=11.104)',
        "[2026-01-01 10:00:00.031][1][critical][main] error initializing configuration '/etc/envoy/envoy.yaml': Unable to parse JSON as proto (INVALID_ARGUMENT: invalid name clusterz: Cannot find field.)",
        '[2026-01-01 10:00:00.031][1][info][main] exiting',
      ]
      const map = configMap(w, {
        ns: 'ledger',
        name: 'ledger-envoy',
        age: d(60),
        data: { 'envoy.yaml': 'static_resources:\n  clusterz: []\n' },
      })
      const bad = (age: number) => crashing('envoy', { since: age, restarts: 7, log, ran: 1, more: {} })
      const made = release(w, {
        ns: 'ledger',
        name: 'ledger-query-v14',
        container: 'app',
        scheme: 'k8s-app',
        rolled: m(18),
        age: m(18),
        sidecars: [
          { name: 'envoy', image: 'docker.io/envoyproxy/envoy:v1.31.2', volumeMounts: [{ name: 'conf', mountPath: '/etc/envoy' }] },
        ],
        pod: { volumes: [{ name: 'conf', configMap: { name: 'ledger-envoy', defaultMode: 420 } }] },
        rolling: true,
        pods: [bad(m(18) - 3), bad(m(18) - 5)],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { namespace: 'ledger', deployment: 'ledger-query-v14' }, { for: m(10) }),
        expected: blames(made, /envoy\.yaml|configuration|clusterz|parse/i, [map]),
      }
    },
  },
  {
    name: 'crash-host-unknown',
    cloud: 'oracle',
    minor: 29,
    runtime: 'cri-o',
    tell: (w) => {
      const log = [
        'node:internal/process/promises:394',
        'Error: getaddrinfo ENOTFOUND amqp-broker-old.messaging.svc.cluster.local',
        '    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26) {',
        "  errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo',",
        "  hostname: 'amqp-broker-old.messaging.svc.cluster.local'",
        '}',
      ]
      const bad = (age: number, restarts: number) => crashing('consumer', { since: m(24), age, restarts, log, ran: 2 })
      const made = release(w, {
        ns: 'orders',
        name: 'order-events-consumer',
        container: 'consumer',
        scheme: 'app',
        rolled: m(25),
        age: d(300),
        rolling: true,
        pods: [bad(m(25) - 3, 9), bad(m(25) - 6, 9)],
      })
      return {
        alert: fires(w, 'QueueLag', { namespace: 'orders', deployment: 'order-events-consumer', queue: 'order.created' }, { for: m(10) }),
        expected: blames(made, /ENOTFOUND|amqp-broker-old|resolve|lookup|dns|host/i),
      }
    },
  },
  {
    name: 'crash-schema-in-an-init-container',
    cloud: 'talos',
    minor: 33,
    tell: (w) => {
      const log = [
        'Flyway Community Edition 10.20.1',
        'Migrating schema "public" to version "42 - add account index"',
        'ERROR: Migration of schema "public" to version "42 - add account index" failed! Changes successfully rolled back.',
        'SQL State  : 42P01',
        'Message    : ERROR: relation "account_balances" does not exist',
      ]
      const made = release(w, {
        ns: 'accounts',
        name: 'main-account-ledger',
        container: 'ledger',
        rolled: m(16),
        age: d(80),
        rolling: true,
        replicas: 2,
        inits: [{ name: 'migrate', image: 'docker.io/flyway/flyway:10.20' }],
        oldPods: [{ age: d(6) }, { age: d(6) - 60 }],
        pods: [crashing('migrate', { since: m(16) - 3, restarts: 7, init: true, log, ran: 5 })],
      })
      return {
        alert: fires(
          w,
          'KubeDeploymentRolloutStuck',
          { namespace: 'accounts', deployment: 'main-account-ledger', severity: 'warning' },
          { for: m(5) },
        ),
        expected: blames(made, /migrat|schema|account_balances|relation/i),
      }
    },
  },
  {
    name: 'crash-port-taken-in-the-same-pod',
    cloud: 'autopilot',
    minor: 31,
    tell: (w) => {
      const log = [
        'time=start level=INFO msg="metrics bridge 2.2.0"',
        'time=start level=ERROR msg="listen" err="listen tcp :8080: bind: address already in use"',
      ]
      const bad = (age: number) => crashing('metrics-bridge', { since: age - 10, age, restarts: 6, log, ran: 1 })
      const made = release(w, {
        ns: 'loyalty',
        name: 'loyalty-points-7',
        container: 'points',
        scheme: 'name',
        rolled: m(14),
        age: d(20),
        rolling: true,
        with: listens(8080, 'api'),
        sidecars: [
          { name: 'metrics-bridge', image: 'registry.example.net/platform/metrics-bridge:2.2.0', ports: [{ containerPort: 8080 }] },
        ],
        pods: [bad(m(14) - 4), bad(m(14) - 6)],
      })
      return {
        alert: fires(
          w,
          'Pods not available',
          { kube_namespace: 'loyalty', kube_deployment: 'loyalty-points-7', kube_cluster_name: 'main', env: 'prod', namespace: 'loyalty' },
          { for: m(5) },
        ),
        expected: blames(made, /address already in use|bind|port|8080/i),
      }
    },
  },
  {
    name: 'crash-file-system-read-only',
    cloud: 'digitalocean',
    minor: 27,
    tell: (w) => {
      const log = [
        'Traceback (most recent call last):',
        '  File "/srv/app/thumbs/cache.py", line 31, in open_cache',
        '    os.makedirs(path, exist_ok=True)',
        "OSError: [Errno 30] Read-only file system: '/srv/app/.cache'",
      ]
      const bad = (age: number) => crashing('thumbs', { since: age, restarts: 7, log, ran: 3 })
      const made = release(w, {
        ns: 'media',
        name: 'r42-thumbs',
        container: 'thumbs',
        scheme: 'instance',
        rolled: m(17),
        age: d(50),
        rolling: true,
        with: { securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true } },
        beforeWith: {},
        oldPods: [{ age: d(9) }, { age: d(9) - 20 }, { age: d(9) - 30 }],
        replicas: 4,
        pods: [bad(m(17) - 3), bad(m(17) - 4)],
      })
      return {
        alert: fires(
          w,
          'KubePodCrashLooping',
          { namespace: 'media', pod: made.pods[1]!.metadata.name, container: 'thumbs', reason: 'CrashLoopBackOff', severity: 'warning' },
          { for: m(15) },
        ),
        expected: blames(made, /read-only|readOnlyRootFilesystem|Errno 30/i),
      }
    },
  },
  {
    name: 'crash-release-hook',
    cloud: 'edge',
    minor: 28,
    tell: (w) => {
      const log = [
        'Running upgrade 9c1f -> a72e, split customer name',
        'sqlalchemy.exc.IntegrityError: (psycopg2.errors.NotNullViolation) column "family_name" of relation "customers" contains null values',
      ]
      const failed = (age: number, i: number) => ({
        age,
        name: `crm-backend-migrate-17-${['x7k2v', 'b4n9d', 'q5z2c'][i]}`,
        containers: { alembic: { is: 'terminated' as const, ended: { exit: 1, reason: 'Error', ago: age - 12, ran: 9 } } },
      })
      const made = job(w, {
        ns: 'crm',
        name: 'crm-backend-migrate-17',
        container: 'alembic',
        age: m(9),
        backoffLimit: 2,
        pods: [failed(m(9), 0), failed(m(8), 1), failed(m(7), 2)],
        done: { ok: false, ago: m(6) },
      })
      for (const p of made.pods) w.logs[`crm/${p.metadata.name}/alembic`] = { current: log, previous: [] }
      release(w, { ns: 'crm', name: 'crm-backend', scheme: 'app', rolled: d(6), with: listens(8000) })
      return {
        alert: fires(w, 'JobFailed', { namespace: 'crm', job_name: 'crm-backend-migrate-17' }, { for: m(2), fired: m(1) }),
        expected: blames(made, /family_name|IntegrityError|NotNull|null values|exit(ed|s)? (code |with )?(code )?1|backoff ?limit|fail/i),
      }
    },
  },
  {
    name: 'crash-database-disk-full',
    cloud: 'openshift',
    minor: 30,
    runtime: 'cri-o',
    tell: (w) => {
      const log = [
        'LOG:  database system was not properly shut down; automatic recovery in progress',
        'LOG:  redo starts at 3F/A1000028',
        'FATAL:  could not write to file "pg_wal/xlogtemp.31": No space left on device',
        'LOG:  startup process (PID 31) exited with exit code 1',
        'LOG:  aborting startup due to startup process failure',
      ]
      const made = release(w, {
        kind: 'StatefulSet',
        ns: 'tracking',
        name: 'tracking-timescaledb',
        container: 'timescaledb',
        scheme: 'app',
        port: 5432,
        rolled: d(60),
        volumeClaims: [{ name: 'pgdata', size: '200Gi' }],
        pods: [crashing('timescaledb', { since: m(28), age: d(59), restarts: 9, log, ran: 4 })],
      })
      return {
        alert: fires(w, 'PodRestarting', { pod: 'tracking-timescaledb-0', namespace: 'tracking' }, { for: m(10), severity: 'critical' }),
        expected: blames(made, /no space|disk|full|storage/i, [claimOf('tracking', 'pgdata-tracking-timescaledb-0')]),
      }
    },
  },
  {
    name: 'crash-program-not-in-the-image',
    cloud: 'openshift',
    minor: 31,
    runtime: 'cri-o',
    tell: (w) => {
      const message = 'container create failed: executable file `gunicorn` not found in $PATH: No such file or directory\n'
      const made = release(w, {
        ns: 'forms',
        name: 'forms-backend-green',
        container: 'wsgi',
        scheme: 'app',
        rolled: m(13),
        age: d(33),
        rolling: true,
        with: { command: ['gunicorn'], args: ['-b', '0.0.0.0:8000', 'forms.wsgi'], ...listens(8000) },
        pods: [
          configError('wsgi', { reason: 'CreateContainerError', message, since: m(13) - 4 }),
          configError('wsgi', { reason: 'CreateContainerError', message, since: m(13) - 9 }),
        ],
      })
      return {
        alert: fires(w, 'DeploymentUnavailable', { deployment: 'forms-backend-green', namespace: 'forms' }, { for: m(5) }),
        expected: blames(made, /gunicorn|executable|not found in \$PATH|command/i),
      }
    },
  },
  {
    name: 'crash-upstream-password-refused',
    cloud: 'hetzner',
    minor: 33,
    tell: (w) => {
      const log = [
        'INFO  c.z.h.HikariDataSource - HikariPool-1 - Starting...',
        'ERROR c.z.h.p.HikariPool - HikariPool-1 - Exception during pool initialization.',
        'org.postgresql.util.PSQLException: FATAL: password authentication failed for user "stock_app"',
        'ERROR o.s.b.SpringApplication - Application run failed',
      ]
      const bad = (age: number) => crashing('stock', { since: m(35), age, restarts: 9, log, ran: 11 })
      const made = release(w, {
        ns: 'warehouse',
        name: 'wh-stock-sync-03',
        container: 'stock',
        rolled: d(15),
        pods: [bad(h(1)), bad(m(50))],
        with: listens(8081, 'http', '/actuator/health'),
      })
      service(w, { ns: 'warehouse', name: 'wh-stock-sync-03', selector: selectorOf('wh-stock-sync-03', 'instance'), port: 8081 })
      return {
        alert: fires(w, 'TargetDown', { namespace: 'warehouse', job: 'wh-stock-sync-03', service: 'wh-stock-sync-03' }, { for: m(10) }),
        expected: blames(made, /password|authentication|stock_app|credential/i),
      }
    },
  },
]
