import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import { statusesBefore } from '../incident/incident.ts'
import { record } from '../incident/timeline.ts'
import { objectKey } from '../kubernetes/objects.ts'
import { appendAudit } from './audit.ts'
import { endAction } from './decide.ts'
import type { ActionEntry } from './entries.ts'
import type { Json, Offer } from './offer.ts'

type Proposed = Extract<ActionEntry, { type: 'action_proposed' }>

export type New = Pick<Proposed, 'because' | 'route' | 'reasons' | 'by'> & {
  readonly offer: Offer
  readonly digest: string
  readonly identity: string | null
  readonly category: string | null
  readonly undoOf: { readonly id: string; readonly number: number } | null
}

/**
 * Puts a new proposal before people, or on its way where the protocol decides alone: row, card and expiry in the caller's transaction.
 * The caller holds the incident.
 */
export const putAction = async (context: Context, trx: Trx, made: New): Promise<void> => {
  const { offer, digest, route } = made
  await supersede(context, trx, offer)
  const number = await nextNumber(trx, offer.incident)
  const { rows } = await sql<{ at: Date }>`
    select vigil_now() + make_interval(mins => ${context.config.remediation.expires_minutes}) as at`.execute(trx)
  const expires = rows[0]?.at ?? context.clock.now()
  await trx
    .insertInto('action')
    .values({
      id: offer.action,
      incident_id: offer.incident,
      number,
      kind: offer.kind,
      entry: offer.entry,
      cluster: offer.cluster,
      target: objectKey(offer.target),
      identity: made.identity,
      category: made.category,
      offer: jsonbText(offer),
      digest,
      status: route === 'automatic' ? 'approved' : 'awaiting_approval',
      ...(route === 'automatic' ? { decided_by: 'vigil', decided_at: sql`vigil_now()` as never } : {}),
      requested_by: made.by,
      undo_of: made.undoOf?.id ?? null,
      expires_at: expires,
    })
    .execute()
  await told(context, trx, { made, number, expires })
  await send(context, trx, { action: offer.action, isAutomatic: route === 'automatic', expires })
}

/** The same action anew, with a higher version: what was pressed for the old one counts no more. The caller holds the action. */
export const putVersion = async (
  context: Context,
  trx: Trx,
  made: New & { readonly number: number; readonly editedBy: string | null },
): Promise<void> => {
  const { offer, digest, number, editedBy } = made
  const { rows } = await sql<{ at: Date }>`
    update action set version = ${offer.version}, offer = ${jsonbText(offer)}::jsonb, digest = ${digest}, target = ${objectKey(offer.target)},
      status = 'awaiting_approval', edited_by = coalesce(${editedBy}, edited_by), decided_by = null, decided_at = null, reason = null,
      expires_at = vigil_now() + make_interval(mins => ${context.config.remediation.expires_minutes})
    where id = ${offer.action} returning expires_at as at`.execute(trx)
  const expires = rows[0]?.at ?? context.clock.now()
  await told(context, trx, { made, number, expires })
  await send(context, trx, { action: offer.action, isAutomatic: false, expires })
}

/** An older card for the same deed would let one thing be approved twice. */
const supersede = async (context: Context, trx: Trx, { incident, kind, target }: Offer): Promise<void> => {
  const older = await trx
    .selectFrom('action')
    .selectAll()
    .where('incident_id', '=', incident)
    .where('kind', '=', kind)
    .where('target', '=', objectKey(target))
    .where('status', '=', 'awaiting_approval')
    .forUpdate()
    .execute()
  for (const one of older)
    await endAction(context, trx, one, { how: 'superseded', reason: 'a newer card for the same stands below', by: null })
}

type Told = { readonly made: New; readonly number: number; readonly expires: Date }

const told = async (context: Context, trx: Trx, { made, number, expires }: Told): Promise<void> => {
  const { offer, digest, route, reasons, because, by, undoOf } = made
  const entry: ActionEntry = {
    type: 'action_proposed',
    action: offer.action,
    number,
    offer,
    digest,
    expires: expires.toISOString(),
    because,
    route,
    reasons,
    by,
    undo_of: undoOf?.number ?? null,
  }
  const isAutomatic = route === 'automatic'
  await record(context, trx, offer.incident, {
    entries: [
      entry,
      ...(isAutomatic
        ? [{ type: 'action_approved', action: offer.action, number, version: offer.version, by: null, missing: 0 } as const]
        : []),
    ],
  })
  await trx
    .updateTable('incident')
    .set({ status: 'awaiting_approval' })
    .where('id', '=', offer.incident)
    .where('status', 'in', statusesBefore('awaiting_approval'))
    .execute()
  await appendAudit(trx, {
    incident: offer.incident,
    action: offer.action,
    who: by ?? 'vigil',
    what: isAutomatic ? 'proposed_and_approved_by_protocol' : 'proposed',
    data: {
      version: offer.version,
      digest,
      title: offer.title,
      evidence: [...because.evidence],
      route,
      reasons: [...reasons],
    } satisfies Json,
  })
}

type Sending = { readonly action: string; readonly isAutomatic: boolean; readonly expires: Date }

const send = async (context: Context, trx: Trx, { action, isAutomatic, expires }: Sending): Promise<void> => {
  if (isAutomatic) return context.queue.send(trx, 'execute', [{ action }])
  // A second behind, so that the database's clock has passed it when it is looked at.
  const afterSeconds = Math.max(1, Math.ceil((expires.getTime() - context.clock.now().getTime()) / 1000) + 1)
  return context.queue.send(trx, 'expire', [{ action }], { afterSeconds })
}

const nextNumber = async (trx: Trx, incident: string): Promise<number> => {
  const { last } = await trx
    .selectFrom('action')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('last'))
    .where('incident_id', '=', incident)
    .executeTakeFirstOrThrow()
  return Number(last) + 1
}
