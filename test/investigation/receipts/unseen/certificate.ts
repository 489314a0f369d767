import { certificateSentences } from './certificate-sentences.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-05-09T08:45:00Z', to: '2026-05-09T09:45:00Z' }
const day = { from: '2026-05-08T09:45:00Z', to: '2026-05-09T09:45:00Z' }
const recycled = { from: '2026-05-09T09:15:00Z', to: '2026-05-09T09:20:00Z' }

const tenths = (value: number): number => Math.round(value * 10) / 10
const lost = ramp(0, 1, recycled)
const transfers = (at: number): number => 84 + Math.round(3 * Math.sin(at / 110))
const good = (at: number): number => tenths(transfers(at) * (1 - lost(at)))
const until = (expiry: string) => (at: number) => Date.parse(expiry) / 1000 - at

const gateway = { app: 'gateway', namespace: 'edge' }
const ledger = { app: 'ledger', namespace: 'payments' }
const issuer = { app: 'cert-manager', namespace: 'cert-manager' }
const expiredAt = (index: number): string => new Date(Date.parse('2026-05-09T09:15:04Z') + index * 4000).toISOString().replace('.000', '')

export const certificate: Unseen = {
  evidence: [
    metric('E1', 'sum by (code) (rate(http_requests_total{app="gateway", route="/v1/transfers"}[1m]))', window, [
      course(window, 30, { code: '200' }, good),
      course(window, 30, { code: '503' }, (at) => tenths(transfers(at) - good(at))),
    ]),
    metric(
      'E2',
      'sum by (route) (rate(http_requests_total{app="gateway", code=~"5.."}[1m])) / sum by (route) (rate(http_requests_total{app="gateway"}[1m]))',
      window,
      [
        course(window, 30, { route: '/v1/transfers' }, lost),
        course(window, 30, { route: '/v1/quotes' }, () => 0.001),
        course(window, 30, { route: '/v1/accounts' }, (at) => (at % 600 === 0 ? 0.003 : 0.002)),
      ],
    ),
    logs('E3', '{app="gateway"} |= "upstream"', window, [
      ...lines(
        { count: 449, first: '2026-05-09T09:15:04Z', every: 4 },
        gateway,
        (i) =>
          `level=error upstream=ledger.payments.svc:8443 err="x509: certificate has expired or is not yet valid: current time ${expiredAt(i)} is after 2026-05-09T09:15:00Z"`,
      ),
      ...lines(
        { count: 6, first: '2026-05-09T09:16:10Z', every: 300 },
        gateway,
        () => 'level=warn upstream=ledger.payments.svc:8443 msg="circuit breaker opened for 30s"',
      ),
      ...lines(
        { count: 60, first: '2026-05-09T08:45:20Z', every: 60 },
        gateway,
        (i) => `level=info upstream=fx.payments.svc:8443 status=200 ms=${11 + (i % 5)}`,
      ),
    ]),
    logs('E4', '{app="ledger"}', window, [
      ...lines(
        { count: 449, first: '2026-05-09T09:15:04Z', every: 4 },
        ledger,
        (i) => `http: TLS handshake error from 10.4.2.17:${41000 + i * 7}: remote error: tls: expired certificate`,
      ),
      ...lines(
        { count: 140, first: '2026-05-09T08:45:00Z', every: 15 },
        ledger,
        (i) => `level=info msg="transfer posted" id=tr_${88120 + i} ms=${38 + (i % 6)}`,
      ),
    ]),
    text(
      'E5',
      'kubernetes',
      'describe certificate ledger-mtls -n payments',
      [
        'Name:         ledger-mtls',
        'Namespace:    payments',
        'Spec:  Duration: 2160h  Renew Before: 720h  Issuer Ref: ClusterIssuer/vault-pki  Secret Name: ledger-mtls-tls',
        'Status:',
        '  Not Before:    2026-02-08T09:15:00Z',
        '  Not After:     2026-05-09T09:15:00Z',
        '  Renewal Time:  2026-04-09T09:15:00Z',
        '  Failed Issuance Attempts:  720',
        '  Condition Ready: False  Reason: Expired  Message: Certificate expired on 2026-05-09T09:15:00Z',
      ].join('\n'),
    ),
    logs('E6', '{app="cert-manager"} |= "payments/"', day, [
      ...lines(
        { count: 24, first: '2026-05-08T10:03:20Z', every: 3600 },
        issuer,
        () =>
          'E "error signing certificate" certificate=payments/ledger-mtls err="vault: POST /v1/pki_int/sign/ledger: Code: 403. permission denied"',
      ),
      ...lines(
        { count: 24, first: '2026-05-08T10:05:00Z', every: 3600 },
        issuer,
        () => 'I "certificate is up to date" certificate=payments/fx-mtls',
      ),
    ]),
    metric('E7', 'certmanager_certificate_expiration_timestamp_seconds - time()', window, [
      course(window, 60, { name: 'ledger-mtls', namespace: 'payments' }, until('2026-05-09T09:15:00Z')),
      course(window, 60, { name: 'fx-mtls', namespace: 'payments' }, until('2026-06-28T09:45:00Z')),
      course(window, 60, { name: 'gateway-mtls', namespace: 'edge' }, until('2026-07-02T21:45:00Z')),
    ]),
    metric('E8', 'sum(rate(http_requests_total{app="ledger"}[1m]))', window, [course(window, 30, {}, good)]),
    metric('E9', 'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="payments", container="ledger"}[2m]))', window, [
      course(window, 30, { pod: 'ledger-58fd7b9c44-2xk9d' }, ramp(0.42, 0.06, recycled)),
      course(window, 30, { pod: 'ledger-58fd7b9c44-jw6mt' }, ramp(0.4, 0.05, recycled)),
      course(window, 30, { pod: 'ledger-58fd7b9c44-q7zrh' }, ramp(0.44, 0.06, recycled)),
    ]),
    text(
      'E10',
      'kubernetes',
      'rollout history deployment/gateway -n edge; deployment/ledger -n payments',
      [
        'deployment/gateway',
        '  rev 118  2026-05-06T11:02:40Z  ghcr.io/acme/gateway:2026.05.1',
        '  rev 117  2026-04-29T09:41:13Z  ghcr.io/acme/gateway:2026.04.4',
        'deployment/ledger',
        '  rev 73   2026-04-28T14:30:02Z  ghcr.io/acme/ledger:4.11.2',
        '  rev 72   2026-04-15T08:55:21Z  ghcr.io/acme/ledger:4.11.1',
      ].join('\n'),
    ),
    text(
      'E11',
      'git',
      'log -p infra/vault-policies --since 2026-03-25',
      [
        'commit a41f7c9  2026-04-02T16:20:11Z  m.okafor  "vault: tighten cert-manager policy"',
        '  policies/cert-manager.hcl',
        '-  path "pki_int/sign/ledger"  { capabilities = ["create", "update"] }',
        '   path "pki_int/sign/gateway" { capabilities = ["create", "update"] }',
        '   path "pki_int/sign/fx"      { capabilities = ["create", "update"] }',
      ].join('\n'),
    ),
    instant('E12', 'kube_deployment_status_replicas_available{deployment=~"gateway|ledger"}', '2026-05-09T09:45:00Z', [
      [{ deployment: 'gateway', namespace: 'edge' }, 4],
      [{ deployment: 'ledger', namespace: 'payments' }, 3],
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'GatewayUpstreamErrors', app: 'gateway', namespace: 'edge', route: '/v1/transfers', severity: 'critical' },
      expression:
        'sum(rate(http_requests_total{app="gateway", route="/v1/transfers", code=~"5.."}[1m])) / sum(rate(http_requests_total{app="gateway", route="/v1/transfers"}[1m])) > 0.05',
      threshold: 0.05,
      startsAt: '2026-05-09T09:17:30Z',
      onset: '2026-05-09T09:15:30Z',
      object: { kind: 'Deployment', namespace: 'edge', name: 'gateway' },
    },
    now: new Date('2026-05-09T09:45:15Z'),
  },
  trueSentences: certificateSentences,
}
