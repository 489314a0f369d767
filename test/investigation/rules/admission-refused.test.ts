import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { admissionRefused as rule } from '../../../src/investigation/rules/admission-refused.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, object } from '../../kubernetes/made.ts'

const refused = (message: string, minutes = 2): KubeObject[] => {
  const [made, set] = app('checkout', { replicas: 2 }) as [KubeObject, KubeObject]
  const short = { ...set, status: { replicas: 0, observedGeneration: 1 } }
  return [made, short, event(short, 'FailedCreate', message, { minutes, count: 9, component: 'replicaset-controller' })]
}
const ACCOUNT =
  'Error creating: pods "checkout-6c9f4d7b8b-" is forbidden: error looking up service account shop/checkout-sa: serviceaccount "checkout-sa" not found'

ruleContract(rule, { found: inCluster(refused(ACCOUNT)), nothing: inCluster(app('checkout', { replicas: 2 })) })

describe('admission-refused', () => {
  const first = async (message: string, more: readonly KubeObject[] = []) =>
    (await found(rule, inCluster([...refused(message), ...more])))[0]

  it('accuses the service account that is not there, or the workload that misspells it', async () => {
    const finding = await first(ACCOUNT)
    assert.deepEqual([finding?.object?.kind, finding?.object?.name, finding?.category], ['ServiceAccount', 'checkout-sa', 'permissions'])
    assert.match(finding?.summary ?? '', /Deployment shop\/checkout: ServiceAccount checkout-sa does not exist; 0 of 2 pods exist/)
    assert.equal((await first(ACCOUNT, [object('ServiceAccount', 'shop/checkout-sas')]))?.object?.kind, 'Deployment')
  })

  it('tells policies, webhooks that deny and webhooks that do not answer', async () => {
    const security = await first(
      'Error creating: pods "checkout-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
    )
    assert.match(security?.summary ?? '', /PodSecurity level restricted:latest forbids it: allowPrivilegeEscalation != false/)
    const denied = await first(
      'Error creating: admission webhook "validate.policy.example" denied the request: images must come from registry.example',
    )
    assert.deepEqual([denied?.object?.kind, denied?.category], ['Deployment', 'permissions'])
    const down = await first(
      'Error creating: Internal error occurred: failed calling webhook "inject.mesh.example": failed to call webhook: Post "https://injector.mesh.svc:443/inject?timeout=10s": dial tcp 10.96.7.7:443: connect: connection refused',
    )
    assert.deepEqual(down?.object, { kind: 'Service', namespace: 'mesh', name: 'injector' })
    assert.match(down?.summary ?? '', /inject.mesh.example cannot be asked \(dial tcp 10.96.7.7:443: connect: connection refused\)/)
  })

  it('believes the condition of a Deployment where no event is left', async () => {
    const conditions = [
      {
        type: 'ReplicaFailure',
        status: 'True',
        reason: 'FailedCreate',
        message: ACCOUNT.replace('Error creating: ', ''),
        lastTransitionTime: ago(12),
      },
    ]
    const [made] = app('checkout', { replicas: 2, ready: 0, status: { replicas: 0, conditions } }) as [KubeObject]
    assert.deepEqual(accused(await found(rule, inCluster([made]))), ['ServiceAccount checkout-sa'])
  })

  it('leaves quotas to their own rule', async () => {
    assert.equal(
      await first(
        'Error creating: pods "checkout-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=5, limited: pods=5',
      ),
      undefined,
    )
  })

  it('forgets what was refused before and is made now', async () => {
    const [made, set, old] = refused(ACCOUNT, 9) as [KubeObject, KubeObject, KubeObject]
    const [, whole] = app('checkout', { replicas: 2 }) as [KubeObject, KubeObject]
    assert.deepEqual(await found(rule, inCluster([made, whole, old])), [], 'all pods are there')
    assert.deepEqual(
      await found(
        rule,
        inCluster([made, set, old, event(set, 'SuccessfulCreate', 'Created pod: checkout-x', { minutes: 1, type: 'Normal' })]),
      ),
      [],
      'a pod was made since',
    )
    assert.deepEqual(await found(rule, inCluster(refused(ACCOUNT, 600))), [], 'of ten hours ago')
    assert.deepEqual(accused(await found(rule, inCluster(refused(ACCOUNT)))), ['ServiceAccount checkout-sa'])
  })
})
