import type { TestContext } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { type Prometheus, prometheus } from '../../src/datasources/prometheus.ts'
import type { Series } from '../../src/series/series.ts'
import { type Asked, serve, type Wire } from './wire.ts'

/** Says what a Prometheus that holds `series` answers to the three questions of `nearby`, and to the one for the call graph. */
const answerOf = (series: readonly Series[], { params }: Pick<Asked, 'params'>): unknown => {
  const { query = '', time } = params
  const at = Number(time ?? params['end'])
  const vector = (result: readonly unknown[]) => ({ data: { resultType: 'vector', result } })
  if (query.startsWith('count by (__name__)')) {
    const names = Map.groupBy(series, ({ labels }) => labels['__name__'] ?? '')
    return vector([...names].map(([name, all]) => ({ metric: { __name__: name }, value: [at, String(all.length)] })))
  }
  if (query.startsWith('sum(count_over_time(')) {
    const name = /__name__="(.+?)"/.exec(query)?.[1]
    const samples = series.filter(({ labels }) => labels['__name__'] === name).flatMap(({ points }) => points)
    return vector([{ metric: {}, value: [at, String(samples.filter(([moment]) => moment > at - 900 && moment <= at).length)] }])
  }
  const from = params['start'] === undefined ? Number.NEGATIVE_INFINITY : Number(params['start'])
  const result = series.map(({ labels, points }) => ({
    metric: labels,
    values: points.filter(([moment]) => moment >= from && moment <= at).map(([moment, value]) => [moment, String(value)]),
  }))
  return { data: { resultType: 'matrix', result: result.filter(({ values }) => values.length > 0) } }
}

export const samplesAt = async (t: TestContext, series: readonly Series[]): Promise<{ client: Prometheus; wire: Wire }> => {
  const wire = await serve(t, (asked, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerOf(series, asked)))
  })
  return { client: prometheus({ endpoint: wire.url, fetch, clock: systemClock }), wire }
}

/** The same without a wire, for suites that want their world before there is a test. */
export const inMemory = (series: readonly Series[]): Prometheus =>
  prometheus({
    endpoint: 'http://prometheus.test',
    clock: systemClock,
    fetch: async (_url, options) => {
      const params = Object.fromEntries(new URLSearchParams(String((options as { body?: unknown } | undefined)?.body ?? '')))
      return new Response(JSON.stringify(answerOf(series, { params })), { headers: { 'content-type': 'application/json' } })
    },
  })
