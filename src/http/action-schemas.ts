import { z } from 'zod'
import { storableText } from '../alert/sources/alertmanager.ts'
import { actionStates, actionStatuses } from '../remediation/list.ts'

/** What the API takes and gives about actions, as its OpenAPI document says it. */

const time = z.iso.datetime()
const given = z.iso.datetime({ offset: true })
const count = z.number().int()
const state = z.enum(actionStates)
const params = z.record(z.string(), z.unknown())

const listed = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
}

export const actionQuery = z.strictObject({
  ...listed,
  status: z.enum(actionStatuses).optional(),
  state: state.optional().describe('pending: waits for people or its turn; cancelled: it will not run'),
  incident: z.string().max(100).optional().describe('Id of the incident'),
  kind: z.string().max(100).optional(),
  target: z.string().max(400).optional().describe('Its name, or namespace/name'),
  since: given.optional().describe('Proposed at this time or later'),
  until: given.optional().describe('Proposed before this time'),
  start_time: given.optional().describe('The same as `since`'),
  end_time: given.optional().describe('The same as `until`'),
})

export const stateQuery = z.strictObject(listed)
export const stateParams = z.object({ state })

export const action = z.strictObject({
  id: z.string(),
  incident: z.string(),
  number: count.describe('Inside its incident'),
  version: count.describe('Raised by each edit; an approval counts for one version'),
  kind: z.string(),
  entry: z.string().describe("The catalogue's entry"),
  cluster: z.string(),
  target: z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() }),
  title: z.string(),
  params,
  change: z.array(z.string()).describe('A diff: what goes begins with "- ", what comes with "+ "'),
  risk: z.enum(['LOW', 'MEDIUM', 'HIGH']).describe('By code, from the action and the live object'),
  why: z.array(z.string()),
  notes: z.array(z.string()),
  undo: z.strictObject({ entry: z.string(), params }).nullable(),
  command: z.string().describe('What a person would type to do the same'),
  status: z.enum(actionStatuses),
  state,
  digest: z.string().describe('What an approval is bound to'),
  dry_run: z.boolean(),
  approvers: z.strictObject({ users: z.array(z.string()), usergroups: z.array(z.string()) }),
  approvals_needed: count,
  requested_by: z.string().nullable().describe('Null: Vigil proposed it'),
  edited_by: z.string().nullable(),
  decided_by: z.string().nullable().describe('A Slack user id, or "vigil" by the confidence protocol'),
  reason: z.string().nullable(),
  undo_of: z.string().nullable(),
  attempts: count,
  result: z.string().nullable(),
  verification: z.enum(['verified', 'no_change', 'worsened', 'cannot_tell']).nullable(),
  created_at: time,
  expires_at: time,
  decided_at: time.nullable(),
  started_at: time.nullable(),
  ended_at: time.nullable(),
  verified_at: time.nullable(),
  ineffective_at: time.nullable().describe('When the problem came back within 24 hours'),
  worked_at: time.nullable().describe('When 24 hours had passed without it'),
})

export const actionPage = z.strictObject({ actions: z.array(action), page: count, limit: count, total: count })

export const actionReport = z.strictObject({
  ...action.shape,
  steps: z.array(z.strictObject({ runner: z.string(), request: z.unknown() })).describe('What the runners get, exactly'),
  approvals: z.array(z.strictObject({ user: z.string(), version: count, at: time })),
})

export const cancelled = z.strictObject({ id: z.string(), status: z.literal('cancelled') })

export const reported = z.strictObject({
  id: z.string(),
  status: z.enum(['succeeded', 'failed']),
  repeated: z.boolean().describe('It had been reported before, and nothing was changed'),
})

const words = storableText.trim().max(500)

export const foundBody = z.strictObject({
  status: z.enum(['succeeded', 'failed']).describe('succeeded: it was done; failed: it was not'),
  detail: words.default('').describe('What was seen, in words for people'),
})

export const foundAnswer = z.strictObject({
  id: z.string(),
  status: z.enum(['succeeded', 'failed']),
  steps_never_sent: count.describe('Steps behind the one that nobody knew of'),
})

export const queueAnswer = z.strictObject({
  queue_length: count.describe('Actions that wait for their turn or run'),
  tasks_enqueued: count.describe('Actions that were approved, ever'),
  tasks_dequeued: count.describe('Of these, those that were begun, or refused by the last checks'),
  tasks_completed: count,
  tasks_failed: count.describe('Failed, or ended so that nobody can tell'),
  success_rate: z.number().nullable().describe('Completed of those that ended, 0 to 1; null before the first'),
  states: z.strictObject({ waiting: count, pending: count, processing: count, completed: count, failed: count, audited: count }),
  last_processed_task: z
    .strictObject({ task_id: z.string(), action_id: z.string(), target: z.string(), status: z.enum(actionStatuses), timestamp: time })
    .nullable(),
  depth_samples: z.array(z.strictObject({ at: time, depth: count })).describe('queue_length of the last five minutes, every 5 s'),
  jobs: z.record(z.string(), count).describe('Waiting and active jobs of every kind'),
})
