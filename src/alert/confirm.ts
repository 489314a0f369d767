import type { Context } from '../context.ts'
import type { Alertmanager, AlertmanagerAlert, AlertmanagerGroup } from '../datasources/alertmanager.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { type Alert, expressionOf, type Notice } from './alert.ts'
import { commonLabels, groupSubject } from './group-subject.ts'

/** Alertmanager answers in milliseconds; a post must not wait longer than this for its labels. */
const PATIENCE_MS = 1500

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
  for (const alertmanager of alertmanagersOf(context)) {
    const found = await find(context, alertmanager, notice)
    if (found !== undefined) return found.alerts.map((one) => exact(one, notice, found))
  }
  return [alert]
}

const alertmanagersOf = (context: Context): Alertmanager[] => {
  const names = [...context.config.clusters.map((cluster) => cluster.name), DEFAULT_CLUSTER]
  return names.flatMap((name) => context.sources(name).alertmanager ?? [])
}

const find = async (context: Context, alertmanager: Alertmanager, notice: Notice): Promise<AlertmanagerGroup | undefined> => {
  const stop = new AbortController()
  const cancel = context.clock.after(PATIENCE_MS, () => stop.abort(new Error('too slow')))
  try {
    const groups = await alertmanager.groups({ ...(notice.receiver === null ? {} : { receiver: notice.receiver }), signal: stop.signal })
    return byFingerprints(groups, notice) ?? bySubject(groups, notice)
  } catch (error) {
    context.log.warn({ err: error, subject: notice.subject }, 'Alertmanager could not confirm a Slack message')
    return undefined
  } finally {
    cancel()
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

const exact = (found: AlertmanagerAlert, notice: Notice, group: AlertmanagerGroup): Alert => ({
  source: 'slack-message',
  status: 'firing',
  fingerprint: found.fingerprint,
  labels: found.labels,
  annotations: found.annotations,
  startsAt: found.startsAt,
  endsAt: null,
  generatorUrl: found.generatorURL,
  expression: expressionOf(found.generatorURL),
  groupKey: null,
  receiver: group.receiver,
  groupSubject: notice.subject,
  confirmed: true,
  notice,
})
