import { InputError } from '../../errors.ts'
import { createAlertmanager } from './alertmanager.ts'
import { alertmanagerApi } from './alertmanager-api.ts'
import { startEngine } from './engine.ts'
import { shopLogs } from './logs.ts'
import { lokiApi } from './loki-api.ts'
import { hex } from './noise.ts'
import { slackIntegration, webhookIntegration } from './notifications.ts'
import { prometheusApi } from './prometheus-api.ts'
import type { ScenarioId } from './scenarios/index.ts'
import { scenarios } from './scenarios/index.ts'
import type { Scenario } from './scenarios/scenario.ts'
import type { Handle, Peer } from './server.ts'
import { startServer } from './server.ts'
import type { Episode, Outage, ServiceName, ShopState } from './shop.ts'
import { isSameTemplate, type Standing, standingAt } from './standing.ts'

/**
 * Starts the simulated shop with its Prometheus, Alertmanager and Loki on free ports of 127.0.0.1. All measurements and log lines are functions of
 * the time and of the few deeds below; only alerts and silences are kept.
 */
export const startWorld = async (options: WorldOptions): Promise<World> => {
  const now = () => (options.now?.() ?? new Date()).getTime()
  const ending = new AbortController()
  const handles: Record<Part, Handle> = { prometheus: notYet, alertmanager: notYet, loki: notYet }
  const peers: Record<Part, Peer> = {
    prometheus: await startServer((asked) => handles.prometheus(asked)),
    alertmanager: await startServer((asked) => handles.alertmanager(asked)),
    loki: await startServer((asked) => handles.loki(asked)),
  }
  const alertmanager = createAlertmanager({
    now,
    externalUrl: () => options.externalUrl ?? peers.alertmanager.url,
    integrations: [
      ...(options.slackWebhookUrl === undefined ? [] : [slackIntegration(options.slackWebhookUrl, ending.signal)]),
      ...(options.vigilWebhook === undefined ? [] : [webhookIntegration(options.vigilWebhook, ending.signal)]),
    ],
  })
  const engine = startEngine({ options, now, alertmanager, peers })
  handles.prometheus = prometheusApi({ storage: engine.storage, rules: engine.rules, scrapeSeconds: engine.scrapeSeconds, now })
  const webhookUrl = options.vigilWebhook?.url
  const slack = options.slackWebhookUrl !== undefined
  handles.alertmanager = alertmanagerApi({ state: alertmanager, startedAt: now(), now, slack, webhookUrl })
  handles.loki = lokiApi({
    logs: remembered(engine.state, shopLogs),
    from: () => BigInt(engine.historyFrom) * 1_000_000_000n,
    now: () => BigInt(now()) * 1_000_000n,
  })
  return {
    prometheusUrl: peers.prometheus.url,
    alertmanagerUrl: peers.alertmanager.url,
    lokiUrl: peers.loki.url,
    storage: engine.storage,
    ...deeds(engine, options, now),
    ...switches(engine, peers, now),
    close: async () => {
      ending.abort()
      engine.close()
      await Promise.all(Object.values(peers).map((peer) => peer.stop()))
    },
  }
}

type Engine = ReturnType<typeof startEngine>

const notYet: Handle = () => ({ status: 503, body: 'starting' })

/** The same answer while the argument is the same object. */
const remembered = <Key, Value>(key: () => Key, make: (key: Key) => Value): (() => Value) => {
  let last: { key: Key; value: Value } | undefined
  return () => {
    const current = key()
    if (last?.key !== current) last = { key: current, value: make(current) }
    return last.value
  }
}

const deeds = (engine: Engine, options: WorldOptions, now: () => number): Pick<World, 'break' | 'heal' | 'scenario' | 'set' | 'shop'> => {
  const current = () => {
    const episode = engine.state().episodes.at(-1)
    return episode === undefined || episode.scenario.id === 'yesterday' ? undefined : episode
  }
  return {
    break: (id = 'bad-deploy') => {
      const broken = current()
      if (broken !== undefined && broken.until === undefined)
        throw new InputError(`The shop is already broken (${broken.scenario.id}): heal it first.`)
      const scenario: Scenario = scenarios[id]
      const seconds = now() / 1000
      // What happens before the alert lies in the past, so that nobody has to wait for it; but never before an earlier trouble had ended.
      const before = (scenario.onsetSeconds + engine.forSeconds) * (1 - 1 / (options.speed ?? 60))
      const from = Math.max(seconds - before, (broken?.until ?? 0) + 20)
      engine.change(
        (state) => ({ ...broke(state, scenario, from), episodes: [...state.episodes, { scenario, from, until: undefined }] }),
        Math.min(from, seconds),
      )
    },
    heal: () => {
      const broken = current()
      if (broken === undefined || broken.until !== undefined) return
      const at = now() / 1000
      engine.change((state) => ({ ...mendedBy(state, broken, at), episodes: [...state.episodes.slice(0, -1), { ...broken, until: at }] }))
    },
    set: (to) => {
      const change = { at: now() / 1000, pace: options.podSeconds ?? POD_SECONDS }
      engine.change((state) => ({ ...state, changes: [...state.changes, { ...change, to: { ...standingAt(state.changes), ...to } }] }))
    },
    shop: () => engine.state(),
    scenario: () => {
      const episode = current()
      if (episode === undefined) return undefined
      const { scenario, from, until } = episode
      const healedAt = until === undefined ? {} : { healedAt: new Date(until * 1000) }
      return { id: scenario.id as ScenarioId, title: scenario.title, startedAt: new Date(from * 1000), ...healedAt }
    },
  }
}

/** A pipeline is in no hurry. */
const PIPELINE_SECONDS = 12
const HAND_SECONDS = 3

/** From one pod to the next when something is set on the cluster: long enough to be seen, short enough not to be bored. */
const POD_SECONDS = 2.5

const broke = (state: ShopState, { sets }: Scenario, at: number): ShopState => {
  if (sets === undefined) return state
  const to = { ...standingAt(state.changes), ...sets.to }
  const change = { at, to, pace: PIPELINE_SECONDS, told: sets.told, isForAll: sets.isForAll === true }
  return { ...state, changes: [...state.changes, change] }
}

/** Somebody sets what is right, or what was right before. */
const mendedBy = (state: ShopState, { scenario, from }: Episode, at: number): ShopState => {
  const { sets, mends }: Scenario = scenario
  const now = standingAt(state.changes)
  const to = mends === undefined ? standingAt(state.changes.filter((one) => one.at < from)) : { ...now, ...mends }
  if (isSameTemplate(to, now) && to.pods === now.pods && to.maxPods === now.maxPods) return state
  const told = { commit: hex(`mended/${at}`, 7), author: 'tom', change: scenario.mended }
  // What changes no template no pipeline does.
  const isTold = !isSameTemplate(to, now) && to.restartedBy === now.restartedBy
  const change = { at, to, pace: HAND_SECONDS, ...(isTold ? { told } : {}), isForAll: sets?.isForAll === true }
  return { ...state, changes: [...state.changes, change] }
}

const switches = (engine: Engine, peers: Record<Part, Peer>, now: () => number): Pick<World, 'stop' | 'resume' | 'faults'> => {
  const isPart = (part: Part | ServiceName): part is Part => part in peers
  const setOutages = (service: ServiceName, change: (outages: readonly Outage[]) => readonly Outage[]) =>
    engine.change((state) => ({ ...state, outages: { ...state.outages, [service]: change(state.outages[service] ?? []) } }))
  return {
    stop: async (part) => {
      if (part === 'prometheus') engine.prometheusStopped(now())
      if (isPart(part)) return peers[part].stop()
      setOutages(part, (outages) =>
        outages.at(-1)?.until === undefined && outages.length > 0 ? outages : [...outages, { from: now() / 1000, until: undefined }],
      )
    },
    resume: async (part) => {
      if (isPart(part)) await peers[part].resume()
      if (part === 'prometheus') engine.prometheusResumed(now())
      if (isPart(part)) return
      setOutages(part, (outages) => outages.map((outage) => ({ ...outage, until: outage.until ?? now() / 1000 })))
    },
    faults: {
      delay: (part, ms) => peers[part].delay(ms),
      status: (part, code, count) => peers[part].fail(code, count),
    },
  }
}

type Part = 'prometheus' | 'alertmanager' | 'loki'

export type WorldOptions = {
  readonly now?: () => Date
  /** How many times faster than in life the story runs from its beginning to the alert (default 60); the part that is skipped becomes history. 1: nothing is skipped. */
  readonly speed?: number
  /** How far back metrics and logs go (default 180). ALERTS goes back to yesterday in any case. */
  readonly historyMinutes?: number
  readonly slackWebhookUrl?: string
  readonly vigilWebhook?: { readonly url: string; readonly token: string }
  /** Alertmanager's address as people see it (default: its real one). */
  readonly externalUrl?: string
  /** Default 1. */
  readonly rulesEverySeconds?: number
  /** Default 5. */
  readonly scrapeEverySeconds?: number
  /** From one pod to the next when checkout is set otherwise (default 2.5). */
  readonly podSeconds?: number
  /** `for` of the alerting rule (default 30) and the range of its rates (default 60). */
  readonly rule?: { readonly forSeconds?: number; readonly windowSeconds?: number }
}

export type World = {
  readonly prometheusUrl: string
  readonly alertmanagerUrl: string
  readonly lokiUrl: string
  /** What Prometheus answers from, for tests that compare. */
  readonly storage: Engine['storage']
  /** Breaks the shop (default `bad-deploy`); throws an InputError while it is broken. */
  break(scenario?: ScenarioId): void
  /** Somebody outside mends it, from now on; metrics recover within seconds, rates as fast as their windows move. */
  heal(): void
  /** Somebody or something sets checkout so, from now on: the world answers as it must, and nobody tells it whether that helps. */
  set(to: Partial<Standing>): void
  /** All that it is now. */
  shop(): ShopState
  /** The last trouble that was started. */
  scenario(): { readonly id: ScenarioId; readonly title: string; readonly startedAt: Date; readonly healedAt?: Date } | undefined
  /** A part refuses connections, and Prometheus neither scrapes nor evaluates; a service's processes end, and with them its series. */
  stop(part: Part | ServiceName): Promise<void>
  resume(part: Part | ServiceName): Promise<void>
  readonly faults: {
    /** Every answer of the part comes `ms` later, until set to 0. */
    delay(part: Part, ms: number): void
    /** The next `count` requests to the part are answered with `code`. */
    status(part: Part, code: number, count: number): void
  }
  close(): Promise<void>
}
