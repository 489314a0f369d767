import { systemClock } from '../../src/context.ts'
import { type Prometheus, prometheus } from '../../src/datasources/prometheus.ts'
import { prometheusApi } from '../../src/demo/world/prometheus-api.ts'
import { type ComputedSeries, computedStorage, indexed } from '../../src/demo/world/storage.ts'

/** The client of a Prometheus that holds these series at `now` (milliseconds) and evaluates PromQL over them, without a wire. */
export const computedPrometheus = (all: readonly ComputedSeries[], now: number): Prometheus => {
  const storage = computedStorage({ series: indexed(all), now: () => now, outages: () => [] })
  const api = prometheusApi({ storage, now: () => now } as Parameters<typeof prometheusApi>[0])
  return prometheus({
    endpoint: 'http://prometheus.test',
    clock: systemClock,
    fetch: async (url, options) => {
      const params = new URLSearchParams(String((options as { body?: unknown } | undefined)?.body ?? ''))
      const answer = await api({ path: new URL(String(url)).pathname, params } as Parameters<typeof api>[0])
      return new Response(JSON.stringify(answer?.body), { status: answer?.status ?? 404, headers: { 'content-type': 'application/json' } })
    },
  })
}
