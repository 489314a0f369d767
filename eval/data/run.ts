import { createReceive } from '../../src/alert/receive.ts'
import { readWebhook } from '../../src/alert/sources/alertmanager.ts'
import { type Clock, type Context, type Fetch, systemClock, systemRandom } from '../../src/context.ts'
import { loki } from '../../src/datasources/loki.ts'
import { prometheus } from '../../src/datasources/prometheus.ts'
import type { Sources } from '../../src/datasources/sources.ts'
import { tempo } from '../../src/datasources/tempo.ts'
import { fingerprint } from '../../src/demo/world/fingerprint.ts'
import { lokiApi } from '../../src/demo/world/loki-api.ts'
import { webhookMessage } from '../../src/demo/world/notifications.ts'
import { startServer } from '../../src/demo/world/server.ts'
import { PermanentError } from '../../src/errors.ts'
import { type Brief, latest, timelineOf } from '../../src/incident/timeline.ts'
import { brief } from '../../src/investigation/brief.ts'
import { rules as register } from '../../src/investigation/rules/index.ts'
import type { Rule } from '../../src/investigation/rules/rule.ts'
import type { Bench } from '../bench.ts'
import { linesOf } from './lines.ts'
import { startPast } from './past.ts'
import type { Running } from './prometheus.ts'
import type { Recording } from './recording.ts'
import { tempoApi } from './tempo-api.ts'

export type Looked = {
  readonly brief: Brief
  /** Milliseconds of all rules together, and of each. */
  readonly ms: number
  /** Of the thread meanwhile: what they would take on a machine that does nothing else, where all answers are in memory. */
  readonly cpuMs: number
  readonly each: Readonly<Record<string, number>>
}

/** What Vigil is told of an incident; all else it asks the sources for. */
export type Fired = Pick<Recording, 'name' | 'alert' | 'now'>

type Trial = { readonly sources: Sources; readonly rules?: readonly Rule[] }

/** The rules have 0.8 s, which a busy machine may take from them: what they find is measured here; how long they took is said beside it. */
const PATIENCE = 10

/**
 * Walks a recording's alert down the road to the first reply: Alertmanager's webhook, the database, the rules, on what the data sources held at
 * that moment.
 */
export const look = async (bench: Bench, one: Fired, { sources, rules = register }: Trial): Promise<Looked> => {
  const clock: Clock = { ...systemClock, now: () => one.now, after: (ms, run) => systemClock.after(PATIENCE * ms, run) }
  const context: Context = { ...bench.context, clock, random: systemRandom(clock), sources: () => sources }
  const { accepted } = await createReceive(context)({ alerts: readWebhook(webhookOf(one)).alerts, post: null, asked: null })
  const [{ incident } = { incident: '' }] = accepted
  const times = new Map<string, { readonly began: Moment; readonly ended: Moment }>()
  const timed = rules.map(
    (rule): Rule => ({
      ...rule,
      evaluate: async (input) => {
        const began = moment()
        try {
          return await rule.evaluate(input)
        } finally {
          times.set(rule.id, { began, ended: moment() })
        }
      },
    }),
  )
  await brief(context, incident, timed)
  const briefed = latest(await timelineOf(context.db, incident), 'briefed')
  if (briefed === undefined) throw new PermanentError(`${one.name}: the rules said nothing`)
  const all = [...times.values()]
  const took = (of: keyof Moment): number =>
    all.length === 0 ? 0 : Math.max(...all.map(({ ended }) => ended[of])) - Math.min(...all.map(({ began }) => began[of]))
  return {
    brief: briefed.brief,
    // They run side by side, on one thread.
    ms: took('ms'),
    cpuMs: took('cpuMs'),
    each: Object.fromEntries(rules.map(({ id }) => [id, (times.get(id)?.ended.ms ?? 0) - (times.get(id)?.began.ms ?? 0)])),
  }
}

type Moment = { readonly ms: number; readonly cpuMs: number }

const moment = (): Moment => {
  const { user, system } = process.threadCpuUsage()
  return { ms: performance.now(), cpuMs: (user + system) / 1000 }
}

/** At the wire, each as it stood at the moment of the look. */
export const startSources = async (
  one: Recording,
  running: Running,
  network: Fetch = fetch,
): Promise<{ readonly sources: Sources; close(): Promise<void> }> => {
  const metrics = await startPast(running.url, one.now)
  const options = (endpoint: string) => ({ endpoint, fetch: network, clock: { ...systemClock, now: () => one.now } })
  const sources: Sources = { prometheus: prometheus(options(metrics.url)) }
  if (one.written === undefined) return { sources, close: metrics.stop }
  const written = one.written()
  const held = linesOf(written)
  const now = BigInt(one.now.getTime()) * 1_000_000n
  const logs = await startServer(lokiApi({ logs: () => held, from: () => BigInt(written.since) * 1_000_000_000n, now: () => now }))
  const traces = await startServer(tempoApi(written, one.now))
  return {
    sources: { ...sources, loki: loki(options(logs.url)), tempo: tempo(options(traces.url)) },
    close: async () => {
      await Promise.all([metrics.stop(), logs.stop(), traces.stop()])
    },
  }
}

/** What Alertmanager posts of it. */
const webhookOf = ({ alert, name, now }: Fired): unknown => {
  const labels = { ...alert.labels, cluster: name }
  return webhookMessage({
    receiver: 'vigil',
    groupLabels: { alertname: alert.labels['alertname'] ?? '', cluster: name },
    alerts: [
      {
        labels,
        annotations: { summary: `${alert.labels['alertname']} on ${alert.labels['service']}` },
        startsAt: alert.startsAt.getTime(),
        endsAt: now.getTime() + 240_000,
        generatorURL: `http://prometheus:9090/graph?${new URLSearchParams({ 'g0.expr': alert.expression, 'g0.tab': '1' })}`,
        fingerprint: fingerprint(labels),
        updatedAt: now.getTime(),
      },
    ],
    now: now.getTime(),
    externalUrl: 'http://alertmanager:9093',
  })
}
