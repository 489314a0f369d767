import { sql } from 'kysely'
import type { Db } from '../db/connection.ts'
import type { ActionStatus } from '../db/schema.ts'

/** The queue of actions, in the words of other tools: a task is an action that was approved. */
export type QueueStats = {
  readonly queue_length: number
  readonly tasks_enqueued: number
  readonly tasks_dequeued: number
  readonly tasks_completed: number
  readonly tasks_failed: number
  readonly success_rate: number | null
  readonly states: {
    /** For people. */
    readonly waiting: number
    /** For its turn. */
    readonly pending: number
    readonly processing: number
    readonly completed: number
    readonly failed: number
    /** Ended ones that the audit trail has with their end: all, unless somebody took rows away. */
    readonly audited: number
  }
  readonly last_processed_task: {
    readonly task_id: string
    readonly action_id: string
    readonly target: string
    readonly status: ActionStatus
    readonly timestamp: string
  } | null
  readonly depth_samples: readonly { readonly at: string; readonly depth: number }[]
}

/** MISSION 24: sixty samples of the depth, one every five seconds. */
const SAMPLES = { count: 60, seconds: 5 }

/** Counted from the stored rows, so that all replicas say the same and nothing is forgotten by a restart. */
export const queueStats = async (db: Db): Promise<QueueStats> => {
  const [counted, last, samples] = await Promise.all([counts(db), lastProcessed(db), depths(db)])
  const ended = counted.completed + counted.failed
  return {
    queue_length: counted.pending + counted.processing,
    tasks_enqueued: counted.pending + counted.dequeued,
    tasks_dequeued: counted.dequeued,
    tasks_completed: counted.completed,
    tasks_failed: counted.failed,
    success_rate: ended === 0 ? null : Math.round((counted.completed / ended) * 1000) / 1000,
    states: {
      waiting: counted.waiting,
      pending: counted.pending,
      processing: counted.processing,
      completed: counted.completed,
      failed: counted.failed,
      audited: counted.audited,
    },
    last_processed_task: last,
    depth_samples: samples,
  }
}

type Counts = {
  readonly waiting: number
  readonly pending: number
  readonly processing: number
  readonly dequeued: number
  readonly completed: number
  readonly failed: number
  readonly audited: number
}

const NONE: Counts = { waiting: 0, pending: 0, processing: 0, dequeued: 0, completed: 0, failed: 0, audited: 0 }

const counts = async (db: Db): Promise<Counts> => {
  const { rows } = await sql<Counts>`
    select (count(*) filter (where status = 'awaiting_approval'))::int as waiting,
      (count(*) filter (where status = 'approved'))::int as pending,
      (count(*) filter (where status = 'executing'))::int as processing,
      (count(*) filter (where started_at is not null or status in ('blocked', 'changed')))::int as dequeued,
      (count(*) filter (where status in ('succeeded', 'dry_run')))::int as completed,
      (count(*) filter (where status in ('failed', 'outcome_unknown')))::int as failed,
      (count(*) filter (where ended_at is not null
        and exists (select 1 from audit u where u.action_id = a.id and u.what = 'action_done')))::int as audited
    from action a`.execute(db)
  return rows[0] ?? NONE
}

const lastProcessed = async (db: Db): Promise<QueueStats['last_processed_task']> => {
  const row = await db
    .selectFrom('action')
    .select(['id', 'target', 'status', 'ended_at'])
    .where('ended_at', 'is not', null)
    .orderBy('ended_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined || row.ended_at === null) return null
  return { task_id: row.id, action_id: row.id, target: row.target, status: row.status, timestamp: row.ended_at.toISOString() }
}

const depths = async (db: Db): Promise<{ at: string; depth: number }[]> => {
  const { rows } = await sql<{ at: Date; depth: number }>`
    select s.at, (select count(*) from action a
      where a.decided_at <= s.at and (a.status in ('approved', 'executing') or a.ended_at > s.at))::int as depth
    from generate_series(vigil_now() - make_interval(secs => ${(SAMPLES.count - 1) * SAMPLES.seconds}), vigil_now(),
      make_interval(secs => ${SAMPLES.seconds})) as s(at)
    order by s.at`.execute(db)
  return rows.map(({ at, depth }) => ({ at: at.toISOString(), depth }))
}
