import type { Fetch } from '../../src/context.ts'
import { chance } from '../../src/demo/world/noise.ts'
import { prometheusApi } from '../../src/demo/world/prometheus-api.ts'
import { startRules } from '../../src/demo/world/rules.ts'
import { type ComputedSeries, computedStorage, indexed } from '../../src/demo/world/storage.ts'
import { type Calls, type Course, risen, type Story, valueAt } from './story.ts'

const SCRAPE_SECONDS = 15
const HISTORY_SECONDS = 26 * 3600

/** When the story's alert fired, as a Prometheus that scrapes and evaluates every 15 s finds it; null: it never did. */
export const firedAt = (story: Story): number | null => {
  const own = story.courses.find(({ metric, service }) => metric === story.alert.metric && service === story.alert.service)
  if (own === undefined) return null
  const grain = grainOf(own)
  const begin = Math.floor(Math.min(...own.pieces.map(({ at }) => at), Number.POSITIVE_INFINITY) / SCRAPE_SECONDS) * SCRAPE_SECONDS
  if (!Number.isFinite(begin)) return null
  let since: number | null = null
  for (let at = begin; at < begin + 12 * 3600; at += SCRAPE_SECONDS) {
    const isOver = valueAt(own, at, grain) > story.alert.limit
    since = isOver ? (since ?? at) : null
    if (since !== null && at - since >= story.alert.forSeconds) return at
  }
  return null
}

/** The network of a story: one Prometheus at `http://prometheus`, answering as of `now` (seconds). */
export const networkOf = (story: Story, now: number): Fetch => {
  const series = [...story.courses.map((course) => gauge(course, now)), ...story.calls.flatMap((calls) => counters(calls, now))]
  const storage = computedStorage({ series: indexed(series), now: () => now * 1000, outages: () => [] })
  const { name, forSeconds } = story.alert
  const rules = startRules([{ name, expression: expressionOf(story), forSeconds, labels: {}, annotations: {} }], SCRAPE_SECONDS, storage)
  const handle = prometheusApi({ storage, rules, scrapeSeconds: SCRAPE_SECONDS, now: () => now * 1000 })
  return async (asked, init) => {
    const url = new URL(String(asked))
    const params = new URLSearchParams([...url.searchParams, ...new URLSearchParams(String(init?.body ?? ''))])
    const { status, body } = await handle({ path: url.pathname, params } as Parameters<typeof handle>[0])
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })
  }
}

export const expressionOf = ({ alert }: Story): string => `${alert.metric}{service="${alert.service}"} > ${alert.limit}`

/** Between -1.5 and 1.5, most near 0. */
const grainOf = ({ metric, service, base }: Course): ((seconds: number) => number) => {
  const dice = chance(`${metric} ${service} ${base}`)
  return (seconds) => dice(Math.floor(seconds)) + dice(Math.floor(seconds) + 7_000_000_000) + dice(-Math.floor(seconds)) - 1.5
}

const gauge = (course: Course, now: number): ComputedSeries => {
  const grain = grainOf(course)
  return computed({ __name__: course.metric, service: course.service }, now, (seconds) => valueAt(course, seconds, grain))
}

const counters = ({ from, to, rate, failed }: Calls, now: number): ComputedSeries[] => {
  const begin = now - HISTORY_SECONDS
  const labels = { client: from, server: to }
  return [
    computed({ __name__: 'traces_service_graph_request_total', ...labels }, now, (seconds) => Math.floor(rate * (seconds - begin))),
    computed({ __name__: 'traces_service_graph_request_failed_total', ...labels }, now, (seconds) =>
      Math.floor(rate * (0.002 * (seconds - begin) + areaOf(failed, seconds))),
    ),
  ]
}

/** How much failed until then, by steps of half a minute; what failed is at most everything. */
const areaOf = (pieces: Calls['failed'], until: number): number => {
  const begin = Math.min(...pieces.map(({ at }) => at), Number.POSITIVE_INFINITY)
  let sum = 0
  for (let at = begin; at < until; at += 30) sum += Math.min(1, risen(pieces, at)) * Math.min(30, until - at)
  return sum
}

const computed = (labels: Record<string, string>, now: number, value: (seconds: number) => number): ComputedSeries => ({
  labels,
  everyMs: SCRAPE_SECONDS * 1000,
  offsetMs: 0,
  segments: [{ from: now - HISTORY_SECONDS, to: now + 3600, value }],
})
