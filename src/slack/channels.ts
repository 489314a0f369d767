import { InputError } from '../errors.ts'
import type { SlackClients } from './clients.ts'
import { slackFailure } from './failure.ts'

export type KnownChannel = { readonly id: string; readonly name: string; readonly isPrivate: boolean; readonly isShared: boolean }

/**
 * The id of a channel that the configuration names by id or `#name`; names are looked up once. Throws InputError for a name that Vigil
 * cannot see, TransientError when Slack cannot be asked.
 */
export const resolveChannel = async (clients: Pick<SlackClients, 'history'>, nameOrId: string): Promise<string> => {
  if (/^[CGD][A-Z0-9]{5,}$/.test(nameOrId)) return nameOrId
  const name = nameOrId.replace(/^#/, '').toLowerCase()
  const found = (await channelsOf(clients)).find((channel) => channel.name === name)
  if (found === undefined) missed(clients)
  if (found === undefined)
    throw new InputError(`There is no channel #${name} that Vigil can see; check its name, or invite Vigil there: /invite @vigil`)
  return found.id
}

/** The channels that Vigil can see, archived ones left out. */
export const channelsOf = async (clients: Pick<SlackClients, 'history'>): Promise<readonly KnownChannel[]> => {
  const kept = known.get(clients.history) ?? list(clients)
  known.set(clients.history, kept)
  try {
    return await kept
  } catch (error) {
    known.delete(clients.history)
    throw slackFailure(error, 'looking up channels')
  }
}

/** After a change of membership or names: the next question asks Slack again. */
export const forgetChannels = (clients: Pick<SlackClients, 'history'>): void => {
  known.delete(clients.history)
}

/** Another replica may have been told of a new channel, so a name that is not found is looked up again now and then. */
const LOOK_AGAIN_EVERY = 50
const misses = new WeakMap<object, number>()

const missed = (clients: Pick<SlackClients, 'history'>): void => {
  const count = (misses.get(clients.history) ?? 0) + 1
  misses.set(clients.history, count)
  if (count % LOOK_AGAIN_EVERY === 0) forgetChannels(clients)
}

/** By client, so that it lives as long as the workspace that it is true of. */
const known = new WeakMap<object, Promise<readonly KnownChannel[]>>()

/** 1,000 a page, the most that Slack gives; twenty pages a minute are allowed. */
const PAGE = 1000
const MOST_PAGES = 20

const list = async ({ history }: Pick<SlackClients, 'history'>): Promise<readonly KnownChannel[]> => {
  const found: KnownChannel[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await history.conversations.list({
      types: 'public_channel,private_channel',
      exclude_archived: true,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { id, name, is_private: isPrivate, is_ext_shared: isShared } of answer.channels ?? [])
      if (id !== undefined && name !== undefined) found.push({ id, name, isPrivate: isPrivate === true, isShared: isShared === true })
    cursor = answer.response_metadata?.next_cursor
    if (!cursor) break
  }
  return found
}
