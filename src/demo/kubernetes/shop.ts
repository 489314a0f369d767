import type { KubeObject } from '../../kubernetes/state.ts'
import { place, services } from '../world/shop.ts'
import type { World } from '../world/world.ts'
import { type Controller, type LiveCluster, startCluster } from './api.ts'

/** The Kubernetes of the shop, in which a deploy can be taken back. */
export type ShopCluster = {
  readonly url: string
  readonly ledger: LiveCluster['ledger']
  /** checkout is set to this version, as a pipeline does it; nothing happens where it has it already. */
  deploy(version: string, at: Date): void
  close(): Promise<void>
}

/** From the approval to the last pod: long enough to be seen, short enough not to be bored. */
const ROLLOUT_MS = { each: 2500, first: 1500 }

/** A small cluster with the shop's Deployments. Whoever takes checkout off the version that broke the shop mends the shop. */
export const startShopCluster = async (world: World, now: () => Date = () => new Date()): Promise<ShopCluster> => {
  const started = new Date(now().getTime() - 4 * 86_400_000)
  const names = (Object.keys(services) as (keyof typeof services)[]).filter((name) => name !== 'payments-db')
  const revisions: Revision[] = [{ version: services.checkout.version, number: 1, at: started }]
  /** As the Deployment's controller does it: an old template comes back under a new number. */
  const revise = (version: string, at: Date): Revision => {
    const number = 1 + Math.max(...revisions.map((one) => one.number))
    const known = revisions.findIndex((one) => one.version === version)
    const revision = { version, number, at }
    if (known >= 0) revisions.splice(known, 1)
    revisions.push(revision)
    return revision
  }
  const replacePods = (revision: Revision): void => {
    for (const { kind, metadata } of cluster.objects())
      if (kind === 'Pod' && metadata.labels?.['app'] === 'checkout') cluster.remove('Pod', metadata.name)
    for (const other of revisions) if (other !== revision) cluster.put(replicaSet('checkout', other, 0))
    for (const object of setAndPods('checkout', revision)) cluster.put(object)
  }
  const controller: Controller = (object, before) => {
    if (object.kind !== 'Deployment' || object.metadata.name !== 'checkout' || before === undefined) return []
    if (versionOf(object) === versionOf(before)) return [{ ms: 100, object: seen(object) }]
    const revision = revise(versionOf(object), now())
    world.heal()
    replacePods(revision)
    return rollout(object, revision)
  }
  const objects = names.flatMap((name) => workload(name, services[name].version, started))
  const cluster = await startCluster(objects, { controller, now })
  return {
    url: cluster.url,
    ledger: cluster.ledger,
    deploy: (version, at) => {
      const live = cluster.find('Deployment', 'checkout')
      if (live === undefined || versionOf(live) === version) return
      const revision = revise(version, at)
      cluster.put(deployment('checkout', revision, { generation: Number(live.metadata['generation'] ?? 1) + 1, created: started }))
      replacePods(revision)
    },
    close: () => cluster.close(),
  }
}

type Revision = { readonly version: string; readonly number: number; readonly at: Date }

const REVISION = 'deployment.kubernetes.io/revision'

const workload = (name: keyof typeof services, version: string, at: Date): KubeObject[] => {
  const revision = { version, number: 1, at }
  return [deployment(name, revision, { generation: 1, created: at }), ...setAndPods(name, revision)]
}

const template = (name: string, version: string) => ({
  metadata: { labels: { app: name, version } },
  spec: { containers: [{ name, image: `registry.shop.example/${name}:${version}`, ports: [{ containerPort: 8080 }] }] },
})

const versionOf = ({ spec }: KubeObject): string => /"image":"[^"]*:([^":]+)"/.exec(JSON.stringify(spec?.['template'] ?? null))?.[1] ?? ''

const metadata = (name: string, kind: string, at: Date) => ({
  name,
  namespace: place.namespace,
  uid: `uid-${kind.toLowerCase()}-${name}`,
  creationTimestamp: at.toISOString().replace(/\.\d+Z$/, 'Z'),
})

const serving = (replicas: number) => ({ replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas })

type Made = { readonly generation: number; readonly created: Date }

const deployment = (name: keyof typeof services, { version, number, at }: Revision, { generation, created }: Made): KubeObject => {
  const { pods } = services[name]
  const since = at.toISOString()
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata(name, 'Deployment', created), generation, labels: { app: name }, annotations: { [REVISION]: String(number) } },
    spec: {
      replicas: pods,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate' },
      template: template(name, version),
    },
    status: {
      observedGeneration: generation,
      ...serving(pods),
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastUpdateTime: since, lastTransitionTime: since },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', lastUpdateTime: since, lastTransitionTime: since },
      ],
    },
  }
}

const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${kind.toLowerCase()}-${name}`, controller: true }],
})

const setOf = (name: string, version: string): string => `${name}-${version.replaceAll(/[^a-z0-9]/g, '')}`

const replicaSet = (name: keyof typeof services, { version, number, at }: Revision, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    ...metadata(setOf(name, version), 'ReplicaSet', at),
    ...owner('Deployment', name),
    labels: { app: name },
    annotations: { [REVISION]: String(number) },
  },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: template(name, version) },
  status: { replicas, readyReplicas: replicas, availableReplicas: replicas },
})

const setAndPods = (name: keyof typeof services, revision: Revision): KubeObject[] => [
  replicaSet(name, revision, services[name].pods),
  ...Array.from({ length: services[name].pods }, (_, slot) => pod(name, revision, slot)),
]

const pod = (name: string, { version, number, at }: Revision, slot: number): KubeObject => {
  const since = at.toISOString()
  const plain = `${setOf(name, version)}-${number}${'bcdfg'[slot] ?? 'x'}`
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata(plain, 'Pod', at), ...owner('ReplicaSet', setOf(name, version)), labels: { app: name, version } },
    spec: { nodeName: `worker-${1 + (slot % 3)}`, containers: template(name, version).spec.containers },
    status: {
      phase: 'Running',
      startTime: since,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: 'True',
        lastTransitionTime: since,
      })),
      containerStatuses: [{ name, ready: true, started: true, restartCount: 0, state: { running: { startedAt: since } }, lastState: {} }],
    },
  }
}

const seen = (object: KubeObject): KubeObject => ({
  ...object,
  status: { ...object.status, observedGeneration: Number(object.metadata['generation'] ?? 1) },
})

/** One pod after the other takes the new template; each step is what a person sees in `kubectl rollout status`. */
const rollout = (object: KubeObject, { number }: Revision): { ms: number; object: KubeObject }[] => {
  const { pods } = services.checkout
  const annotations = { ...object.metadata.annotations, [REVISION]: String(number) }
  const numbered: KubeObject = seen({ ...object, metadata: { ...object.metadata, annotations } })
  return Array.from({ length: pods + 1 }, (_, done) => ({
    ms: ROLLOUT_MS.first + done * ROLLOUT_MS.each,
    object: {
      ...numbered,
      status: { ...numbered.status, ...serving(pods), updatedReplicas: done, replicas: done < pods ? pods + 1 : pods },
    },
  }))
}
