import type { Context } from '../../context.ts'
import type { Moved } from '../../incident/incident.ts'
import { listIncidents } from '../../incident/list.ts'
import { incidentReport as report } from '../../incident/report.ts'
import { resolveByPerson } from '../../incident/resolve.ts'
import { answer, refuse } from '../answer.ts'
import { checked } from '../failure.ts'
import { isId } from '../id.ts'
import type { Route } from '../route.ts'
import { idParams, incidentPage, incidentQuery, incidentReport, refusal, resolveBody, resolved } from '../schemas.ts'

/** Incidents: the list, one in full, and a person's word that one is over. Each also on the path without a version. */
export const incidentRoutes = (context: Context): Route[] => {
  const routes = [list(context), one(context), resolve(context)]
  return [...routes, ...routes.map((route) => ({ ...route, path: route.path.replace('/api/v1/', '/api/') }))]
}

const list = (context: Context): Route => ({
  method: 'get',
  path: '/api/v1/incidents',
  tag: 'Incidents',
  summary: 'Incidents, newest first',
  query: incidentQuery,
  answers: { 200: { description: 'One page', schema: incidentPage } },
  handle: async ({ query }) => {
    const { limit, page, status } = checked(incidentQuery, query, 'The query cannot be used')
    const { incidents, total } = await listIncidents(context.db, { limit, page, status })
    return answer(200, { incidents, page, limit, total })
  },
})

const one = (context: Context): Route => ({
  method: 'get',
  path: '/api/v1/incidents/{id}',
  tag: 'Incidents',
  summary: 'One incident in full: alerts, findings, evidence, analysis, cost, timeline',
  params: idParams,
  deadlineMs: 10_000,
  answers: { 200: { description: 'The machine-readable result', schema: incidentReport }, 404: NOT_FOUND },
  handle: async ({ param }) => {
    const found = isId(param('id')) ? await report(context.db, param('id')) : undefined
    return found === undefined ? unknown() : answer(200, found)
  },
})

const resolve = (context: Context): Route => ({
  method: 'post',
  path: '/api/v1/incidents/{id}/resolve',
  tag: 'Incidents',
  summary: 'Say that it is over',
  description: 'Closes the incident and releases its alerts: one that fires again within the cool-down reopens it.',
  params: idParams,
  body: { schema: resolveBody, required: false, example: { by: 'ada' } },
  answers: {
    200: { description: 'Resolved', schema: resolved },
    404: NOT_FOUND,
    409: { description: 'It cannot be resolved from where it stands', schema: refusal },
  },
  handle: async ({ param, body }) => {
    const id = param('id')
    const { by } = checked(resolveBody, body ?? {}, 'The body cannot be used')
    const moved: Moved = isId(id) ? await resolveByPerson(context, id, by) : { moved: false, status: 'gone' }
    if (moved.moved) return answer(200, { id, status: 'resolved' })
    if (moved.status === 'gone') return unknown()
    return refuse(409, 'conflict', `The incident is ${moved.status} and cannot be resolved from there.`)
  },
})

const NOT_FOUND = { description: 'No such incident', schema: refusal }

const unknown = (): Response => refuse(404, 'not_found', 'There is no incident with this id.')
