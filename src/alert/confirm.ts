import type { Context } from '../context.ts'
import type { Alertmanager, AlertmanagerAlert, AlertmanagerGroup } from '../datasources/alertmanager.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { storable, storableLabels, storableOrNull } from '../text/storable.ts'
import { type Alert, expressionOf, type Notice } from './alert.ts'
import { commonLabels, groupStem, groupSubject, hasStem } from './group-subject.ts'

/** Alertmanager answers in milliseconds; a post must not wait longer than this for its labels: the rules have what is left of 3 s. */
const PATIENCE_MS = 1000

/**
 * Gets back what a stock Slack message lost: asks each Alertmanager for its groups, renders each group's subject line again, and
 * takes the alerts of the one that the message names. What no Alertmanager knows stays as it was, unconfirmed: it is then looked
 * at, but nothing is proposed on it. Asked before the intake's transaction, so that no transaction waits for a network.
 */
export const confirm = async (context: Context, alerts: readonly Alert[]): Promise<Alert[]> => {
  const confirmed = await Promise.all(alerts.map((alert) => confirmOne(context, alert)))
  return confirmed.flat()
}

const confirmOne = async (context: Context, alert: Alert): Promise<readonly Alert[]> => {
  const { notice } = alert
  if (notice === null || alert.status !== 'firing') return [alert]
  const found = await confirmedOf(context, notice, PATIENCE_MS)
  return found.length === 0 ? [alert] : found
}

/** The alerts that a message speaks of, as Alertmanager has them; none: no Alertmanager told in time that it knows them. */
export const confirmedOf = async (context: Context, notice: Notice, patienceMs: number): Promise<readonly Alert[]> => {
  const found = await find(context, notice, patienceMs)
  return found === undefined ? [] : found.alerts.map((one) => exact(one, notice, found))
}

/**
 * Asks all at once within one patience: ten clusters that are down must not take fifteen seconds. The first exact answer is taken
 * without waiting for the slow; a likeness only when nobody has it exactly.
 */
const find = async (context: Context, notice: Notice, patienceMs: number): Promise<AlertmanagerGroup | undefined> => {
  const stop = new AbortController()
  const cancel = context.clock.after(patienceMs, () => stop.abort(new Error(`no answer in ${patienceMs} ms`)))
  const answers = alertmanagersOf(context).map((alertmanager) => ask(context, alertmanager, { notice, signal: stop.signal }))
  const { promise: first, resolve } = Promise.withResolvers<AlertmanagerGroup | undefined>()
  for (const answer of answers) {
    void answer.then((groups) => {
      const found = byFingerprints(groups, notice) ?? bySubject(groups, notice)
      if (found !== undefined) resolve(found)
    })
  }
  try {
    return await Promise.race([first, Promise.all(answers).then((all) => byStem(all.flat(), notice))])
  } finally {
    cancel()
    stop.abort(new Error('answered by another'))
  }
}

/** Every Alertmanager that is configured, once. */
export const alertmanagersOf = (context: Pick<Context, 'config' | 'sources'>): Alertmanager[] => {
  const names = [...context.config.clusters.map((cluster) => cluster.name), DEFAULT_CLUSTER]
  const all = names.flatMap((name) => context.sources(name).alertmanager ?? [])
  return [...new Map(all.map((alertmanager) => [alertmanager.endpoint, alertmanager])).values()]
}

const ask = async (
  context: Context,
  alertmanager: Alertmanager,
  { notice, signal }: { notice: Notice; signal: AbortSignal },
): Promise<readonly AlertmanagerGroup[]> => {
  try {
    return await alertmanager.groups({ ...(notice.receiver === null ? {} : { receiver: notice.receiver }), signal })
  } catch (error) {
    context.log.warn({ err: error, subject: notice.subject }, 'Alertmanager could not confirm a Slack message')
    return []
  }
}

const byFingerprints = (groups: readonly AlertmanagerGroup[], { fingerprints }: Notice): AlertmanagerGroup | undefined => {
  const group = groups.find((one) => one.alerts.some((alert) => fingerprints.includes(alert.fingerprint)))
  return group === undefined ? undefined : { ...group, alerts: group.alerts.filter((alert) => fingerprints.includes(alert.fingerprint)) }
}

/** Silenced and inhibited alerts are in the answer but not in the message, so the active ones are tried first. */
const bySubject = (groups: readonly AlertmanagerGroup[], { subject }: Notice): AlertmanagerGroup | undefined => {
  for (const group of groups) {
    const active = group.alerts.filter((alert) => alert.state === 'active')
    for (const alerts of [active, group.alerts]) {
      if (alerts.length > 0 && groupSubject(group.labels, commonLabels(alerts.map((alert) => alert.labels))) === subject)
        return { ...group, alerts }
    }
  }
  return undefined
}

/**
 * What its alerts have in common changes while a group lives, and a message that also tells of resolved ones was rendered with them;
 * the values of its labels stay. Taken only when no other group can be meant.
 */
const byStem = (groups: readonly AlertmanagerGroup[], { subject }: Notice): AlertmanagerGroup | undefined => {
  const [found, ...others] = groups.filter((group) => hasStem(subject, groupStem(group.labels)))
  // Each receiver has the group once more.
  if (found === undefined || others.some((other) => membersOf(other) !== membersOf(found))) return undefined
  const active = found.alerts.filter((alert) => alert.state === 'active')
  return { ...found, alerts: active.length > 0 ? active : found.alerts }
}

const membersOf = ({ alerts }: AlertmanagerGroup): string =>
  alerts
    .map((alert) => alert.fingerprint)
    .sort()
    .join(' ')

const exact = (found: AlertmanagerAlert, notice: Notice, group: AlertmanagerGroup): Alert => ({
  source: 'slack-message',
  status: 'firing',
  fingerprint: found.fingerprint,
  labels: storableLabels(found.labels),
  annotations: storableLabels(found.annotations),
  startsAt: found.startsAt,
  endsAt: null,
  generatorUrl: storable(found.generatorURL),
  expression: storableOrNull(expressionOf(found.generatorURL)),
  groupKey: null,
  receiver: group.receiver,
  groupSubject: notice.subject,
  confirmed: true,
  notice,
})
