import type { Db, Trx } from '../db/connection.ts'
import { jsonbText } from '../db/jsonb.ts'
import type { Answer, Cited, Evidence, EvidenceId } from '../investigation/evidence.ts'
import { storable } from '../text/storable.ts'

/** Stores answers as the incident's next evidence, in the order given. The caller holds the incident, so numbers do not collide. */
export const keepEvidence = async (trx: Trx, incident: string, answers: readonly Cited[]): Promise<EvidenceId[]> => {
  if (answers.length === 0) return []
  await trx.selectFrom('incident').select('id').where('id', '=', incident).forUpdate().execute()
  const { last } = await trx
    .selectFrom('evidence')
    .select((eb) => eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('last'))
    .where('incident_id', '=', incident)
    .executeTakeFirstOrThrow()
  const rows = answers.map((answer, i) => evidenceRow(incident, Number(last) + 1 + i, answer))
  await trx.insertInto('evidence').values(rows).execute()
  return rows.map(({ number }) => `E${number}` as const)
}

export const evidenceRow = (incident: string, number: number, answer: Cited) => ({
  incident_id: incident,
  number,
  source: answer.source,
  query: storable(answer.query),
  range_from: answer.range?.from ?? null,
  range_to: answer.range?.to ?? null,
  output: encodeAnswer(answer.output),
  shown: storable(answer.shown),
  complete: answer.complete,
  link: answer.link ?? null,
})

/** All evidence of an incident in order. */
export const evidenceOf = async (db: Db | Trx, incident: string): Promise<Evidence[]> => {
  const rows = await db.selectFrom('evidence').selectAll().where('incident_id', '=', incident).orderBy('number').execute()
  return rows.map((row) => toEvidence({ ...row, at: row.at.toISOString() }))
}

/** A stored row as evidence; `at` is RFC 3339. */
export const toEvidence = (row: Omit<ReturnType<typeof evidenceRow>, 'output'> & { output: Answer; at: string }): Evidence => ({
  id: `E${row.number}`,
  source: row.source,
  query: row.query,
  range: row.range_to === null ? null : { from: row.range_from, to: row.range_to },
  output: decodeAnswer(row.output),
  shown: row.shown,
  complete: row.complete,
  ...(row.link === null ? {} : { link: row.link }),
  at: row.at,
})

const encodeAnswer = (answer: Answer): string => jsonbText(answer, numbersNamed)

/** For JSON, which has no NaN and no infinities, where series have both: their names stand for them. */
export const numbersNamed = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** The way back: a point's value that is a name becomes the number that it names. */
export const decodeAnswer = (answer: Answer): Answer =>
  answer.kind === 'series'
    ? {
        kind: 'series',
        series: answer.series.map((one) => ({ ...one, points: one.points.map(([at, value]) => [at, Number(value)] as const) })),
      }
    : answer
