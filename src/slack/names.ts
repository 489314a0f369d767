import type { Context } from '../context.ts'
import { isOfAction } from '../incident/timeline.ts'
import { BY_ITSELF } from '../remediation/freeze.ts'
import type { SlackClients } from './clients.ts'
import type { ThreadView } from './drawing.ts'
import { groupHandles } from './groups.ts'
import type { Identity } from './identity.ts'
import { personOf } from './people.ts'

type Asked = { readonly clients: SlackClients; readonly identity: Identity }

/** The names of whoever the actions of a thread name by an id. What Slack does not tell is left out: then the id stands there. */
export const namesIn = async (context: Context, slack: Asked, { timeline, frozen }: ThreadView): Promise<Record<string, string>> => {
  const acts = timeline.filter(isOfAction)
  if (acts.length === 0) return {}
  const offers = acts.flatMap((entry) => (entry.type === 'action_proposed' ? [entry.offer.approvers] : []))
  const users = [
    ...offers.flatMap((approvers) => approvers.users),
    ...acts.flatMap((entry) => ('by' in entry && entry.by !== null ? [entry.by] : [])),
    ...(frozen === null ? [] : [frozen.by]),
  ]
  return namesOf(context, slack, { users, groups: offers.flatMap((approvers) => approvers.usergroups) })
}

/** Names by ids: users as they call themselves, groups with their sign ("@payments-oncall" is written without the sign that calls). */
export const namesOf = async (
  context: Context,
  { clients, identity }: Asked,
  { users, groups }: { readonly users: readonly string[]; readonly groups: readonly string[] },
): Promise<Record<string, string>> => {
  const handles =
    groups.length === 0 ? new Map<string, string>() : await groupHandles(context, clients).catch(() => new Map<string, string>())
  const people = await Promise.all(
    [...new Set(users)].map(async (user) => {
      if (user === BY_ITSELF) return [[user, 'Vigil itself'] as const]
      const name = await personOf(clients, user, identity)
        .then((person) => person.name)
        .catch(() => 'somebody')
      return name === 'somebody' ? [] : [[user, name] as const]
    }),
  )
  const called = [...new Set(groups)].flatMap((group) => {
    const handle = handles.get(group)
    return handle === undefined ? [] : [[group, handle] as const]
  })
  return Object.fromEntries([...people.flat(), ...called])
}
