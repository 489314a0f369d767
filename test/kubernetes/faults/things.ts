import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { event } from './events.ts'
import { add, ago, d, hex, type Json, letters, meta, number, owner, type World } from './world.ts'

type Named = { readonly ns: string; readonly name: string; readonly age?: number; readonly labels?: Json; readonly annotations?: Json }

const aged = (w: World, of: { name: string; age?: number }): number => of.age ?? d(40 + number(`${w.seed}${of.name}`, 200))

export const namespace = (w: World, name: string, labels: Json = {}): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: meta(w, { kind: 'Namespace', name, age: d(400), labels: { 'kubernetes.io/metadata.name': name, ...labels } }),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  })

/** Its endpoints are drawn at the end from the pods that it selects. */
export const service = (
  w: World,
  of: Named & { selector?: Json; port?: number; targetPort?: number | string; portName?: string; headless?: boolean; spec?: Json },
): KubeObject => {
  const ip = of.headless ? 'None' : `10.96.${number(`${w.seed}${of.ns}${of.name}`, 250)}.${1 + number(of.name, 250)}`
  return add(w, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(w, {
      kind: 'Service',
      ns: of.ns,
      name: of.name,
      age: aged(w, of),
      labels: { 'app.kubernetes.io/name': of.name, ...of.labels },
    }),
    spec: {
      type: 'ClusterIP',
      clusterIP: ip,
      clusterIPs: [ip],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ports: [{ name: of.portName ?? 'http', port: of.port ?? 80, protocol: 'TCP', targetPort: of.targetPort ?? 'http' }],
      ...(of.selector === undefined ? { selector: { 'app.kubernetes.io/name': of.name } } : { selector: of.selector }),
      ...of.spec,
    },
    status: { loadBalancer: {} },
  })
}

/** Endpoints and EndpointSlices of all services, as the controllers would have made them. */
export const drawEndpoints = (w: World): void => {
  const pods = w.objects.filter((o) => o.kind === 'Pod')
  for (const svc of w.objects.filter((o) => o.kind === 'Service')) {
    const spec = svc.spec as Json
    const selector = spec['selector'] as Record<string, string> | undefined
    if (selector === undefined || spec['type'] === 'ExternalName') continue
    const chosen = pods.filter(
      (p) =>
        p.metadata.namespace === svc.metadata.namespace &&
        Object.entries(selector).every(([k, v]) => p.metadata.labels?.[k] === v) &&
        p.status?.['podIP'] !== undefined &&
        !['Failed', 'Succeeded'].includes(String(p.status?.['phase'])),
    )
    endpointsOf(w, svc, chosen)
  }
}

const readyPod = (p: KubeObject): boolean =>
  ((p.status?.['conditions'] ?? []) as { type: string; status: string }[]).some((c) => c.type === 'Ready' && c.status === 'True')

const endpointsOf = (w: World, svc: KubeObject, chosen: readonly KubeObject[]): void => {
  const ports = (svc.spec as Json)['ports'] as { name: string; targetPort: number | string; protocol: string }[]
  const target = (p: KubeObject, port: { targetPort: number | string }): number | undefined =>
    typeof port.targetPort === 'number'
      ? port.targetPort
      : ((p.spec?.['containers'] ?? []) as { ports?: { name?: string; containerPort: number }[] }[])
          .flatMap((c) => c.ports ?? [])
          .find((x) => x.name === port.targetPort)?.containerPort
  const resolved = chosen.filter((p) => ports.some((port) => target(p, port) !== undefined))
  const address = (p: KubeObject): Json => ({
    ip: p.status?.['podIP'],
    nodeName: p.spec?.['nodeName'],
    targetRef: { kind: 'Pod', name: p.metadata.name, namespace: p.metadata.namespace, uid: p.metadata.uid },
  })
  const live = resolved.filter((p) => p.metadata.deletionTimestamp === undefined)
  const ready = live.filter(readyPod)
  const notReady = live.filter((p) => !readyPod(p))
  const first = resolved[0]
  const drawn =
    first === undefined
      ? []
      : ports.filter((p) => target(first, p) !== undefined).map((p) => ({ name: p.name, port: target(first, p), protocol: p.protocol }))
  const labels = { ...svc.metadata.labels }
  const age = Math.round((w.now - Date.parse(String(svc.metadata.creationTimestamp))) / 1000)
  add(w, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: meta(w, {
      kind: 'Endpoints',
      ns: String(svc.metadata.namespace),
      name: svc.metadata.name,
      age,
      labels,
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': ago(w, Math.min(age, 300)) },
    }),
    ...(live.length === 0
      ? {}
      : {
          subsets: [
            {
              ...(ready.length === 0 ? {} : { addresses: ready.map(address) }),
              ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.map(address) }),
              ports: drawn,
            },
          ],
        }),
  })
  add(w, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...meta(w, {
        kind: 'EndpointSlice',
        ns: String(svc.metadata.namespace),
        name: `${svc.metadata.name}-${letters(`${w.seed}${svc.metadata.name}`, 5)}`,
        age,
        generateName: `${svc.metadata.name}-`,
        labels: {
          ...labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': svc.metadata.name,
        },
      }),
      ownerReferences: [owner(svc)] as never,
    },
    addressType: 'IPv4',
    endpoints:
      chosen.length === 0
        ? null
        : chosen.map((p) => ({
            addresses: [p.status?.['podIP']],
            conditions: {
              ready: readyPod(p) && p.metadata.deletionTimestamp === undefined,
              serving: readyPod(p),
              terminating: p.metadata.deletionTimestamp !== undefined,
            },
            nodeName: p.spec?.['nodeName'],
            targetRef: { kind: 'Pod', name: p.metadata.name, namespace: p.metadata.namespace, uid: p.metadata.uid },
          })),
    ports: chosen.length === 0 ? null : drawn,
  })
}

export const ingress = (
  w: World,
  of: Named & { host: string; service: string; port?: number | string; tls?: string; class?: string },
): KubeObject =>
  add(w, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: meta(w, {
      kind: 'Ingress',
      ns: of.ns,
      name: of.name,
      age: aged(w, of),
      generation: 1,
      ...(of.annotations === undefined ? {} : { annotations: of.annotations }),
    }),
    spec: {
      ingressClassName: of.class ?? 'nginx',
      ...(of.tls === undefined ? {} : { tls: [{ hosts: [of.host], secretName: of.tls }] }),
      rules: [
        {
          host: of.host,
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: {
                  service: { name: of.service, port: typeof of.port === 'string' ? { name: of.port } : { number: of.port ?? 80 } },
                },
              },
            ],
          },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ hostname: `k8s-ingress-${hex(w.seed).slice(0, 10)}.elb.eu-west-1.amazonaws.com` }] } },
  })

export const configMap = (w: World, of: Named & { data?: Json }): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta(w, { kind: 'ConfigMap', ns: of.ns, name: of.name, age: aged(w, of) }),
    data: of.data ?? { LOG_LEVEL: 'info' },
  } as KubeObject)

export const account = (w: World, of: Named & { pullSecrets?: readonly string[] }): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: meta(w, {
      kind: 'ServiceAccount',
      ns: of.ns,
      name: of.name,
      age: aged(w, of),
      ...(of.annotations === undefined ? {} : { annotations: of.annotations }),
    }),
    ...(of.pullSecrets === undefined ? {} : { imagePullSecrets: of.pullSecrets.map((name) => ({ name })) }),
  } as KubeObject)

export const quota = (w: World, of: Named & { hard: Record<string, string>; used: Record<string, string> }): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: meta(w, { kind: 'ResourceQuota', ns: of.ns, name: of.name, age: aged(w, of) }),
    spec: { hard: of.hard },
    status: { hard: of.hard, used: of.used },
  })

export const limitRange = (w: World, of: Named & { limits: readonly Json[] }): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: meta(w, { kind: 'LimitRange', ns: of.ns, name: of.name, age: aged(w, of) }),
    spec: { limits: of.limits },
  })

export const networkPolicy = (w: World, of: Named & { spec: Json }): KubeObject =>
  add(w, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: meta(w, {
      kind: 'NetworkPolicy',
      ns: of.ns,
      name: of.name,
      age: aged(w, of),
      generation: 1,
      ...(of.annotations === undefined ? {} : { annotations: of.annotations }),
    }),
    spec: of.spec,
  })

export const budget = (
  w: World,
  of: Named & {
    selector: Json
    minAvailable?: number | string
    maxUnavailable?: number
    healthy: number
    desired: number
    expected: number
  },
): KubeObject =>
  add(w, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta(w, { kind: 'PodDisruptionBudget', ns: of.ns, name: of.name, age: aged(w, of), generation: 1 }),
    spec: {
      ...(of.maxUnavailable === undefined ? { minAvailable: of.minAvailable ?? 1 } : { maxUnavailable: of.maxUnavailable }),
      selector: { matchLabels: of.selector },
    },
    status: {
      currentHealthy: of.healthy,
      desiredHealthy: of.desired,
      disruptionsAllowed: Math.max(0, of.healthy - of.desired),
      expectedPods: of.expected,
      observedGeneration: 1,
      conditions: [
        of.healthy > of.desired
          ? {
              type: 'DisruptionAllowed',
              status: 'True',
              reason: 'SufficientPods',
              message: '',
              observedGeneration: 1,
              lastTransitionTime: ago(w, d(9)),
            }
          : {
              type: 'DisruptionAllowed',
              status: 'False',
              reason: 'InsufficientPods',
              message: '',
              observedGeneration: 1,
              lastTransitionTime: ago(w, d(9)),
            },
      ],
    },
  })

export const storageClass = (
  w: World,
  of: {
    name: string
    provisioner?: string
    isDefault?: boolean
    mode?: 'Immediate' | 'WaitForFirstConsumer'
    age?: number
    expand?: boolean
    parameters?: Json
  },
): KubeObject =>
  add(w, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: meta(w, {
      kind: 'StorageClass',
      name: of.name,
      age: of.age ?? d(380),
      ...(of.isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
    }),
    provisioner: of.provisioner ?? 'ebs.csi.aws.com',
    parameters: of.parameters ?? { type: 'gp3' },
    reclaimPolicy: 'Delete',
    volumeBindingMode: of.mode ?? 'WaitForFirstConsumer',
    allowVolumeExpansion: of.expand ?? true,
  } as KubeObject)

/** A claim; bound to a volume of its own unless its phase says otherwise. */
export const claim = (
  w: World,
  of: Named & {
    class?: string | null
    size?: string
    modes?: readonly string[]
    volumeMode?: string
    phase?: 'Bound' | 'Pending' | 'Lost'
    volume?: string
    node?: string
    spec?: Json
    noVolume?: boolean
  },
): KubeObject => {
  const phase = of.phase ?? 'Bound'
  const modes = of.modes ?? ['ReadWriteOnce']
  const size = of.size ?? '20Gi'
  const age = aged(w, of)
  const cls = of.class === undefined ? 'gp3' : of.class
  const made = meta(w, {
    kind: 'PersistentVolumeClaim',
    ns: of.ns,
    name: of.name,
    age,
    annotations: {
      ...(phase === 'Pending'
        ? {}
        : {
            'pv.kubernetes.io/bind-completed': 'yes',
            'pv.kubernetes.io/bound-by-controller': 'yes',
            'volume.kubernetes.io/storage-provisioner': 'ebs.csi.aws.com',
          }),
      ...of.annotations,
    },
    finalizers: ['kubernetes.io/pvc-protection'],
  })
  const volume = of.volume ?? `pvc-${made.uid}`
  const object = add(w, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: made,
    spec: {
      accessModes: modes,
      resources: { requests: { storage: size } },
      ...(cls === null ? {} : { storageClassName: cls }),
      volumeMode: of.volumeMode ?? 'Filesystem',
      ...(phase === 'Pending' && of.volume === undefined ? {} : { volumeName: volume }),
      ...of.spec,
    },
    status: phase === 'Bound' ? { phase, accessModes: modes, capacity: { storage: size } } : { phase },
  })
  if (phase === 'Bound' && !of.noVolume) persistentVolume(w, { name: volume, class: cls ?? '', size, modes, claim: object, age: age - 4 })
  return object
}

export const persistentVolume = (
  w: World,
  of: {
    name: string
    class: string
    size: string
    modes: readonly string[]
    claim?: KubeObject
    age: number
    phase?: string
    zone?: string
    spec?: Json
  },
): KubeObject =>
  add(w, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: meta(w, {
      kind: 'PersistentVolume',
      name: of.name,
      age: of.age,
      annotations: { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' },
      finalizers: ['kubernetes.io/pv-protection'],
    }),
    spec: {
      accessModes: of.modes,
      capacity: { storage: of.size },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: of.class,
      volumeMode: 'Filesystem',
      csi: { driver: 'ebs.csi.aws.com', fsType: 'ext4', volumeHandle: `vol-0${hex(of.name).slice(0, 16)}` },
      ...(of.claim === undefined
        ? {}
        : {
            claimRef: {
              apiVersion: 'v1',
              kind: 'PersistentVolumeClaim',
              name: of.claim.metadata.name,
              namespace: of.claim.metadata.namespace,
              uid: of.claim.metadata.uid,
            },
          }),
      ...(of.zone === undefined
        ? {}
        : {
            nodeAffinity: {
              required: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [of.zone] }] }],
              },
            },
          }),
      ...of.spec,
    },
    status: { phase: of.phase ?? (of.claim === undefined ? 'Available' : 'Bound'), lastPhaseTransitionTime: ago(w, of.age) },
  })

export type Scale = {
  min: number
  max: number
  current: number
  desired?: number
  target?: number
  load?: number
  kind?: string
  to?: string
  metrics?: readonly Json[]
  currentMetrics?: readonly Json[] | null
  limited?: number
  scaled?: number
}

/** An HPA on cpu; at its ceiling when `desired` is at `max` and the load is above the target. */
export const hpa = (w: World, of: Named & Scale & { conditions?: readonly Json[] }): KubeObject => {
  const target = of.target ?? 70
  const load = of.load ?? 45
  const desired = of.desired ?? of.current
  const capped = desired === of.max && load > target
  const condition = (type: string, status: string, why: readonly [string, string], since: number): Json => ({
    type,
    status,
    lastTransitionTime: ago(w, since),
    reason: why[0],
    message: why[1],
  })
  const made = add(w, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta(w, { kind: 'HorizontalPodAutoscaler', ns: of.ns, name: of.name, age: aged(w, of) }),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: of.kind ?? 'Deployment', name: of.to ?? of.name },
      minReplicas: of.min,
      maxReplicas: of.max,
      metrics: of.metrics ?? [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }],
    },
    status: {
      ...(of.scaled === undefined ? {} : { lastScaleTime: ago(w, of.scaled) }),
      currentReplicas: of.current,
      desiredReplicas: desired,
      currentMetrics:
        of.currentMetrics === undefined
          ? [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: load, averageValue: `${load * 5}m` } } }]
          : of.currentMetrics,
      conditions: of.conditions ?? [
        condition('AbleToScale', 'True', ['ReadyForNewScale', 'recommended size matches current size'], d(12)),
        condition(
          'ScalingActive',
          'True',
          [
            'ValidMetricFound',
            'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
          ],
          d(3),
        ),
        capped
          ? condition(
              'ScalingLimited',
              'True',
              ['TooManyReplicas', 'the desired replica count is more than the maximum replica count'],
              of.limited ?? 900,
            )
          : condition('ScalingLimited', 'False', ['DesiredWithinRange', 'the desired count is within the acceptable range'], d(1)),
      ],
    },
  })
  return made
}

export const certificate = (
  w: World,
  of: Named & {
    secret: string
    hosts: readonly string[]
    issuer: string
    issuerKind?: string
    notAfter: number
    notBefore: number
    renewal: number
    ready?: Json
    issuing?: Json
    failed?: { ago: number; attempts: number }
  },
): KubeObject =>
  add(w, {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: meta(w, { kind: 'Certificate', ns: of.ns, name: of.name, age: aged(w, of), generation: 1 }),
    spec: {
      dnsNames: of.hosts,
      secretName: of.secret,
      issuerRef: { group: 'cert-manager.io', kind: of.issuerKind ?? 'ClusterIssuer', name: of.issuer },
      usages: ['digital signature', 'key encipherment'],
    },
    status: {
      conditions: [
        of.ready ?? {
          type: 'Ready',
          status: 'True',
          observedGeneration: 1,
          lastTransitionTime: ago(w, of.notBefore),
          reason: 'Ready',
          message: 'Certificate is up to date and has not expired',
        },
        ...(of.issuing === undefined ? [] : [of.issuing]),
      ],
      notBefore: ago(w, of.notBefore),
      notAfter: ago(w, -of.notAfter),
      renewalTime: ago(w, -of.renewal),
      revision: 4,
      ...(of.failed === undefined ? {} : { lastFailureTime: ago(w, of.failed.ago), failedIssuanceAttempts: of.failed.attempts }),
    },
  })

/** A claim that nobody uses yet: quite in order where volumes wait for their first consumer. */
export const idleClaim = (w: World, of: { ns: string; name: string; age: number }): KubeObject => {
  const made = claim(w, { ...of, phase: 'Pending' })
  event(w, {
    on: made,
    reason: 'WaitForFirstConsumer',
    message: 'waiting for first consumer to be created before binding',
    first: of.age,
    last: 11,
    count: Math.floor(of.age / 15),
    from: 'persistentvolume-controller',
  })
  return made
}

export const plain = (
  w: World,
  of: { apiVersion: string; kind: string; ns?: string; name: string; age?: number; rest: Json; labels?: Json },
): KubeObject =>
  add(w, {
    apiVersion: of.apiVersion,
    kind: of.kind,
    metadata: meta(w, {
      kind: of.kind,
      ...(of.ns === undefined ? {} : { ns: of.ns }),
      name: of.name,
      age: aged(w, of),
      ...(of.labels === undefined ? {} : { labels: of.labels }),
    }),
    ...of.rest,
  } as KubeObject)
