import type { z } from 'zod'
import type { Alert } from '../../alert/alert.ts'
import type { Receive } from '../../alert/receive.ts'
import { sources } from '../../alert/sources/index.ts'
import type { Context } from '../../context.ts'
import { InputError } from '../../errors.ts'
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
    handle: async ({ body }) => {
      const request = checked(triageBody, body, 'Not a triage request')
      const { model } = request
      if (model !== undefined && context.models.named(model) === undefined) throw unknownModel(context, model)
      const intake = { alerts: toAlerts(context, request), post: null, asked: null, ...(model === undefined ? {} : { model }) }
      return answer(202, await receive(intake))
    },
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

/** Said before anything is stored, so that nobody waits for a model that does not exist. */
const unknownModel = ({ config, models }: Context, model: string): InputError => {
  const { claude, openai } = config
  const known = ['main', 'small', `claude/${claude.model}`, `openai/${openai.model ?? ''}`].filter(
    (name) => models.named(name) !== undefined,
  )
  return new InputError(
    known.length === 0
      ? `There is no model ${model}: none is configured (VIGIL_CLAUDE_API_KEY or VIGIL_OPENAI_MODEL)`
      : `There is no model ${model}. There are: ${known.join(', ')}, and any other model of these providers as <provider>/<model>`,
  )
}

const toAlerts = (context: Context, { kind, labels = {}, annotations, text, starts_at }: z.infer<typeof triageBody>): Alert[] => {
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
