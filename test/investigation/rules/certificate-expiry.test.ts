import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import { certificateExpiry as rule } from '../../../src/investigation/rules/certificate-expiry.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { saying, serve } from '../../datasources/wire.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, object, service } from '../../kubernetes/made.ts'

/** Self-signed, made for this test; one ended at the start of 2025, one ends in 2045. Base64 of PEM, as in a caBundle. */
const ENDED = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJFVENCdUFJQkFUQUtCZ2dxaGtqT1BRUURBakFWTVJNd0VRWURWUVFEREFwM1pXSm9iMjlyTFdOaE1C',
  'NFgKRFRJME1ERXdNVEF3TURBd01Gb1hEVEkxTURFd01UQXdNREF3TUZvd0ZURVRNQkVHQTFVRUF3d0tkMlZpYUc5dgpheTFqWVRCWk1CTUdCeXFHU000OUFn',
  'RUdDQ3FHU000OUF3RUhBMElBQkdSdEtKWmM5dDRkSW8yRXRHWis5Tk9ZClFReDNRRHNOVnUrakh5VmFCbWF3enlmRnFDQ25GL2orL2RFUFovNzVXMXFwSWI3',
  'M1NGM3Boc0dBaEdZWFZLOHcKQ2dZSUtvWkl6ajBFQXdJRFNBQXdSUUloQUpSSVVZS0JTWTVEUDdPK283VkdPdHIxUHd6RzVPR3NFaXJWd29UeAowbUJPQWlC',
  'MmVkVStieGZrOU5VTzNXNGp4ZjFqV1ZBNHprZFhLTTJUZWVnL00vVVJlZz09Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K',
].join('')
const GOOD = [
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJFakNCdUFJQkFqQUtCZ2dxaGtqT1BRUURBakFWTVJNd0VRWURWUVFEREFwM1pXSm9iMjlyTFdOaE1C',
  'NFgKRFRJME1ERXdNVEF3TURBd01Gb1hEVFExTURFd01UQXdNREF3TUZvd0ZURVRNQkVHQTFVRUF3d0tkMlZpYUc5dgpheTFqWVRCWk1CTUdCeXFHU000OUFn',
  'RUdDQ3FHU000OUF3RUhBMElBQkdSdEtKWmM5dDRkSW8yRXRHWis5Tk9ZClFReDNRRHNOVnUrakh5VmFCbWF3enlmRnFDQ25GL2orL2RFUFovNzVXMXFwSWI3',
  'M1NGM3Boc0dBaEdZWFZLOHcKQ2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQVBMVllxdDZjOW9zM2NabHl1L2UwNGU1eEtYNVAzRmFRQkNtVFdUcgp2d201QWlF',
  'QXljUnJPa3pDV3RyWmh3WHJLaFMrbmVYZ0RySmdTY1crdWxoelZja3RmdjQ9Ci0tLS0tRU5EIENFUlRJRklDQVRFLS0tLS0K',
].join('')

const certificate = (status: Readonly<Record<string, unknown>>): KubeObject =>
  object('Certificate', 'shop/shop-tls', {
    apiVersion: 'cert-manager.io/v1',
    spec: { secretName: 'shop-tls', dnsNames: ['shop.example.com'] },
    status,
  })

const ingress = object('Ingress', 'shop/front', {
  spec: {
    tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }],
    rules: [
      { host: 'shop.example.com', http: { paths: [{ path: '/', backend: { service: { name: 'checkout', port: { number: 80 } } } }] } },
    ],
  },
})
const notReady = (reason: string, message: string, minutes: number) => ({
  conditions: [{ type: 'Ready', status: 'False', reason, message, lastTransitionTime: ago(minutes) }],
})
const shop = [...app('checkout'), service('shop/checkout', { app: 'checkout' }), ingress]
const expired = certificate({
  notAfter: ago(25),
  renewalTime: ago(60 * 24 * 30),
  ...notReady('Expired', 'Certificate expired on Fri, 20 Nov 2026', 25),
})
const healthy = certificate({
  notAfter: ago(-60 * 24 * 40),
  renewalTime: ago(-60 * 24 * 10),
  conditions: [{ type: 'Ready', status: 'True', reason: 'Ready' }],
})

ruleContract(rule, { found: inCluster([...shop, expired]), nothing: inCluster([...shop, healthy]) })

describe('certificate-expiry', () => {
  it('says of a certificate that the alert names that its renewal is late, weeks before its end, and why', async () => {
    const weeks = certificate({ notAfter: ago(-60 * 24 * 20), renewalTime: ago(60 * 24), conditions: [{ type: 'Ready', status: 'True' }] })
    const request = object('CertificateRequest', 'shop/shop-tls-5')
    const told = event(request, 'IssuerNotFound', 'Referenced "ClusterIssuer" not found: letsencrypt', { type: 'Normal' })
    const labels = { alertname: 'CertificateExpiresSoon', name: 'shop-tls', namespace: 'cert-manager', exported_namespace: 'shop' }
    const [finding] = await found(rule, inCluster([weeks, told], { labels, subject: null }))
    assert.deepEqual([finding?.object?.name, finding?.category], ['shop-tls', 'certificate'])
    assert.match(finding?.summary ?? '', /expires in 20 d and has not been renewed.*Referenced "ClusterIssuer" not found/)
    assert.deepEqual(
      accused(await found(rule, inCluster([weeks, told, ...shop], { labels: { ...labels, name: 'other' }, subject: null }))),
      [],
    )
  })

  it("accuses a certificate of the alert's ingress that has expired", async () => {
    const findings = await found(rule, inCluster([...shop, expired]))
    assert.deepEqual(accused(findings), ['Certificate shop-tls'])
    assert.equal(findings[0]?.severity, 'critical')
    assert.match(findings[0]?.summary ?? '', /has expired since 21:35 UTC.*used by Ingress shop\/front/)
  })

  it('takes one that is about to expire for the cause only where the alert is about certificates', async () => {
    const soon = certificate({
      notAfter: ago(-60 * 30),
      renewalTime: ago(60 * 24 * 9),
      ...notReady('Failed', 'The certificate request has failed', 900),
    })
    assert.deepEqual(accused(await found(rule, inCluster([...shop, soon]))), [])
    assert.deepEqual(accused(await found(rule, inCluster([...shop, soon], { labels: { alertname: 'CertificateExpiringSoon' } }))), [
      'Certificate shop-tls',
    ])
  })

  it('knows the certificate that the alert names, whatever exporter it came from', async () => {
    const soon = certificate({
      notAfter: ago(-60 * 30),
      renewalTime: ago(60 * 24 * 9),
      ...notReady('Failed', 'The certificate request has failed', 900),
    })
    const labels = { alertname: 'CertManagerCertExpirySoon', name: 'shop-tls', namespace: 'cert-manager', service: 'cert-manager' }
    assert.deepEqual(accused(await found(rule, inCluster([...app('billing'), soon], { labels, subject: 'cert-manager' }))), [
      'Certificate shop-tls',
    ])
  })

  it('lets short-lived certificates live that are renewed in time', async () => {
    const daily = certificate({ notAfter: ago(-60 * 20), renewalTime: ago(-60 * 12), conditions: [{ type: 'Ready', status: 'True' }] })
    assert.deepEqual(await found(rule, inCluster([...shop, daily])), [])
  })

  it('finds one that is never issued, after a while', async () => {
    assert.deepEqual(
      accused(
        await found(rule, inCluster([...shop, certificate(notReady('DoesNotExist', 'Issuing certificate as Secret does not exist', 40))])),
      ),
      ['Certificate shop-tls'],
    )
    assert.deepEqual(
      await found(rule, inCluster([...shop, certificate(notReady('DoesNotExist', 'Issuing certificate as Secret does not exist', 2))])),
      [],
    )
  })

  it('accuses a webhook whose certificate has expired and that keeps pods from being made', async () => {
    const webhook = (caBundle: string) =>
      object('ValidatingWebhookConfiguration', 'policy-guard', {
        webhooks: [
          { name: 'guard.policy.example', clientConfig: { caBundle, service: { name: 'guard', namespace: 'policy', path: '/validate' } } },
        ],
      })
    const refused = event(
      shop[1]!,
      'FailedCreate',
      'Error creating: Internal error occurred: failed calling webhook "guard.policy.example": failed to call webhook: Post "https://guard.policy.svc:443/validate?timeout=10s": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-20T21:59:00Z is after 2026-11-20T20:00:00Z',
      { minutes: 1, component: 'replicaset-controller' },
    )
    const findings = await found(rule, inCluster([...shop, webhook(GOOD), refused]))
    assert.deepEqual(accused(findings), ['ValidatingWebhookConfiguration policy-guard'])
    assert.match(findings[0]?.summary ?? '', /Deployment shop\/checkout cannot create its pods/)
    assert.match(
      (await found(rule, inCluster([...shop, webhook(ENDED), refused])))[0]?.summary ?? '',
      /authority that has expired since 2025-01-01/,
    )
    assert.deepEqual(await found(rule, inCluster([...shop, webhook(GOOD)])), [])
    assert.deepEqual(accused(await found(rule, inCluster([...shop, webhook(ENDED)]))), [])
  })

  it('reads what probes measure of the subject, and of nobody else', async (t) => {
    const measured = async (instance: string, left: number) => {
      const { url } = await serve(
        t,
        saying({
          status: 'success',
          data: { resultType: 'vector', result: [{ metric: { instance, job: 'blackbox' }, value: [1795212000, String(left)] }] },
        }),
      )
      return found(
        rule,
        inCluster([], { sources: { prometheus: prometheus({ endpoint: url, fetch: globalThis.fetch, clock: systemClock }) } }),
      )
    }
    const [finding] = await measured('https://checkout.example.com', -7200)
    assert.match(finding?.summary ?? '', /https:\/\/checkout.example.com expired 2 h ago/)
    assert.ok((finding?.weight ?? 0) >= 0.9)
    assert.deepEqual(accused(await measured('https://checkout.example.com', 86_400)), [])
    assert.deepEqual(await measured('https://other.example.com', -7200), [])
  })

  it('keeps what the objects say when the metrics do not answer', async (t) => {
    const { url } = await serve(t, saying({ status: 'error', error: 'broken' }, 503))
    const sources = { prometheus: prometheus({ endpoint: url, fetch: globalThis.fetch, clock: systemClock }) }
    assert.deepEqual(accused(await found(rule, inCluster([...shop, expired], { sources }))), ['Certificate shop-tls'])
    await assert.rejects(found(rule, inCluster([...shop, healthy], { sources })))
  })
})
