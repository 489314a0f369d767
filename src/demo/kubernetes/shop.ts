import type { KubeObject } from '../../kubernetes/state.ts'
import { loadOf } from '../world/load.ts'
import { BASELINE, type Pod, podsOf, type ServiceName, type ShopState, services, troublesOf } from '../world/shop.ts'
import { isSameTemplate, standingAt, usual } from '../world/standing.ts'
import type { World } from '../world/world.ts'
import { type Controller, type LiveCluster, startCluster } from './api.ts'
import { isReadyAt, madeObjects, metadataOf, presentOf, REVISION, revisionsOf, standingOf, templateOf } from './objects.ts'

/** The Kubernetes of the shop: it shows the world's pods, and what is changed in it changes the world. */
export type ShopCluster = {
  readonly url: string
  readonly ledger: LiveCluster['ledger']
  close(): Promise<void>
}

/** Requests a second and pod that the autoscaler of checkout aims at. */
const AIM = 20
/** Fewer it does not keep. */
const LEAST = 2

/**
 * A small cluster with the shop's Deployments and the autoscaler of checkout. Whatever a deed sets there the world is told, and nothing else:
 * whether it mends the shop, or breaks it further, follows from the shop itself.
 */
export const startShopCluster = async (world: World, now: () => Date = () => new Date()): Promise<ShopCluster> => {
  const seconds = (): number => now().getTime() / 1000
  const names = [...(Object.keys(services) as ServiceName[]).filter((name) => name !== 'payments-db'), BASELINE]
  const first = new Date((world.shop().startedAt - 4 * 86_400) * 1000)
  const controller: Controller = (object) => {
    if (object.kind === 'HorizontalPodAutoscaler') {
      const [min, max] = [Number(object.spec?.['minReplicas'] ?? 1), Number(object.spec?.['maxReplicas'] ?? 1)]
      const { asked } = loadNow(world.shop(), seconds())
      world.set({ maxPods: max, pods: Math.min(max, Math.max(min, asked)) })
    }
    if (object.kind !== 'Deployment' || object.metadata.name !== 'checkout') return []
    const wanted = standingOf(object)
    const is = standingAt(world.shop().changes)
    if (!isSameTemplate({ ...is, ...wanted }, is) || wanted.pods !== is.pods) world.set(wanted)
    return []
  }
  const stored = [...names.map((name) => deployment(name, first)), autoscaler(first)]
  const refresh = (objects: readonly KubeObject[]): KubeObject[] => {
    const state = world.shop()
    const at = seconds()
    const kept = objects.filter(({ kind }) => kind === 'Deployment').map((one) => deployed(one, state, at))
    const scalers = objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler').map((one) => scaled(one, state, at))
    return [...kept, ...scalers, ...madeObjects(state, at)]
  }
  const cluster = await startCluster(stored, { controller, now, refresh })
  return { url: cluster.url, ledger: cluster.ledger, close: () => cluster.close() }
}

const deployment = (name: string, created: Date): KubeObject => {
  const app = name === BASELINE ? 'checkout' : name
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadataOf(name, 'Deployment', created), generation: 1, labels: { app } },
    spec: { replicas: 1, selector: { matchLabels: { app } }, strategy: { type: 'RollingUpdate' }, template: {} },
  }
}

/** The Deployment as it is now: set by whomever, and as far as its pods have followed. */
const deployed = (object: KubeObject, state: ShopState, at: number): KubeObject => {
  const { name } = object.metadata
  const is = presentOf(name, state, at)
  const given = standingOf(object)
  const isFollowed = name === 'checkout' || name === BASELINE
  const isSame = given.version !== '' && (!isFollowed || (isSameTemplate({ ...is, ...given }, is) && given.pods === is.pods))
  const generation = Number(object.metadata['generation'] ?? 1) + (isSame || given.version === '' ? 0 : 1)
  const pods = podsOf(state).filter((pod) => pod.workload === name && pod.from <= at && at < pod.to)
  const ready = pods.filter((pod) => isReadyAt(pod, at))
  const fresh = pods.filter((pod) => name !== 'checkout' || isSameTemplate(pod.standing, is))
  const newest = revisionsOf(state, at).at(-1)
  const number = name === 'checkout' ? (newest?.number ?? 1) : 1
  const since = new Date(
    (name === 'checkout'
      ? (state.changes.findLast((one) => one.at <= at)?.at ?? state.startedAt - 4 * 86_400)
      : state.startedAt - 4 * 86_400) * 1000,
  ).toISOString()
  const isDone = fresh.length >= is.pods && pods.length === fresh.length
  return {
    ...object,
    metadata: { ...object.metadata, generation, annotations: { ...object.metadata.annotations, [REVISION]: String(number) } },
    spec: isSame ? { ...object.spec } : { ...object.spec, replicas: is.pods, template: templateOf(name, is) },
    status: {
      observedGeneration: generation,
      replicas: pods.length,
      updatedReplicas: fresh.length,
      readyReplicas: ready.length,
      availableReplicas: ready.length,
      ...(ready.length < is.pods ? { unavailableReplicas: is.pods - ready.length } : {}),
      conditions: [
        condition('Available', { isSo: ready.length >= is.pods * 0.75, reason: 'MinimumReplicas', since }),
        { ...condition('Progressing', { isSo: true, reason: '', since }), reason: isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated' },
      ],
    },
  }
}

const condition = (type: string, { isSo, reason, since }: { isSo: boolean; reason: string; since: string }) => ({
  type,
  status: isSo ? 'True' : 'False',
  reason: `${reason}${isSo ? 'Available' : 'Unavailable'}`,
  lastUpdateTime: since,
  lastTransitionTime: since,
})

const autoscaler = (created: Date): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { ...metadataOf('checkout', 'HorizontalPodAutoscaler', created), generation: 1, labels: { app: 'checkout' } },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' },
    minReplicas: LEAST,
    maxReplicas: usual.maxPods,
    metrics: [
      { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, target: { type: 'AverageValue', averageValue: String(AIM) } } },
    ],
  },
})

const scaled = (object: KubeObject, state: ShopState, at: number): KubeObject => {
  const { maxPods } = standingAt(state.changes, at)
  const { pods, perPod, asked } = loadNow(state, at)
  const trouble = troublesOf(state).findLast(({ from }) => from <= at)
  const isLimited = asked > maxPods
  const since = new Date((isLimited ? (trouble?.from ?? state.startedAt) + 30 : state.startedAt - 4 * 86_400) * 1000).toISOString()
  const limited = isLimited
    ? { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
    : { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' }
  return {
    ...object,
    spec: { ...object.spec, maxReplicas: maxPods },
    status: {
      currentReplicas: pods.length,
      desiredReplicas: Math.min(maxPods, Math.max(LEAST, asked)),
      currentMetrics: [
        { type: 'Pods', pods: { metric: { name: 'http_requests_per_second' }, current: { averageValue: String(Math.round(perPod)) } } },
      ],
      conditions: [
        {
          type: 'AbleToScale',
          status: 'True',
          reason: 'ReadyForNewScale',
          message: 'recommended size matches current size',
          lastTransitionTime: since,
        },
        {
          type: 'ScalingActive',
          status: 'True',
          reason: 'ValidMetricFound',
          message: 'the HPA was able to calculate a replica count',
          lastTransitionTime: since,
        },
        { type: 'ScalingLimited', status: isLimited ? 'True' : 'False', ...limited, lastTransitionTime: since },
      ],
    },
  }
}

/** What the pods of checkout carry now, and how many of them the autoscaler would like. Within a tenth of its aim it leaves them alone. */
const loadNow = (state: ShopState, at: number): { readonly pods: readonly Pod[]; readonly perPod: number; readonly asked: number } => {
  const troubles = troublesOf(state)
  const pods = podsOf(state).filter((pod) => pod.workload === 'checkout' && pod.serving <= at && at < pod.to)
  const perPod = pods.reduce((sum, pod) => sum + loadOf(pod, troubles).rate(at), 0) / Math.max(1, pods.length)
  const { pods: set } = standingAt(state.changes, at)
  return { pods, perPod, asked: perPod > AIM * 1.1 ? Math.ceil((pods.length * perPod) / AIM) : set }
}
