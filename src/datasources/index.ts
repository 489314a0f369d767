import type { Config } from '../config.ts'
import type { Clock, Fetch } from '../context.ts'
import { alertmanager } from './alertmanager.ts'
import type { SourceOptions } from './http.ts'
import { loki } from './loki.ts'
import { prometheus } from './prometheus.ts'
import { pyroscope } from './pyroscope.ts'
import { DEFAULT_CLUSTER, type Sources } from './sources.ts'
import { tempo } from './tempo.ts'

type Access = { endpoint?: string | undefined; tenant_id?: string | undefined; token?: string | undefined }

type Name = keyof Sources

/** The register of data sources: each by its name, which is also its key in the configuration. */
const clients: { readonly [N in Name]-?: (options: SourceOptions) => NonNullable<Sources[N]> } = {
  prometheus,
  alertmanager,
  loki,
  tempo,
  pyroscope,
}

/** The clients of every cluster, made once: each has its own limits and breaker. An unknown cluster has no sources. */
export const openSources = (config: Config, network: { fetch: Fetch; clock: Clock }): ((cluster: string) => Sources) => {
  const { prometheus, alertmanager, loki, tempo, pyroscope } = config
  const made = new Map<string, Sources>([[DEFAULT_CLUSTER, clientsOf({ prometheus, alertmanager, loki, tempo, pyroscope }, network)]])
  for (const cluster of config.clusters) {
    const access = {
      prometheus: { endpoint: cluster.prometheus, tenant_id: cluster.prometheus_tenant_id, token: prometheus.token },
      alertmanager: { endpoint: cluster.alertmanager, token: alertmanager.token },
      loki: { endpoint: cluster.loki, tenant_id: cluster.loki_tenant_id, token: loki.token },
      tempo: { endpoint: cluster.tempo, tenant_id: cluster.tempo_tenant_id, token: tempo.token },
      pyroscope: { endpoint: cluster.pyroscope, tenant_id: cluster.pyroscope_tenant_id, token: pyroscope.token },
    }
    made.set(cluster.name, clientsOf(access, network))
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

const optionsOf = ({ endpoint, tenant_id, token }: Access, network: { fetch: Fetch; clock: Clock }): SourceOptions | undefined =>
  endpoint === undefined
    ? undefined
    : {
        endpoint,
        ...network,
        ...(tenant_id === undefined ? {} : { tenant: tenant_id }),
        ...(token === undefined ? {} : { auth: { kind: 'bearer', token } }),
      }
