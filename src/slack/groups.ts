import type { Context } from '../context.ts'
import type { SlackClients } from './clients.ts'
import { refusalOf, slackFailure } from './failure.ts'

/** Who is in a group may change at any time, and Slack allows 20 such questions a minute. */
const MEMBERS_MS = 60_000
const NAMES_MS = 600_000

type Asking = Pick<Context, 'clock'>

/** User ids of a group's members, as Slack said at most a minute ago. Throws TransientError or PermanentError where it does not tell. */
export const membersOf = ({ clock }: Asking, clients: SlackClients, group: string): Promise<readonly string[]> =>
  kept(clients, { key: `members:${group}`, now: clock.monotonic(), ms: MEMBERS_MS }, async () => {
    const { users = [] } = await clients.interactive.usergroups.users.list({ usergroup: group })
    return users
  })

/** The handles of all groups by their ids ("payments-oncall"), as Slack said at most ten minutes ago. Throws as above. */
export const groupHandles = ({ clock }: Asking, clients: SlackClients): Promise<ReadonlyMap<string, string>> =>
  kept(clients, { key: 'handles', now: clock.monotonic(), ms: NAMES_MS }, async () => {
    const { usergroups = [] } = await clients.history.usergroups.list({ include_disabled: false }).catch((error: unknown) => {
      // A plan without groups, or a scope that was not given, stays so for a while.
      if (refusalOf(error) === null) throw error
      return { usergroups: [] }
    })
    return new Map(usergroups.flatMap(({ id, handle }) => (id === undefined || handle === undefined ? [] : [[id, handle] as const])))
  })

/** Something changed about a group: the next question asks Slack again. */
export const forgetGroups = (clients: SlackClients): void => {
  known.delete(clients.interactive)
}

type Slot = { readonly key: string; readonly now: number; readonly ms: number }

const kept = async <T>(clients: SlackClients, { key, now, ms }: Slot, ask: () => Promise<T>): Promise<T> => {
  const all = known.get(clients.interactive) ?? new Map<string, { at: number; answer: Promise<unknown> }>()
  known.set(clients.interactive, all)
  const before = all.get(key)
  const fresh = before !== undefined && now - before.at < ms ? before : { at: now, answer: ask() }
  all.set(key, fresh)
  try {
    return (await fresh.answer) as T
  } catch (error) {
    if (all.get(key) === fresh) all.delete(key)
    throw slackFailure(error, 'looking up a user group')
  }
}

/** By client, so that it lives as long as the workspace that it is true of. */
const known = new WeakMap<object, Map<string, { at: number; answer: Promise<unknown> }>>()
