import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../db/connection.ts'
import type { ActionStatus } from '../db/schema.ts'
import { type ActionState, type ReportedAction, reportedAction, stateOfStatus } from '../incident/actions.ts'
import type { Step } from './offer.ts'

/** Statuses in the order of the road; those that end it before it runs come last. */
export const actionStatuses = Object.keys(stateOfStatus) as [ActionStatus, ...ActionStatus[]]

export const actionStates = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const satisfies readonly ActionState[]

/** `page` counts from 1; `since` and `until` are of when it was proposed, the first included and the second not. */
export type Wanted = {
  readonly limit: number
  readonly page: number
  readonly status: ActionStatus | undefined
  readonly state: ActionState | undefined
  readonly incident: string | undefined
  readonly kind: string | undefined
  /** Its name, or namespace/name. */
  readonly target: string | undefined
  readonly since: Date | undefined
  readonly until: Date | undefined
}

/** One page of actions, newest first, and how many there are in all. */
export const listActions = async (db: Db, wanted: Wanted): Promise<{ actions: ReportedAction[]; total: number }> => {
  const { limit, page, status, state, incident, kind, target, since, until } = wanted
  let all = db.selectFrom('action')
  if (status !== undefined) all = all.where('status', '=', status)
  if (state !== undefined)
    all = all.where(
      'status',
      'in',
      actionStatuses.filter((one) => stateOfStatus[one] === state),
    )
  if (incident !== undefined) all = all.where('incident_id', '=', incident)
  if (kind !== undefined) all = all.where('kind', '=', kind)
  if (since !== undefined) all = all.where('created_at', '>=', since)
  if (until !== undefined) all = all.where('created_at', '<', until)
  if (target !== undefined) all = all.where(isTarget(target))
  const [rows, { total }] = await Promise.all([
    all
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    all.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { actions: rows.map(reportedAction), total: Number(total) }
}

/** Of a stored key (kubernetes/objects.ts): "deployment shop checkout". */
const isTarget = (wanted: string): RawBuilder<boolean> => {
  const [namespace = '', name] = wanted.split('/', 2)
  return name === undefined
    ? sql<boolean>`split_part(target, ' ', 3) = ${namespace}`
    : sql<boolean>`split_part(target, ' ', 3) = ${name} and split_part(target, ' ', 2) = ${namespace}`
}

/** One action in full: with the steps that its runners get, and who approved which version. Undefined when there is none. */
export const oneAction = async (db: Db, id: string): Promise<ActionReport | undefined> => {
  const row = await db.selectFrom('action').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const approvals = await db
    .selectFrom('approval')
    .select(['user_id', 'version', 'at'])
    .where('action_id', '=', id)
    .orderBy('at')
    .orderBy('user_id')
    .execute()
  return {
    ...reportedAction(row),
    steps: row.offer.steps,
    approvals: approvals.map(({ user_id: user, version, at }) => ({ user, version, at: at.toISOString() })),
  }
}

export type ActionReport = ReportedAction & {
  readonly steps: readonly Step[]
  readonly approvals: readonly { readonly user: string; readonly version: number; readonly at: string }[]
}
