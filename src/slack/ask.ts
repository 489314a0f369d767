import type { StoredAction } from '../db/schema.ts'
import { findIncident } from '../incident/incident.ts'
import type { Door } from './door.ts'
import { membersOf } from './groups.ts'
import { namesOf } from './names.ts'

/** Whom a press may call: a user, or a group as a whole; `name` null: a group. */
export type Whom = { readonly id: string; readonly name: string | null }

/**
 * Who is asked where somebody cannot decide alone: the owner of the incident if they may, else a group of approvers, else the first user who is
 * named; never who pressed, nor whose word counts already. Null where nobody is left, where it does not wait any more, or where somebody was asked.
 */
export const whomToAsk = async (door: Door, action: StoredAction, presser: string): Promise<Whom | null> => {
  const { db } = door.context
  const now = await db.selectFrom('action').select(['status', 'version']).where('id', '=', action.id).executeTakeFirst()
  if (now?.status !== 'awaiting_approval' || now.version !== action.version || (await wasAsked(door, action))) return null
  const { users, groups } = await ableOf(door, action, presser)
  const owner = (await findIncident(db, action.incident_id))?.owner ?? null
  const all = [...users, ...groups.flatMap(({ members }) => members)]
  const [group] = groups.filter(({ members }) => members.length > 0)
  const id =
    owner !== null && all.includes(owner)
      ? owner
      : group === undefined
        ? users[0]
        : group.members.length === 1
          ? group.members[0]
          : group.id
  if (id === undefined) return null
  if (groups.some((one) => one.id === id)) return { id, name: null }
  const { [id]: name = 'somebody' } = await namesOf(door.context, door, { users: [id], groups: [] })
  return { id, name }
}

/** Whether what a button names may still be asked: it was drawn a while ago. */
export const mayBeAsked = async (
  door: Door,
  action: StoredAction,
  { presser, whom }: { presser: string; whom: string },
): Promise<boolean> => {
  const { users, groups } = await ableOf(door, action, presser)
  return users.includes(whom) || groups.some(({ id, members }) => id === whom || members.includes(whom))
}

type Able = { readonly users: readonly string[]; readonly groups: readonly { readonly id: string; readonly members: readonly string[] }[] }

/** Whose word would count and does not yet. */
const ableOf = async ({ context, clients }: Door, action: StoredAction, presser: string): Promise<Able> => {
  const { users, usergroups } = action.offer.approvers
  const given = await context.db
    .selectFrom('approval')
    .select('user_id')
    .where('action_id', '=', action.id)
    .where('version', '=', action.version)
    .execute()
  const out = new Set<string | null>([presser, ...given.map(({ user_id }) => user_id)])
  if (action.offer.risk === 'HIGH') for (const one of [action.requested_by, action.edited_by]) out.add(one)
  const groups = await Promise.all(
    usergroups.map(async (id) => ({ id, members: await membersOf(context, clients, id).catch((): readonly string[] => []) })),
  )
  return {
    users: users.filter((user) => !out.has(user)),
    groups: groups.map(({ id, members }) => ({ id, members: members.filter((user) => !out.has(user)) })),
  }
}

const wasAsked = async ({ context: { db } }: Door, { id, incident_id: incident }: StoredAction): Promise<boolean> => {
  const rows = await db
    .selectFrom('timeline')
    .select('data')
    .where('incident_id', '=', incident)
    .where('type', '=', 'action_asked')
    .execute()
  return rows.some(({ data }) => (data as { action?: unknown }).action === id)
}
