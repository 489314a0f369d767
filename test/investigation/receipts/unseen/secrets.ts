import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-03-11T01:50:00Z', to: '2026-03-11T02:50:00Z' }
const az1 = { deployment: 'ledger-api-az1' }
const az2 = { deployment: 'ledger-api-az2' }
const wave = (size: number) => (at: number) => size * Math.sin(at / 97)

const evidence: Unseen['evidence'] = [
  metric(
    'E1',
    'sum by (deployment) (rate(http_requests_total{app="ledger-api",code=~"5.."}[2m])) / sum by (deployment) (rate(http_requests_total{app="ledger-api"}[2m]))',
    window,
    [
      course(window, 60, az1, (at) => ramp(0.002, 0.94, { from: '2026-03-11T02:04:00Z', to: '2026-03-11T02:34:00Z' })(at)),
      course(window, 60, az2, (at) => ramp(0.002, 0.46, { from: '2026-03-11T02:31:00Z', to: '2026-03-11T02:50:00Z' })(at)),
    ],
  ),
  metric('E2', 'rate(mysql_global_status_aborted_connects{instance="mysql-ledger-0"}[1m])', window, [
    course(window, 60, { instance: 'mysql-ledger-0' }, (at) =>
      at < Date.parse('2026-03-11T02:32:00Z') / 1000 ? step(0, 0.125, '2026-03-11T02:05:00Z')(at) : 0.19,
    ),
  ]),
  logs('E3', '{app="ledger-api"} |~ "Access denied|HikariPool"', window, [
    ...lines(
      { count: 200, first: '2026-03-11T02:04:41Z', every: 8 },
      { app: 'ledger-api', deployment: 'ledger-api-az1' },
      (i) =>
        `level=error msg="ERROR 1045 (28000): Access denied for user 'ledger_app'@'10.42.3.${11 + (i % 6)}' (using password: YES)" pool=HikariPool-1`,
    ),
    ...lines(
      { count: 112, first: '2026-03-11T02:31:22Z', every: 10 },
      { app: 'ledger-api', deployment: 'ledger-api-az1' },
      (i) =>
        `level=error msg="ERROR 3118 (HY000): Access denied for user 'ledger_app'@'10.42.3.${11 + (i % 6)}'. Account is locked." pool=HikariPool-1`,
    ),
    ...lines(
      { count: 96, first: '2026-03-11T02:31:25Z', every: 11 },
      { app: 'ledger-api', deployment: 'ledger-api-az2' },
      (i) =>
        `level=error msg="ERROR 3118 (HY000): Access denied for user 'ledger_app'@'10.42.7.${21 + (i % 6)}'. Account is locked." pool=HikariPool-1`,
    ),
    ...lines(
      { count: 57, first: '2026-03-11T02:09:02Z', every: 41 },
      { app: 'ledger-api', deployment: 'ledger-api-az1' },
      (i) => `level=warn msg="HikariPool-1 - Connection is not available, request timed out after 5000ms" waiting=${3 + (i % 9)}`,
    ),
  ]),
  metric('E4', 'sum by (deployment) (hikaricp_connections{app="ledger-api"})', window, [
    course(window, 60, az1, (at) => Math.round(ramp(60, 0, { from: '2026-03-11T02:04:00Z', to: '2026-03-11T02:34:00Z' })(at))),
    course(window, 60, az2, (at) => Math.round(ramp(60, 28, { from: '2026-03-11T02:31:00Z', to: '2026-03-11T02:50:00Z' })(at))),
  ]),
  text(
    'E5',
    'vault',
    'audit log of database/static-roles/ledger_app',
    [
      '2026-02-09T02:00:03Z rotate-role ledger_app ok, version 40 -> 41, rotation_period 720h',
      '2026-03-11T02:00:04Z rotate-role ledger_app ok, version 41 -> 42, rotation_period 720h',
      '2026-03-11T02:00:04Z mysql-ledger-0: ALTER USER ledger_app IDENTIFIED BY ******** (old password discarded)',
    ].join('\n'),
  ),
  text(
    'E6',
    'kubernetes',
    'get pods -n finance -l app=ledger-api',
    [
      'NAME READY STATUS RESTARTS STARTED NODE',
      'ledger-api-az1-6f7d9c5b8-2xkqp 1/1 Running 0 2026-02-24T09:14:10Z worker-a3',
      'ledger-api-az1-6f7d9c5b8-5mvtz 1/1 Running 0 2026-02-24T09:14:12Z worker-a3',
      'ledger-api-az1-6f7d9c5b8-8hnrd 1/1 Running 0 2026-02-24T09:14:31Z worker-a1',
      'ledger-api-az1-6f7d9c5b8-c4wjl 1/1 Running 0 2026-02-24T09:14:33Z worker-a1',
      'ledger-api-az1-6f7d9c5b8-kq9sf 1/1 Running 0 2026-02-24T09:14:52Z worker-a2',
      'ledger-api-az1-6f7d9c5b8-zt7bg 1/1 Running 0 2026-02-24T09:14:55Z worker-a2',
      'ledger-api-az2-58b6f4d77-4prxc 1/1 Running 0 2026-02-24T09:21:07Z worker-b2',
      'ledger-api-az2-58b6f4d77-9dlmv 1/1 Running 0 2026-02-24T09:21:09Z worker-b2',
      'ledger-api-az2-58b6f4d77-g6zhk 1/1 Running 0 2026-02-24T09:21:28Z worker-b1',
      'ledger-api-az2-58b6f4d77-jw2qn 1/1 Running 0 2026-02-24T09:21:30Z worker-b1',
      'ledger-api-az2-58b6f4d77-r8tbs 1/1 Running 0 2026-02-24T09:21:49Z worker-b4',
      'ledger-api-az2-58b6f4d77-xv5cf 1/1 Running 0 2026-02-24T09:21:51Z worker-b4',
    ].join('\n'),
  ),
  text(
    'E7',
    'kubernetes',
    'diff deployment/ledger-api-az1 deployment/ledger-api-az2 -n finance',
    [
      '  image: registry.corp/ledger-api:4.17.2',
      '- env DB_PASSWORD valueFrom secretKeyRef ledger-db-credentials/password   (ledger-api-az1)',
      '+ volume db-credentials csi secrets-store.csi.k8s.io rotationPollInterval 2m   (ledger-api-az2)',
      '+ env DB_PASSWORD_FILE /mnt/secrets/password   (ledger-api-az2)',
      '  env HIKARI_MAX_LIFETIME 1800000',
      '  env HIKARI_MAXIMUM_POOL_SIZE 10',
    ].join('\n'),
  ),
  text(
    'E8',
    'mysql',
    'account and error log of ledger_app on mysql-ledger-0',
    [
      'login_guard policy ledger_app: lock account after 200 failed logins within 30m, lock_duration 24h',
      '2026-03-11T02:31:14Z [Warning] login_guard: account ledger_app@% locked, 200 failed logins, unlock at 2026-03-12T02:31:14Z',
    ].join('\n'),
  ),
  metric('E9', '{__name__=~"mysql:cpu_utilisation|mysql:replication_lag_seconds|mysql:threads_running"}', window, [
    course(window, 60, { __name__: 'mysql:cpu_utilisation', instance: 'mysql-ledger-0' }, (at) => 0.23 + wave(0.01)(at)),
    course(window, 60, { __name__: 'mysql:replication_lag_seconds', instance: 'mysql-ledger-1' }, () => 0),
    course(window, 60, { __name__: 'mysql:threads_running', instance: 'mysql-ledger-0' }, () => 6),
  ]),
  metric('E10', 'sum by (deployment) (rate(http_requests_total{app="ledger-api"}[2m]))', window, [
    course(window, 60, az1, (at) => 212 + wave(4)(at)),
    course(window, 60, az2, (at) => 208 + wave(3)(at)),
  ]),
  logs('E11', '{app="secrets-store-csi-driver"} |= "ledger"', window, [
    ...lines(
      { count: 6, first: '2026-03-11T02:01:22Z', every: 4 },
      { app: 'secrets-store-csi-driver', namespace: 'kube-system' },
      (i) =>
        `level=info msg="rotated secret version 42 written" pod=${['ledger-api-az2-58b6f4d77-4prxc', 'ledger-api-az2-58b6f4d77-9dlmv', 'ledger-api-az2-58b6f4d77-g6zhk', 'ledger-api-az2-58b6f4d77-jw2qn', 'ledger-api-az2-58b6f4d77-r8tbs', 'ledger-api-az2-58b6f4d77-xv5cf'][i]}`,
    ),
  ]),
  instant('E12', 'kube_deployment_status_replicas_available{namespace="finance"}', '2026-03-11T02:50:00Z', [
    [az1, 6],
    [az2, 6],
    [{ deployment: 'invoice-api' }, 4],
  ]),
]

const rotation: Receipt = { evidence: 'E5', quote: '2026-03-11T02:00:04Z rotate-role ledger_app ok, version 41 -> 42' }
const discarded: Receipt = {
  evidence: 'E5',
  quote: '2026-03-11T02:00:04Z mysql-ledger-0: ALTER USER ledger_app IDENTIFIED BY ******** (old password discarded)',
}
const az1Errors: Receipt = { evidence: 'E1', series: az1, statistic: 'change', value: 93.8, unit: '%' }
const az1Now: Receipt = { evidence: 'E1', series: az1, statistic: 'last', value: 0.94 }
const az2Errors: Receipt = { evidence: 'E1', series: az2, statistic: 'change', value: 45.8, unit: '%' }
const az2Now: Receipt = { evidence: 'E1', series: az2, statistic: 'last', value: 0.46 }
const az1Pool: Receipt = { evidence: 'E4', series: az1, statistic: 'change', value: -60 }
const az2Pool: Receipt = { evidence: 'E4', series: az2, statistic: 'change', value: -32 }
const refused: Receipt = { evidence: 'E3', count: 200, matching: 'ERROR 1045' }
const firstRefused: Receipt = { evidence: 'E3', quote: '(using password: YES)" pool=<*> (2026-03-11T02:04:41Z' }
const lockedLines: Receipt = { evidence: 'E3', count: 208, matching: 'Account is locked' }
const waited: Receipt = { evidence: 'E3', count: 57, matching: 'Connection is not available' }
const lock: Receipt = {
  evidence: 'E8',
  quote: '2026-03-11T02:31:14Z [Warning] login_guard: account ledger_app@% locked, 200 failed logins',
}
const policy: Receipt = { evidence: 'E8', quote: 'lock account after 200 failed logins within 30m, lock_duration 24h' }
const fromEnv: Receipt = { evidence: 'E7', quote: 'env DB_PASSWORD valueFrom secretKeyRef ledger-db-credentials/password (ledger-api-az1)' }
const fromCsi: Receipt = {
  evidence: 'E7',
  quote: 'volume db-credentials csi secrets-store.csi.k8s.io rotationPollInterval 2m (ledger-api-az2)',
}
const lifetime: Receipt = { evidence: 'E7', quote: 'env HIKARI_MAX_LIFETIME 1800000' }
const written: Receipt = { evidence: 'E11', count: 6, matching: 'rotated secret version 42 written' }
const available1: Receipt = { evidence: 'E12', series: az1, statistic: 'last', value: 6 }
const available2: Receipt = { evidence: 'E12', series: az2, statistic: 'last', value: 6 }
const aborted: Receipt = { evidence: 'E2', statistic: 'change', value: 0.19 }

export const passwordRotated: Unseen = {
  evidence,
  given: {
    alert: {
      labels: { alertname: 'LedgerApi5xxHigh', app: 'ledger-api', namespace: 'finance', severity: 'critical' },
      expression:
        'sum(rate(http_requests_total{app="ledger-api",code=~"5.."}[2m])) / sum(rate(http_requests_total{app="ledger-api"}[2m])) > 0.05',
      threshold: 0.05,
      startsAt: '2026-03-11T02:12:00Z',
      onset: '2026-03-11T02:08:00Z',
      object: { kind: 'Deployment', namespace: 'finance', name: 'ledger-api-az1' },
    },
    now: new Date('2026-03-11T02:50:20Z'),
  },
  trueSentences: [
    [
      'Vault rotated the password of ledger_app at 02:00:04 UTC, taking it from version 41 to 42, and the old password was discarded in the same second.',
      rotation,
      discarded,
    ],
    [
      'ledger-api-az1 reads its database password from an environment variable, so its six pods kept using the old one after the rotation.',
      fromEnv,
      available1,
      rotation,
    ],
    ['ledger-api-az2, by contrast, mounts the secret through the CSI driver, which polls for a new version every two minutes.', fromCsi],
    ['The error ratio of ledger-api-az1 climbed steadily from 0.2 % to 94 % between 02:04 and 02:34.', az1Errors, az1Now],
    ['az2 was clean until 02:31, then climbed to 46 %.', az2Errors, az2Now],
    ['Two hundred logins were refused with error 1045, the first of them at 02:04:41.', refused, firstRefused],
    ['ledger_app locked at 02:31:14 after 200 failed logins.', lock],
    ['Once the account was locked, az2 began to fail as well, although its pods had long held the new password.', lock, az2Errors, written],
    ['Lockout lasts 24 h, it will not clear on its own tonight.', policy],
    [
      'HikariCP recycles connections after 30 minutes, which explains the slow ramp: each old connection worked until it was replaced.',
      lifetime,
      az1Pool,
    ],
    [
      "az1's pool drained from 60 connections to zero in half an hour.",
      az1Pool,
      { evidence: 'E4', series: az1, statistic: 'last', value: 0 },
    ],
    [
      'az2 still holds 28 of its 60 connections.',
      { evidence: 'E4', series: az2, statistic: 'last', value: 28 },
      { evidence: 'E4', series: az2, statistic: 'max', value: 60 },
    ],
    ['az2 has lost 32 connections since the lockout at 02:31.', az2Pool, lock],
    [
      'Aborted connects on mysql-ledger-0: 0 -> 0.125/s at 02:05, 0.19/s since 02:32.',
      aborted,
      { evidence: 'E2', statistic: 'at', at: '2026-03-11T02:05:00Z', value: 0.125 },
    ],
    [
      'Before 02:05 mysql-ledger-0 saw no aborted connects at all; since then it has rejected at least 7.5 per minute.',
      aborted,
      { evidence: 'E2', statistic: 'min', value: 0 },
      { evidence: 'E2', statistic: 'at', at: '2026-03-11T02:05:00Z', value: 0.125 },
    ],
    [
      'Not MySQL load: CPU on mysql-ledger-0 stayed between 22 % and 24 % and running threads sat at 6 throughout.',
      { evidence: 'E9', series: { __name__: 'mysql:cpu_utilisation' }, statistic: 'min', value: 22, unit: '%' },
      { evidence: 'E9', series: { __name__: 'mysql:cpu_utilisation' }, statistic: 'max', value: 24, unit: '%' },
      { evidence: 'E9', series: { __name__: 'mysql:threads_running' }, statistic: 'min', value: 6 },
      { evidence: 'E9', series: { __name__: 'mysql:threads_running' }, statistic: 'max', value: 6 },
    ],
    [
      'Replication lag on mysql-ledger-1 0 s for the whole hour.',
      { evidence: 'E9', series: { __name__: 'mysql:replication_lag_seconds' }, statistic: 'max', value: 0 },
    ],
    [
      'Traffic is not the cause: az1 serves about 212 requests per second and az2 about 208, with no meaningful change.',
      { evidence: 'E10', series: az1, statistic: 'mean', value: 212 },
      { evidence: 'E10', series: az2, statistic: 'mean', value: 208 },
      { evidence: 'E10', series: az1, statistic: 'change', value: -0.307 },
      { evidence: 'E10', series: az2, statistic: 'change', value: -0.23 },
    ],
    [
      'No restarts: all twelve pods have been running since 24 February.',
      { evidence: 'E6', count: 12, matching: '1/1 Running 0 2026-02-24' },
    ],
    [
      'Both deployments run ledger-api 4.17.2, so a bad release is ruled out as the difference between them.',
      { evidence: 'E7', quote: 'image: registry.corp/ledger-api:4.17.2' },
    ],
    [
      'All six az2 pods had version 42 on disk by 02:01:42, less than two minutes after the rotation.',
      written,
      {
        evidence: 'E11',
        quote: '2026-03-11T02:01:42.000Z level=info msg="rotated secret version 42 written" pod=ledger-api-az2-58b6f4d77-xv5cf',
      },
      rotation,
    ],
    ['CSI driver wrote nothing for az1.', { evidence: 'E11', absent: 'ledger-api-az1' }],
    [
      'Requests started to queue for a connection at 02:09:02; 57 gave up after 5000 ms.',
      waited,
      { evidence: 'E3', quote: 'waiting=<*> (2026-03-11T02:09:02Z' },
      { evidence: 'E3', quote: 'Connection is not available, request timed out after 5000ms' },
    ],
    ['Readiness probes did not notice any of this: both deployments still report six available replicas.', available1, available2],
    [
      "When the alert fired, a quarter of az1's requests were already failing.",
      { evidence: 'E1', series: az1, statistic: 'at', at: '2026-03-11T02:12:00Z', value: 25.2, unit: '%' },
    ],
    ['50 % of az1 requests failing by 02:20.', { evidence: 'E1', series: az1, statistic: 'at', at: '2026-03-11T02:20:00Z', value: 0.502 }],
    ['The first refused login followed the rotation by less than five minutes.', rotation, firstRefused],
    [
      'The previous rotation was on 9 February, and the pods of az1 started on 24 February, so they hold version 41.',
      { evidence: 'E5', quote: '2026-02-09T02:00:03Z rotate-role ledger_app ok, version 40 -> 41' },
      { evidence: 'E6', count: 6, matching: '2026-02-24T09:14' },
    ],
    [
      'The database password was rotated at 02:00:04, and the six az1 pods, which get it as an environment variable, went on logging in with the old one. After 200 failed logins the account was locked at 02:31:14, which took az2 down with it.',
      rotation,
      fromEnv,
      available1,
      lock,
      az2Errors,
    ],
    [
      'Root cause: the rotation of ledger_app reached only the pods of az2, because az1 has the password as env DB_PASSWORD from ledger-db-credentials instead of a CSI volume.',
      rotation,
      fromEnv,
      fromCsi,
      written,
    ],
    [
      'Not the network and not TLS: the server answers, and it says "Access denied" (using password: YES).',
      { evidence: 'E3', quote: "Access denied for user 'ledger_app'@'10.42.3.12' (using password: YES)" },
    ],
    ['az1 now fails about twice as often as az2 (94 % vs. 46 %).', az1Now, az2Now],
    [
      'Of the 408 access-denied lines, roughly half (208) complain about the lock rather than the password.',
      { evidence: 'E3', count: 408, matching: 'Access denied' },
      lockedLines,
    ],
    ['No "Too many connections" anywhere in the ledger-api logs.', { evidence: 'E3', absent: 'Too many connections' }],
    [
      'invoice-api, in the same namespace, still has 4 available replicas.',
      { evidence: 'E12', series: { deployment: 'invoice-api' }, statistic: 'last', value: 4 },
    ],
    [
      'login_guard locks an account after 200 failed logins within 30 min; az1 got there about 27 min after its first refused login.',
      policy,
      lock,
      firstRefused,
    ],
    ['The onset of the errors comes eight minutes after the rotation.', rotation],
    ['Alert fired 12 min after rotation.', rotation],
    [
      'Over the hour, az1 failed 49 % of its requests on average, az2 just under 8 %.',
      { evidence: 'E1', series: az1, statistic: 'mean', value: 48.6, unit: '%' },
      { evidence: 'E1', series: az2, statistic: 'mean', value: 7.71, unit: '%' },
    ],
    [
      "az2's error ratio had not moved by 02:31, when it was still 0.2 %.",
      { evidence: 'E1', series: az2, statistic: 'at', at: '2026-03-11T02:31:00Z', value: 0.2, unit: '%' },
      { evidence: 'E1', series: az2, statistic: 'min', value: 0.2, unit: '%' },
    ],
    [
      'ledger_app is rotated every 720 h, last time before tonight on 2026-02-09.',
      { evidence: 'E5', quote: '2026-02-09T02:00:03Z rotate-role ledger_app ok, version 40 -> 41, rotation_period 720h' },
      rotation,
    ],
    [
      'Order: rotation 02:00:04, first 1045 at 02:04:41, account locked 02:31:14, az1 pool empty 02:34.',
      rotation,
      firstRefused,
      lock,
      az1Pool,
      { evidence: 'E4', series: az1, statistic: 'at', at: '2026-03-11T02:34:00Z', value: 0 },
    ],
    [
      'ledger-api-az1-6f7d9c5b8-2xkqp (worker-a3) is healthy as far as Kubernetes is concerned: 1/1, no restarts.',
      { evidence: 'E6', quote: 'ledger-api-az1-6f7d9c5b8-2xkqp 1/1 Running 0 2026-02-24T09:14:10Z worker-a3' },
    ],
    [
      'Exactly half of the pods, six of twelve, never received version 42.',
      { evidence: 'E6', count: 12, matching: '1/1 Running' },
      written,
      { evidence: 'E11', absent: 'ledger-api-az1' },
    ],
    ['The account will not be unlocked before 02:31:14 on 12 March.', { evidence: 'E8', quote: 'unlock at 2026-03-12T02:31:14Z' }],
  ],
}
