import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'
const code = (value: string, statistic: Statistic, number: number): Receipt => ({
  evidence: 'E1',
  series: { code: value },
  statistic,
  value: number,
})
const codeAt = (value: string, at: string, number: number): Receipt => ({
  evidence: 'E1',
  series: { code: value },
  statistic: 'at',
  at: `2026-05-09T${at}Z`,
  value: number,
})
const share = (route: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E2',
  series: { route },
  statistic,
  value,
  unit: '%',
})
const shareAt = (at: string, value: number): Receipt => ({
  evidence: 'E2',
  series: { route: '/v1/transfers' },
  statistic: 'at',
  at: `2026-05-09T${at}Z`,
  value,
  unit: '%',
})
const remaining = (name: string, value: number): Receipt => ({ evidence: 'E7', series: { name }, statistic: 'last', value })
const cpu = (pod: string, statistic: Statistic, value: number): Receipt => ({
  evidence: 'E9',
  series: { pod: `ledger-58fd7b9c44-${pod}` },
  statistic,
  value,
})
const available = (deployment: string, value: number): Receipt => ({ evidence: 'E12', series: { deployment }, statistic: 'last', value })
const refused: Receipt = { evidence: 'E3', count: 449, matching: 'certificate has expired' }
const refusedSpan: Receipt = { evidence: 'E3', quote: '(2026-05-09T09:15:04Z to 2026-05-09T09:44:56Z)' }
const handshakes: Receipt = { evidence: 'E4', count: 449, matching: 'TLS handshake error' }
const denied: Receipt = { evidence: 'E6', count: 24, matching: 'error signing certificate' }
const deniedLine: Receipt = {
  evidence: 'E6',
  quote: 'certificate=payments/ledger-mtls err="vault: POST /v1/pki_int/sign/ledger: Code: 403. permission denied"',
}
const notAfter: Receipt = { evidence: 'E5', quote: 'Not After:     2026-05-09T09:15:00Z' }
const renewal: Receipt = { evidence: 'E5', quote: 'Renewal Time:  2026-04-09T09:15:00Z' }
const attempts: Receipt = { evidence: 'E5', quote: 'Failed Issuance Attempts:  720' }
const commit: Receipt = { evidence: 'E11', quote: 'commit a41f7c9  2026-04-02T16:20:11Z  m.okafor  "vault: tighten cert-manager policy"' }
const removed: Receipt = { evidence: 'E11', quote: '-  path "pki_int/sign/ledger"  { capabilities = ["create", "update"] }' }
const lastPosted: Receipt = { evidence: 'E4', quote: '2026-05-09T09:19:45.000Z level=info msg="transfer posted" id=tr_88259' }

export const certificateSentences: Unseen['trueSentences'] = [
  ['Every call to /v1/transfers has failed since 09:20 UTC.', share('/v1/transfers', 'last', 100), shareAt('09:20:00', 100)],
  [
    'The failure share of /v1/transfers went from 0 to 100 % in five minutes, between 09:15 and 09:20.',
    share('/v1/transfers', 'change', 100),
    shareAt('09:15:00', 0),
    shareAt('09:20:00', 100),
  ],
  ['By the time the alert fired, half of all transfers were failing.', shareAt('09:17:30', 50)],
  ['At 09:15:30, thirty seconds after the expiry, one in ten transfers already failed.', shareAt('09:15:30', 10), notAfter],
  [
    'Successful transfers fell from 82/s at 09:15 to zero at 09:20 and have not come back.',
    codeAt('200', '09:15:00', 82),
    codeAt('200', '09:20:00', 0),
    code('200', 'last', 0),
  ],
  ['The gateway now answers 84 transfers a second with a 503, roughly 5,000 a minute.', code('503', 'last', 84)],
  ['Before 09:15 there were no 503s at all on this route.', code('503', 'min', 0), codeAt('503', '09:15:00', 0), code('503', 'change', 84)],
  ['503s peaked at 87 per second at 09:20.', code('503', 'max', 87), codeAt('503', '09:20:00', 87)],
  ['Demand has not changed: 87 requests/s succeeded at 08:45, and 84/s fail now.', codeAt('200', '08:45:00', 87), code('503', 'last', 84)],
  ['At 09:17:30 good and bad were level, 43/s each.', codeAt('200', '09:17:30', 43), codeAt('503', '09:17:30', 43)],
  [
    'Only transfers are hit: /v1/quotes stays at 0.1 % errors and /v1/accounts at 0.2 %.',
    share('/v1/quotes', 'last', 0.1),
    share('/v1/accounts', 'last', 0.2),
    share('/v1/transfers', 'last', 100),
  ],
  ['/v1/quotes is flat at 0.1 %, so the gateway as such is fine.', share('/v1/quotes', 'last', 0.1), share('/v1/quotes', 'change', 0)],
  ['/v1/accounts never went above 0.3 % errors, far below the 5 % threshold.', share('/v1/accounts', 'max', 0.3)],
  ['The gateway rejected the ledger certificate 449 times between 09:15:04 and 09:44:56.', refused, refusedSpan],
  ['The first x509 error came 4 s after the certificate ran out at 09:15:00.', refusedSpan, notAfter],
  [
    'Gateway error, verbatim: "certificate has expired or is not yet valid: current time 2026-05-09T09:44:56Z is after 2026-05-09T09:15:00Z".',
    {
      evidence: 'E3',
      quote: 'certificate has expired or is not yet valid: current time 2026-05-09T09:44:56Z is after 2026-05-09T09:15:00Z',
    },
  ],
  [
    'All of these errors concern one upstream, ledger.payments.svc:8443.',
    refused,
    { evidence: 'E3', count: 449, matching: 'level=error upstream=ledger.payments.svc:8443' },
    { evidence: 'E3', count: 449, matching: 'level=error' },
  ],
  [
    'The circuit breaker towards the ledger opened six times, most recently at 09:41:10, for 30 s each.',
    { evidence: 'E3', count: 6, matching: 'circuit breaker opened for 30s' },
    { evidence: 'E3', quote: '2026-05-09T09:41:10.000Z level=warn upstream=ledger.payments.svc:8443 msg="circuit breaker opened for 30s"' },
  ],
  [
    'Calls from the same gateway to fx keep working, with 60 HTTP 200s over the hour.',
    { evidence: 'E3', count: 60, matching: 'upstream=fx.payments.svc:8443 status=200' },
  ],
  [
    'There are no timeouts and no "connection refused" in the gateway logs, which rules out a network fault.',
    { evidence: 'E3', absent: 'timeout' },
    { evidence: 'E3', absent: 'connection refused' },
  ],
  [
    'The ledger sees the same thing from its side: 449 TLS handshake errors, "remote error: tls: expired certificate".',
    handshakes,
    { evidence: 'E4', quote: 'remote error: tls: expired certificate' },
  ],
  [
    'The handshake failures in the ledger come from 10.4.2.17.',
    { evidence: 'E4', count: 449, matching: 'TLS handshake error from 10.4.2.17' },
  ],
  [
    'The last transfer was posted at 09:19:45 (tr_88259); nothing after that.',
    lastPosted,
    { evidence: 'E4', quote: '(2026-05-09T08:45:00Z to 2026-05-09T09:19:45Z)' },
  ],
  ['Old keep-alive connections carried traffic until 09:19:45, almost five minutes past the expiry.', lastPosted, notAfter],
  [
    'No panics in the ledger, and nothing about the database either.',
    { evidence: 'E4', absent: 'panic' },
    { evidence: 'E4', absent: 'database' },
  ],
  [
    'Incoming load on the ledger dropped from 87 requests per second to none.',
    { evidence: 'E8', statistic: 'change', value: -87 },
    { evidence: 'E8', statistic: 'last', value: 0 },
  ],
  [
    'The ledger is idle rather than overloaded: 2xk9d uses 0.06 cores, down from 0.42.',
    cpu('2xk9d', 'last', 0.06),
    cpu('2xk9d', 'change', -0.36),
  ],
  [
    'CPU of all three ledger pods sank to 0.05–0.06 cores.',
    cpu('2xk9d', 'last', 0.06),
    cpu('jw6mt', 'last', 0.05),
    cpu('q7zrh', 'last', 0.06),
  ],
  [
    'q7zrh lost 0.38 cores (440 → 60 millicores) once the requests stopped arriving.',
    cpu('q7zrh', 'change', -0.38),
    cpu('q7zrh', 'max', 0.44),
    { evidence: 'E8', statistic: 'last', value: 0 },
  ],
  [
    'Both deployments are fully up, with four gateway replicas and three ledger replicas available.',
    available('gateway', 4),
    available('ledger', 3),
  ],
  [
    'ledger-mtls expired on 9 May at 09:15:00 UTC, 90 days after it had been issued.',
    notAfter,
    { evidence: 'E5', quote: 'Not Before:    2026-02-08T09:15:00Z' },
  ],
  ['Half an hour ago the certificate lapsed; its remaining lifetime is now −1,800 s.', remaining('ledger-mtls', -1800), notAfter],
  [
    'At 08:45 ledger-mtls still had 30 minutes to live.',
    { evidence: 'E7', series: { name: 'ledger-mtls' }, statistic: 'at', at: '2026-05-09T08:45:00Z', value: 1800 },
  ],
  [
    'The other two certificates are good for weeks: fx-mtls for 50 days, gateway-mtls for 54.5.',
    remaining('fx-mtls', 4320000),
    remaining('gateway-mtls', 4708800),
  ],
  ['cert-manager reports ledger-mtls as not ready, reason Expired.', { evidence: 'E5', quote: 'Condition Ready: False  Reason: Expired' }],
  ['Renewal was due on 2026-04-09, thirty days ahead of the expiry, and has failed 720 times.', renewal, notAfter, attempts],
  [
    'In the past 24 h cert-manager tried 24 times to sign payments/ledger-mtls; Vault answered each attempt with a 403.',
    denied,
    { evidence: 'E6', count: 24, matching: 'Code: 403. permission denied' },
    deniedLine,
  ],
  [
    'The last attempt before the outage, at 09:03:20, was refused with "permission denied" on /v1/pki_int/sign/ledger.',
    {
      evidence: 'E6',
      quote:
        '2026-05-09T09:03:20.000Z E "error signing certificate" certificate=payments/ledger-mtls err="vault: POST /v1/pki_int/sign/ledger: Code: 403. permission denied"',
    },
  ],
  [
    'cert-manager itself works: at 09:05 it found fx-mtls up to date.',
    { evidence: 'E6', quote: '2026-05-09T09:05:00.000Z I "certificate is up to date" certificate=payments/fx-mtls' },
  ],
  [
    'Commit a41f7c9 of 2 April removed the path pki_int/sign/ledger from the Vault policy of cert-manager.',
    commit,
    removed,
    { evidence: 'E11', quote: 'policies/cert-manager.hcl' },
  ],
  ['The policy was tightened on 2026-04-02 at 16:20, a week before the renewal fell due.', commit, renewal],
  [
    'The paths for gateway and fx were left in place; only that for the ledger is gone.',
    { evidence: 'E11', quote: 'path "pki_int/sign/gateway" { capabilities = ["create", "update"] }' },
    { evidence: 'E11', quote: 'path "pki_int/sign/fx"      { capabilities = ["create", "update"] }' },
    removed,
  ],
  [
    'Not a deploy: gateway was last rolled out on 6 May (2026.05.1), ledger on 28 April (4.11.2).',
    { evidence: 'E10', quote: 'rev 118  2026-05-06T11:02:40Z  ghcr.io/acme/gateway:2026.05.1' },
    { evidence: 'E10', quote: 'rev 73   2026-04-28T14:30:02Z  ghcr.io/acme/ledger:4.11.2' },
  ],
  [
    'The newest gateway revision, 118, is three days old.',
    { evidence: 'E10', quote: 'rev 118  2026-05-06T11:02:40Z  ghcr.io/acme/gateway:2026.05.1' },
  ],
  [
    'Root cause: a41f7c9 took the right to sign for the ledger away from cert-manager, so ledger-mtls could not be renewed and expired at 09:15.',
    commit,
    removed,
    deniedLine,
    notAfter,
  ],
  [
    'The mTLS certificate of the ledger expired at 09:15 and the gateway refuses to talk to it. All transfers fail with 503 (84/s); other routes are unaffected.',
    notAfter,
    refused,
    code('503', 'last', 84),
    share('/v1/quotes', 'change', 0),
  ],
]
