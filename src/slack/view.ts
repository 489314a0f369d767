import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { alertsOf } from '../incident/alerts.ts'
import { findIncident } from '../incident/incident.ts'
import { isOfAction, timelineOf } from '../incident/timeline.ts'
import { frozen } from '../remediation/freeze.ts'
import { clean } from '../text/clean.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { alertChannel } from './alert-channels.ts'
import type { SlackClients } from './clients.ts'
import type { ThreadSettings, ThreadView } from './drawing.ts'
import type { Identity } from './identity.ts'
import { namesIn } from './names.ts'
import { trialChannel } from './shadow.ts'
import { keyOf } from './thread.ts'

/** What delivering needs of the Slack door. `strict`: a payload beyond Slack's limits is an error, not something to be cut. */
export type Slack = { readonly clients: SlackClients; readonly identity: Identity; readonly strict?: boolean }

/** Everything that an incident's thread is drawn from. Undefined when there is no such incident. */
export const loadView = async (context: Context, slack: Slack, id: string): Promise<ThreadView | undefined> => {
  const view = await readView(context, id, async (channel) => {
    const mode = await modeOf(context, slack, channel)
    return { workspace: slack.identity.url, mode, shadowChannel: mode === 'shadow' ? await trialChannel(context, slack) : null }
  })
  return view === undefined ? undefined : { ...view, names: await namesIn(context, slack, view) }
}

type Place = Pick<ThreadSettings, 'workspace' | 'mode' | 'shadowChannel'>

/** `placeOf` says what only a connected Slack knows of the incident's channel. */
export const readView = async (
  context: Context,
  id: string,
  placeOf: (channel: string | null) => Promise<Place>,
): Promise<ThreadView | undefined> => {
  const { db } = context
  const incident = await findIncident(db, id)
  if (incident === undefined) return undefined
  const [alerts, timeline, evidence, card, whole] = await Promise.all([
    alertsOf(db, id),
    timelineOf(db, id),
    db.selectFrom('evidence').select(db.fn.countAll<number>().as('count')).where('incident_id', '=', id).executeTakeFirstOrThrow(),
    db.selectFrom('message').select('ts').where('key', '=', keyOf(id, 'card')).executeTakeFirst(),
    incident.merged_into === null ? undefined : findIncident(db, incident.merged_into),
  ])
  const { redact } = redactorFor(context.config, id)
  const newest = alerts.at(-1)
  return {
    incident: { ...incident, title: redact(incident.title) },
    alerts: {
      total: alerts.length,
      firing: alerts.filter((one) => one.open && one.status === 'firing').length,
      // As it came it stays in the database; what people read has passed the redactor.
      newest:
        newest === undefined
          ? null
          : { ...newest, labels: textsOf(newest.labels, redact), annotations: textsOf(newest.annotations, redact) },
      teams: [...new Set(alerts.flatMap(({ labels }) => labels['team'] || []))].toSorted().map((team) => redact(clean(team))),
    },
    timeline,
    evidence: Number(evidence.count),
    whole: whole?.channel == null || whole.thread_ts === null ? null : { channel: whole.channel, thread: whole.thread_ts },
    carded: card?.ts != null,
    settings: settingsOf(context.config, incident, await placeOf(incident.channel)),
    names: {},
    frozen: timeline.some(isOfAction) ? await frozen(db) : null,
  }
}

const textsOf = (texts: Readonly<Record<string, string>>, redact: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, redact(clean(text))]))

const settingsOf = (config: Config, { severity }: Pick<Incident, 'severity'>, place: Place): ThreadSettings => ({
  notify: config.slack.notify,
  budget: config.budgets.investigation,
  challenge: config.budgets.challenge,
  dayUsd: dayUsdOf(config.budgets, severity),
  verifySeconds: config.remediation.verify_seconds,
  hosts: linkHosts(config),
  ...place,
})

/** Where tokens or the channel's money may be what is spent, no sum is named. */
const dayUsdOf = ({ day, channel }: Config['budgets'], severity: string): number | null =>
  day.tokens !== undefined || channel.usd !== undefined ? null : day.usd * (severity === 'critical' ? 1 : 1 - day.reserved_for_critical)

/** A channel without an entry of its own is one that incidents are routed to: there everything is said. */
const modeOf = async (context: Context, { clients }: Slack, channel: string | null): Promise<ThreadSettings['mode']> =>
  channel === null ? 'watch' : ((await alertChannel({ context, clients }, channel))?.mode ?? 'watch')

/** Hosts that links in messages may name: the configured endpoints, and those that the operator adds. */
export const linkHosts = (config: Config): string[] => {
  const endpoints = [
    config.prometheus.endpoint,
    config.alertmanager.endpoint,
    config.loki.endpoint,
    config.tempo.endpoint,
    config.pyroscope.endpoint,
    ...config.clusters.flatMap(({ prometheus, alertmanager, loki, tempo, pyroscope }) => [
      prometheus,
      alertmanager,
      loki,
      tempo,
      pyroscope,
    ]),
  ]
  return [...new Set([...endpoints.flatMap((url) => (url === undefined ? [] : [new URL(url).host])), ...config.slack.link_hosts])]
}
