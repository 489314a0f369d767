import type { Alert } from '../../alert/alert.ts'
import { findNamed, type Named } from '../../alert/named.ts'
import { routeOf } from '../../alert/subject.ts'
import type { Incident } from '../../db/schema.ts'
import { InputError } from '../../errors.ts'
import { findByMessage, findOpenByName } from '../../incident/find.ts'
import { incidentName } from '../../incident/incident.ts'
import { line } from '../blocks/text.ts'
import { channelsOf } from '../channels.ts'
import type { Door } from '../door.ts'
import { linkedMessage } from '../plain.ts'
import { say } from '../say.ts'
import { askInThread } from '../thread-question.ts'
import { linkTo, said, triageIncident, triageMessage, triageQuestion } from '../triage.ts'
import type { Ask, Command } from './command.ts'

export const triage: Command = {
  name: 'triage',
  also: ['investigate', 'look at', 'look', 'check'],
  takesWords: true,
  usage: 'triage [alert name, link to a message, or a question]',
  does: 'looks at this thread’s alert again, at a firing alert, or into what you ask',
  run: async (door, ask, words) => {
    const linked = linkedMessage(words, door.identity.url)
    if (linked !== null) return triageMessage(door, linked, ask)
    if (/^(again|now|this|it|)$/i.test(words)) return bare(door, ask)
    const named = /^([A-Za-z_][\w.:-]*)((?:\s+[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"[^"]*"|[^\s"]+))*)$/.exec(words)
    if (named?.[1] !== undefined) return byName(door, ask, { name: named[1], matchers: matchersIn(named[2] ?? '') })
    return question(door, ask, words)
  },
}

/** In a thread: that alert. Elsewhere there is nothing to look at yet. */
const bare = async (door: Door, ask: Ask): Promise<string | null> =>
  ask.threadTs === null
    ? 'What shall I look at? Say `triage` in an alert’s thread, or `triage HighErrorRate`, or `triage why is checkout slow?`'
    : triageMessage(door, { channel: ask.channel, ts: ask.threadTs }, ask)

/**
 * A question in an incident's thread is about that incident: one thread, one problem. Elsewhere it gets an incident of its own,
 * under the asking message.
 */
export const question = async (door: Door, ask: Ask, text: string): Promise<string | null> => {
  const incident = ask.threadTs === null ? undefined : await findByMessage(door.context.db, ask.channel, ask.threadTs)
  if (incident !== undefined && ask.ts !== null)
    return askInThread(door, incident, { user: ask.user, channel: ask.channel, ts: ask.ts, text })
  const at = await anchorOf(door, ask, text)
  return triageQuestion(door, { text, channel: ask.channel, ...at }, ask)
}

/** The message that carries the answer: the asking one, or for a slash command one of ours that repeats it for everybody. */
const anchorOf = async (door: Door, ask: Ask, text: string): Promise<{ ts: string; threadTs: string }> => {
  if (ask.ts !== null) return { ts: ask.ts, threadTs: ask.threadTs ?? ask.ts }
  const { ts } = await say(door.context, door.clients, {
    key: `asked:${ask.key}`,
    channel: ask.channel,
    threadTs: null,
    text: `<@${ask.user}> asks: ${line(text, [], 1000)}`,
  })
  return { ts, threadTs: ts }
}

const matchersIn = (text: string): string[] => text.match(/[A-Za-z_]\w*\s*(?:=~|!~|!=|=)\s*(?:"[^"]*"|[^\s"]+)/g) ?? []

const byName = async (door: Door, ask: Ask, wanted: { name: string; matchers: readonly string[] }): Promise<string | null> => {
  const named = await tryNamed(door, wanted)
  if (typeof named === 'string') return named
  const [first, ...others] = named.alerts
  if (first === undefined) return noneNamed(door, ask, { named, name: wanted.name })
  if (others.length > 0) return severalNamed(wanted.name, named.alerts)
  // In a direct message nobody else would see the thread of what concerns them: it goes where such alerts go.
  if (ask.isDirect && routeOf(door.context.config, first.labels) !== null)
    return said(door, await door.receive({ alerts: [first], post: null, asked: null }), ask)
  const at = await anchorOf(door, ask, `triage ${wanted.name}`)
  const asked = { user: ask.user, channel: ask.channel, threadTs: at.threadTs, anchor: 'mention' } as const
  return said(door, await door.receive({ alerts: [first], post: null, asked }), ask)
}

const tryNamed = async (door: Door, { name, matchers }: { name: string; matchers: readonly string[] }): Promise<Named | string> => {
  try {
    return await findNamed(door.context, name, matchers)
  } catch (error) {
    if (error instanceof InputError) return line(error.message, [])
    throw error
  }
}

/** Perhaps it names an incident, which a silenced or quiet alert still has; else what fires is listed. */
const noneNamed = async (door: Door, ask: Ask, { named, name }: { named: Named; name: string }): Promise<string | null> => {
  const [incident, ...others] = await visibleTo(door, ask, await findOpenByName(door.context.db, name))
  if (incident !== undefined && others.length === 0) return triageIncident(door, incident, ask)
  if (incident !== undefined)
    return [`${others.length + 1} open incidents are about ${line(name, [], 60)}; say \`triage\` in the thread you mean:`]
      .concat([incident, ...others].map((one) => `• ${incidentName(one)} ${line(one.title, [], 100)}${linkTo(door, one)}`))
      .join('\n')
  const shown = named.firing.slice(0, 10).map((one) => line(one, [], 80))
  const firing = named.firing.length === 0 ? 'Nothing fires.' : `Firing: ${shown.join(', ')}${named.firing.length > 10 ? ' …' : ''}.`
  const blind =
    named.unanswered.length === 0 ? '' : ` Alertmanager of ${named.unanswered.map((one) => line(one, [], 60)).join(', ')} did not answer.`
  if (named.asked === 0)
    return `I have no Alertmanager to ask for ${line(name, [], 60)}. As a question: \`triage why does ${line(name, [], 60)} fire?\``
  return `No alert ${line(name, [], 60)} fires. ${firing}${blind} As a question: \`triage why is ${line(name, [], 60)} slow?\``
}

/** What stands in a private channel is told of in that channel alone. */
const visibleTo = async (door: Door, ask: Ask, incidents: readonly Incident[]): Promise<Incident[]> => {
  if (incidents.every((incident) => incident.channel === ask.channel)) return [...incidents]
  const open = new Set((await channelsOf(door.clients)).filter((channel) => !channel.isPrivate).map((channel) => channel.id))
  return incidents.filter(({ channel }) => channel !== null && (channel === ask.channel || open.has(channel)))
}

const severalNamed = (name: string, alerts: readonly Alert[]): string => {
  const differing = [...new Set(alerts.flatMap((alert) => Object.keys(alert.labels)))].filter(
    (label) => new Set(alerts.map((alert) => alert.labels[label])).size > 1,
  )
  const rows = alerts.slice(0, 10).map(
    ({ labels }) =>
      `• ${line(
        differing
          .slice(0, 4)
          .map((label) => `${label}="${labels[label] ?? ''}"`)
          .join(' '),
        [],
        200,
      )}`,
  )
  const more = alerts.length > 10 ? [`… and ${alerts.length - 10} more`] : []
  return [`${alerts.length} alerts ${line(name, [], 60)} fire. Say which, with one of these behind the name:`, ...rows, ...more].join('\n')
}
