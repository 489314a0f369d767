import type { Config } from '../config.ts'
import { InputError } from '../errors.ts'
import { channelsOf, resolveChannel } from './channels.ts'
import type { SlackClients } from './clients.ts'
import type { Door } from './door.ts'
import { refusalOf, slackFailure } from './failure.ts'

export type AlertChannel = { readonly id: string } & Config['slack']['alert_channels'][number]

/** The configured channels whose alert messages start an investigation, by id. A name that Vigil cannot see is logged and left out. */
export const alertChannels = async ({ context, clients }: Pick<Door, 'context' | 'clients'>): Promise<readonly AlertChannel[]> => {
  const found: AlertChannel[] = []
  for (const setting of context.config.slack.alert_channels) {
    try {
      found.push({ ...setting, id: await resolveChannel(clients, setting.channel) })
    } catch (error) {
      if (!(error instanceof InputError)) throw error
      if (isFirst(clients, setting.channel)) context.log.warn({ channel: setting.channel }, error.message)
    }
  }
  return found
}

/** Asked for with each message of a bot: said once. */
const warned = new WeakMap<object, Set<string>>()
const isFirst = ({ history }: Pick<SlackClients, 'history'>, name: string): boolean => {
  const names = warned.get(history) ?? new Set()
  warned.set(history, names)
  return !names.has(name) && names.add(name).has(name)
}

export const alertChannel = async (door: Pick<Door, 'context' | 'clients'>, id: string): Promise<AlertChannel | undefined> => {
  // Ids first: one that is configured by id must not depend on a lookup of the others' names.
  const direct = door.context.config.slack.alert_channels.find((setting) => setting.channel === id)
  return direct === undefined ? (await alertChannels(door)).find((channel) => channel.id === id) : { ...direct, id }
}

/** Without asking Slack: a channel that is configured by name may be any. */
export const mayBeEager = ({ slack }: Config, id: string): boolean =>
  slack.alert_channels.some(({ channel, mode }) => mode === 'eager' && (channel === id || channel.startsWith('#')))

/**
 * Whether a bot is believed in a channel: by its id, or by the name that its app is registered under. Never by the name in the message, which
 * anybody with a webhook's address chooses. An empty list believes nobody.
 */
export const isTrusted = async ({ clients }: Pick<Door, 'clients'>, channel: AlertChannel, bot: string): Promise<boolean> => {
  if (channel.bots.includes(bot)) return true
  const names = channel.bots.filter((name) => !/^B[A-Z0-9]{5,}$/.test(name))
  if (names.length === 0) return false
  const name = await botName(clients, bot)
  return name !== null && names.includes(name)
}

/** Whether people of another organisation read and write there: then nothing starts by itself, unless the operator allows it. */
export const isClosedToAlerts = async ({ clients }: Pick<Door, 'clients'>, { id, shared }: AlertChannel): Promise<boolean> =>
  !shared && (await channelsOf(clients)).some((channel) => channel.id === id && channel.isShared)

/** Kept, because it is asked for each message of a bot that is configured by name. */
const known = new WeakMap<object, Map<string, string | null>>()

const botName = async ({ history }: Pick<SlackClients, 'history'>, bot: string): Promise<string | null> => {
  const kept = known.get(history) ?? new Map<string, string | null>()
  known.set(history, kept)
  const name = kept.get(bot)
  if (name !== undefined) return name
  try {
    const asked = (await history.bots.info({ bot })).bot?.name ?? null
    kept.set(bot, asked)
    return asked
  } catch (error) {
    if (refusalOf(error) === 'bot_not_found') return null
    throw slackFailure(error, 'asking which bot it is')
  }
}
