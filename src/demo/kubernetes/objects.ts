import type { KubeObject } from '../../kubernetes/state.ts'
import { BASELINE, type Pod, place, podsOf, type ServiceName, type ShopState, services, setOf } from '../world/shop.ts'
import { keyOf, type Standing, standingAt, usual } from '../world/standing.ts'

/** A setting of checkout under the number that its Deployment's controller gave it last (seconds). */
export type Revision = { readonly standing: Standing; readonly number: number; readonly at: number }

/** Every setting that checkout had: one that comes back gets a new number, as the controller does it. */
export const revisionsOf = ({ changes, startedAt }: Pick<ShopState, 'changes' | 'startedAt'>, seconds: number): Revision[] => {
  const all = new Map<string, Revision>([[keyOf(usual), { standing: usual, number: 1, at: startedAt - 4 * 86_400 }]])
  let number = 1
  let current = keyOf(usual)
  for (const { at, to } of changes) {
    const key = keyOf(to)
    if (at > seconds || key === current) continue
    number += 1
    current = key
    all.set(key, { standing: to, number, at: all.get(key)?.at ?? at })
  }
  return [...all.values()].toSorted((a, b) => a.number - b.number)
}

export const REVISION = 'deployment.kubernetes.io/revision'
const RESTARTED = 'vigil.dev/restarted-by'
const SECRET = 'checkout-client-tls'

/** All that controllers make: replica sets, pods, and the certificate of checkout. */
export const madeObjects = (state: ShopState, seconds: number): KubeObject[] => {
  const pods = podsOf(state).filter((pod) => pod.service !== 'payments-db' && pod.from <= seconds && seconds < pod.to)
  const plain = (Object.keys(services) as ServiceName[]).filter((name) => name !== 'payments-db' && name !== 'checkout')
  const count = (set: string): number => pods.filter((pod) => setNameOf(pod) === set).length
  const first = new Date((state.startedAt - 4 * 86_400) * 1000)
  const revisions = revisionsOf(state, seconds)
  const sets = [
    ...plain.map((name) => ({ workload: name as string, standing: { ...usual, version: services[name].version }, number: 1, at: first })),
    ...revisions.map(({ standing, number, at }) => ({ workload: 'checkout', standing, number, at: new Date(at * 1000) })),
    ...pods
      .filter(({ isBaseline }) => isBaseline)
      .map(({ standing, from }) => ({ workload: BASELINE, standing, number: 1, at: new Date(from * 1000) })),
  ].map((set) => replicaSet(set, count(`${set.workload}-${setOf(serviceOf(set.workload), set.standing)}`)))
  return [...sets, ...pods.map((pod) => podObject(pod, seconds)), certificate(state, seconds)]
}

const serviceOf = (workload: string): ServiceName => (workload === BASELINE ? 'checkout' : (workload as ServiceName))

const setNameOf = ({ workload, service, standing }: Pod): string => `${workload}-${setOf(service, standing)}`

/** What a workload's pods are made from. */
export const templateOf = (workload: string, standing: Standing) => {
  const { version, poolMax, cpuMillicores, memoryMib, restartedBy } = standing
  const name = serviceOf(workload)
  const isCheckout = name === 'checkout'
  const limits = { cpu: `${cpuMillicores}m`, memory: `${memoryMib}Mi` }
  return {
    metadata: {
      labels: { app: name, version, ...(workload === BASELINE ? { track: 'baseline' } : {}) },
      ...(restartedBy === '' ? {} : { annotations: { [RESTARTED]: restartedBy } }),
    },
    spec: {
      containers: [
        {
          name,
          image: `registry.shop.example/${name}:${version}`,
          ports: [{ containerPort: 8080 }],
          ...(isCheckout ? { env: [{ name: 'DB_POOL_MAX', value: String(poolMax) }] } : {}),
          resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: isCheckout ? limits : { cpu: '500m', memory: '512Mi' } },
          ...(isCheckout ? { volumeMounts: [{ name: 'client-tls', mountPath: '/etc/tls' }] } : {}),
        },
      ],
      ...(isCheckout ? { volumes: [{ name: 'client-tls', secret: { secretName: SECRET } }] } : {}),
    },
  }
}

type Template = {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: {
    readonly containers?: readonly {
      readonly image?: string
      readonly env?: readonly { readonly name: string; readonly value?: string }[]
      readonly resources?: { readonly limits?: { readonly cpu?: string; readonly memory?: string } }
    }[]
  }
}

/** What a template asks for, in the shop's words. */
export const standingOf = ({ spec }: KubeObject): Omit<Standing, 'maxPods'> => {
  const { metadata, spec: inner } = (spec?.['template'] ?? {}) as Template
  const [container] = inner?.containers ?? []
  const { cpu = '', memory = '' } = container?.resources?.limits ?? {}
  return {
    version: container?.image?.split(':').at(-1) ?? '',
    poolMax: Number(container?.env?.find(({ name }) => name === 'DB_POOL_MAX')?.value ?? 0),
    cpuMillicores: cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000,
    memoryMib: memory.endsWith('Gi') ? Number(memory.slice(0, -2)) * 1024 : Number(memory.replace('Mi', '')),
    restartedBy: Object.entries(metadata?.annotations ?? {}).find(([name]) => /restarted/.test(name))?.[1] ?? '',
    pods: Number(spec?.['replicas'] ?? 1),
  }
}

export const metadataOf = (name: string, kind: string, at: Date) => ({
  name,
  namespace: place.namespace,
  uid: `uid-${kind.toLowerCase()}-${name}`,
  creationTimestamp: at.toISOString().replace(/\.\d+Z$/, 'Z'),
})

const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${kind.toLowerCase()}-${name}`, controller: true }],
})

type Set = { readonly workload: string; readonly standing: Standing; readonly number: number; readonly at: Date }

const replicaSet = ({ workload, standing, number, at }: Set, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    ...metadataOf(`${workload}-${setOf(serviceOf(workload), standing)}`, 'ReplicaSet', at),
    ...owner('Deployment', workload),
    labels: { app: serviceOf(workload) },
    annotations: { [REVISION]: String(number) },
  },
  spec: { replicas, selector: { matchLabels: { app: serviceOf(workload) } }, template: templateOf(workload, standing) },
  status: { replicas, readyReplicas: replicas, availableReplicas: replicas },
})

/** Whether it takes requests at a second. */
export const isReadyAt = ({ serving, lives }: Pod, seconds: number): boolean =>
  serving <= seconds && lives.some(({ from, to }) => from <= seconds && seconds < to)

const podObject = (pod: Pod, seconds: number): KubeObject => {
  const { name, service, workload, standing, node, from, lives } = pod
  const iso = (at: number): string => new Date(at * 1000).toISOString()
  const isReady = isReadyAt(pod, seconds)
  const begun = lives.filter((life) => life.from <= seconds)
  const now = begun.at(-1)
  const isRunning = now !== undefined && seconds < now.to
  // What is over by itself was killed: the shop's programs do not end otherwise.
  const before = isRunning ? begun.at(-2) : now
  const killed = before && { reason: 'OOMKilled', exitCode: 137, startedAt: iso(before.from), finishedAt: iso(before.to) }
  const waiting = { waiting: { reason: 'CrashLoopBackOff', message: `back-off restarting failed container ${service} in pod ${name}` } }
  const changed = isReady ? (now?.from ?? from) : (before?.to ?? from)
  const { containers, ...others } = templateOf(workload, standing).spec
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadataOf(name, 'Pod', new Date(from * 1000)),
      ...owner('ReplicaSet', setNameOf(pod)),
      labels: { ...templateOf(workload, standing).metadata.labels },
    },
    spec: { nodeName: node, containers, ...others },
    status: {
      phase: 'Running',
      startTime: iso(from),
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: isReady || !/Ready/.test(type) ? 'True' : 'False',
        lastTransitionTime: iso(/Ready/.test(type) ? changed : from),
      })),
      containerStatuses: [
        {
          name: service,
          ready: isReady,
          started: isRunning,
          restartCount: begun.length - 1,
          state: isRunning ? { running: { startedAt: iso(now.from) } } : waiting,
          lastState: killed === undefined ? {} : { terminated: killed },
        },
      ],
    },
  }
}

/** Of cert-manager. Where a scenario lets it expire, its issuer has refused to renew it. */
const certificate = ({ startedAt, episodes, changes }: ShopState, seconds: number): KubeObject => {
  const ends = episodes.flatMap(({ scenario, from, until }) =>
    from > seconds ? [] : (scenario.effects({ from, until, changes }).certificateUntil ?? []),
  )
  const end = ends.at(-1) ?? startedAt + 60 * 86_400
  const isOver = end < seconds
  const iso = (at: number): string => new Date(at * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const message = isOver
    ? 'Renewing certificate as renewal was scheduled; issuer cards-partner refused: account suspended until its contract is renewed'
    : 'Certificate is up to date and has not expired'
  return {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: metadataOf('checkout-client', 'Certificate', new Date((startedAt - 90 * 86_400) * 1000)),
    spec: { secretName: SECRET, commonName: 'checkout.shop.svc', issuerRef: { name: 'cards-partner', kind: 'ClusterIssuer' } },
    status: {
      notBefore: iso(end - 90 * 86_400),
      notAfter: iso(end),
      renewalTime: iso(end - 30 * 86_400),
      conditions: [
        {
          type: 'Ready',
          status: isOver ? 'False' : 'True',
          reason: isOver ? 'Expired' : 'Ready',
          message,
          lastTransitionTime: iso(isOver ? end : startedAt),
        },
      ],
    },
  }
}

/** What a Deployment is set to now; the pods follow. */
export const presentOf = (workload: string, state: ShopState, seconds: number): Standing => {
  if (workload === 'checkout') return standingAt(state.changes, seconds)
  if (workload === BASELINE) return podsOf(state).findLast((pod) => pod.isBaseline && pod.from <= seconds)?.standing ?? usual
  const { version, pods } = services[workload as ServiceName]
  return { ...usual, version, pods }
}
