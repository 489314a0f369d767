import type { SlackClients } from './clients.ts'
import { refusalOf, slackFailure } from './failure.ts'
import type { Identity } from './identity.ts'

/** Who did it, as an interaction's payload or an event says it: never a name. */
export type Presser = { readonly user: string; readonly team: string | null }

/** Read-only presses are for everybody of the own workspace; an unknown team is not ours. */
export const isColleague = (presser: Presser, identity: Identity): boolean => presser.team === identity.teamId

/** To the presser alone: what was changed, why, who helps. */
export const STRANGER =
  'Not done, nothing was changed: this works only for people of the workspace that Vigil is installed in. Ask one of them.'

export type Person = { readonly name: string; readonly isHuman: boolean; readonly isColleague: boolean }

/**
 * Asks Slack who somebody is, for events that do not say. People change seldom, so an answer is kept. Throws TransientError when Slack
 * cannot be asked: whoever decides by it must not take silence for a yes.
 */
export const personOf = async (clients: Pick<SlackClients, 'history'>, user: string, identity: Identity): Promise<Person> => {
  const kept = known.get(clients.history) ?? new Map<string, Promise<Person>>()
  known.set(clients.history, kept)
  if (kept.size > MOST_KEPT) kept.clear()
  const asked = kept.get(user) ?? ask(clients, user, identity)
  kept.set(user, asked)
  try {
    return await asked
  } catch (error) {
    kept.delete(user)
    throw slackFailure(error, 'asking who somebody is')
  }
}

/** The name for a line of text, never a live mention; "somebody" where Slack does not tell. */
export const nameOf = async (clients: Pick<SlackClients, 'history'>, user: string, identity: Identity): Promise<string> => {
  try {
    return (await personOf(clients, user, identity)).name
  } catch {
    return 'somebody'
  }
}

const MOST_KEPT = 5000
const known = new WeakMap<object, Map<string, Promise<Person>>>()

const ask = async ({ history }: Pick<SlackClients, 'history'>, user: string, identity: Identity): Promise<Person> => {
  try {
    const { user: found } = await history.users.info({ user })
    return {
      name: found?.profile?.display_name || found?.name || 'somebody',
      isHuman: found?.is_bot !== true && found?.deleted !== true,
      isColleague: found?.team_id === identity.teamId && found.is_stranger !== true,
    }
  } catch (error) {
    if (refusalOf(error) === 'user_not_found') return { name: 'somebody', isHuman: false, isColleague: false }
    throw error
  }
}
