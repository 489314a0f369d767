import type { Presser } from '../remediation/authorise.ts'
import type { Approvers } from '../remediation/offer.ts'
import { alertChannel } from './alert-channels.ts'
import type { Door } from './door.ts'
import { membersOf } from './groups.ts'

type At = { readonly user: string; readonly channel: string | null; readonly isColleague: boolean }

/**
 * Who pressed, as Slack says it now: person, groups, and whether the place may decide. Never throws: what Slack does not tell is `unknown`,
 * or null, and both deny.
 */
export const presserOf = async (door: Door, at: At, { usergroups }: Pick<Approvers, 'usergroups'>): Promise<Presser> => {
  const { user } = at
  if (!at.isColleague) return { user, person: 'stranger', groups: null, shared: true }
  const [person, groups, shared] = await Promise.all([personOf(door, user), groupsOf(door, user, usergroups), isShared(door, at.channel)])
  // Of a channel that Slack tells nothing of nobody knows who reads along.
  return { user, person: shared === null ? 'unknown' : person, groups, shared: shared ?? true }
}

const personOf = async ({ context, clients, identity }: Door, user: string): Promise<Presser['person']> => {
  try {
    const { user: found } = await clients.interactive.users.info({ user })
    if (found === undefined) return 'unknown'
    if (found.team_id !== identity.teamId || found.is_stranger === true) return 'stranger'
    if (found.deleted === true) return 'deactivated'
    if (found.is_bot === true || user === identity.botUserId || user === 'USLACKBOT') return 'bot'
    return found.is_restricted === true || found.is_ultra_restricted === true ? 'guest' : 'colleague'
  } catch (error) {
    context.log.warn({ err: error, user }, 'Slack did not say who pressed')
    return 'unknown'
  }
}

/** Those of the groups that somebody is in; null where Slack did not tell of one, and of no other that they are in it. */
const groupsOf = async ({ context, clients }: Door, user: string, groups: readonly string[]): Promise<string[] | null> => {
  const asked = await Promise.allSettled(groups.map((group) => membersOf(context, clients, group)))
  const found = groups.filter((_, i) => {
    const answer = asked[i]
    return answer?.status === 'fulfilled' && answer.value.includes(user)
  })
  const failed = asked.filter((answer) => answer.status === 'rejected')
  for (const { reason } of failed) context.log.warn({ err: reason }, 'Slack did not say who is in a group that may approve')
  return found.length === 0 && failed.length > 0 ? null : found
}

/** Null: Slack did not say. */
const isShared = async (door: Door, channel: string | null): Promise<boolean | null> => {
  if (channel === null) return null
  try {
    if ((await alertChannel(door, channel))?.shared === true) return false
    const { channel: found } = await door.clients.interactive.conversations.info({ channel })
    if (found === undefined) return null
    const { is_ext_shared: isExternal, is_pending_ext_shared: isPending } = found
    return isExternal === true || isPending === true
  } catch (error) {
    door.context.log.warn({ err: error, channel }, 'Slack did not say whether a channel is shared')
    return null
  }
}
