import { randomUUID } from 'node:crypto'
import type { Labels } from '../../series/series.ts'
import { fingerprint } from './fingerprint.ts'
import type { Matcher } from './matcher.ts'
import { matcher, matchesAll } from './matcher.ts'
import type { Notification } from './notifications.ts'
import { keep, signature } from './promql/labels.ts'

/** Alertmanager's state: alerts by fingerprint, groups, silences, and what each integration has been told. `tick` sends what is due. */
export const createAlertmanager = (options: AlertmanagerOptions): AlertmanagerState => {
  const alerts = new Map<string, HeldAlert>()
  const groups = new Map<string, Group>()
  const silences: Silence[] = []
  const state: AlertmanagerState = {
    receiver: 'shop-alerts',
    groupBy: ['alertname', 'service'],
    alerts: () => [...alerts.values()].filter(({ endsAt }) => endsAt > options.now()),
    groups: () => [...groups.values()].flatMap((group) => groupNow(group, state.alerts())),
    silences: () => silences,
    silencedBy: (labels) =>
      activeSilences(silences, options.now())
        .filter(({ matchers }) => matchesAll(labels, matchers))
        .map(({ id }) => id),
    receive: (incoming) => {
      for (const alert of incoming) hold({ alerts, groups, state, now: options.now() }, alert)
    },
    silence: (wanted) => {
      const made = { ...wanted, id: randomUUID(), updatedAt: options.now(), startsAt: Math.max(wanted.startsAt, options.now()) }
      silences.push(made)
      return made.id
    },
    expire: (id) => {
      const found = silences.find((silence) => silence.id === id)
      if (found !== undefined) found.endsAt = Math.min(found.endsAt, options.now())
      return found !== undefined
    },
    tick: async () => {
      for (const group of [...groups.values()]) await notifyGroup({ group, alerts, state, options })
      for (const [key, group] of groups) if (membersOf(group, [...alerts.values()]).length === 0) groups.delete(key)
    },
  }
  return state
}

/** Milliseconds. Shorter than anybody's production: the demo's reader should not wait. */
export const timing = { groupWait: 1_000, groupInterval: 2_000, repeatInterval: 4 * 3_600_000 } as const

type Holding = {
  readonly alerts: Map<string, HeldAlert>
  readonly groups: Map<string, Group>
  readonly state: AlertmanagerState
  readonly now: number
}

const hold = ({ alerts, groups, state, now }: Holding, incoming: IncomingAlert): void => {
  const id = fingerprint(incoming.labels)
  const before = alerts.get(id)
  // A resolved notice for something that was never heard of is none.
  if (before === undefined && incoming.endsAt <= now) return
  const continues = before !== undefined && before.endsAt >= incoming.startsAt
  const startsAt = continues ? Math.min(before.startsAt, incoming.startsAt) : incoming.startsAt
  alerts.set(id, { ...incoming, startsAt, fingerprint: id, updatedAt: now })
  const labels = keep(incoming.labels, state.groupBy)
  const key = signature(labels)
  if (!groups.has(key)) groups.set(key, { key, labels, createdAt: now, told: new Map() })
}

const membersOf = (group: Group, alerts: readonly HeldAlert[]): HeldAlert[] =>
  alerts.filter(
    ({ labels }) =>
      signature(keep(labels, Object.keys(group.labels))) === group.key &&
      groupNames.every((name) => (labels[name] ?? '') === (group.labels[name] ?? '')),
  )

const groupNames = ['alertname', 'service'] as const

const groupNow = (group: Group, alerts: readonly HeldAlert[]): { labels: Labels; alerts: HeldAlert[] }[] => {
  const members = membersOf(group, alerts)
  return members.length === 0 ? [] : [{ labels: group.labels, alerts: members }]
}

const activeSilences = (silences: readonly Silence[], now: number): Silence[] =>
  silences.filter(({ startsAt, endsAt }) => startsAt <= now && now < endsAt)

type Notifying = {
  readonly group: Group
  readonly alerts: Map<string, HeldAlert>
  readonly state: AlertmanagerState
  readonly options: AlertmanagerOptions
}

const notifyGroup = async ({ group, alerts, state, options }: Notifying): Promise<void> => {
  const now = options.now()
  const members = membersOf(group, [...alerts.values()]).filter(({ labels }) => state.silencedBy(labels).length === 0)
  const due = now >= group.createdAt + timing.groupWait
  if (!due) return
  for (const integration of options.integrations) {
    const told = group.told.get(integration.name)
    const news = newsOf(members, told, now)
    if (news === undefined) continue
    const notification = { receiver: state.receiver, groupLabels: group.labels, alerts: news, now, externalUrl: options.externalUrl() }
    // What could not be sent is not told, so the next tick tries again.
    if (!(await integration.send(notification))) continue
    group.told.set(integration.name, {
      at: now,
      firing: new Set(news.filter(({ endsAt }) => endsAt > now).map((alert) => alert.fingerprint)),
    })
  }
  for (const alert of members) {
    const stillUntold = options.integrations.some(({ name }) => group.told.get(name)?.firing.has(alert.fingerprint) === true)
    if (alert.endsAt <= now && !stillUntold) alerts.delete(alert.fingerprint)
  }
}

/** What an integration has to be told now: the firing alerts, and the resolved ones that it knows as firing. */
const newsOf = (members: readonly HeldAlert[], told: Told | undefined, now: number): HeldAlert[] | undefined => {
  const firing = members.filter(({ endsAt }) => endsAt > now)
  const resolved = members.filter((alert) => alert.endsAt <= now && told?.firing.has(alert.fingerprint) === true)
  if (told === undefined) return firing.length > 0 ? firing : undefined
  if (now < told.at + timing.groupInterval) return undefined
  const isNew = firing.some((alert) => !told.firing.has(alert.fingerprint))
  const repeats = firing.length > 0 && now >= told.at + timing.repeatInterval
  return isNew || resolved.length > 0 || repeats ? [...firing, ...resolved] : undefined
}

type Told = { readonly at: number; readonly firing: ReadonlySet<string> }
type Group = { readonly key: string; readonly labels: Labels; readonly createdAt: number; readonly told: Map<string, Told> }

/** Turns Alertmanager's JSON matchers into ours; throws a SyntaxError for a broken expression. */
export const matcherOf = (raw: { name: string; value: string; isRegex: boolean; isEqual?: boolean }): Matcher => {
  const equal = raw.isEqual ?? true
  return matcher(raw.name, raw.isRegex ? (equal ? '=~' : '!~') : equal ? '=' : '!=', raw.value)
}

/** An alert as Prometheus posts it; milliseconds since the epoch. */
export type IncomingAlert = {
  readonly labels: Labels
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: number
  readonly endsAt: number
  readonly generatorURL: string
}
export type HeldAlert = IncomingAlert & { readonly fingerprint: string; readonly updatedAt: number }

export type Silence = {
  readonly id: string
  readonly matchers: readonly Matcher[]
  readonly startsAt: number
  endsAt: number
  readonly updatedAt: number
  readonly createdBy: string
  readonly comment: string
}

/** `send` answers whether the other side took it. */
export type Integration = { readonly name: string; send(notification: Notification): Promise<boolean> }

type AlertmanagerOptions = {
  now(): number
  externalUrl(): string
  readonly integrations: readonly Integration[]
}

export type AlertmanagerState = {
  readonly receiver: string
  readonly groupBy: readonly string[]
  /** Alerts that have not ended. */
  alerts(): readonly HeldAlert[]
  groups(): readonly { readonly labels: Labels; readonly alerts: readonly HeldAlert[] }[]
  silences(): readonly Silence[]
  silencedBy(labels: Labels): readonly string[]
  receive(alerts: readonly IncomingAlert[]): void
  silence(wanted: Omit<Silence, 'id' | 'updatedAt'>): string
  expire(id: string): boolean
  tick(): Promise<void>
}
