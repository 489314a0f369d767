import { sql } from 'kysely'
import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import { digest } from '../text/digest.ts'
import type { Json } from './offer.ts'

/** Who did what, to which action; `who` is a Slack user id, "vigil", or "api" for a program with the API's token. */
export type Deed = {
  readonly incident: string | null
  readonly action: string | null
  readonly who: string
  readonly what: string
  readonly data: Json
}

/** What the first entry follows. */
const BEGINNING = '0'.repeat(64)

/** Any number, the same for all replicas: whoever appends holds it, so that the chain has no fork. */
const CHAIN = 7_241_903

/** Appends to the trail in the caller's transaction: what is rolled back was never written, and each entry seals the one before. */
export const appendAudit = async (trx: Trx, deed: Deed): Promise<void> => {
  await sql`select pg_advisory_xact_lock(${CHAIN})`.execute(trx)
  const last = await trx.selectFrom('audit').select('hash').orderBy('id', 'desc').limit(1).executeTakeFirst()
  const before = last?.hash ?? BEGINNING
  const { rows } = await sql<{ now: Date }>`select date_trunc('milliseconds', vigil_now()) as now`.execute(trx)
  const at = rows[0]?.now ?? new Date(Number.NaN)
  await trx
    .insertInto('audit')
    .values({
      at,
      incident_id: deed.incident,
      action_id: deed.action,
      who: deed.who,
      what: deed.what,
      data: jsonbText(deed.data),
      before,
      hash: hashOf({ ...deed, at: at.toISOString(), before }),
    })
    .execute()
}

type Sealed = Deed & { readonly at: string; readonly before: string }

const hashOf = ({ incident, action, who, what, data, at, before }: Sealed): string =>
  digest({ incident, action, who, what, data, at, before })

export type Trail = { readonly id: number; readonly hash: string } & Sealed

/** The whole trail in order, in parts, so that years of it fit into memory. */
export async function* trailOf(db: Db): AsyncGenerator<Trail> {
  let after = 0
  while (true) {
    const rows = await db.selectFrom('audit').selectAll().where('id', '>', after).orderBy('id').limit(500).execute()
    for (const row of rows) {
      const { id, incident_id: incident, action_id: action, who, what, data, at, before, hash } = row
      yield { id, incident, action, who, what, data: data as Json, at: at.toISOString(), before, hash }
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

/** The first entry that is not what was written or does not follow the one before; null while the chain holds. */
export const firstBroken = async (db: Db): Promise<{ readonly id: number; readonly why: string } | null> => {
  let before = BEGINNING
  for await (const entry of trailOf(db)) {
    if (entry.before !== before) return { id: entry.id, why: 'it does not follow the entry before: one was removed or put in' }
    if (hashOf(entry) !== entry.hash) return { id: entry.id, why: 'it is not what was written' }
    before = entry.hash
  }
  return null
}
