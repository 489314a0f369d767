import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { rules } from '../../src/investigation/rules/index.ts'
import type { Finding } from '../../src/investigation/rules/rule.ts'
import { suspectsOf } from '../../src/investigation/suspects.ts'
import type { KubeObject } from '../../src/kubernetes/state.ts'
import { evaluate } from '../contracts/rule.ts'
import { inCluster } from './in-cluster.ts'
import { ago, event, object, pod, status, unschedulable } from './made.ts'
import { cluster, type Drawn, labelsOf, objectsOf } from './noisy.ts'

/** The rules over the objects of a cluster; others ask sources that are not here. */
const ofKubernetes = rules.filter(({ id }) => readFileSync(`src/investigation/rules/${id}.ts`, 'utf8').includes('findingsOf('))

/** "Service checkout", the likeliest first. */
const suspects = async (
  objects: readonly KubeObject[],
  drawn: Drawn,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> => {
  const { about } = objectsOf(drawn)
  const input = inCluster(objects, {
    subject: drawn.style === 'namespace' ? null : about.name,
    labels: { ...labelsOf(drawn, about), ...more },
  })
  const all = await Promise.all(ofKubernetes.map(async (rule) => (await evaluate(rule, input)).findings))
  return suspectsOf(all.flat().map((finding): Finding => ({ ...finding, evidence: ['E1'] }))).map(
    ({ object: { kind, name } }) => `${kind} ${name}`,
  )
}

/** Fixed, so that a failure is one that everybody sees. */
const SEED = Number(process.env['NOISE_SEED'] ?? 7)

type Fault = {
  readonly name: string
  /** Which object is to be accused. */
  readonly object: (about: string) => string
  readonly inject: (objects: readonly KubeObject[], about: string) => readonly KubeObject[]
}

const change = (objects: readonly KubeObject[], id: string, to: (one: KubeObject) => KubeObject): KubeObject[] =>
  objects.map((one) => (`${one.kind} ${one.metadata.name}` === id ? to(one) : one))

const podsOf = (objects: readonly KubeObject[], about: string): readonly KubeObject[] =>
  objects.filter(({ kind, metadata }) => kind === 'Pod' && metadata.name.startsWith(`${about}-6c9f4d7b8b-abcd`))

const withPods = (objects: readonly KubeObject[], about: string, to: (one: KubeObject) => KubeObject | null): KubeObject[] => {
  const own = podsOf(objects, about)
  return objects.flatMap((one) => (own.includes(one) ? (to(one) ?? []) : [one]))
}

const faults: readonly Fault[] = [
  {
    name: 'a selector that no pod has',
    object: (about) => `Service ${about}`,
    inject: (objects, about) =>
      change(objects, `Service ${about}`, (one) => ({ ...one, spec: { ...one.spec, selector: { app: `${about}-v2` } } })),
  },
  {
    name: 'a targetPort that no container has',
    object: (about) => `Service ${about}`,
    inject: (objects, about) =>
      change(objects, `Service ${about}`, (one) => ({
        ...one,
        spec: { ...one.spec, ports: [{ name: 'web', port: 80, targetPort: 3000 }] },
      })),
  },
  {
    name: 'a node that is lost',
    object: () => 'Node worker-1',
    inject: (objects) => [
      ...change(objects, 'Node worker-1', (one) => ({
        ...one,
        status: {
          conditions: [
            {
              type: 'Ready',
              status: 'Unknown',
              reason: 'NodeStatusUnknown',
              message: 'Kubelet stopped posting node status.',
              lastTransitionTime: ago(13),
            },
          ],
        },
      })).map((one) =>
        one.kind === 'Pod' && one.spec?.['nodeName'] === 'worker-1' && one.status?.['phase'] === 'Running'
          ? {
              ...one,
              status: {
                ...one.status,
                conditions: [
                  { type: 'Ready', status: 'False', lastTransitionTime: ago(12) },
                  { type: 'PodScheduled', status: 'True' },
                ],
              },
            }
          : one,
      ),
    ],
  },
  {
    name: 'a claim of a class that does not exist',
    object: () => 'PersistentVolumeClaim data-new',
    inject: (objects, about) => [
      ...withPods(objects, about, (one) => ({
        ...one,
        spec: { ...one.spec, nodeName: undefined, volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-new' } }] },
        status: unschedulable('0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.', ago(13)),
      })),
      object('PersistentVolumeClaim', 'shop/data-new', {
        metadata: { creationTimestamp: ago(14) },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'premium', resources: { requests: { storage: '5Gi' } } },
        status: { phase: 'Pending' },
      }),
      object('StorageClass', 'gp3', { provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'Immediate' }),
    ],
  },
  {
    name: 'a quota that is used up',
    object: () => 'ResourceQuota tight',
    inject: (objects, about) => {
      const message = `pods "${about}-6c9f4d7b8b-qqqqq" is forbidden: exceeded quota: tight, requested: pods=1, used: pods=4, limited: pods=4`
      const set = objects.find(({ kind, metadata }) => kind === 'ReplicaSet' && metadata.name === `${about}-6c9f4d7b8b`)
      return [
        ...change(
          withPods(objects, about, () => null),
          `Deployment ${about}`,
          (one) => ({
            ...one,
            status: {
              replicas: 0,
              readyReplicas: 0,
              unavailableReplicas: 2,
              conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(13) }],
            },
          }),
        ).map((one) => (one === set ? { ...one, status: { replicas: 0 } } : one)),
        ...(set === undefined
          ? []
          : [event(set, 'FailedCreate', `Error creating: ${message}`, { minutes: 2, count: 7, component: 'replicaset-controller' })]),
        object('ResourceQuota', 'shop/tight', { spec: { hard: { pods: '4' } }, status: { hard: { pods: '4' }, used: { pods: '4' } } }),
      ]
    },
  },
  {
    name: 'an autoscaler at its maximum',
    object: () => 'HorizontalPodAutoscaler surge',
    inject: (objects, about) => [
      ...objects.filter(({ kind }) => kind !== 'HorizontalPodAutoscaler'),
      object('HorizontalPodAutoscaler', 'shop/surge', {
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: about },
          minReplicas: 1,
          maxReplicas: 2,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
        },
        status: {
          currentReplicas: 2,
          desiredReplicas: 2,
          currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 97 } } }],
          conditions: [{ type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas', lastTransitionTime: ago(12) }],
        },
      }),
    ],
  },
  {
    name: 'a policy that lets nothing in',
    object: () => 'NetworkPolicy lockdown',
    inject: (objects, about) => {
      const own = podsOf(objects, about)[0]?.metadata.labels ?? {}
      const plain = objects.filter(({ kind }) => kind !== 'NetworkPolicy')
      return [
        ...plain,
        object('NetworkPolicy', 'shop/lockdown', {
          metadata: { creationTimestamp: ago(16) },
          spec: { podSelector: { matchLabels: own }, policyTypes: ['Ingress'] },
        }),
      ]
    },
  },
  {
    name: 'the DNS of the cluster without a ready pod',
    object: () => 'Deployment coredns',
    inject: (objects) => [
      ...objects.filter(({ metadata }) => metadata.labels?.['k8s-app'] !== 'kube-dns'),
      object('Deployment', 'kube-system/coredns', { spec: { replicas: 1 }, status: { replicas: 1 } }),
      pod('kube-system/coredns-1', { labels: { 'k8s-app': 'kube-dns' }, created: ago(13), statuses: [status({ ready: false })] }),
    ],
  },
  {
    name: 'an eviction for want of memory',
    object: () => 'Node worker-2',
    inject: (objects, about) => {
      const message =
        'The node was low on resource: memory. Threshold quantity: 100Mi, available: 41Mi. Container app was using 900Mi, request is 128Mi. '
      return withPods(objects, about, (one) => ({
        ...one,
        spec: { ...one.spec, nodeName: 'worker-2' },
        status: {
          phase: 'Failed',
          reason: 'Evicted',
          message,
          conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', lastTransitionTime: ago(13) }],
        },
      }))
    },
  },
  {
    name: 'an ingress that leads to a service that does not exist',
    object: () => 'Ingress door',
    inject: (objects, about) => [
      ...objects,
      object('Ingress', 'shop/door', {
        spec: { rules: [{ http: { paths: [{ path: '/', backend: { service: { name: `${about}s`, port: { number: 80 } } } }] } }] },
      }),
    ],
  },
  {
    name: 'an expired certificate',
    object: () => 'Certificate edge',
    inject: (objects, about) => [
      ...objects,
      object('Certificate', 'shop/edge', {
        apiVersion: 'cert-manager.io/v1',
        spec: { secretName: 'edge', dnsNames: [`${about}.shop.svc`] },
        status: {
          notAfter: ago(14),
          renewalTime: ago(9000),
          conditions: [{ type: 'Ready', status: 'False', reason: 'Expired', message: 'expired', lastTransitionTime: ago(14) }],
        },
      }),
    ],
  },
  {
    name: 'a volume that another node holds',
    object: () => 'PersistentVolumeClaim shared',
    inject: (objects, about) => {
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'shared' } }]
      const waiting = status({ ready: false, started: false, state: { waiting: { reason: 'ContainerCreating' } } })
      const changed = withPods(objects, about, (one) => ({
        ...one,
        metadata: { ...one.metadata, creationTimestamp: ago(14) },
        spec: { ...one.spec, nodeName: 'worker-2', volumes },
        status: {
          phase: 'Pending',
          conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: ago(14) }],
          containerStatuses: [waiting],
        },
      }))
      return [
        ...changed,
        ...podsOf(changed, about).map((one) =>
          event(one, 'FailedAttachVolume', 'Multi-Attach error for volume "pv-shared" Volume is already used by pod(s) holder-1', {
            minutes: 3,
            component: 'attachdetach-controller',
          }),
        ),
        pod('shop/holder-1', { labels: { app: 'holder' }, spec: { nodeName: 'worker-1', volumes, containers: [] } }),
        object('PersistentVolumeClaim', 'shop/shared', {
          spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pv-shared' },
          status: { phase: 'Bound' },
        }),
      ]
    },
  },
  {
    name: 'a leader that changes all the time',
    object: (about) => `Deployment ${about}`,
    inject: (objects, about) => {
      const [first] = podsOf(objects, about)
      const lease = object('Lease', 'shop/elected', {
        spec: {
          holderIdentity: `${first?.metadata.name}_1`,
          leaseDurationSeconds: 15,
          acquireTime: ago(1),
          renewTime: ago(0.05),
          leaseTransitions: 48,
        },
      })
      const told = [1, 4, 7, 10, 13].map((minutes) =>
        event(lease, 'LeaderElection', `${first?.metadata.name}_${minutes} became leader`, { minutes, type: 'Normal' }),
      )
      return [...objects, lease, ...told]
    },
  },
  {
    name: 'a limit range that refuses pods',
    object: () => 'LimitRange strict',
    inject: (objects, about) => {
      const message = `pods "${about}-6c9f4d7b8b-qqqqq" is forbidden: maximum memory usage per Container is 128Mi, but limit is 256Mi`
      const failing = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message, lastTransitionTime: ago(13) }
      return [
        ...withPods(objects, about, () => null).map((one) =>
          ['Deployment', 'ReplicaSet'].includes(one.kind) && [about, `${about}-6c9f4d7b8b`].includes(one.metadata.name)
            ? { ...one, status: { replicas: 0, conditions: [failing] } }
            : one,
        ),
        object('LimitRange', 'shop/strict', { spec: { limits: [{ type: 'Container', max: { memory: '128Mi' } }] } }),
      ]
    },
  },
  {
    name: 'a disk that is full on the node',
    object: () => 'Node worker-1',
    inject: (objects, about) =>
      change(
        withPods(objects, about, (one) => ({ ...one, spec: { ...one.spec, nodeName: 'worker-1' } })),
        'Node worker-1',
        (one) => ({
          ...one,
          spec: { taints: [{ key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule' }] },
          status: {
            conditions: [
              {
                type: 'DiskPressure',
                status: 'True',
                reason: 'KubeletHasDiskPressure',
                message: 'kubelet has disk pressure',
                lastTransitionTime: ago(14),
              },
              { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(9000) },
            ],
          },
        }),
      ),
  },
]

describe('a cluster full of noise', () => {
  it('accuses nobody where nothing is wrong', async () => {
    await fc.assert(
      fc.asyncProperty(cluster, async (drawn) => {
        assert.deepEqual(await suspects(objectsOf(drawn).objects, drawn), [])
      }),
      { seed: SEED, numRuns: 300 },
    )
  })

  for (const fault of faults)
    it(`accuses first what is behind ${fault.name}`, async () => {
      await fc.assert(
        fc.asyncProperty(cluster, async (drawn) => {
          const { objects, about } = objectsOf(drawn)
          // What rests has no faults.
          fc.pre(about.replicas > 0)
          // Whose traffic a policy keeps away is asked only where the alert names somebody.
          fc.pre(drawn.style !== 'namespace' || !fault.name.startsWith('a policy'))
          assert.equal((await suspects(fault.inject(objects, about.name), drawn))[0], fault.object(about.name))
        }),
        { seed: SEED, numRuns: 60 },
      )
    })
})
