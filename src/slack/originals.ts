import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { alertsOf } from '../incident/alerts.ts'
import { evidenceOf } from '../incident/evidence.ts'
import type { Answer } from '../investigation/evidence.ts'
import { labelText } from '../series/text.ts'
import { clean } from '../text/clean.ts'
import { escapeMrkdwn } from '../text/escape.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { alertChannel } from './alert-channels.ts'
import type { SlackClients } from './clients.ts'
import type { DesiredMessage } from './drawing.ts'

/** Characters of stored answers that are read again at most, so that drawing stays quick: about half a second. */
const MOST_READ = 2_000_000

type Wanted = { readonly clients: SlackClients; readonly incident: Pick<Incident, 'id'> }

/**
 * The messages with the people themselves in place of their pseudonyms, where they go to a channel with `reveal: true`. Who is behind a
 * pseudonym is kept nowhere: it is found again in what the incident's data sources answered, and goes to Slack alone. What is not found
 * there, or no longer kept, stays a pseudonym.
 */
export const withOriginals = async (
  context: Context,
  { clients, incident }: Wanted,
  messages: readonly DesiredMessage[],
): Promise<readonly DesiredMessage[]> => {
  if (!context.config.slack.alert_channels.some(({ reveal }) => reveal)) return messages
  const names = new Set(messages.flatMap(pseudonymsIn))
  if (names.size === 0) return messages
  const open = new Set<string>()
  for (const channel of new Set(messages.map((message) => message.channel)))
    if ((await alertChannel({ context, clients }, channel))?.reveal === true) open.add(channel)
  if (open.size === 0) return messages
  const originals = await originalsOf(context, incident.id, names)
  return messages.map((message) => (open.has(message.channel) ? revealed(message, originals) : message))
}

// As it was drawn: escaped in mrkdwn, bare in plain texts.
const PSEUDONYM = /(&lt;|<)([a-z]{2,12}-[0-9a-f]{6,64})(?:&gt;|>)/g

const pseudonymsIn = ({ text, blocks }: DesiredMessage): string[] =>
  [...`${text} ${JSON.stringify(blocks)}`.matchAll(PSEUDONYM)].map(([, , name = '']) => `<${name}>`)

const revealed = (message: DesiredMessage, originals: ReadonlyMap<string, string>): DesiredMessage => {
  const reveal = (text: string): string =>
    text.replace(PSEUDONYM, (written: string, opening: string, name: string) => {
      const original = originals.get(`<${name}>`)
      if (original === undefined) return written
      return opening === '<' ? original : escapeMrkdwn(original.replaceAll('`', "'"))
    })
  return { ...message, text: reveal(message.text), blocks: inTexts(message.blocks, reveal) as DesiredMessage['blocks'] }
}

/** What a button sends, and where a link leads, are no texts. */
const NO_TEXT = new Set(['value', 'url', 'action_id', 'block_id', 'type'])

const inTexts = (value: unknown, reveal: (text: string) => string): unknown => {
  if (typeof value === 'string') return reveal(value)
  if (Array.isArray(value)) return value.map((item) => inTexts(item, reveal))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, NO_TEXT.has(name) ? item : inTexts(item, reveal)]))
}

/** Redacts the incident's raw texts again, newest last, until each of `names` has turned up. */
const originalsOf = async (context: Context, incident: string, names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> => {
  const redactor = redactorFor(context.config, incident)
  const found = redactor.pseudonyms()
  let left = MOST_READ
  for (const text of await rawTexts(context, incident)) {
    redactor.redact(clean(text.slice(0, left)))
    left -= text.length
    if (left <= 0 || [...names].every((name) => found.has(name))) break
  }
  return found
}

const rawTexts = async ({ db }: Context, incident: string): Promise<string[]> => {
  const [alerts, evidence] = await Promise.all([alertsOf(db, incident), evidenceOf(db, incident)])
  return [
    ...alerts.flatMap(({ labels, annotations }) => [labelText(labels), ...Object.values(labels), ...Object.values(annotations)]),
    ...evidence.flatMap(({ query, output }) => [query, ...textsOf(output)]),
  ]
}

/** In the shapes in which the model and people are shown them: a key beside its value is how a person's name is known. */
const textsOf = (output: Answer): string[] => {
  switch (output.kind) {
    case 'lines':
      return output.lines.map(({ labels, line }) => `${labelText(labels)} ${line}`)
    case 'series':
      return output.series.map(({ labels }) => labelText(labels))
    case 'objects':
      return output.objects.map((object) => JSON.stringify(object))
    case 'text':
      return [output.text]
  }
}
