import type { Context } from '../../context.ts'
import { cancel, type Decision } from '../../remediation/decide.ts'
import { found } from '../../remediation/found.ts'
import { listActions, oneAction } from '../../remediation/list.ts'
import { actionPage, actionQuery, actionReport, cancelled, foundAnswer, foundBody, stateParams, stateQuery } from '../action-schemas.ts'
import { answer, refuse } from '../answer.ts'
import { checked } from '../failure.ts'
import { isId } from '../id.ts'
import type { Route } from '../route.ts'
import { idParams, refusal } from '../schemas.ts'

/**
 * Actions: the list, one in full, taking one back before it runs, and saying what became of one whose outcome is not known. Approving is
 * not here: the API's token says which program asks, and not which person.
 */
export const actionRoutes = (context: Context): Route[] => [
  list(context),
  ofState(context),
  one(context),
  cancelling(context, 'post'),
  cancelling(context, 'put'),
  finding(context),
]

const list = (context: Context): Route => ({
  method: 'get',
  path: '/api/v1/actions',
  tag: 'Actions',
  summary: 'Actions, newest first',
  query: actionQuery,
  answers: { 200: { description: 'One page', schema: actionPage } },
  handle: async ({ query }) => {
    const { since, until, start_time, end_time, ...wanted } = checked(actionQuery, query, 'The query cannot be used')
    return page(context, { ...wanted, since: since ?? start_time, until: until ?? end_time })
  },
})

const ofState = (context: Context): Route => ({
  method: 'get',
  path: '/api/v1/actions/status/{state}',
  tag: 'Actions',
  summary: 'Actions that are pending, running, completed, failed or cancelled, newest first',
  params: stateParams,
  query: stateQuery,
  answers: { 200: { description: 'One page', schema: actionPage } },
  handle: async ({ param, query }) => {
    const { state } = checked(stateParams, { state: param('state') }, 'There is no such state')
    return page(context, { ...checked(stateQuery, query, 'The query cannot be used'), state })
  },
})

type Query = {
  readonly limit: number
  readonly page: number
  readonly since?: string | undefined
  readonly until?: string | undefined
} & Partial<Pick<Parameters<typeof listActions>[1], 'status' | 'state' | 'incident' | 'kind' | 'target'>>

const page = async ({ db }: Context, { since, until, ...query }: Query): Promise<Response> => {
  const { status, state, incident, kind, target } = query
  const [from, to] = [since, until].map((at) => (at === undefined ? undefined : new Date(at)))
  const { actions, total } = await listActions(db, { ...query, status, state, incident, kind, target, since: from, until: to })
  return answer(200, { actions, page: query.page, limit: query.limit, total })
}

const one = (context: Context): Route => ({
  method: 'get',
  path: '/api/v1/actions/{id}',
  tag: 'Actions',
  summary: 'One action in full: what was offered, its steps, who approved, how it ended and whether it helped',
  params: idParams,
  answers: { 200: { description: 'The action', schema: actionReport }, 404: NOT_FOUND },
  handle: async ({ param }) => {
    const found = isId(param('id')) ? await oneAction(context.db, param('id')) : undefined
    return found === undefined ? unknown() : answer(200, found)
  },
})

const cancelling = (context: Context, method: 'post' | 'put'): Route => ({
  method,
  path: '/api/v1/actions/{id}/cancel',
  tag: 'Actions',
  summary: 'Take an action back before it runs',
  description: 'Only while it waits for people or for its turn. What has begun cannot be called back: its undo is an action of its own.',
  params: idParams,
  answers: {
    200: { description: 'It will not run', schema: cancelled },
    400: { description: 'It has begun, or has ended', schema: refusal },
    404: NOT_FOUND,
  },
  handle: async ({ param }) => {
    const id = param('id')
    const decision: Decision = isId(id) ? await cancel(context, id, null) : { done: false, why: 'gone' }
    if (decision.done) return answer(200, { id, status: 'cancelled' })
    if (decision.why !== 'decided') return unknown()
    return refuse(400, 'not_cancellable', `The action is ${decision.status}: only what has not begun can be taken back.`)
  },
})

const finding = (context: Context): Route => ({
  method: 'put',
  path: '/api/v1/actions/{id}/status',
  tag: 'Actions',
  summary: 'Say whether an action whose outcome is not known was done',
  description:
    'Only while it is `outcome_unknown`, and once: every other status is what Vigil saw itself. `succeeded` is then watched like any action ' +
    'that was carried out. Where the last of its steps were never sent, it has `failed` also when what was sent was done: the answer has ' +
    'the status that it has now.',
  params: idParams,
  body: { schema: foundBody, required: true, example: { status: 'succeeded', detail: 'revision 41 runs on 12 of 12 pods' } },
  answers: {
    200: { description: 'Noted', schema: foundAnswer },
    400: { description: 'Its outcome is known, or somebody has said it before', schema: refusal },
    404: NOT_FOUND,
  },
  handle: async ({ param, body }) => {
    const id = param('id')
    const { status, detail } = checked(foundBody, body, 'The body cannot be used')
    if (!isId(id)) return unknown()
    const told = await found(context, id, { said: status === 'succeeded' ? 'done' : 'not_done', detail, by: null })
    if (told.done) return answer(200, { id, status: told.entry.outcome, steps_never_sent: told.entry.unsent })
    if (told.why === 'found')
      return refuse(
        400,
        'already_told',
        `${told.entry.by ?? 'The API'} said at ${told.at.toISOString()} that it was ${told.entry.said === 'done' ? 'done' : 'not done'}; the first word counts.`,
      )
    if (told.why === 'not_unknown')
      return refuse(400, 'outcome_known', `The action is ${told.status}: only what became of one that is outcome_unknown can be told.`)
    return unknown()
  },
})

const NOT_FOUND = { description: 'No such action', schema: refusal }

const unknown = (): Response => refuse(404, 'not_found', 'There is no action with this id.')
