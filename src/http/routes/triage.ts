import type { Alert } from '../../alert/alert.ts'
import type { Receive } from '../../alert/receive.ts'
import { sources } from '../../alert/sources/index.ts'
import type { Context } from '../../context.ts'
import { investigationReport } from '../../investigation/report.ts'
import { answer, refuse } from '../answer.ts'
import { checked } from '../failure.ts'
import { isId } from '../id.ts'
import type { Route } from '../route.ts'
import { idParams, received, refusal, triage, triageBody } from '../schemas.ts'

/** Triage for whoever is not Alertmanager: slow queries, anomaly detectors, a question; and what became of it. */
export const triageRoutes = (context: Context, receive: Receive): Route[] => [
  {
    method: 'post',
    path: '/api/v1/triage',
    tag: 'Triage',
    summary: 'Ask for a triage',
    description:
      'With labels it is an alert like any other and may join an incident; with a text alone it is a question, never a duplicate.',
    body: { schema: triageBody, required: true, example },
    answers: { 202: { description: 'Stored; the id of the triage is in `accepted`', schema: received } },
    handle: async ({ body }) => answer(202, await receive({ alerts: toAlerts(context, body), post: null, asked: null })),
  },
  {
    method: 'get',
    path: '/api/v1/triage/{id}',
    tag: 'Triage',
    summary: 'One triage in full: status, analysis, conversation, tools, cost',
    params: idParams,
    deadlineMs: 10_000,
    answers: { 200: { description: 'As far as it has come', schema: triage }, 404: { description: 'No such triage', schema: refusal } },
    handle: async ({ param }) => {
      const id = param('id')
      const found = isId(id) ? await investigationReport(context.db, id) : undefined
      return found === undefined ? refuse(404, 'not_found', 'There is no triage with this id.') : answer(200, found)
    },
  },
]

const toAlerts = (context: Context, body: unknown): Alert[] => {
  const { kind, labels = {}, annotations, text, starts_at } = checked(triageBody, body, 'Not a triage request')
  if (Object.keys(labels).length === 0 && text !== undefined) {
    return sources.mention.parse({ id: context.random.id(), text, user: 'api' })
  }
  return sources.bare.parse({
    labels: { alertname: kind ?? 'Triage', ...labels },
    annotations: { ...(text === undefined ? {} : { summary: text }), ...(kind === undefined ? {} : { kind }), ...annotations },
    startsAt: starts_at,
  })
}

const example = {
  kind: 'slow_query',
  labels: { service: 'checkout', severity: 'warning' },
  text: 'select … from orders takes 4.2 s at the 95th percentile',
}
