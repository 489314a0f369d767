import { sql } from 'kysely'
import type { Context } from '../context.ts'
import { EXPORTER } from '../kubernetes/names.ts'
import type { Series } from '../series/series.ts'

type Where = { readonly cluster: string; readonly namespace: string | null; readonly ms: number }

/** Names that are compared with what an alert says; a company has some hundreds of services. */
const MOST = 2000

/**
 * The services that are known of a cluster, as far as its sources tell within `ms`: those of earlier incidents and of deploys, of the
 * configured calls, of the service graph, of what Prometheus scrapes, and the workloads of the namespace. Sorted; never throws.
 */
export const knownServices = async (context: Context, { cluster, namespace, ms }: Where): Promise<readonly string[]> => {
  const stop = new AbortController()
  const { promise: late, resolve } = Promise.withResolvers<readonly string[]>()
  const cancel = context.clock.after(ms, () => {
    stop.abort(new Error('the names of services are wanted no longer'))
    resolve([])
  })
  const told = Object.entries(context.config.calls).flatMap(([from, to]) => [from, ...to])
  const asking = [stored(context, cluster), measured(context, cluster, stop.signal), running(context, { cluster, namespace }, stop.signal)]
  const asked = asking.map((names) =>
    Promise.race([names, late]).catch((error: unknown): readonly string[] => {
      context.log.debug({ err: error, cluster }, 'a source did not say which services there are')
      return []
    }),
  )
  try {
    const all = [...told, ...(await Promise.all(asked)).flat()].filter((name) => name !== '' && !EXPORTER.test(name))
    return [...new Set(all)].toSorted().slice(0, MOST)
  } finally {
    cancel()
  }
}

const stored = async ({ db }: Context, cluster: string): Promise<readonly string[]> => {
  const { rows } = await sql<{ name: string }>`
    (select distinct subject as name from incident where cluster = ${cluster} and subject is not null and started_at > vigil_now() - interval '90 days' limit 1000)
    union (select distinct service as name from deploy where cluster = ${cluster} limit 1000)`.execute(db)
  return rows.map(({ name }) => name)
}

const measured = async (context: Context, cluster: string, signal: AbortSignal): Promise<readonly string[]> => {
  const { prometheus } = context.sources(cluster)
  if (prometheus === undefined) return []
  const { service } = context.config.subject
  const labels = service.filter((label) => /^[A-Za-z_]\w*$/.test(label))
  const options = { at: context.clock.now(), signal, limit: 5000 }
  const graph = prometheus.instant('group by (client, server) (last_over_time(traces_service_graph_request_total[1h]))', options)
  const scraped = prometheus.instant(`group by (${labels.join(', ')}) (up)`, options)
  const [called, targets] = await Promise.all([graph, scraped])
  return [...called.series.flatMap(valuesOf(['client', 'server'])), ...targets.series.flatMap(valuesOf(labels))]
}

const valuesOf =
  (labels: readonly string[]) =>
  (one: Series): string[] =>
    labels.flatMap((label) => one.labels[label] || [])

const running = async (context: Context, { cluster, namespace }: Omit<Where, 'ms'>, signal: AbortSignal): Promise<readonly string[]> => {
  const { kubernetes } = context.sources(cluster)
  if (kubernetes === undefined) return []
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const
  const lists = kinds.map((kind) => kubernetes.list(kind, { namespace: namespace ?? undefined, most: 500, signal }))
  return (await Promise.all(lists)).flatMap(({ objects }) => objects.map(({ metadata }) => metadata.name))
}
