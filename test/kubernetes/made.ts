import type { ClusterState, KubeObject } from '../../src/kubernetes/state.ts'

/** Builders of objects in the API's own shape, for tests of what is read from them. */

export const NOW = new Date('2026-11-20T22:00:00Z')

/** RFC 3339, so many minutes before now, to the second as the API gives it. */
export const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString().replace('.000Z', 'Z')

type Fields = Readonly<Record<string, unknown>>
type Logs = Readonly<Record<string, readonly string[]>>

/** `logs`: "pod/container" for the current run, "pod/container previous" for the one before. */
export const state = (
  objects: readonly KubeObject[],
  { logs = {}, unread = [] }: { logs?: Logs; unread?: ClusterState['unread'] } = {},
): ClusterState => ({
  at: NOW,
  objects: objects.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)),
  unread,
  logs: async ({ pod, container }, { previous, lines }) => (logs[`${pod}/${container}${previous ? ' previous' : ''}`] ?? []).slice(-lines),
})

const name = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`

export const object = (kind: string, id: string, rest: Fields = {}): KubeObject => {
  const [namespace, plain] = id.includes('/') ? id.split('/') : [undefined, id]
  const { metadata, ...fields } = rest
  return {
    apiVersion: API[kind] ?? 'v1',
    kind,
    metadata: {
      name: plain ?? id,
      ...(namespace === undefined ? {} : { namespace }),
      uid: `uid-${kind}-${plain}`,
      creationTimestamp: ago(60 * 24 * 10),
      ...(metadata as Fields | undefined),
    },
    ...fields,
  }
}

const API: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
}

export const ownedBy = (owner: KubeObject): Fields => ({
  ownerReferences: [
    {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
})

export const container = (over: Fields = {}): Fields => ({
  name: 'app',
  image: 'registry.example/checkout:1.4.0',
  ports: [{ containerPort: 8080, name: 'http', protocol: 'TCP' }],
  resources: { limits: { cpu: '500m', memory: '256Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  imagePullPolicy: 'IfNotPresent',
  ...over,
})

const conditions = (ready: boolean, since: string): readonly Fields[] => [
  { type: 'Initialized', status: 'True', lastProbeTime: null, lastTransitionTime: since },
  {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: since,
    ...(ready ? {} : { reason: 'ContainersNotReady', message: 'containers with unready status: [app]' }),
  },
  { type: 'ContainersReady', status: ready ? 'True' : 'False', lastProbeTime: null, lastTransitionTime: since },
  { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: since },
]

/** A container's status; healthy and running for a day unless told. */
export const status = (over: Fields = {}): Fields => ({
  name: 'app',
  image: 'registry.example/checkout:1.4.0',
  imageID: 'registry.example/checkout@sha256:0f3c',
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: ago(60 * 24) } },
  lastState: {},
  ...over,
})

export type PodOptions = {
  readonly owner?: KubeObject
  readonly labels?: Readonly<Record<string, string>>
  readonly spec?: Fields
  readonly status?: Fields
  readonly statuses?: readonly Fields[]
  readonly created?: string
  readonly metadata?: Fields
}

/** A running pod of one container, ready when its statuses are. */
export const pod = (
  id: string,
  { owner, labels = { app: 'checkout' }, spec = {}, status: over = {}, statuses, created = ago(60 * 24), metadata = {} }: PodOptions = {},
): KubeObject => {
  const all = statuses ?? [status()]
  const ready = all.every((one) => one['ready'] === true)
  return object('Pod', id, {
    metadata: { labels, creationTimestamp: created, ...(owner === undefined ? {} : ownedBy(owner)), ...metadata },
    spec: { nodeName: 'worker-1', restartPolicy: 'Always', containers: [container()], ...spec },
    status: {
      phase: 'Running',
      conditions: conditions(ready, created),
      containerStatuses: all,
      podIP: '10.244.1.7',
      startTime: created,
      qosClass: 'Burstable',
      ...over,
    },
  })
}

/** A pod's conditions as the scheduler leaves them when no node fits. */
export const unschedulable = (message: string, since: string): Fields => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null, lastTransitionTime: since }],
  containerStatuses: undefined,
})

/** A Deployment with its ReplicaSet, whose hash is given, and without pods. */
export const deployment = (
  id: string,
  over: {
    hash?: string
    template?: Fields
    replicas?: number
    ready?: number
    status?: Fields
    spec?: Fields
    labels?: Readonly<Record<string, string>>
    metadata?: Fields
  } = {},
) => {
  const plain = id.split('/')[1] ?? id
  const { hash = '6c9f4d7b8b', replicas = 1, ready = replicas, labels = { app: plain } } = over
  const template = { metadata: { labels }, spec: { containers: [container()], ...over.template } }
  const made = object('Deployment', id, {
    metadata: { generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' }, ...over.metadata },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      ...over.spec,
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
      unavailableReplicas: replicas - ready,
      conditions: [
        {
          type: 'Available',
          status: ready === replicas ? 'True' : 'False',
          reason: ready === replicas ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
          lastUpdateTime: ago(5),
          lastTransitionTime: ago(5),
        },
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: '',
          lastUpdateTime: ago(1440),
          lastTransitionTime: ago(1440),
        },
      ],
      ...over.status,
    },
  })
  return { deployment: made, set: replicaSet(made, { hash, replicas, ready, template }) }
}

export const replicaSet = (
  owner: KubeObject,
  {
    hash,
    replicas,
    ready = replicas,
    template,
    revision = '1',
    created = ago(1440),
    image,
  }: { hash: string; replicas: number; ready?: number; template?: Fields; revision?: string; created?: string; image?: string },
): KubeObject =>
  object('ReplicaSet', `${owner.metadata.namespace}/${owner.metadata.name}-${hash}`, {
    metadata: {
      ...ownedBy(owner),
      creationTimestamp: created,
      labels: { 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': revision, 'deployment.kubernetes.io/desired-replicas': String(replicas) },
    },
    spec: {
      replicas,
      template: template ?? {
        metadata: { labels: { app: owner.metadata.name } },
        spec: { containers: [container(image === undefined ? {} : { image })] },
      },
    },
    status: { replicas, fullyLabeledReplicas: replicas, readyReplicas: ready, availableReplicas: ready, observedGeneration: 1 },
  })

/** An event of v1 about an object, last seen so many minutes ago. */
export const event = (
  about: KubeObject,
  reason: string,
  message: string,
  { minutes = 1, count = 1, type = 'Warning', component = 'kubelet', container: inside = '' } = {},
): KubeObject =>
  object('Event', `${about.metadata.namespace ?? 'default'}/${about.metadata.name}.${reason}.${minutes}`, {
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      uid: about.metadata.uid,
      ...(inside === '' ? {} : { fieldPath: `spec.containers{${inside}}` }),
    },
    reason,
    message,
    type,
    count,
    firstTimestamp: ago(minutes + count),
    lastTimestamp: ago(minutes),
    source: { component, host: 'worker-1' },
  })

export const service = (id: string, selector: Readonly<Record<string, string>>): KubeObject =>
  object('Service', id, { spec: { type: 'ClusterIP', selector, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] } })

export const node = (
  id: string,
  over: { labels?: Readonly<Record<string, string>>; taints?: readonly Fields[]; allocatable?: Fields } = {},
): KubeObject =>
  object('Node', id, {
    metadata: { labels: { 'kubernetes.io/hostname': id, ...over.labels } },
    spec: { taints: over.taints },
    status: {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.11' },
        { type: 'Hostname', address: id },
      ],
      allocatable: { cpu: '4', memory: '16Gi', pods: '110', ...over.allocatable },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: ago(20_000) }],
    },
  })
