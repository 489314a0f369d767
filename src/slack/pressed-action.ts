import type { StoredAction } from '../db/schema.ts'
import { findIncident } from '../incident/incident.ts'
import type { Presser } from '../remediation/authorise.ts'
import type { Pressed } from '../remediation/decide.ts'
import { decisionTold, elsewhereTold, type Wanted } from './decision-words.ts'
import type { Door } from './door.ts'
import type { Press, Told } from './press.ts'
import { presserOf } from './presser.ts'
import { keyOf } from './thread.ts'

export type PressedAt = Pick<Press, 'user' | 'value' | 'channel' | 'threadTs' | 'isColleague'>

/** `<action>:<version>:<digest>`; null for anything else. */
export const pressedIn = (value: string): Pressed | null => {
  const [, action, version, digest] = /^([0-9a-zA-Z-]{1,64}):(\d{1,6}):([0-9a-f]{64})$/.exec(value) ?? []
  return action === undefined || version === undefined || digest === undefined ? null : { action, version: Number(version), digest }
}

export type PressedAction = { readonly action: StoredAction; readonly pressed: Pressed; readonly presser: Presser }

/** The action of a press from its own incident's channel, and who pressed; else what they are told. */
export const pressedAction = async (
  door: Door,
  press: PressedAt,
  wanted: Wanted,
): Promise<PressedAction | { readonly told: Told | null }> => {
  const { db } = door.context
  const pressed = pressedIn(press.value)
  const action =
    pressed === null ? undefined : await db.selectFrom('action').selectAll().where('id', '=', pressed.action).executeTakeFirst()
  const incident = action === undefined ? undefined : await findIncident(db, action.incident_id)
  if (pressed === null || action === undefined || incident === undefined)
    return { told: await decisionTold(door, { done: false, why: 'gone' }, { wanted, action: undefined, user: press.user }) }
  if (press.channel === null || press.channel !== incident.channel) return { told: elsewhereTold(wanted) }
  return { action, pressed, presser: await presserOf(door, press, action.offer.approvers) }
}

/**
 * Says of a press whether its button stands in one of the action's own messages, as they were posted: a value that was copied into
 * another one decides nothing (SAFETY 3). What is not known to stand does not count.
 */
export const onOwnMessage = async (
  { context: { db } }: Door,
  { channel, messageTs }: Pick<Press, 'channel' | 'messageTs'>,
  pressed: Pressed,
): Promise<Pressed> => {
  const action = await db.selectFrom('action').select(['incident_id', 'number']).where('id', '=', pressed.action).executeTakeFirst()
  if (action === undefined || channel === null || messageTs === null) return { ...pressed, elsewhere: true }
  const card = keyOf(action.incident_id, `action:${action.number}`)
  const row = await db
    .selectFrom('message')
    .select('key')
    .where('incident_id', '=', action.incident_id)
    .where('channel', '=', channel)
    .where('ts', '=', messageTs)
    .executeTakeFirst()
  return row !== undefined && (row.key === card || row.key.startsWith(`${card}:`)) ? pressed : { ...pressed, elsewhere: true }
}
