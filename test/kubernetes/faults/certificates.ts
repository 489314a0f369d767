import type { FaultCase } from './case.ts'
import { alert, answer, fault, healthyDeployment } from './cluster.ts'
import { event } from './events.ts'
import { certificate, ingress, plain } from './things.ts'
import { workload } from './workloads.ts'
import { ago, d, h, type Json, m, s, type World } from './world.ts'

const condition = (w: World, type: string, status: string, rest: { reason: string; message: string; since: number }): Json => ({
  type,
  status,
  observedGeneration: 1,
  lastTransitionTime: ago(w, rest.since),
  reason: rest.reason,
  message: rest.message,
})

const expiring = /expir|certificate|not ?after|renew/i

const rule = (w: World, of: { ns: string; name: string; issuer: string; scraped?: boolean }): FaultCase['alert'] =>
  alert(
    w,
    'CertManagerCertExpirySoon',
    {
      // Without honorLabels the namespace is that of cert-manager itself.
      namespace: of.scraped ? 'cert-manager' : of.ns,
      exported_namespace: of.ns,
      name: of.name,
      issuer_name: of.issuer,
      issuer_kind: 'ClusterIssuer',
      issuer_group: 'cert-manager.io',
      job: 'cert-manager',
      service: 'cert-manager',
      container: 'cert-manager-controller',
    },
    { for: h(1) },
  )

export const certificates: FaultCase[] = [
  ...fault('certificate-not-renewed', [
    {
      tell: (w) => {
        workload(w, { ns: 'cert-manager', name: 'cert-manager', replicas: 1, requests: { cpu: '10m' }, age: d(200), rolled: d(50) })
        const made = certificate(w, {
          ns: 'shop',
          name: 'shop-tls',
          secret: 'shop-tls',
          hosts: ['shop.example.com'],
          issuer: 'letsencrypt',
          notBefore: d(83),
          notAfter: d(6) + h(20),
          renewal: -d(23),
          issuing: condition(w, 'Issuing', 'False', {
            reason: 'Failed',
            message:
              'The certificate request has failed to complete and will be retried: Failed to wait for order resource "shop-tls-5-2871190443" to become ready: order is in "invalid" state: ',
            since: h(5),
          }),
          failed: { ago: h(5), attempts: 6 },
        })
        plain(w, {
          apiVersion: 'acme.cert-manager.io/v1',
          kind: 'Order',
          ns: 'shop',
          name: 'shop-tls-5-2871190443',
          age: h(6),
          rest: {
            spec: { dnsNames: ['shop.example.com'], issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt' } },
            status: { state: 'invalid', failureTime: ago(w, h(5)) },
          },
        })
        ingress(w, { ns: 'shop', name: 'shop', host: 'shop.example.com', service: 'front', tls: 'shop-tls' })
        healthyDeployment(w, { ns: 'shop', name: 'front' })
        return {
          alert: rule(w, { ns: 'shop', name: 'shop-tls', issuer: 'letsencrypt', scraped: true }),
          expected: answer(
            made,
            [expiring],
            [
              { kind: 'Secret', namespace: 'shop', name: 'shop-tls' },
              { kind: 'Order', namespace: 'shop', name: 'shop-tls-5-2871190443' },
            ],
          ),
        }
      },
    },
    {
      herrings: ['certificateFar', 'oldOom', 'neighbourPull', 'chronicCrash'],
      tell: (w) => {
        const made = certificate(w, {
          ns: 'api',
          name: 'api-public',
          secret: 'api-public-tls',
          hosts: ['api.example.com', 'api.example.org'],
          issuer: 'letsencrypt-dns',
          notBefore: d(86),
          notAfter: d(3) + h(22),
          renewal: -d(26),
          issuing: condition(w, 'Issuing', 'True', {
            reason: 'Renewing',
            message: 'Renewing certificate as renewal was scheduled at 2026-02-14 03:12:44 +0000 UTC',
            since: h(3),
          }),
          failed: { ago: h(4), attempts: 9 },
        })
        const challenge = plain(w, {
          apiVersion: 'acme.cert-manager.io/v1',
          kind: 'Challenge',
          ns: 'api',
          name: 'api-public-5-1129-441',
          age: h(3),
          rest: {
            spec: { dnsName: 'api.example.org', type: 'DNS-01' },
            status: {
              state: 'pending',
              presented: false,
              processing: true,
              reason: 'error getting clouddns service account: secret "clouddns-sa" not found',
            },
          },
        })
        event(w, {
          on: challenge,
          type: 'Warning',
          reason: 'PresentError',
          message: 'Error presenting challenge: error getting clouddns service account: secret "clouddns-sa" not found',
          first: h(3),
          last: m(2),
          count: 21,
          from: 'cert-manager-challenges',
        })
        ingress(w, { ns: 'api', name: 'api', host: 'api.example.com', service: 'graph', tls: 'api-public-tls' })
        healthyDeployment(w, { ns: 'api', name: 'graph' })
        return {
          alert: rule(w, { ns: 'api', name: 'api-public', issuer: 'letsencrypt-dns' }),
          expected: answer(made, [expiring, /clouddns-sa/i], [challenge, { kind: 'Secret', namespace: 'api', name: 'clouddns-sa' }]),
        }
      },
    },
  ]),
  ...fault('certificate-expired', [
    {
      tell: (w) => {
        const made = certificate(w, {
          ns: 'internal',
          name: 'mtls-server',
          secret: 'mtls-server',
          hosts: ['ledger.internal.svc'],
          issuer: 'internal-ca',
          issuerKind: 'Issuer',
          notBefore: d(90) + m(31),
          notAfter: -m(31),
          renewal: -d(30),
          ready: condition(w, 'Ready', 'False', {
            reason: 'Expired',
            message: `Certificate expired on ${new Date(w.now - m(31) * 1000).toUTCString().replace('GMT', 'UTC')}`,
            since: m(31),
          }),
          issuing: condition(w, 'Issuing', 'True', { reason: 'Expired', message: 'Renewing certificate as it has expired', since: m(31) }),
          failed: { ago: h(2), attempts: 11 },
        })
        healthyDeployment(w, { ns: 'internal', name: 'ledger' })
        return {
          alert: alert(
            w,
            'CertManagerCertNotReady',
            { namespace: 'internal', exported_namespace: 'internal', name: 'mtls-server', condition: 'False' },
            { for: m(10), severity: 'critical' },
          ),
          expected: answer(made, [expiring], [{ kind: 'Secret', namespace: 'internal', name: 'mtls-server' }]),
        }
      },
    },
    {
      tell: (w) => {
        const made = certificate(w, {
          ns: 'partners',
          name: 'sftp-web',
          secret: 'sftp-web-tls',
          hosts: ['files.example.com'],
          issuer: 'letsencrypt',
          notBefore: d(90) + m(22),
          notAfter: -m(22),
          renewal: -d(30),
          ready: condition(w, 'Ready', 'False', {
            reason: 'Expired',
            message: `Certificate expired on ${new Date(w.now - m(22) * 1000).toUTCString().replace('GMT', 'UTC')}`,
            since: m(22),
          }),
          failed: { ago: h(9), attempts: 14 },
        })
        const made2 = healthyDeployment(w, { ns: 'partners', name: 'sftp-web' })
        const door = ingress(w, { ns: 'partners', name: 'sftp-web', host: 'files.example.com', service: 'sftp-web', tls: 'sftp-web-tls' })
        event(w, { on: door, reason: 'Sync', message: 'Scheduled for sync', first: m(50), from: 'nginx-ingress-controller' })
        return {
          alert: alert(
            w,
            'ProbeFailed',
            { namespace: 'partners', ingress: 'sftp-web', instance: 'https://files.example.com/', job: 'blackbox' },
            { for: m(5), severity: 'critical' },
          ),
          expected: answer(made, [expiring], [door, made2, { kind: 'Secret', namespace: 'partners', name: 'sftp-web-tls' }]),
        }
      },
    },
  ]),
  ...fault('certificate-issuer-not-there', [
    {
      tell: (w) => {
        const made = certificate(w, {
          ns: 'web',
          name: 'landing-tls',
          secret: 'landing-tls',
          hosts: ['www.example.net'],
          issuer: 'letsencrypt-prod',
          notBefore: d(80),
          notAfter: d(9),
          renewal: -d(20),
          age: d(80),
          issuing: condition(w, 'Issuing', 'True', {
            reason: 'Renewing',
            message: 'Renewing certificate as renewal was scheduled at 2026-02-11 08:00:00 +0000 UTC',
            since: d(1),
          }),
        })
        const request = plain(w, {
          apiVersion: 'cert-manager.io/v1',
          kind: 'CertificateRequest',
          ns: 'web',
          name: 'landing-tls-5',
          age: d(1),
          rest: {
            spec: { issuerRef: { kind: 'ClusterIssuer', name: 'letsencrypt-prod' }, request: 'LS0tLS1CRUdJTi==' },
            status: {
              conditions: [
                {
                  type: 'Approved',
                  status: 'True',
                  lastTransitionTime: ago(w, d(1)),
                  reason: 'cert-manager.io',
                  message: 'Certificate request has been approved by cert-manager.io',
                },
                {
                  type: 'Ready',
                  status: 'False',
                  lastTransitionTime: ago(w, d(1)),
                  reason: 'Pending',
                  message: 'Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "letsencrypt-prod" not found',
                },
              ],
            },
          },
        })
        event(w, {
          on: request,
          reason: 'IssuerNotFound',
          message: 'Referenced "ClusterIssuer" not found: clusterissuer.cert-manager.io "letsencrypt-prod" not found',
          first: d(1),
          last: s(50),
          count: 300,
          from: 'cert-manager-certificaterequests-issuer-acme',
        })
        healthyDeployment(w, { ns: 'web', name: 'landing-page' })
        return {
          alert: rule(w, { ns: 'web', name: 'landing-tls', issuer: 'letsencrypt-prod' }),
          expected: answer(made, [expiring, /issuer/i], [request, { kind: 'ClusterIssuer', name: 'letsencrypt-prod' }]),
        }
      },
    },
    {
      tell: (w) => {
        const made = certificate(w, {
          ns: 'grpc',
          name: 'edge-cert',
          secret: 'edge-cert',
          hosts: ['edge.example.io'],
          issuer: 'vault-issuer',
          issuerKind: 'Issuer',
          notBefore: d(28),
          notAfter: d(1) + h(20),
          renewal: -d(8),
          age: d(200),
          issuing: condition(w, 'Issuing', 'True', {
            reason: 'Renewing',
            message: 'Renewing certificate as renewal was scheduled',
            since: d(2),
          }),
        })
        const issuer = plain(w, {
          apiVersion: 'cert-manager.io/v1',
          kind: 'Issuer',
          ns: 'grpc',
          name: 'vault-issuer',
          age: d(200),
          rest: {
            spec: { vault: { server: 'https://vault.vault.svc:8200', path: 'pki/sign/edge' } },
            status: {
              conditions: [
                {
                  type: 'Ready',
                  status: 'False',
                  lastTransitionTime: ago(w, d(2)),
                  reason: 'VaultError',
                  message:
                    'Failed to initialize Vault client: error calling Vault server: Error making API request. Code: 403. Errors: * permission denied',
                },
              ],
            },
          },
        })
        event(w, {
          on: issuer,
          type: 'Warning',
          reason: 'VaultError',
          message:
            'Failed to initialize Vault client: error calling Vault server: Error making API request. Code: 403. Errors: * permission denied',
          first: d(2),
          last: m(3),
          count: 190,
          from: 'cert-manager-issuers',
        })
        healthyDeployment(w, { ns: 'grpc', name: 'edge' })
        return {
          alert: rule(w, { ns: 'grpc', name: 'edge-cert', issuer: 'vault-issuer' }),
          expected: answer(made, [expiring, /issuer|vault/i], [issuer, { kind: 'Secret', namespace: 'grpc', name: 'edge-cert' }]),
        }
      },
    },
  ]),
]
