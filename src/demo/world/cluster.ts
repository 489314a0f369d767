import type { Labels } from '../../series/series.ts'
import { hash, hex } from './noise.ts'
import type { Pod, ServiceName, ShopState, Trouble } from './shop.ts'
import { place, services } from './shop.ts'
import type { ComputedSeries, Segment } from './storage.ts'

/** What kube-state-metrics and the deploy pipeline tell: they go on when a service is down. */
export const clusterSeries = ({ state, pods, troubles, everyMs }: Cluster): ComputedSeries[] => {
  const made = (name: string, labels: Labels, segments: readonly Segment[]): ComputedSeries => ({
    labels: { __name__: name, ...place, job: 'kube-state-metrics', ...labels },
    everyMs,
    offsetMs: hash('kube-state-metrics') % everyMs,
    segments,
  })
  const always = (value: (seconds: number) => number): Segment[] => [{ from: 0, to: Number.POSITIVE_INFINITY, value }]
  const running = (service: ServiceName, seconds: number) =>
    pods.filter(
      (pod) => pod.service === service && pod.lives.some(({ from, to }) => from <= seconds && seconds < to && pod.serving <= seconds),
    )
  const deployments = (Object.keys(services) as ServiceName[]).filter((service) => service !== 'payments-db')
  return [
    ...deployments.flatMap((service) => [
      made(
        'kube_deployment_status_replicas',
        { deployment: service },
        always(() => services[service].pods),
      ),
      made(
        'kube_deployment_status_replicas_available',
        { deployment: service },
        always((seconds) => running(service, seconds).length),
      ),
      made(
        'kube_deployment_status_replicas_updated',
        { deployment: service },
        always((seconds) => updated({ service, troubles, seconds }, running(service, seconds))),
      ),
    ]),
    ...pods.map((pod) =>
      made(
        'kube_pod_info',
        { pod: pod.name, node: `ip-10-0-3-${1 + (hash(pod.name) % 6)}`, pod_ip: pod.ip, created_by_name: ownerOf(pod) },
        [{ from: pod.from, to: pod.to, value: () => 1 }],
      ),
    ),
    ...pods.map((pod) =>
      made('kube_pod_container_status_restarts_total', { pod: pod.name, container: pod.service }, [
        { from: pod.from, to: pod.to, value: (seconds) => pod.lives.filter(({ from }) => from <= seconds).length - 1 },
      ]),
    ),
    ...deploysOf(state, troubles).flatMap((deploy) => {
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

const updated = (at: { service: ServiceName; troubles: readonly Trouble[]; seconds: number }, running: readonly Pod[]): number => {
  const current = at.troubles.find(
    ({ deploy, from, until }) => deploy !== undefined && from <= at.seconds && at.seconds < (until ?? Number.POSITIVE_INFINITY),
  )
  if (at.service !== 'checkout' || current?.deploy === undefined) return running.length
  const { version } = current.deploy
  return running.filter((pod) => pod.version === version).length
}

/** Every version that a service was set to, in order of time; each holds until the next (seconds). */
export const deploysOf = (state: ShopState, troubles: readonly Trouble[]): Deployed[] =>
  (Object.keys(services) as ServiceName[]).flatMap((service) => {
    const first = {
      service,
      version: services[service].version,
      commit: hex(service, 7),
      author: 'tom',
      from: state.startedAt - 4 * 86_400,
    }
    const later = (service === 'checkout' ? troubles : []).flatMap(({ deploy }) => {
      if (deploy === undefined) return []
      const made = { service, version: deploy.version, commit: deploy.commit, author: deploy.author, from: deploy.from }
      return deploy.until === undefined ? [made] : [made, { ...first, from: deploy.until }]
    })
    const all = [first, ...later]
    return all.map((deploy, index) => ({ ...deploy, to: all[index + 1]?.from ?? Number.POSITIVE_INFINITY }))
  })

export type Deployed = {
  readonly service: ServiceName
  readonly version: string
  readonly commit: string
  readonly author: string
  readonly from: number
  readonly to: number
}

type Cluster = { readonly state: ShopState; readonly pods: readonly Pod[]; readonly troubles: readonly Trouble[]; readonly everyMs: number }
