import type { App } from '@slack/bolt'
import { z } from 'zod'
import { alertsOf } from '../../incident/alerts.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import { knownServices } from '../../incident/known-services.ts'
import { setSubject } from '../../incident/set-subject.ts'
import { timelineOf } from '../../incident/timeline.ts'
import { namesLike } from '../../text/names-like.ts'
import { isByColleague, submitted } from '../acting.ts'
import { nameKey } from '../blocks/about.ts'
import { line } from '../blocks/text.ts'
import type { Door } from '../door.ts'
import { isDeadTrigger, slackFailure } from '../failure.ts'
import { KNOWN_BLOCK, OTHER_BLOCK, SERVICE_CALLBACK, SERVICE_INPUT, serviceModal } from '../modals/service.ts'
import { onPress, type Press, tell } from '../press.ts'
import { GONE } from '../refusals.ts'

/** What an alert is about, said by a person: one of the nearest names by its button, any service by the modal. */
export const about = (app: App, door: Door): void => {
  onPress(app, door, /^subject:\d$/, ({ value, user }) => pick(door, value, user))
  app.view(SERVICE_CALLBACK, async ({ ack, body }) => {
    const sent = submitted.parse(body)
    const { user, view } = sent
    const values = view.state.values
    const chosen = values[KNOWN_BLOCK]?.[SERVICE_INPUT]?.selected_option?.value ?? ''
    const typed = values[OTHER_BLOCK]?.[SERVICE_INPUT]?.value?.trim() ?? ''
    const service = typed === '' ? chosen : typed
    if (service === '') return ack({ response_action: 'errors', errors: { [OTHER_BLOCK]: 'Choose a service, or write its name.' } })
    await ack()
    if (!isByColleague(sent, door.identity)) return
    const { incident, channel, threadTs } = address.parse(JSON.parse(view.private_metadata))
    await tell(door, { user: user.id, channel, threadTs }, await setting(door, incident, { subject: service, user: user.id }))
  })
}

const address = z.object({ incident: z.string(), channel: z.string().nullable(), threadTs: z.string().nullable() })

/** `<incident>:<key of a name>`: one that this incident was offered. */
const pick = async (door: Door, value: string, user: string): Promise<string> => {
  const [incident = '', key = ''] = value.split(':')
  const offered = (await timelineOf(door.context.db, incident)).flatMap((entry) =>
    entry.type === 'briefed' || entry.type === 'amended' ? (entry.brief.nearest ?? []) : [],
  )
  const subject = offered.find((name) => nameKey(name) === key)
  return subject === undefined
    ? 'Nothing was changed: I do not know this choice any more. "Name the service" in the menu takes any name.'
    : setting(door, incident, { subject, user })
}

const setting = async ({ context }: Door, incident: string, said: { subject: string; user: string }): Promise<string> => {
  const outcome = await setSubject(context, incident, said)
  if (outcome.set)
    return `Taken: it is about ${line(outcome.subject, [], 100)}. I look there now, and the next alert like it comes with that service.`
  switch (outcome.reason) {
    case 'same':
      return 'Nothing was changed: it is about that service already.'
    case 'unusable':
      return 'Nothing was changed: that is no name of a service (1 to 200 characters).'
    case 'over':
      return 'Nothing was changed: it is over. If it fires again, tell me then.'
    case 'gone':
      return GONE
  }
}

/** A trigger lives 3 s: which services there are is asked no longer than this. */
const PATIENCE_MS = 1000

/** Opens the modal that asks which service an incident is about, the likeliest names first. */
export const askService = async (
  { context, clients }: Door,
  { triggerId, channel, threadTs }: Press,
  id: string,
): Promise<string | null> => {
  const incident = await findIncident(context.db, id)
  if (incident === undefined) return GONE
  if (incident.status === 'resolved') return 'Nothing was changed: it is over. If it fires again, tell me then.'
  const newest = (await alertsOf(context.db, id)).at(-1)
  const { cluster, subject } = incident
  const names = await knownServices(context, { cluster, namespace: newest?.labels['namespace'] ?? null, ms: PATIENCE_MS })
  const known = names.filter((name) => name !== subject)
  const first = namesLike([...Object.values(newest?.labels ?? {}), ...Object.values(newest?.annotations ?? {})], known, 10)
  const words = `${incidentName(incident)}, ${incident.alertname}: ${subject === null ? 'tied to no service yet' : `taken to be about ${subject}`}.`
  const view = serviceModal([...new Set([...first, ...known])], {
    about: words,
    address: JSON.stringify({ incident: id, channel, threadTs }),
  })
  try {
    await clients.interactive.views.open({ trigger_id: triggerId, view })
    return null
  } catch (error) {
    if (isDeadTrigger(error)) return 'That took too long for Slack to open it. Press again.'
    throw slackFailure(error, 'asking for a service')
  }
}
