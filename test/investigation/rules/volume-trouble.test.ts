import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { volumeTrouble as rule } from '../../../src/investigation/rules/volume-trouble.ts'
import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { ruleContract } from '../../contracts/rule.ts'
import { app } from '../../kubernetes/app.ts'
import { accused, found, inCluster } from '../../kubernetes/in-cluster.ts'
import { ago, container, event, object, pod, status, unschedulable } from '../../kubernetes/made.ts'

const claim = (spec: Readonly<Record<string, unknown>> = {}, over: { phase?: string; minutes?: number; name?: string } = {}): KubeObject =>
  object('PersistentVolumeClaim', `shop/${over.name ?? 'data'}`, {
    metadata: { creationTimestamp: ago(over.minutes ?? 15) },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } }, volumeMode: 'Filesystem', ...spec },
    status: { phase: over.phase ?? 'Pending' },
  })

const storageClass = (name: string, over: Readonly<Record<string, unknown>> = {}): KubeObject =>
  object('StorageClass', name, { provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'Immediate', reclaimPolicy: 'Delete', ...over })

const volume = (name: string, spec: Readonly<Record<string, unknown>>, phase = 'Available'): KubeObject =>
  object('PersistentVolume', name, {
    spec: { capacity: { storage: '10Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', ...spec },
    status: { phase },
  })

const volumes = [{ name: 'storage', persistentVolumeClaim: { claimName: 'data' } }]
const UNBOUND =
  '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.'
const pending = (message = UNBOUND): KubeObject[] =>
  app('checkout', { ready: 0, template: { volumes } }, { spec: { volumes, containers: [] }, status: unschedulable(message, ago(14)) })
const creating = (): KubeObject[] =>
  app(
    'checkout',
    { ready: 0, template: { volumes } },
    {
      spec: { nodeName: 'worker-2', volumes, containers: [] },
      status: { phase: 'Pending' },
      statuses: [status({ ready: false, state: { waiting: { reason: 'ContainerCreating' } } })],
    },
  )

const classes = [storageClass('gp3', { metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } })]
const noClass = [...pending(), claim({ storageClassName: 'fast-ssd' }), ...classes]

ruleContract(rule, {
  found: inCluster(noClass),
  nothing: inCluster([
    ...app('checkout', {}, { spec: { nodeName: 'worker-1', volumes, containers: [] } }),
    claim({ storageClassName: 'gp3' }, { phase: 'Bound' }),
    ...classes,
  ]),
})

const summaryOf = async (objects: readonly KubeObject[]): Promise<string> => {
  const findings = await found(rule, inCluster(objects))
  assert.deepEqual(accused(findings), ['PersistentVolumeClaim data'])
  assert.equal(findings[0]?.category, 'volume')
  return findings[0]?.summary ?? ''
}

describe('volume-trouble', () => {
  it('says that a storage class does not exist, and which do', async () => {
    assert.match(
      await summaryOf(noClass),
      /its storage class fast-ssd does not exist \(there are: gp3\).*Deployment shop\/checkout waits with 1 pod/,
    )
  })

  it('says that no class is named and none is the default', async () => {
    assert.match(await summaryOf([...pending(), claim(), storageClass('gp3')]), /names no storage class and none is the default/)
  })

  it('says what keeps the nearest volume from being bound', async () => {
    const manual = claim({ storageClassName: 'manual', accessModes: ['ReadWriteMany'] })
    const byHand = storageClass('manual', { provisioner: 'kubernetes.io/no-provisioner' })
    assert.match(
      await summaryOf([...pending(), manual, byHand, volume('pv-1', {})]),
      /pv-1, has access mode ReadWriteOnce, not ReadWriteMany/,
    )
    const usual = claim({ storageClassName: 'manual' })
    assert.match(await summaryOf([...pending(), usual, byHand, volume('pv-1', { capacity: { storage: '5Gi' } })]), /has 5Gi, not 10Gi/)
    assert.match(
      await summaryOf([...pending(), usual, byHand, volume('pv-1', { claimRef: { namespace: 'shop', name: 'data-old' } }, 'Released')]),
      /kept for the former claim shop\/data-old \(Released\)/,
    )
    assert.match(await summaryOf([...pending(), usual, byHand]), /there is no volume for it of class manual/)
  })

  it('hands on what the provisioner says', async () => {
    const waiting = claim({ storageClassName: 'gp3' })
    const told = event(
      waiting,
      'ProvisioningFailed',
      'failed to provision volume with StorageClass "gp3": rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported',
      { minutes: 2, component: 'ebs.csi.aws.com' },
    )
    assert.match(await summaryOf([...pending(), waiting, ...classes, told]), /MULTI_NODE_MULTI_WRITER/)
  })

  it('finds missing and lost claims', async () => {
    const missing = pending('0/3 nodes are available: persistentvolumeclaim "data" not found.')
    assert.match(await summaryOf([...missing, claim({}, { name: 'dtaa', phase: 'Bound' })]), /does not exist \(there is dtaa\)/)
    assert.match(
      await summaryOf([...app('checkout', { template: { volumes } }), claim({ volumeName: 'pv-9' }, { phase: 'Lost' })]),
      /is lost: its volume pv-9 no longer exists/,
    )
  })

  it('finds a volume in another zone, and tells where it is', async () => {
    const zoned = volume(
      'pv-3',
      {
        claimRef: { namespace: 'shop', name: 'data' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-1b'] }] }],
          },
        },
      },
      'Bound',
    )
    const conflict = pending('0/3 nodes are available: 3 node(s) had volume node affinity conflict.')
    assert.match(
      await summaryOf([...conflict, claim({ volumeName: 'pv-3' }, { phase: 'Bound' }), zoned]),
      /volume node affinity conflict.*topology.kubernetes.io\/zone in eu-1b/,
    )
  })

  it('finds a volume that two nodes want, and who holds it', async () => {
    const holder = pod('shop/report-1', { labels: { app: 'report' }, spec: { nodeName: 'worker-1', volumes, containers: [] } })
    const [made, set, waiting] = creating()
    const told = event(waiting!, 'FailedAttachVolume', 'Multi-Attach error for volume "pvc-77" Volume is already used by pod(s) report-1', {
      component: 'attachdetach-controller',
      minutes: 3,
    })
    const summary = await summaryOf([made!, set!, waiting!, holder, claim({ volumeName: 'pvc-77' }, { phase: 'Bound' }), told])
    assert.match(summary, /one node at a time \(ReadWriteOnce\), held by Pod shop\/report-1 on worker-1/)
    const others = [...app('checkout'), ...app('cart', {}, { spec: { nodeName: 'worker-1', volumes, containers: [] } })]
    assert.deepEqual(
      await found(
        rule,
        inCluster([
          ...others,
          claim({}, { phase: 'Bound' }),
          event(others[2]!, 'FailedAttachVolume', 'Multi-Attach error for volume "pvc-77"', { minutes: 5 }),
        ]),
      ),
      [],
    )
  })

  it('finds a volume that cannot be mounted and leaves config maps and secrets to others', async () => {
    const objects = [...creating(), claim({ volumeName: 'pvc-77' }, { phase: 'Bound' })]
    const waiting = objects[2]!
    const told = (message: string) => event(waiting, 'FailedMount', message, { minutes: 2 })
    assert.match(
      await summaryOf([
        ...objects,
        told(
          'Unable to attach or mount volumes: unmounted volumes=[storage], unattached volumes=[storage kube-api-access-x]: timed out waiting for the condition',
        ),
      ]),
      /cannot be mounted/,
    )
    assert.deepEqual(
      await found(rule, inCluster([...objects, told('MountVolume.SetUp failed for volume "config" : configmap "checkout" not found')])),
      [],
    )
  })

  it('keeps silent about claims that nobody waits for, that are seconds old, or that wait for a pod with other troubles', async () => {
    const lazy = [storageClass('lazy', { volumeBindingMode: 'WaitForFirstConsumer' })]
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), claim({ storageClassName: 'lazy' }), ...lazy])), [])
    assert.deepEqual(await found(rule, inCluster([...app('checkout'), claim({ storageClassName: 'gone' }), ...lazy])), [])
    assert.deepEqual(await found(rule, inCluster([...pending(), claim({ storageClassName: 'gp3' }, { minutes: 0.2 }), ...classes])), [])
    assert.deepEqual(
      await found(
        rule,
        inCluster([...pending('0/3 nodes are available: 3 Insufficient cpu.'), claim({ storageClassName: 'lazy' }), ...lazy]),
      ),
      [],
    )
  })

  it('finds a volume that is full by the last words of a container that writes to it', async () => {
    const mounted = container({ volumeMounts: [{ name: 'storage', mountPath: '/var/lib/data' }] })
    const spec = { nodeName: 'worker-1', volumes, containers: [mounted] }
    const crashing = app(
      'checkout',
      { ready: 0 },
      { spec, statuses: [status({ ready: false, restartCount: 6, state: { waiting: { reason: 'CrashLoopBackOff' } } })] },
    )
    const objects = [...crashing, claim({}, { phase: 'Bound' })]
    const said = (line: string) => ({ logs: { 'checkout-6c9f4d7b8b-aaaa0/app previous': ['starting', line] } })
    const findings = await found(rule, inCluster(objects, said('write /var/lib/data/wal/0001: no space left on device')))
    assert.deepEqual(accused(findings), ['PersistentVolumeClaim data'])
    assert.equal(findings[0]?.category, 'disk')
    assert.deepEqual(await found(rule, inCluster(objects, said('connection refused'))), [])
    assert.deepEqual(
      await found(rule, inCluster([...app('checkout', {}, { spec }), claim({}, { phase: 'Bound' })], said('no space left on device'))),
      [],
    )
  })
})
