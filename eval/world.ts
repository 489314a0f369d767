import { fingerprint } from '../src/demo/world/fingerprint.ts'
import type { ShopLogs } from '../src/demo/world/logs.ts'
import { lokiApi } from '../src/demo/world/loki-api.ts'
import { hash } from '../src/demo/world/noise.ts'
import { webhookMessage } from '../src/demo/world/notifications.ts'
import { prometheusApi } from '../src/demo/world/prometheus-api.ts'
import { startRules } from '../src/demo/world/rules.ts'
import { startServer } from '../src/demo/world/server.ts'
import { type ComputedSeries, computedStorage, indexed, merged } from '../src/demo/world/storage.ts'
import type { Labels } from '../src/series/series.ts'
import type { Case, Course, Lines } from './case.ts'
import { surroundingsOf } from './surroundings.ts'

/** When every incident is looked at. */
export const NOW = new Date('2026-11-20T12:00:00Z')

const now = NOW.getTime()
const minutesAgo = (minutes: number): number => now / 1000 - minutes * 60
/** So far back there are samples and lines: a day and a half, for the comparison with yesterday. */
const HISTORY_MINUTES = 36 * 60
const SCRAPE_SECONDS = 15

export type CaseWorld = { readonly prometheusUrl: string; readonly lokiUrl: string; close(): Promise<void> }

/** The Prometheus and the Loki of one incident, over HTTP, as they were at its moment. Whatever is asked is answered from the case's data. */
export const startCase = async (one: Case): Promise<CaseWorld> => {
  const { alert } = one
  const around = surroundingsOf(one)
  const lines = [...one.lines, ...around.lines]
  const series = merged([...one.courses, ...around.courses].map(seriesOf))
  const storage = computedStorage({ series: indexed(series), now: () => now, outages: () => [] })
  const rule = { name: alert.alertname, expression: alert.expression, forSeconds: alert.for, labels: labelsOf(one), annotations: {} }
  const rules = startRules([rule], 15, storage)
  const prometheus = await startServer(prometheusApi({ storage, rules, scrapeSeconds: SCRAPE_SECONDS, now: () => now }))
  const logs = logsOf(lines)
  const from = BigInt(Math.floor(minutesAgo(HISTORY_MINUTES))) * 1_000_000_000n
  const loki = await startServer(lokiApi({ logs: () => logs, from: () => from, now: () => BigInt(now) * 1_000_000n }))
  return {
    prometheusUrl: prometheus.url,
    lokiUrl: loki.url,
    close: async () => {
      await Promise.all([prometheus.stop(), loki.stop()])
    },
  }
}

/** The alert's labels without its name and its cluster, which Prometheus puts on when it sends. */
const labelsOf = ({ alert }: Case): Labels => ({ service: alert.service, severity: alert.severity ?? 'critical', ...alert.labels })

/** What Alertmanager posts of the case's alert. */
export const webhookOf = (one: Case): unknown => {
  const { alert, name } = one
  const labels = { alertname: alert.alertname, cluster: name, ...labelsOf(one) }
  return webhookMessage({
    receiver: 'vigil',
    groupLabels: { alertname: alert.alertname, cluster: name, service: alert.service },
    alerts: [
      {
        labels,
        annotations: { summary: `${alert.alertname} on ${alert.service}` },
        startsAt: now - alert.started * 60_000,
        endsAt: now + 240_000,
        generatorURL: `http://prometheus:9090/graph?${new URLSearchParams({ 'g0.expr': alert.expression, 'g0.tab': '1' })}`,
        fingerprint: fingerprint(labels),
        updatedAt: now,
      },
    ],
    now,
    externalUrl: 'http://alertmanager:9093',
  })
}

const seriesOf = (course: Course): ComputedSeries => {
  const { metric, labels, gone } = course
  const from = minutesAgo(HISTORY_MINUTES)
  const value = course.counter === true ? counterOf(course, from) : gaugeOf(course)
  return {
    labels: { __name__: metric, ...labels },
    everyMs: SCRAPE_SECONDS * 1000,
    offsetMs: hash(JSON.stringify(labels)) % (SCRAPE_SECONDS * 1000),
    segments: [{ from, to: gone === undefined ? minutesAgo(-60) : minutesAgo(gone), value }],
  }
}

/** Half a per cent of noise, the same whenever it is asked for: a flat line would be no measurement. */
const NOISE = 0.005

const gaugeOf = (course: Course) => {
  const seed = `${course.metric}${JSON.stringify(course.labels)}`
  return (seconds: number): number => {
    const plain = plainOf(course, seconds)
    // A setting or a count has no noise.
    return Number.isInteger(plain) && Math.abs(plain) < 1000
      ? plain
      : plain * (1 + NOISE * (((hash(`${seed}${Math.floor(seconds)}`) % 2000) - 1000) / 1000))
  }
}

const plainOf = ({ before, after, at, over = 0, back }: Course, seconds: number): number => {
  if (after === undefined || at === undefined || seconds < minutesAgo(at)) return before
  if (back !== undefined && seconds >= minutesAgo(back)) return before
  const share = over === 0 ? 1 : Math.min(1, (seconds - minutesAgo(at)) / (over * 60))
  return before + (after - before) * share
}

/** The area under the course: exact, since it is made of straight pieces. */
const counterOf = (course: Course, from: number) => {
  const { before, after = before, at = 0, over = 0, back } = course
  const start = minutesAgo(at)
  const end = back === undefined ? Number.POSITIVE_INFINITY : minutesAgo(back)
  return (now: number): number => {
    const seconds = Math.min(now, end)
    const flat = before * (Math.min(seconds, start) - from)
    if (seconds <= start) return flat
    const ramp = Math.min(seconds - start, over * 60)
    const rest = seconds - start - ramp
    const middle = over === 0 ? 0 : before * ramp + ((after - before) * ramp * ramp) / (2 * over * 60)
    return flat + middle + after * rest + before * (now - seconds)
  }
}

const logsOf = (all: readonly Lines[]): ShopLogs => ({
  streams: () => all.map(({ labels, from = HISTORY_MINUTES, to = 0 }) => ({ labels, from: minutesAgo(from), to: minutesAgo(to) })),
  second: (second, wanted) => all.flatMap((lines) => (wanted(lines.labels) ? linesOf(lines, second) : [])),
})

const linesOf = (
  { labels, every, from = HISTORY_MINUTES, to = 0, line }: Lines,
  second: number,
): { labels: Labels; nanoseconds: bigint; line: string }[] => {
  const start = Math.ceil(minutesAgo(from))
  if (second < start || second >= minutesAgo(to)) return []
  const first = Math.ceil((second - start) / every)
  const found = []
  for (let n = first; start + n * every < second + 1; n++) {
    found.push({ labels, nanoseconds: BigInt(second) * 1_000_000_000n + BigInt(hash(`${second}/${n}`) % 1_000_000_000), line: line(n) })
  }
  return found
}
