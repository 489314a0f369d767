import type { Labels } from '../../series/series.ts'
import type { HeldAlert, Integration } from './alertmanager.ts'
import { formatLabels } from './promql/labels.ts'

/** Posts Alertmanager's stock Slack message to an incoming webhook. */
export const slackIntegration = (url: string, signal: AbortSignal): Integration => ({
  name: 'slack',
  send: (notification) => post({ url, signal, body: slackMessage(notification) }),
})

/** Posts Alertmanager's webhook, version 4, with a bearer token. */
export const webhookIntegration = ({ url, token }: { url: string; token: string }, signal: AbortSignal): Integration => ({
  name: 'webhook',
  send: (notification) => post({ url, signal, body: webhookMessage(notification), authorization: `Bearer ${token}` }),
})

type Post = { readonly url: string; readonly body: unknown; readonly signal: AbortSignal; readonly authorization?: string }

const post = async ({ url, body, signal, authorization }: Post): Promise<boolean> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Alertmanager/0.25.0',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify(body),
      // Alertmanager's own limit for one attempt is its group_interval, which is longer.
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/** The attachment that the templates `slack.default.*` of Alertmanager 0.25 make; `text` is empty there. */
const slackMessage = (notification: Notification): unknown => {
  const { status, groupLabels, commonLabels, firing } = summaryOf(notification)
  const head = status === 'firing' ? `[FIRING:${firing}]` : '[RESOLVED]'
  const rest = sortedPairs(commonLabels).filter(([name]) => !(name in groupLabels))
  const values = (pairs: readonly Pair[]) => pairs.map(([, value]) => value).join(' ')
  const extra = rest.length > 0 ? `(${values(rest)})` : ''
  const title = `${head} ${values(sortedPairs(groupLabels))} ${extra}`
  const link = `${notification.externalUrl}/#/alerts?receiver=${encodeURIComponent(notification.receiver)}`
  return {
    channel: '#alerts',
    username: 'Alertmanager',
    attachments: [
      {
        title,
        title_link: link,
        text: '',
        fallback: `${title} | ${link}`,
        callback_id: '',
        footer: '',
        color: status === 'firing' ? 'danger' : 'good',
        mrkdwn_in: ['fallback', 'pretext', 'text'],
      },
    ],
  }
}

/** Alertmanager's webhook, version 4, for one group's news. */
export const webhookMessage = (notification: Notification): unknown => {
  const { status, groupLabels, commonLabels, commonAnnotations } = summaryOf(notification)
  return {
    receiver: notification.receiver,
    status,
    alerts: notification.alerts.map((alert) => {
      const resolved = alert.endsAt <= notification.now
      return {
        status: resolved ? 'resolved' : 'firing',
        labels: alert.labels,
        annotations: alert.annotations,
        startsAt: new Date(alert.startsAt).toISOString(),
        endsAt: resolved ? new Date(alert.endsAt).toISOString() : '0001-01-01T00:00:00Z',
        generatorURL: alert.generatorURL,
        fingerprint: alert.fingerprint,
      }
    }),
    groupLabels,
    commonLabels,
    commonAnnotations,
    externalURL: notification.externalUrl,
    version: '4',
    groupKey: `{}:${formatLabels(groupLabels)}`,
    truncatedAlerts: 0,
  }
}

const summaryOf = ({ alerts, groupLabels, now }: Notification): Summary => {
  const firing = alerts.filter(({ endsAt }) => endsAt > now).length
  return {
    status: firing > 0 ? 'firing' : 'resolved',
    firing,
    groupLabels,
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
  }
}

type Summary = {
  readonly status: 'firing' | 'resolved'
  readonly firing: number
  readonly groupLabels: Labels
  readonly commonLabels: Labels
  readonly commonAnnotations: Labels
}

const common = ([first = {}, ...others]: readonly Labels[]): Labels =>
  Object.fromEntries(Object.entries(first).filter(([name, value]) => others.every((other) => other[name] === value)))

type Pair = readonly [name: string, value: string]

/** alertname first, then by name: Alertmanager's SortedPairs. */
const sortedPairs = (labels: Labels): Pair[] =>
  Object.entries(labels).sort(([a], [b]) => (a === 'alertname' ? -1 : b === 'alertname' ? 1 : a < b ? -1 : 1))

/** One group's news for one receiver; `now` (milliseconds) decides which alerts have ended. */
export type Notification = {
  readonly receiver: string
  readonly groupLabels: Labels
  readonly alerts: readonly HeldAlert[]
  readonly now: number
  readonly externalUrl: string
}
