import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { event } from './events.ts'
import { type PodLook, pod } from './objects.ts'
import { add, ago, d, type Json, letters, m, merge, meta, number, type World } from './world.ts'

export type Workload = {
  readonly object: KubeObject
  /** The newest replica set of a Deployment. */
  readonly set?: KubeObject
  readonly pods: readonly KubeObject[]
}

export type Plan = {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  readonly ns: string
  readonly name: string
  readonly replicas?: number
  readonly image?: string
  /** Name of the main container; that of the workload if not given. */
  readonly container?: string
  readonly requests?: Json
  readonly limits?: Json
  readonly port?: number
  /** Laid over the main container. */
  readonly with?: Json
  readonly sidecars?: readonly ({ name: string; image: string } & Json)[]
  readonly inits?: readonly ({ name: string; image: string } & Json)[]
  /** Laid over the pod's spec. */
  readonly pod?: Json
  /** Laid over the workload's spec. */
  readonly spec?: Json
  readonly labels?: Json
  readonly podAnnotations?: Json
  readonly annotations?: Json
  readonly age?: number
  /** When the present template was rolled out. */
  readonly rolled?: number
  /** Image of the template before. */
  readonly before?: string
  /** Laid over the main container of the template before. */
  readonly beforeWith?: Json
  /** Laid over the pod spec of the template before. */
  readonly beforePod?: Json
  /** Pods of the newest template; all healthy if not given. */
  readonly pods?: readonly PodLook[]
  /** Pods of the template before that still run. */
  readonly oldPods?: readonly PodLook[]
  /** The roll-out has not ended. */
  readonly rolling?: boolean
  /** What the replica set controller is told when it makes a pod. */
  readonly refused?: { readonly message: string; readonly since: number }
  readonly selector?: Json
  readonly status?: Json
  readonly volumeClaims?: readonly {
    readonly name: string
    readonly storageClass?: string
    readonly size: string
    readonly mode?: string
  }[]
  readonly account?: string
  readonly quietScale?: boolean
}

const deploymentOf = (
  plan: Plan,
): {
  template: (image: string, over: Json | undefined, podOver: Json | undefined, hash?: string) => Json
  selector: Json
  labels: Json
} => {
  const selector = plan.selector ?? { 'app.kubernetes.io/name': plan.name }
  const labels = { ...selector, ...plan.labels }
  const template = (image: string, over: Json | undefined, podOver: Json | undefined, hash?: string): Json => ({
    metadata: {
      labels: { ...labels, ...(hash === undefined ? {} : { 'pod-template-hash': hash }) },
      ...(plan.podAnnotations === undefined ? {} : { annotations: plan.podAnnotations }),
    },
    spec: merge(
      {
        ...(plan.inits === undefined ? {} : { initContainers: plan.inits.map((c) => ({ ...still, ...c })) }),
        containers: [
          merge(
            {
              name: plan.container ?? plan.name,
              image,
              ...(plan.port === undefined ? {} : { ports: [{ name: 'http', containerPort: plan.port, protocol: 'TCP' }] }),
              resources: {
                ...(plan.requests === undefined ? {} : { requests: plan.requests }),
                ...(plan.limits === undefined ? {} : { limits: plan.limits }),
              },
              ...still,
            },
            over,
          ),
          ...(plan.sidecars ?? []).map((c) => ({ ...still, resources: {}, ...c })),
        ],
        ...(plan.account === undefined ? {} : { serviceAccountName: plan.account, serviceAccount: plan.account }),
      },
      podOver,
    ),
  })
  return { template, selector, labels }
}

const still = { imagePullPolicy: 'IfNotPresent', terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' }

export const workload = (w: World, plan: Plan): Workload =>
  plan.kind === 'StatefulSet' ? statefulSet(w, plan) : plan.kind === 'DaemonSet' ? daemonSet(w, plan) : deployment(w, plan)

const isReady = (p: KubeObject): boolean =>
  p.metadata.deletionTimestamp === undefined &&
  ((p.status?.['conditions'] ?? []) as { type: string; status: string }[]).some((c) => c.type === 'Ready' && c.status === 'True')

const isLive = (p: KubeObject): boolean =>
  p.metadata.deletionTimestamp === undefined && !['Failed', 'Succeeded'].includes(String(p.status?.['phase']))

const defaults = (w: World, plan: Plan): { age: number; rolled: number; image: string; replicas: number } => {
  const age = plan.age ?? d(30 + number(`${w.seed}${plan.name}`, 300))
  return {
    age,
    rolled: plan.rolled ?? Math.min(age, d(2 + number(`${w.seed}${plan.name}r`, 20))),
    image: plan.image ?? `registry.example.com/${plan.ns}/${plan.name}:1.${number(plan.name, 40)}.${number(w.seed, 9)}`,
    replicas: plan.replicas ?? plan.pods?.length ?? 2,
  }
}

const deployment = (w: World, given: Plan): Workload => {
  const plan = namedRefusal(w, given)
  const { age, rolled, image, replicas } = defaults(w, plan)
  const { template, selector, labels } = deploymentOf(plan)
  const revisions = rolled < age ? 3 + number(plan.name, 14) : 1
  const hash = letters(`${w.seed}${plan.ns}${plan.name}${image}${revisions}`, 10)
  const object = add(w, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(w, {
      kind: 'Deployment',
      ns: plan.ns,
      name: plan.name,
      age,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: {
        'deployment.kubernetes.io/revision': String(revisions),
        'meta.helm.sh/release-name': plan.name,
        'meta.helm.sh/release-namespace': plan.ns,
        ...plan.annotations,
      },
      generation: revisions + 2,
    }),
    spec: merge(
      {
        replicas,
        selector: { matchLabels: selector },
        template: template(image, plan.with, plan.pod),
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
      plan.spec,
    ),
  })
  const old = plan.before ?? image.replace(/:.*$/, `:1.${number(plan.name, 40)}.0-${letters(plan.name, 3)}`)
  const oldPods = plan.oldPods ?? []
  const sets: {
    hash: string
    image: string
    over: Json | undefined
    pod: Json | undefined
    looks: readonly PodLook[]
    age: number
    revision: number
    desired: number
  }[] = []
  if (revisions > 1) {
    const beforeAge = Math.min(age, rolled + d(3))
    sets.push({
      hash: letters(`${w.seed}${plan.name}${old}-`, 10),
      image: old,
      over: plan.beforeWith ?? plan.with,
      pod: plan.beforePod ?? plan.pod,
      looks: oldPods,
      age: beforeAge,
      revision: revisions - 1,
      desired: oldPods.filter((l) => l.terminating === undefined).length,
    })
  }
  const looks: readonly PodLook[] = plan.pods ?? (plan.refused ? [] : Array.from({ length: replicas }, () => ({})))
  sets.push({
    hash,
    image,
    over: plan.with,
    pod: plan.pod,
    looks,
    age: rolled,
    revision: revisions,
    desired: plan.refused
      ? Math.max(1, replicas - oldPods.length, looks.length)
      : looks.filter((l) => l.gone === undefined && l.terminating === undefined).length,
  })
  const made = sets.map((set) => replicaSet(w, { plan, object, set, labels, selector, template }))
  const all = made.flatMap((x) => x.pods)
  const newest = made[made.length - 1]!
  const ready = all.filter(isReady).length
  const unavailable = Math.max(0, sets.reduce((sum, set) => sum + set.desired, 0) - ready)
  const enough = ready >= replicas - Math.floor(replicas / 4)
  const setName = newest.set.metadata.name
  const progressing = plan.rolling
    ? rolled > 600
      ? ['False', 'ProgressDeadlineExceeded', `ReplicaSet "${setName}" has timed out progressing.`, rolled - 600]
      : ['True', 'ReplicaSetUpdated', `ReplicaSet "${setName}" is progressing.`, Math.max(1, rolled - 2)]
    : ['True', 'NewReplicaSetAvailable', `ReplicaSet "${setName}" has successfully progressed.`, rolled]
  const since = Math.min(...all.filter((p) => !isReady(p)).map((p) => changedAgo(w, p)), plan.refused?.since ?? Number.POSITIVE_INFINITY)
  const status: Json = {
    observedGeneration: revisions + 2,
    ...(all.filter(isLive).length === 0 ? {} : { replicas: all.filter(isLive).length }),
    ...(newest.pods.filter(isLive).length === 0 ? {} : { updatedReplicas: newest.pods.filter(isLive).length }),
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    ...(unavailable === 0 ? {} : { unavailableReplicas: unavailable }),
    conditions: [
      ...(plan.refused === undefined
        ? []
        : [
            {
              type: 'ReplicaFailure',
              status: 'True',
              reason: 'FailedCreate',
              message: plan.refused.message,
              lastUpdateTime: ago(w, plan.refused.since),
              lastTransitionTime: ago(w, plan.refused.since),
            },
          ]),
      {
        type: 'Available',
        status: enough ? 'True' : 'False',
        lastUpdateTime: ago(w, enough ? rolled : since),
        lastTransitionTime: ago(w, enough ? Math.min(age, rolled + d(1)) : since),
        reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
      },
      {
        type: 'Progressing',
        status: progressing[0],
        lastUpdateTime: ago(w, Number(progressing[3])),
        lastTransitionTime: ago(w, plan.rolling ? Number(progressing[3]) : age),
        reason: progressing[1],
        message: progressing[2],
      },
    ],
  }
  const at = w.objects.indexOf(object)
  w.objects[at] = { ...object, status: merge(status, plan.status) }
  if (rolled < age + 1 && !plan.quietScale) {
    const told = { on: object, reason: 'ScalingReplicaSet', from: 'deployment-controller' }
    event(w, {
      ...told,
      message: `Scaled up replica set ${setName} to ${plan.rolling || revisions === 1 ? Math.max(1, newest.pods.length) : 1} from 0`,
      first: rolled,
    })
    if (!plan.rolling && revisions > 1) {
      const oldName = made[0]!.set.metadata.name
      for (let i = 1; i < replicas; i++)
        event(w, { ...told, message: `Scaled up replica set ${setName} to ${i + 1} from ${i}`, first: Math.max(1, rolled - 15 * i) })
      for (let i = replicas; i > 0; i--)
        event(w, {
          ...told,
          message: `Scaled down replica set ${oldName} to ${i - 1} from ${i}`,
          first: Math.max(1, rolled - 14 * (replicas - i + 1)),
        })
    }
  }
  return { object: w.objects[at]!, set: newest.set, pods: newest.pods }
}

/** Messages about refused pods name the replica set as `{set}`, whose name only comes here. */
const namedRefusal = (w: World, plan: Plan): Plan => {
  if (plan.refused === undefined) return plan
  const { age, rolled, image } = defaults(w, plan)
  const revisions = rolled < age ? 3 + number(plan.name, 14) : 1
  const set = `${plan.name}-${letters(`${w.seed}${plan.ns}${plan.name}${image}${revisions}`, 10)}`
  return { ...plan, refused: { ...plan.refused, message: plan.refused.message.replaceAll('{set}', set) } }
}

const changedAgo = (w: World, p: KubeObject): number => {
  const found = ((p.status?.['conditions'] ?? []) as { type: string; lastTransitionTime: string }[]).find(
    (c) => c.type === 'Ready' || c.type === 'PodScheduled',
  )
  return found === undefined ? 60 : Math.round((w.now - Date.parse(found.lastTransitionTime)) / 1000)
}

const replicaSet = (
  w: World,
  of: {
    plan: Plan
    object: KubeObject
    set: {
      hash: string
      image: string
      over: Json | undefined
      pod: Json | undefined
      looks: readonly PodLook[]
      age: number
      revision: number
      desired: number
    }
    labels: Json
    selector: Json
    template: (image: string, over: Json | undefined, podOver: Json | undefined, hash?: string) => Json
  },
): { set: KubeObject; pods: KubeObject[] } => {
  const { plan, object, set, labels, selector } = of
  const name = `${plan.name}-${set.hash}`
  const template = of.template(set.image, set.over, set.pod, set.hash)
  const made = add(w, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      ...meta(w, {
        kind: 'ReplicaSet',
        ns: plan.ns,
        name,
        age: set.age,
        labels: { ...labels, 'pod-template-hash': set.hash },
        annotations: {
          'deployment.kubernetes.io/desired-replicas': String((object.spec as Json)['replicas']),
          'deployment.kubernetes.io/max-replicas': String(Number((object.spec as Json)['replicas']) + 1),
          'deployment.kubernetes.io/revision': String(set.revision),
        },
        generation: 1,
      }),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          name: plan.name,
          uid: String(object.metadata.uid),
          controller: true,
          blockOwnerDeletion: true,
        },
      ] as never,
    },
    spec: { replicas: set.desired, selector: { matchLabels: { ...selector, 'pod-template-hash': set.hash } }, template },
  })
  const podsMade = set.looks.map((look, i) => {
    const podName = look.name ?? `${name}-${letters(`${w.seed}${name}${i}${set.revision}`, 5)}`
    const p = pod(
      w,
      {
        ns: plan.ns,
        name: podName,
        generateName: `${name}-`,
        labels: { ...labels, 'pod-template-hash': set.hash },
        ...(plan.podAnnotations === undefined ? {} : { annotations: plan.podAnnotations }),
        spec: template['spec'] as Json,
        ownedBy: made,
        age: Math.max(3, set.age - 2 - 14 * i),
      },
      look,
    )
    if (look.gone === undefined)
      event(w, {
        on: made,
        reason: 'SuccessfulCreate',
        message: `Created pod: ${podName}`,
        first: look.age ?? Math.max(3, set.age - 2 - 14 * i),
        from: 'replicaset-controller',
      })
    return p
  })
  const refused = set.revision === Number(object.metadata.annotations?.['deployment.kubernetes.io/revision']) ? plan.refused : undefined
  const ready = podsMade.filter(isReady).length
  const live = podsMade.filter(isLive).length
  const at = w.objects.indexOf(made)
  w.objects[at] = {
    ...made,
    status: {
      replicas: live,
      ...(live === 0 ? {} : { fullyLabeledReplicas: live }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
      observedGeneration: 1,
      ...(refused === undefined
        ? {}
        : {
            conditions: [
              {
                type: 'ReplicaFailure',
                status: 'True',
                lastTransitionTime: ago(w, refused.since),
                reason: 'FailedCreate',
                message: refused.message,
              },
            ],
          }),
    },
  }
  if (refused !== undefined) {
    event(w, {
      on: made,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: ${refused.message}`,
      first: refused.since,
      last: Math.min(refused.since, 110),
      count: Math.max(9, Math.min(19, Math.floor(refused.since / 60))),
      from: 'replicaset-controller',
    })
  }
  return { set: w.objects[at]!, pods: podsMade }
}

const statefulSet = (w: World, plan: Plan): Workload => {
  const { age, rolled, image, replicas } = defaults(w, plan)
  const { template, selector, labels } = deploymentOf(plan)
  const changed = rolled < age
  const current = `${plan.name}-${letters(`${w.seed}${plan.name}${image}`, 10)}`
  const before = changed ? `${plan.name}-${letters(`${w.seed}${plan.name}before`, 10)}` : current
  const claims = plan.volumeClaims ?? []
  const object = add(w, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta(w, {
      kind: 'StatefulSet',
      ns: plan.ns,
      name: plan.name,
      age,
      labels,
      ...(plan.annotations === undefined ? {} : { annotations: plan.annotations }),
      generation: changed ? 4 : 1,
    }),
    spec: merge(
      {
        replicas,
        selector: { matchLabels: selector },
        serviceName: `${plan.name}-headless`,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        revisionHistoryLimit: 10,
        template: template(image, plan.with, plan.pod),
        ...(claims.length === 0
          ? {}
          : {
              volumeClaimTemplates: claims.map((c) => ({
                apiVersion: 'v1',
                kind: 'PersistentVolumeClaim',
                metadata: { name: c.name },
                spec: {
                  accessModes: [c.mode ?? 'ReadWriteOnce'],
                  resources: { requests: { storage: c.size } },
                  volumeMode: 'Filesystem',
                  ...(c.storageClass === undefined ? {} : { storageClassName: c.storageClass }),
                },
                status: { phase: 'Pending' },
              })),
            }),
      },
      plan.spec,
    ),
  })
  const looks: readonly PodLook[] = plan.pods ?? Array.from({ length: replicas }, () => ({}))
  const made = looks.map((look, i) => {
    const spec = template(image, plan.with, plan.pod)['spec'] as Json
    const volumes = claims.map((c) => ({ name: c.name, persistentVolumeClaim: { claimName: `${c.name}-${plan.name}-${i}` } }))
    return pod(
      w,
      {
        ns: plan.ns,
        name: look.name ?? `${plan.name}-${i}`,
        generateName: `${plan.name}-`,
        labels: {
          ...labels,
          'apps.kubernetes.io/pod-index': String(i),
          'controller-revision-hash': plan.rolling && look.age === undefined ? before : current,
          'statefulset.kubernetes.io/pod-name': `${plan.name}-${i}`,
        },
        spec: {
          ...spec,
          hostname: `${plan.name}-${i}`,
          subdomain: `${plan.name}-headless`,
          volumes: [...((spec['volumes'] ?? []) as Json[]), ...volumes],
        },
        ownedBy: object,
        // A roll-out begins at the last one: what has no look of its own is still the pod of before.
        age: plan.rolling ? Math.min(age, rolled + d(3)) - 20 * i - 5 : Math.max(3, rolled - 20 * i - 5),
      },
      look,
    )
  })
  const ready = made.filter(isReady).length
  const at = w.objects.indexOf(object)
  const updated = made.filter((p) => p.metadata.labels?.['controller-revision-hash'] === current).length
  w.objects[at] = {
    ...object,
    status: merge(
      {
        observedGeneration: changed ? 4 : 1,
        replicas: made.filter((p) => !['Failed', 'Succeeded'].includes(String(p.status?.['phase']))).length,
        ...(ready === 0 ? { availableReplicas: 0 } : { readyReplicas: ready, availableReplicas: ready }),
        ...(plan.rolling ? { currentReplicas: made.length - updated } : { currentReplicas: made.length }),
        ...(updated === 0 ? {} : { updatedReplicas: updated }),
        currentRevision: plan.rolling ? before : current,
        updateRevision: current,
        collisionCount: 0,
      },
      plan.status,
    ),
  }
  return { object: w.objects[at]!, pods: made }
}

const daemonSet = (w: World, plan: Plan): Workload => {
  const { age, rolled, image } = defaults(w, plan)
  const { template, selector, labels } = deploymentOf(plan)
  const hash = letters(`${w.seed}${plan.name}${image}`, 10).slice(0, 9)
  const object = add(w, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta(w, {
      kind: 'DaemonSet',
      ns: plan.ns,
      name: plan.name,
      age,
      labels,
      annotations: { 'deprecated.daemonset.template.generation': '3', ...plan.annotations },
      generation: 3,
    }),
    spec: merge(
      {
        selector: { matchLabels: selector },
        template: template(image, plan.with, plan.pod),
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      },
      plan.spec,
    ),
  })
  const nodes = [...w.workers, ...w.cordoned, ...w.controlPlane, ...w.lost, ...w.reserved]
  const looks: readonly PodLook[] =
    plan.pods ?? nodes.map((name) => ({ node: name, ...(w.lost.includes(name) ? { lostSince: w.lostSince[name] ?? m(17) } : {}) }))
  const made = looks.map((look, i) =>
    pod(
      w,
      {
        ns: plan.ns,
        name: look.name ?? `${plan.name}-${letters(`${w.seed}${plan.name}${i}`, 5)}`,
        generateName: `${plan.name}-`,
        labels: {
          ...labels,
          'controller-revision-hash': plan.rolling && look.age === undefined ? `${hash}0` : hash,
          'pod-template-generation': '3',
        },
        spec: merge(template(image, plan.with, plan.pod)['spec'] as Json, { tolerations: [{ operator: 'Exists' }] }),
        ownedBy: object,
        age: Math.max(3, rolled - 10 * i),
      },
      look.node === undefined ? { ...look, node: look.unschedulable === undefined ? nodes[i % nodes.length]! : null } : look,
    ),
  )
  const ready = made.filter(isReady).length
  const wanted = Math.max(made.length, nodes.length)
  const at = w.objects.indexOf(object)
  w.objects[at] = {
    ...object,
    status: merge(
      {
        currentNumberScheduled: made.length,
        numberMisscheduled: 0,
        desiredNumberScheduled: wanted,
        numberReady: ready,
        observedGeneration: 3,
        updatedNumberScheduled: plan.rolling
          ? made.filter((p) => p.metadata.labels?.['controller-revision-hash'] === hash).length
          : made.length,
        ...(ready === 0 ? {} : { numberAvailable: ready }),
        ...(wanted > ready ? { numberUnavailable: wanted - ready } : {}),
      },
      plan.status,
    ),
  }
  return { object: w.objects[at]!, pods: made }
}

export type JobPlan = {
  readonly ns: string
  readonly name: string
  readonly image?: string
  readonly container?: string
  readonly limits?: Json
  readonly requests?: Json
  readonly with?: Json
  readonly pod?: Json
  readonly age: number
  readonly pods?: readonly PodLook[]
  readonly backoffLimit?: number
  readonly spec?: Json
  /** Seconds ago that it ended. */
  readonly done?: { readonly ok: boolean; readonly ago: number; readonly reason?: string; readonly message?: string }
  readonly by?: KubeObject
  readonly refused?: { readonly message: string; readonly since: number }
}

export const job = (w: World, plan: JobPlan): Workload => {
  const container = plan.container ?? plan.name.replace(/-\d+$/, '')
  const id = uid8(w, plan)
  const image = plan.image ?? `registry.example.com/${plan.ns}/${container}:2.1.0`
  const labels = {
    'batch.kubernetes.io/controller-uid': id,
    'batch.kubernetes.io/job-name': plan.name,
    'controller-uid': id,
    'job-name': plan.name,
    app: container,
  }
  const spec = merge(
    {
      containers: [
        merge(
          {
            name: container,
            image,
            resources: { ...(plan.requests ? { requests: plan.requests } : {}), ...(plan.limits ? { limits: plan.limits } : {}) },
            ...still,
          },
          plan.with,
        ),
      ],
      restartPolicy: 'Never',
    },
    plan.pod,
  )
  const object = add(w, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...meta(w, { kind: 'Job', ns: plan.ns, name: plan.name, age: plan.age, labels, generation: 1 }),
      ...(plan.by === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'batch/v1',
                kind: 'CronJob',
                name: plan.by.metadata.name,
                uid: String(plan.by.metadata.uid),
                controller: true,
                blockOwnerDeletion: true,
              },
            ] as never,
          }),
    },
    spec: merge(
      {
        parallelism: 1,
        completions: 1,
        backoffLimit: plan.backoffLimit ?? 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': id } },
        template: { metadata: { labels }, spec },
      },
      plan.spec,
    ),
  })
  const looks: readonly PodLook[] = plan.pods ?? [
    {
      containers: {
        [container]: {
          is: 'terminated',
          ended: { exit: 0, reason: 'Completed', ago: plan.done?.ago ?? 30, ran: Math.max(1, plan.age - (plan.done?.ago ?? 30) - 3) },
        },
      },
    },
  ]
  const made = looks.map((look, i) => {
    const name = look.name ?? `${plan.name}-${letters(`${w.seed}${plan.name}${i}`, 5)}`
    const p = pod(w, { ns: plan.ns, name, generateName: `${plan.name}-`, labels, spec, ownedBy: object, age: plan.age }, look)
    event(w, {
      on: object,
      reason: 'SuccessfulCreate',
      message: `Created pod: ${name}`,
      first: look.age ?? plan.age,
      from: 'job-controller',
    })
    return p
  })
  const phase = (p: KubeObject): string => String(p.status?.['phase'])
  const failed = made.filter((p) => phase(p) === 'Failed').length
  const succeeded = made.filter((p) => phase(p) === 'Succeeded').length
  const active = made.length - failed - succeeded
  const done = plan.done
  const reason = done?.reason ?? (done?.ok ? 'CompletionsReached' : 'BackoffLimitExceeded')
  const message = done?.message ?? (done?.ok ? 'Reached expected number of succeeded pods' : 'Job has reached the specified backoff limit')
  const condition = (type: string): Json => ({
    type,
    status: 'True',
    lastProbeTime: ago(w, done?.ago ?? 0),
    lastTransitionTime: ago(w, done?.ago ?? 0),
    reason,
    message,
  })
  const at = w.objects.indexOf(object)
  w.objects[at] = {
    ...object,
    status: {
      startTime: ago(w, plan.age),
      ...(active > 0 ? { active } : {}),
      ...(failed > 0 ? { failed } : {}),
      ...(succeeded > 0 ? { succeeded } : {}),
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
      ...(done?.ok ? { completionTime: ago(w, done.ago) } : {}),
      ...(done === undefined
        ? {}
        : { conditions: [condition(done.ok ? 'SuccessCriteriaMet' : 'FailureTarget'), condition(done.ok ? 'Complete' : 'Failed')] }),
    },
  }
  if (done !== undefined)
    event(w, {
      on: object,
      type: done.ok ? 'Normal' : 'Warning',
      reason: done.ok ? 'Completed' : reason,
      message: done.ok ? 'Job completed' : message,
      first: done.ago,
      from: 'job-controller',
    })
  if (plan.refused !== undefined)
    event(w, {
      on: object,
      type: 'Warning',
      reason: 'FailedCreate',
      message: `Error creating: ${plan.refused.message}`,
      first: plan.refused.since,
      last: 40,
      count: 14,
      from: 'job-controller',
    })
  return { object: w.objects[at]!, pods: made }
}

const uid8 = (w: World, plan: JobPlan): string => String(meta(w, { kind: 'Job', ns: plan.ns, name: plan.name, age: m(1) }).uid)

export const cronJob = (w: World, of: { ns: string; name: string; schedule: string; age: number; last: number; spec?: Json }): KubeObject =>
  add(w, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta(w, { kind: 'CronJob', ns: of.ns, name: of.name, age: of.age, generation: 1 }),
    spec: merge(
      {
        schedule: of.schedule,
        concurrencyPolicy: 'Forbid',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          spec: {
            template: {
              spec: { containers: [{ name: of.name, image: `registry.example.com/${of.ns}/${of.name}:2.1.0` }], restartPolicy: 'Never' },
            },
          },
        },
      },
      of.spec,
    ),
    status: { lastScheduleTime: ago(w, of.last), lastSuccessfulTime: ago(w, of.last - 20) },
  })
