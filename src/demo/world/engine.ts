import type { AlertmanagerState, IncomingAlert } from './alertmanager.ts'
import { shopSeries } from './metrics.ts'
import type { Storage } from './promql/evaluate.ts'
import type { AlertLife, Rules } from './rules.ts'
import { startRules } from './rules.ts'
import { yesterday, yesterdayAgo, yesterdayLasted } from './scenarios/yesterday.ts'
import type { Peer } from './server.ts'
import type { ShopState } from './shop.ts'
import { shopRules } from './shop-rules.ts'
import type { ComputedSeries } from './storage.ts'
import { computedStorage, indexed } from './storage.ts'
import type { WorldOptions } from './world.ts'

/** What goes on by itself: the state of the shop, its series, the evaluation of the rules up to now, and the way of their alerts to Alertmanager. */
export const startEngine = ({ options, now, alertmanager, peers }: Surroundings): Engine => {
  const startedAt = Math.floor(now() / 1000)
  const historyFrom = startedAt - Math.round((options.historyMinutes ?? 180) * 60)
  const everySeconds = options.rulesEverySeconds ?? 1
  const scrapeSeconds = options.scrapeEverySeconds ?? 5
  const forSeconds = options.rule?.forSeconds ?? 30
  const past = { scenario: yesterday, from: startedAt - yesterdayAgo, until: startedAt - yesterdayAgo + yesterdayLasted }
  let state: ShopState = { startedAt, episodes: [past], outages: {}, changes: [] }
  const whole = () => shopSeries(state, scrapeSeconds * 1000)
  let series = indexed(whole())
  let kept = indexed(clipped(series(undefined), historyFrom))
  const outages: { from: number; to: number }[] = []
  const unsent: AlertLife[] = []
  const view = { now, outages: () => outages }
  const rules = startRules(
    shopRules({ forSeconds, windowSeconds: options.rule?.windowSeconds ?? 60 }),
    everySeconds,
    computedStorage({ ...view, series: (name) => series(name) }),
  )
  // Nobody looks at yesterday's seconds, and every evaluation costs half a millisecond of the start.
  rules.evaluateSpan(past.from, past.until + 120, Math.max(1, Math.round(5 / everySeconds)))
  let evaluated = now() / 1000 - everySeconds
  const evaluate = () => {
    if (!peers.prometheus.isRunning()) return
    const until = now() / 1000
    unsent.push(...rules.evaluateSpan(evaluated, until))
    evaluated = until
    if (!peers.alertmanager.isRunning()) return
    deliver({ rules, alertmanager, now: now(), prometheusUrl: peers.prometheus.url }, unsent.splice(0))
  }
  evaluate()
  const close = every(Math.min(everySeconds * 1000, 250), async () => {
    evaluate()
    if (peers.alertmanager.isRunning()) await alertmanager.tick()
  })
  return {
    scrapeSeconds,
    forSeconds,
    historyFrom,
    rules,
    storage: computedStorage({
      ...view,
      series: (name) => [...kept(name), ...(name?.startsWith('ALERTS') === false ? [] : rules.series())],
    }),
    state: () => state,
    change: (next, since) => {
      evaluate()
      state = next(state)
      series = indexed(whole())
      kept = indexed(clipped(series(undefined), historyFrom))
      if (since !== undefined) evaluated = Math.min(evaluated, since)
      evaluate()
    },
    prometheusStopped: (ms) => {
      evaluate()
      if (peers.prometheus.isRunning()) outages.push({ from: ms, to: Number.POSITIVE_INFINITY })
    },
    prometheusResumed: (ms) => {
      const outage = outages.at(-1)
      if (outage === undefined || outage.to !== Number.POSITIVE_INFINITY) return
      outage.to = ms
      evaluated = ms / 1000
    },
    close,
  }
}

/** The series as far as the store keeps them. */
const clipped = (all: readonly ComputedSeries[], from: number): ComputedSeries[] =>
  all.map((series) => ({
    ...series,
    segments: series.segments.filter(({ to }) => to > from).map((segment) => ({ ...segment, from: Math.max(segment.from, from) })),
  }))

type Delivery = { readonly rules: Rules; readonly alertmanager: AlertmanagerState; readonly now: number; readonly prometheusUrl: string }

const deliver = ({ rules, alertmanager, now, prometheusUrl }: Delivery, ended: readonly AlertLife[]): void => {
  const generatorUrl = (life: AlertLife) => `${prometheusUrl}/graph?g0.expr=${formEncoded(life.rule.expression)}&g0.tab=1`
  const firing = rules.active().filter(({ firedAt }) => firedAt !== undefined)
  // Four missed evaluations, as Prometheus does it: so an Alertmanager whose Prometheus is gone calls the alert resolved.
  const endsAt = now + 4_000 * rules.everySeconds
  alertmanager.receive([
    ...ended.map((life) => incoming(life, generatorUrl(life), (life.endedAt ?? 0) * 1000)),
    ...firing.map((life) => incoming(life, generatorUrl(life), endsAt)),
  ])
}

const incoming = ({ labels, annotations, firedAt }: AlertLife, generatorURL: string, endsAt: number): IncomingAlert => ({
  labels,
  annotations,
  generatorURL,
  startsAt: (firedAt ?? 0) * 1000,
  endsAt,
})

/** As Go's url.QueryEscape: spaces become plus signs. */
const formEncoded = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2)

/** Runs one after the other, never two at once; the returned function ends it. */
const every = (ms: number, run: () => Promise<void>): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const next = () => {
    timer = setTimeout(() => {
      run()
        .catch(() => {})
        .finally(() => {
          if (!closed) next()
        })
    }, ms)
  }
  next()
  return () => {
    closed = true
    clearTimeout(timer)
  }
}

type Surroundings = {
  readonly options: WorldOptions
  now(): number
  readonly alertmanager: AlertmanagerState
  readonly peers: { readonly prometheus: Peer; readonly alertmanager: Peer }
}

export type Engine = {
  readonly scrapeSeconds: number
  readonly forSeconds: number
  /** Seconds since the epoch. */
  readonly historyFrom: number
  readonly rules: Rules
  readonly storage: Storage
  state(): ShopState
  /** Replaces the state; `since` (seconds): the past from there on has changed, and the rules look at it again. */
  change(next: (state: ShopState) => ShopState, since?: number): void
  prometheusStopped(ms: number): void
  prometheusResumed(ms: number): void
  close(): void
}
