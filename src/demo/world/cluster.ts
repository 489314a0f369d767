import type { Labels } from '../../series/series.ts'
import { hash, hex } from './noise.ts'
import type { Pod, ServiceName, ShopState } from './shop.ts'
import { BASELINE, place, services } from './shop.ts'
import { isSameTemplate, standingAt } from './standing.ts'
import type { ComputedSeries, Segment } from './storage.ts'

/** What kube-state-metrics and the deploy pipeline tell: they go on when a service is down. */
export const clusterSeries = ({ state, pods, everyMs }: Cluster): ComputedSeries[] => {
  const made = (name: string, labels: Labels, segments: readonly Segment[]): ComputedSeries => ({
    labels: { __name__: name, ...place, job: 'kube-state-metrics', ...labels },
    everyMs,
    offsetMs: hash('kube-state-metrics') % everyMs,
    segments,
  })
  const always = (value: (seconds: number) => number): Segment[] => [{ from: 0, to: Number.POSITIVE_INFINITY, value }]
  const running = (workload: string, seconds: number) =>
    pods.filter(
      (pod) => pod.workload === workload && pod.lives.some(({ from, to }) => from <= seconds && seconds < to && pod.serving <= seconds),
    )
  const deployments = [...new Set(pods.filter(({ service }) => service !== 'payments-db').map(({ workload }) => workload))]
  return [
    ...deployments.flatMap((deployment) => {
      const wanted = (seconds: number): number => wantedOf(deployment, state, seconds)
      const isNew = ({ standing }: Pod, seconds: number) =>
        deployment !== 'checkout' || isSameTemplate(standing, standingAt(state.changes, seconds))
      const numbers = {
        kube_deployment_status_replicas: wanted,
        kube_deployment_status_replicas_available: (seconds: number) => running(deployment, seconds).length,
        kube_deployment_status_replicas_updated: (seconds: number) =>
          running(deployment, seconds).filter((pod) => isNew(pod, seconds)).length,
      }
      return Object.entries(numbers).map(([name, value]) => made(name, { deployment }, always(value)))
    }),
    ...pods
      .filter(({ service }) => service === 'checkout')
      .flatMap((pod) =>
        (['cpu', 'memory'] as const).map((resource) => {
          const { cpuMillicores, memoryMib } = pod.standing
          const limit = resource === 'cpu' ? cpuMillicores / 1000 : memoryMib * 2 ** 20
          const labels = { pod: pod.name, container: pod.service, resource, unit: resource === 'cpu' ? 'core' : 'byte' }
          return made('kube_pod_container_resource_limits', labels, [{ from: pod.from, to: pod.to, value: () => limit }])
        }),
      ),
    ...pods.map((pod) =>
      made('kube_pod_info', { pod: pod.name, node: pod.node, pod_ip: pod.ip, created_by_name: ownerOf(pod) }, [
        { from: pod.from, to: pod.to, value: () => 1 },
      ]),
    ),
    ...pods.map((pod) =>
      made('kube_pod_container_status_restarts_total', { pod: pod.name, container: pod.service }, [
        { from: pod.from, to: pod.to, value: (seconds) => pod.lives.filter(({ from }) => from <= seconds).length - 1 },
      ]),
    ),
    ...deploysOf(state).flatMap((deploy) => {
      const labels = { service: deploy.service, version: deploy.version, commit: deploy.commit, author: deploy.author }
      const life = { from: deploy.from, to: deploy.to }
      return [
        made('deploy_info', labels, [{ ...life, value: () => 1 }]),
        made('deploy_timestamp_seconds', labels, [{ ...life, value: () => Math.round(deploy.from) }]),
      ]
    }),
  ]
}

const ownerOf = ({ name, service }: Pod): string => (service === 'payments-db' ? service : name.slice(0, name.lastIndexOf('-')))

const wantedOf = (deployment: string, { changes }: ShopState, seconds: number): number => {
  if (deployment === BASELINE) return 1
  return deployment === 'checkout' ? standingAt(changes, seconds).pods : services[deployment as ServiceName].pods
}

/** Every version that a service was set to, in order of time; each holds until the next (seconds). */
export const deploysOf = (state: ShopState): Deployed[] =>
  (Object.keys(services) as ServiceName[]).flatMap((service) => {
    const first: Deployed = {
      service,
      version: services[service].version,
      commit: hex(service, 7),
      author: 'tom',
      from: state.startedAt - 4 * 86_400,
      to: Number.POSITIVE_INFINITY,
      change: null,
    }
    const all = [first]
    for (const { at, to, told } of service === 'checkout' ? state.changes : []) {
      const before = all.at(-1) ?? first
      if (to.version === before.version && told === undefined) continue
      // What is set back has the commit that it had.
      const known = all.find(({ version }) => version === to.version) ?? { commit: hex(to.version, 7), author: 'alice' }
      const { commit, author } = told ?? known
      all.push({ service, version: to.version, commit, author, from: at, to: Number.POSITIVE_INFINITY, change: told?.change ?? null })
    }
    return all.map((deploy, index) => ({ ...deploy, to: all[index + 1]?.from ?? Number.POSITIVE_INFINITY }))
  })

export type Deployed = {
  readonly service: ServiceName
  readonly version: string
  readonly commit: string
  readonly author: string
  readonly from: number
  readonly to: number
  /** What the pipeline said that it changes; null: the pipeline did not do it. */
  readonly change: string | null
}

type Cluster = { readonly state: ShopState; readonly pods: readonly Pod[]; readonly everyMs: number }
