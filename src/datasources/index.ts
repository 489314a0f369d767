import type { Config } from '../config.ts'
import type { Clock, Fetch } from '../context.ts'
import { alertmanager } from './alertmanager.ts'
import { argocd } from './argocd.ts'
import { github, type Repository } from './github.ts'
import { isNamed, type KubernetesAccess } from './kubernetes/access.ts'
import { kubernetes } from './kubernetes.ts'
import type { SourceOptions } from './line.ts'
import { loki } from './loki.ts'
import { prometheus } from './prometheus.ts'
import { pyroscope } from './pyroscope.ts'
import { DEFAULT_CLUSTER, type Sources } from './sources.ts'
import { tempo } from './tempo.ts'

type Access = { endpoint?: string | undefined; tenant_id?: string | undefined; token?: string | undefined }

/** Kubernetes is reached by files and contexts, and GitHub has repositories: not an address and a token alone. */
type Name = Exclude<keyof Sources, 'kubernetes' | 'github'>

/** The register of data sources: each by its name, which is also its key in the configuration. */
const clients: { readonly [N in Name]-?: (options: SourceOptions) => NonNullable<Sources[N]> } = {
  prometheus,
  alertmanager,
  loki,
  tempo,
  pyroscope,
  argocd,
}

/** The clients of every cluster, made once: each has its own limits and breaker. An unknown cluster has no sources. */
export const openSources = (config: Config, network: { fetch: Fetch; clock: Clock }): ((cluster: string) => Sources) => {
  const { prometheus, alertmanager, loki, tempo, pyroscope, argocd } = config
  const single = {
    ...clientsOf({ prometheus, alertmanager, loki, tempo, pyroscope, argocd }, network),
    ...githubOf(config, DEFAULT_CLUSTER, network),
    ...kubernetesOf(config.kubernetes, network),
  }
  const made = new Map<string, Sources>([[DEFAULT_CLUSTER, single]])
  for (const cluster of config.clusters) {
    const access = {
      prometheus: { endpoint: cluster.prometheus, tenant_id: cluster.prometheus_tenant_id, token: prometheus.token },
      alertmanager: { endpoint: cluster.alertmanager, token: alertmanager.token },
      loki: { endpoint: cluster.loki, tenant_id: cluster.loki_tenant_id, token: loki.token },
      tempo: { endpoint: cluster.tempo, tenant_id: cluster.tempo_tenant_id, token: tempo.token },
      pyroscope: { endpoint: cluster.pyroscope, tenant_id: cluster.pyroscope_tenant_id, token: pyroscope.token },
      argocd: { endpoint: cluster.argocd, token: argocd.token },
    }
    const { kubeconfig } = config.kubernetes
    const api = cluster.kubernetes?.context === undefined ? cluster.kubernetes : { kubeconfig, ...cluster.kubernetes }
    made.set(cluster.name, { ...clientsOf(access, network), ...kubernetesOf(api, network), ...githubOf(config, cluster.name, network) })
  }
  return (cluster) => made.get(cluster) ?? {}
}

const clientsOf = (access: Readonly<Record<Name, Access>>, network: { fetch: Fetch; clock: Clock }): Sources => {
  const found = (Object.keys(clients) as Name[]).flatMap((name) => {
    const options = optionsOf(access[name], network)
    return options === undefined ? [] : [[name, clients[name](options)] as const]
  })
  return Object.fromEntries(found)
}

const kubernetesOf = (access: KubernetesAccess | undefined, network: { fetch: Fetch; clock: Clock }): Pick<Sources, 'kubernetes'> =>
  access === undefined || !isNamed(access) ? {} : { kubernetes: kubernetes(access, network) }

/** A repository without a cluster is deployed to all of them. */
const githubOf = (
  { github: { api, token, repositories } }: Config,
  cluster: string,
  network: { fetch: Fetch; clock: Clock },
): Pick<Sources, 'github'> => {
  const here = repositories.filter((one) => one.cluster === undefined || one.cluster === cluster) as readonly Repository[]
  const options = optionsOf({ endpoint: api, token }, network)
  return options === undefined || here.length === 0 ? {} : { github: github(options, here) }
}

const optionsOf = ({ endpoint, tenant_id, token }: Access, network: { fetch: Fetch; clock: Clock }): SourceOptions | undefined =>
  endpoint === undefined
    ? undefined
    : {
        endpoint,
        ...network,
        ...(tenant_id === undefined ? {} : { tenant: tenant_id }),
        ...(token === undefined ? {} : { auth: { kind: 'bearer', token } }),
      }
