import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { event } from './events.ts'
import { add, ago, d, hex, type Json, letters, m, merge, meta, microAgo, number, owner, type World } from './world.ts'

// ---- nodes

export type NodeLook = {
  readonly age?: number
  readonly labels?: Json
  readonly taints?: readonly Json[]
  readonly cpu?: number
  readonly memoryGi?: number
  readonly pods?: number
  readonly unschedulable?: boolean
  /** By type; laid over the healthy one. `since`: seconds ago of the change. */
  readonly conditions?: Readonly<Record<string, { status: string; reason: string; message: string; since: number; heartbeat?: number }>>
  readonly renewed?: number
  readonly extended?: Readonly<Record<string, string>>
  readonly arch?: string
}

const healthyConditions: readonly [string, string, string, string][] = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
]

/** The range of the next node. */
const podRange = (w: World): string => `10.244.${1 + number(w.seed, 90) + 3 * w.objects.filter((o) => o.kind === 'Node').length}`

/** An address in the range of the node that no pod has yet. */
const address = (w: World, node: string | null, of: string): string => {
  const found = w.objects.find((o) => o.kind === 'Node' && o.metadata.name === node)
  const range = String(found?.spec?.['podCIDR'] ?? '10.244.0.0/24').replace('.0/24', '')
  for (let i = number(`${w.seed}${of}`, 250); ; i++) {
    const ip = `${range}.${2 + (i % 250)}`
    if (w.addresses.has(ip)) continue
    w.addresses.add(ip)
    return ip
  }
}

export const nodeIp = (w: World, name: string): string => `10.0.${number(`${w.seed}${name}a`, 200)}.${2 + number(`${w.seed}${name}b`, 250)}`

export const node = (w: World, name: string, look: NodeLook = {}): KubeObject => {
  const age = look.age ?? d(20 + number(name, 60))
  const heartbeat = 5 + number(`${w.seed}${name}`, 240)
  const cpu = look.cpu ?? 4
  const memoryKi = (look.memoryGi ?? 16) * 1024 * 1024
  const extended = look.extended ?? {}
  const zone = ['a', 'b', 'c'][number(name, 3)]
  const made = add(w, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: meta(w, {
      kind: 'Node',
      name,
      age,
      labels: {
        'beta.kubernetes.io/arch': look.arch ?? 'amd64',
        'kubernetes.io/arch': look.arch ?? 'amd64',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'topology.kubernetes.io/region': 'eu-west-1',
        'topology.kubernetes.io/zone': `eu-west-1${zone}`,
        ...look.labels,
      },
      annotations: { 'node.alpha.kubernetes.io/ttl': '0', 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    }),
    spec: {
      podCIDR: `${podRange(w)}.0/24`,
      providerID: `aws:///eu-west-1${zone}/i-0${hex(name).slice(0, 16)}`,
      ...(look.unschedulable ? { unschedulable: true } : {}),
      ...(look.taints === undefined && !look.unschedulable
        ? {}
        : {
            taints: [
              ...(look.taints ?? []),
              ...(look.unschedulable ? [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: ago(w, m(190)) }] : []),
            ],
          }),
    },
    status: {
      capacity: {
        cpu: String(cpu),
        memory: `${memoryKi}Ki`,
        pods: String(look.pods ?? 110),
        'ephemeral-storage': '83873772Ki',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        ...extended,
      },
      allocatable: {
        cpu: `${cpu * 1000 - 80}m`,
        memory: `${memoryKi - 1_126_400}Ki`,
        pods: String(look.pods ?? 110),
        'ephemeral-storage': '76224326324',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        ...extended,
      },
      conditions: healthyConditions.map(([type, status, reason, message]) => {
        const over = look.conditions?.[type]
        return {
          type,
          status: over?.status ?? status,
          lastHeartbeatTime: ago(w, over?.heartbeat ?? heartbeat),
          lastTransitionTime: ago(w, over?.since ?? age - 30),
          reason: over?.reason ?? reason,
          message: over?.message ?? message,
        }
      }),
      addresses: [
        { type: 'InternalIP', address: nodeIp(w, name) },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: hex(name).slice(0, 32),
        systemUUID: hex(`${name}u`).slice(0, 32),
        bootID: hex(`${name}b`).slice(0, 32),
        kernelVersion: '6.1.112-122.189.amzn2023.x86_64',
        osImage: 'Amazon Linux 2023.6.20241010',
        containerRuntimeVersion: 'containerd://1.7.23',
        kubeletVersion: 'v1.31.4',
        kubeProxyVersion: 'v1.31.4',
        operatingSystem: 'linux',
        architecture: look.arch ?? 'amd64',
      },
    },
  })
  lease(w, { ns: 'kube-node-lease', name, holder: name, age, seconds: 40, renewed: look.renewed ?? number(`${name}l`, 9) + 1 })
  return made
}

export const lease = (
  w: World,
  of: { ns: string; name: string; holder: string; age: number; seconds: number; renewed: number; acquired?: number; transitions?: number },
): KubeObject =>
  add(w, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: meta(w, { kind: 'Lease', ns: of.ns, name: of.name, age: of.age }),
    spec: {
      holderIdentity: of.holder,
      leaseDurationSeconds: of.seconds,
      renewTime: microAgo(w, of.renewed),
      ...(of.acquired === undefined ? {} : { acquireTime: microAgo(w, of.acquired) }),
      ...(of.transitions === undefined ? {} : { leaseTransitions: of.transitions }),
    },
  })

// ---- pods

export type Ended = {
  readonly exit: number
  readonly reason: string
  readonly message?: string
  readonly ago: number
  readonly ran?: number
}

export type Run =
  | {
      readonly is: 'running'
      readonly since: number
      readonly ready?: boolean
      readonly started?: boolean
      readonly restarts?: number
      readonly last?: Ended
    }
  | { readonly is: 'waiting'; readonly reason: string; readonly message?: string; readonly restarts?: number; readonly last?: Ended }
  | { readonly is: 'terminated'; readonly ended: Ended; readonly restarts?: number }

/** What has become of one pod. */
export type PodLook = {
  readonly age?: number
  /** When it was put on a node; at once if not given. */
  readonly scheduled?: number
  readonly node?: string | null
  readonly name?: string
  readonly containers?: Readonly<Record<string, Run>>
  readonly init?: Readonly<Record<string, Run>>
  readonly unschedulable?: string
  readonly changed?: number
  readonly terminating?: { readonly since: number; readonly grace?: number }
  readonly finalizers?: readonly string[]
  readonly gone?: { readonly reason: string; readonly message: string; readonly ago: number; readonly target?: string }
  readonly labels?: Json
  readonly conditions?: readonly Json[]
  readonly phase?: string
  readonly quiet?: boolean
  /** Its node is not ready since then: the node controller says so in the pod's Ready. */
  readonly lostSince?: number
  readonly tell?: (w: World, pod: KubeObject) => void
}

export type PodPlan = {
  readonly ns: string
  readonly name: string
  readonly generateName?: string
  readonly labels: Json
  readonly annotations?: Json
  readonly spec: Json
  readonly ownedBy?: KubeObject
  readonly age: number
}

type Container = { name: string; image: string } & Json

const containerStatus = (w: World, of: { pod: string; ns: string; uid: string; container: Container; run: Run }): Json => {
  const { container, run } = of
  const key = `${w.seed}${of.ns}/${of.pod}/${container.name}`
  const id = (n: number): string => `containerd://${hex(`${key}${n}`)}`
  const restarts = run.restarts ?? 0
  const ended = (e: Ended, n: number): Json => ({
    terminated: {
      containerID: id(n),
      exitCode: e.exit,
      reason: e.reason,
      ...(e.message === undefined ? {} : { message: e.message }),
      startedAt: e.exit === 128 && e.reason === 'StartError' ? '1970-01-01T00:00:00Z' : ago(w, e.ago + (e.ran ?? 4)),
      finishedAt: ago(w, e.ago),
    },
  })
  const delay = ['10s', '10s', '20s', '40s', '1m20s', '2m40s'][restarts] ?? '5m0s'
  const waiting =
    run.is === 'waiting'
      ? (run.message?.replaceAll('{pod}', `${of.pod}_${of.ns}(${of.uid})`) ??
        (run.reason === 'CrashLoopBackOff'
          ? `back-off ${delay} restarting failed container=${container.name} pod=${of.pod}_${of.ns}(${of.uid})`
          : undefined))
      : undefined
  const state =
    run.is === 'running'
      ? { running: { startedAt: ago(w, run.since) } }
      : run.is === 'terminated'
        ? ended(run.ended, restarts)
        : { waiting: { reason: run.reason, ...(waiting === undefined ? {} : { message: waiting }) } }
  const last = run.is === 'terminated' ? undefined : run.last
  const never = run.is === 'waiting' && last === undefined
  return {
    name: container.name,
    state,
    lastState: last === undefined ? {} : ended(last, restarts - 1),
    ready: run.is === 'running' ? (run.ready ?? true) : false,
    restartCount: restarts,
    image: container.image,
    imageID: never ? '' : `${container.image.split(':')[0]}@sha256:${hex(container.image)}`,
    ...(never ? {} : { containerID: id(run.is === 'waiting' ? restarts - 1 : restarts) }),
    started: run.is === 'running' ? (run.started ?? true) : false,
  }
}

const defaultPodSpec: Json = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  serviceAccountName: 'default',
  serviceAccount: 'default',
  securityContext: {},
  schedulerName: 'default-scheduler',
  priority: 0,
  preemptionPolicy: 'PreemptLowerPriority',
  enableServiceLinks: true,
  tolerations: [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
}

/** The volume that the API server's admission gives every pod. */
const withToken = (spec: Json, id: string): Json => {
  const name = `kube-api-access-${id}`
  const mounted = (containers: unknown): Container[] =>
    ((containers ?? []) as Container[]).map((c) => ({
      ...c,
      volumeMounts: [
        ...((c['volumeMounts'] ?? []) as Json[]),
        { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
      ],
    }))
  return {
    ...spec,
    ...(spec['initContainers'] === undefined ? {} : { initContainers: mounted(spec['initContainers']) }),
    containers: mounted(spec['containers']),
    volumes: [
      ...((spec['volumes'] ?? []) as Json[]),
      {
        name,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
          ],
        },
      },
    ],
  }
}

const qos = (containers: readonly Container[]): string => {
  const all = containers.map((c) => (c['resources'] ?? {}) as { requests?: Json; limits?: Json })
  if (all.every((r) => Object.keys(r.requests ?? {}).length === 0 && Object.keys(r.limits ?? {}).length === 0)) return 'BestEffort'
  const guaranteed = all.every((r) =>
    ['cpu', 'memory'].every((k) => r.limits?.[k] !== undefined && r.limits[k] === (r.requests?.[k] ?? r.limits[k])),
  )
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** A pod as the API gives it, with the ordinary events of its birth and those of what befell it. */
export const pod = (w: World, plan: PodPlan, look: PodLook = {}): KubeObject => {
  const age = look.age ?? plan.age
  const spec = withToken(merge(defaultPodSpec, plan.spec), letters(plan.name, 5))
  const containers = spec['containers'] as Container[]
  const inits = (spec['initContainers'] ?? []) as Container[]
  const unscheduled = look.unschedulable !== undefined
  const on = look.node === undefined ? (unscheduled ? null : place(w)) : look.node
  const base = meta(w, {
    kind: 'Pod',
    ns: plan.ns,
    name: plan.name,
    age,
    ...(plan.generateName === undefined ? {} : { generateName: plan.generateName }),
    labels: { ...plan.labels, ...look.labels },
    ...(plan.annotations === undefined ? {} : { annotations: plan.annotations }),
    ...(plan.ownedBy === undefined ? {} : { ownerReferences: [owner(plan.ownedBy)] }),
    ...(look.finalizers === undefined ? {} : { finalizers: look.finalizers }),
    ...(look.terminating === undefined
      ? {}
      : {
          deletionTimestamp: ago(w, look.terminating.since - (look.terminating.grace ?? 30)),
          deletionGracePeriodSeconds: look.terminating.grace ?? 30,
        }),
  })
  const key = { pod: plan.name, ns: plan.ns, uid: String(base.uid) }
  const initBad = Object.values(look.init ?? {}).some((r) => r.is !== 'terminated' || r.ended.exit !== 0)
  const runOf = (c: Container): Run =>
    look.containers?.[c.name] ?? (initBad ? { is: 'waiting', reason: 'PodInitializing' } : { is: 'running', since: Math.max(1, age - 4) })
  const initRun = (c: Container): Run =>
    look.init?.[c.name] ?? { is: 'terminated', ended: { exit: 0, reason: 'Completed', ago: Math.max(1, age - 4), ran: 1 } }
  const runs = containers.map((c) => [c, runOf(c)] as const)
  const ended = runs.every(([, r]) => r.is === 'terminated')
  const phase =
    look.phase ??
    (look.gone
      ? 'Failed'
      : unscheduled || initBad || runs.some(([, r]) => r.is === 'waiting' && r.last === undefined && (r.restarts ?? 0) === 0)
        ? 'Pending'
        : ended && spec['restartPolicy'] !== 'Always'
          ? runs.every(([, r]) => r.is === 'terminated' && r.ended.exit === 0)
            ? 'Succeeded'
            : 'Failed'
          : 'Running')
  const unready = runs.filter(([, r]) => look.gone !== undefined || !(r.is === 'running' && (r.ready ?? true))).map(([c]) => c.name)
  const changed = ago(w, look.changed ?? Math.max(1, age - 6))
  const condition = (type: string, status: string, at: string, why?: readonly [string, string]): Json => ({
    type,
    status,
    lastProbeTime: null,
    lastTransitionTime: at,
    ...(why === undefined ? {} : { reason: why[0], ...(why[1] === '' ? {} : { message: why[1] }) }),
  })
  const born = ago(w, age)
  const notReady: readonly [string, string] =
    phase === 'Succeeded'
      ? ['PodCompleted', '']
      : phase === 'Failed'
        ? ['PodFailed', '']
        : ['ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`]
  const incomplete = inits.filter((c) => look.init?.[c.name] !== undefined && initBad).map((c) => c.name)
  const conditions = unscheduled
    ? [condition('PodScheduled', 'False', born, ['Unschedulable', String(look.unschedulable)])]
    : [
        ...(look.conditions ?? []),
        ...(look.gone?.reason === 'Evicted'
          ? [condition('DisruptionTarget', 'True', changed, ['TerminationByKubelet', look.gone.message])]
          : []),
        condition(
          'PodReadyToStartContainers',
          phase === 'Succeeded' || phase === 'Failed'
            ? 'False'
            : runs.some(([, r]) => r.is === 'waiting' && r.reason === 'ContainerCreating')
              ? 'False'
              : 'True',
          born,
        ),
        condition(
          'Initialized',
          initBad ? 'False' : 'True',
          born,
          initBad ? ['ContainersNotInitialized', `containers with incomplete status: [${incomplete.join(' ')}]`] : undefined,
        ),
        condition(
          'Ready',
          unready.length === 0 && look.lostSince === undefined ? 'True' : 'False',
          look.lostSince === undefined ? changed : ago(w, look.lostSince),
          unready.length === 0 ? undefined : notReady,
        ),
        condition('ContainersReady', unready.length === 0 ? 'True' : 'False', changed, unready.length === 0 ? undefined : notReady),
        condition('PodScheduled', 'True', born),
      ]
  const ip = address(w, on, `${plan.ns}${plan.name}`)
  const hasIp = !unscheduled && !runs.every(([, r]) => r.is === 'waiting' && r.reason === 'ContainerCreating') && !look.gone
  const made = add(w, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: base,
    spec: { ...spec, ...(on === null ? {} : { nodeName: on }) },
    status: {
      phase,
      conditions,
      ...(look.gone === undefined ? {} : { reason: look.gone.reason, message: look.gone.message }),
      ...(on === null ? {} : { hostIP: nodeIp(w, on), hostIPs: [{ ip: nodeIp(w, on) }], startTime: born }),
      ...(hasIp ? { podIP: ip, podIPs: [{ ip }] } : {}),
      ...(unscheduled || look.gone?.reason === 'Evicted'
        ? {}
        : {
            ...(inits.length === 0
              ? {}
              : { initContainerStatuses: inits.map((container) => containerStatus(w, { ...key, container, run: initRun(container) })) }),
            containerStatuses: runs.map(([container, run]) => containerStatus(w, { ...key, container, run })),
          }),
      qosClass: qos(containers),
    },
  })
  if (!look.quiet) birth(w, made, { age: look.scheduled ?? age, on, unschedulable: look.unschedulable })
  if (look.lostSince !== undefined)
    event(w, {
      on: made,
      type: 'Warning',
      reason: 'NodeNotReady',
      message: 'Node is not ready',
      first: look.lostSince,
      from: 'node-controller',
    })
  look.tell?.(w, made)
  return made
}

const place = (w: World): string => w.workers[w.placed++ % w.workers.length]!

/** `since` of the first failure; an unschedulable pod is tried again every few minutes. */
const birth = (w: World, made: KubeObject, of: { age: number; on: string | null; unschedulable: string | undefined }): void => {
  const { age, on } = of
  if (of.unschedulable !== undefined) {
    const tries = Math.max(1, Math.floor(age / 300) + 1)
    event(w, {
      on: made,
      type: 'Warning',
      reason: 'FailedScheduling',
      message: of.unschedulable,
      first: age,
      last: tries > 1 ? Math.min(age, 20 + number(made.metadata.name, 60)) : age,
      count: tries,
      from: 'default-scheduler',
    })
    return
  }
  if (on === null || made.metadata.ownerReferences?.[0]?.kind === 'Node') return
  const ns = made.metadata.namespace
  event(w, {
    on: made,
    reason: 'Scheduled',
    message: `Successfully assigned ${ns}/${made.metadata.name} to ${on}`,
    first: age,
    from: 'default-scheduler',
  })
  const statuses = (made.status?.['containerStatuses'] ?? []) as {
    name: string
    image: string
    state: Json
    lastState: Json
    restartCount: number
  }[]
  for (const c of statuses) {
    const ran = c.state['running'] !== undefined || c.state['terminated'] !== undefined || c.lastState['terminated'] !== undefined
    if (!ran) continue
    const at = { on: made, from: 'kubelet', host: on, fieldPath: `spec.containers{${c.name}}` }
    const first = Math.max(1, age - 2)
    const running = c.state['running'] as { startedAt: string } | undefined
    const last =
      c.restartCount === 0 ? first : running === undefined ? undefined : Math.round((w.now - Date.parse(running.startedAt)) / 1000)
    const again = { first, count: c.restartCount + 1, last: last ?? Math.min(first, 160) }
    event(w, { ...at, ...again, reason: 'Pulled', message: `Container image "${c.image}" already present on machine` })
    event(w, { ...at, ...again, reason: 'Created', message: `Created container ${c.name}` })
    event(w, { ...at, ...again, reason: 'Started', message: `Started container ${c.name}` })
  }
}
