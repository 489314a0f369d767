import { sql } from 'kysely'
import type { Context } from '../context.ts'
import type { Db, Trx } from '../db/connection.ts'
import type { Incident } from '../db/schema.ts'
import { clean } from '../text/clean.ts'
import { cut } from '../text/cut.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { findIncident } from './incident.ts'
import { record, type Stored, type TimelineEntry } from './timeline.ts'

export const deedStatuses = ['running', 'completed', 'failed', 'cancelled'] as const

export type DeedEntry = Extract<TimelineEntry, { type: 'deed_told' }>

/** What somebody, or another tool, did outside of Vigil. `incident`: its id, or INC-7; null: the open one that is about the target. */
export type Deed = Pick<DeedEntry, 'deed' | 'target' | 'status' | 'detail' | 'by'> & {
  readonly incident: string | null
  readonly at: Date
}

export type DeedTold =
  /** `repeated`: the same was told within the last ten minutes, and is not written again. */
  | { readonly told: true; readonly incident: Incident; readonly repeated: boolean }
  | { readonly told: false; readonly reason: 'gone' | 'none' | 'full' }
  /** Several open incidents are about the target. */
  | { readonly told: false; readonly reason: 'several'; readonly incidents: readonly number[] }

/** Of one incident: a loop that tells of itself must not fill its thread. */
const MOST = 50
const REPEAT_SECONDS = 600

/**
 * Writes into an incident's timeline what was done outside of Vigil. It is a word and no action: nothing is run, counted against limits or
 * verified because of it, and Vigil never says that it did it. The same told again is written once.
 */
export const tellDeed = (context: Context, deed: Deed): Promise<DeedTold> =>
  context.db.transaction().execute(async (trx) => {
    const meant = deed.incident === null ? await byTarget(trx, deed.target) : await byName(trx, deed.incident)
    if (!('id' in meant)) return meant
    await trx.selectFrom('incident').select('id').where('id', '=', meant.id).forNoKeyUpdate().execute()
    const entry = entryOf(context, meant, deed)
    const { rows } = await sql<{ all: number; same: number }>`
      select count(*)::int as all, (count(*) filter (where at > vigil_now() - make_interval(secs => ${REPEAT_SECONDS})
        and data - 'done_at' = ${JSON.stringify({ ...entry, done_at: undefined })}::jsonb))::int as same
      from timeline where incident_id = ${meant.id} and type = 'deed_told'`.execute(trx)
    const { all = 0, same = 0 } = rows[0] ?? {}
    if (same > 0) return { told: true, incident: meant, repeated: true }
    if (all >= MOST) return { told: false, reason: 'full' }
    await record(context, trx, meant.id, { entries: [entry] })
    return { told: true, incident: meant, repeated: false }
  })

/** "restart of shop/checkout, completed: by hand" */
export const deedWords = ({ deed, target, status, detail }: Pick<DeedEntry, 'deed' | 'target' | 'status' | 'detail'>): string =>
  `${deed} of ${target}, ${status}${detail === '' ? '' : `: ${detail}`}`

/** What was told of an incident since a moment, oldest first. */
export const deedsSince = (timeline: readonly Stored[], since: Date): readonly (Stored & DeedEntry)[] =>
  timeline.filter((entry): entry is Stored & DeedEntry => entry.type === 'deed_told' && Date.parse(entry.done_at) >= since.getTime())

const entryOf = ({ config }: Context, { id }: Incident, { deed, target, status, detail, by, at }: Deed): DeedEntry => {
  const { redact } = redactorFor(config, id)
  const fit = (text: string, most: number): string => cut(redact(clean(text).replace(/\s+/g, ' ').trim()), most)
  return {
    type: 'deed_told',
    deed: fit(deed, 100),
    target: fit(target, 200),
    status,
    detail: fit(detail, 500),
    by: by === null ? null : fit(by, 80),
    done_at: at.toISOString(),
  }
}

type Missing = Extract<DeedTold, { readonly told: false }>

const byName = async (trx: Trx, name: string): Promise<Incident | Missing> => {
  const number = /^INC-(\d{1,9})$/i.exec(name)?.[1]
  const found =
    number === undefined
      ? await findIncident(trx, name)
      : await trx.selectFrom('incident').selectAll().where('number', '=', Number(number)).executeTakeFirst()
  return found === undefined ? { told: false, reason: 'gone' } : carrying(trx, found)
}

/** What became a part of another is told there. */
const carrying = async (db: Db | Trx, incident: Incident): Promise<Incident> =>
  incident.merged_into === null ? incident : ((await findIncident(db, incident.merged_into)) ?? incident)

/** `checkout` and `shop/checkout` mean the same where only one of the two names a namespace. */
const byTarget = async (trx: Trx, target: string): Promise<Incident | Missing> => {
  const [name = '', namespace] = target.toLowerCase().split('/').reverse()
  const open = await trx
    .selectFrom('incident')
    .selectAll()
    .where('status', '<>', 'resolved')
    .where('merged_into', 'is', null)
    .where(sql<boolean>`lower(subject) ~ '[^/]$' and reverse(split_part(reverse(lower(subject)), '/', 1)) = ${name}`)
    .orderBy('number')
    .limit(20)
    .execute()
  const about = open.filter(({ subject }) => {
    const [, of] = (subject ?? '').toLowerCase().split('/').reverse()
    return of === undefined || namespace === undefined || of === namespace
  })
  const [one] = about
  if (one === undefined) return { told: false, reason: 'none' }
  return about.length === 1 ? one : { told: false, reason: 'several', incidents: about.map(({ number }) => number) }
}
