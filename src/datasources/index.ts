import type { Config } from '../config.ts'
import type { Clock, Fetch } from '../context.ts'
import { alertmanager } from './alertmanager.ts'
import type { SourceOptions } from './http.ts'
import { loki } from './loki.ts'
import { prometheus } from './prometheus.ts'
import { DEFAULT_CLUSTER, type Sources } from './sources.ts'

type Access = { endpoint?: string | undefined; tenant_id?: string | undefined; token?: string | undefined }

/** The register of data sources. The clients of every cluster, made once: each has its own limits and breaker. An unknown cluster has no sources. */
export const openSources = (config: Config, network: { fetch: Fetch; clock: Clock }): ((cluster: string) => Sources) => {
  const made = new Map<string, Sources>([
    [DEFAULT_CLUSTER, clientsOf({ prometheus: config.prometheus, alertmanager: config.alertmanager, loki: config.loki }, network)],
  ])
  for (const cluster of config.clusters) {
    const access = {
      prometheus: { endpoint: cluster.prometheus, tenant_id: cluster.prometheus_tenant_id, token: config.prometheus.token },
      alertmanager: { endpoint: cluster.alertmanager, token: config.alertmanager.token },
      loki: { endpoint: cluster.loki, tenant_id: cluster.loki_tenant_id, token: config.loki.token },
    }
    made.set(cluster.name, clientsOf(access, network))
  }
  return (cluster) => made.get(cluster) ?? {}
}

const clientsOf = (access: Record<'prometheus' | 'alertmanager' | 'loki', Access>, network: { fetch: Fetch; clock: Clock }): Sources => {
  const options = {
    prometheus: optionsOf(access.prometheus, network),
    alertmanager: optionsOf(access.alertmanager, network),
    loki: optionsOf(access.loki, network),
  }
  return {
    ...(options.prometheus ? { prometheus: prometheus(options.prometheus) } : {}),
    ...(options.alertmanager ? { alertmanager: alertmanager(options.alertmanager) } : {}),
    ...(options.loki ? { loki: loki(options.loki) } : {}),
  }
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
