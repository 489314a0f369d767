import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missingConfig as rule } from '../../../src/investigation/rules/missing-config.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, event, object, status } from '../../kubernetes/made.ts'

const unmade = (message: string): KubeObject[] =>
  app(
    'checkout',
    {},
    {
      created: ago(12),
      status: { phase: 'Pending' },
      statuses: [status({ ready: false, started: false, state: { waiting: { reason: 'CreateContainerConfigError', message } } })],
    },
  )

const unmounted = (message: string, minutes = 1): KubeObject[] => {
  const objects = app(
    'checkout',
    {},
    {
      created: ago(12),
      status: { phase: 'Pending' },
      statuses: [status({ ready: false, started: false, state: { waiting: { reason: 'ContainerCreating' } } })],
    },
  )
  return [...objects, event(objects[2] as KubeObject, 'FailedMount', message, { minutes, count: 8 })]
}

const missing = unmade('configmap "checkout-settings" not found')

ruleContract(rule, { found: inCluster(missing), nothing: inCluster(app('checkout')) })

describe('missing-config', () => {
  it('accuses the config map or secret that must be made, and explains the workload', async () => {
    const [finding] = await found(rule, inCluster(missing))
    assert.deepEqual(finding?.object, { kind: 'ConfigMap', namespace: 'shop', name: 'checkout-settings' })
    assert.match(
      finding?.summary ?? '',
      /Deployment shop\/checkout cannot start container app: ConfigMap shop\/checkout-settings does not exist/,
    )
    assert.deepEqual(finding?.explains?.[0], { kind: 'Deployment', namespace: 'shop', name: 'checkout' })
    assert.deepEqual(accused(await found(rule, inCluster(unmade('secret "db-password" not found')))), ['Secret db-password'])
  })

  it('reads behind the time-out of all volumes which source is not there', async () => {
    const message =
      'Unable to attach or mount volumes: unmounted volumes=[settings], unattached volumes=[]: timed out waiting for the condition'
    const volumes = [{ name: 'settings', configMap: { name: 'checkout-settings' } }]
    const waits = unmounted(message).map((one) => (one.kind === 'Pod' ? { ...one, spec: { ...one.spec, volumes } } : one))
    assert.deepEqual(accused(await found(rule, inCluster(waits))), ['ConfigMap checkout-settings'])
    assert.deepEqual(accused(await found(rule, inCluster([...waits, object('ConfigMap', 'shop/checkout-settings')]))), [])
    const optional = [{ name: 'settings', configMap: { name: 'checkout-settings', optional: true } }]
    const may = waits.map((one) => (one.kind === 'Pod' ? { ...one, spec: { ...one.spec, volumes: optional } } : one))
    assert.deepEqual(accused(await found(rule, inCluster(may))), [])
    const pod = waits.find(({ kind }) => kind === 'Pod')
    assert.ok(pod)
    const told = event(pod, 'FailedMount', 'MountVolume.SetUp failed for volume "key" : secret "checkout-key" not found', { minutes: 2 })
    assert.deepEqual(accused(await found(rule, inCluster([...may, told]))), ['Secret checkout-key'])
  })

  it('names the key that is missing', async () => {
    const [finding] = await found(rule, inCluster(unmade("couldn't find key LOG_LEVEL in ConfigMap shop/checkout-env")))
    assert.match(finding?.summary ?? '', /ConfigMap shop\/checkout-env has no key LOG_LEVEL/)
    assert.equal(finding?.object?.name, 'checkout-env')
  })

  it('reads volumes that cannot be mounted, as long as it is so', async () => {
    assert.deepEqual(
      accused(await found(rule, inCluster(unmounted('MountVolume.SetUp failed for volume "tls" : secret "checkout-tls" not found')))),
      ['Secret checkout-tls'],
    )
    assert.deepEqual(
      accused(
        await found(
          rule,
          inCluster(unmounted('MountVolume.SetUp failed for volume "settings" : configmap references non-existent config key: app.yaml')),
        ),
      ),
      ['ConfigMap settings'],
    )
    const keyed = unmounted('MountVolume.SetUp failed for volume "settings" : configmap references non-existent config key: app.yaml').map(
      (one) =>
        one.kind === 'Pod'
          ? { ...one, spec: { ...one.spec, volumes: [{ name: 'settings', configMap: { name: 'checkout-files' } }] } }
          : one,
    )
    const [finding] = await found(rule, inCluster(keyed))
    assert.match(finding?.summary ?? '', /ConfigMap shop\/checkout-files has no key app.yaml/)
    const running = app('checkout')
    const old = event(
      running[2] as KubeObject,
      'FailedMount',
      'MountVolume.SetUp failed for volume "tls" : secret "checkout-tls" not found',
      { minutes: 30 },
    )
    assert.deepEqual(await found(rule, inCluster([...running, old])), [])
  })

  it('accuses the workload when its reference is misspelt', async () => {
    const findings = await found(rule, inCluster([...missing, object('ConfigMap', 'shop/checkout-setting')]))
    assert.deepEqual(accused(findings), ['Deployment checkout'])
    assert.match(findings[0]?.summary ?? '', /misspelt/)
    assert.deepEqual(accused(await found(rule, inCluster([...missing, object('ConfigMap', 'shop/payment-settings')]))), [
      'ConfigMap checkout-settings',
    ])
  })

  it('says what the kubelet says where a container may not be made for another reason', async () => {
    const [finding] = await found(rule, inCluster(unmade('container has runAsNonRoot and image will run as root')))
    assert.deepEqual([finding?.object?.kind, finding?.category], ['Deployment', 'permissions'])
  })
})
