import type { Receive } from '../../alert/receive.ts'
import { readWebhook } from '../../alert/sources/alertmanager.ts'
import { sources } from '../../alert/sources/index.ts'
import { skipUnreadable } from '../../alert/unreadable.ts'
import type { Context } from '../../context.ts'
import { answer } from '../answer.ts'
import { sameWithoutVersion } from '../pushed.ts'
import type { Route } from '../route.ts'
import { alertsBody, received } from '../schemas.ts'

/** Alerts in: an Alertmanager webhook, or a single alert. Answered when they are stored; what is found out about them comes later. */
export const alertRoutes = (context: Context, receive: Receive): Route[] => {
  const intake: Route = {
    method: 'post',
    path: '/api/v1/alerts',
    tag: 'Alerts',
    summary: 'Hand in alerts',
    description:
      "Takes Alertmanager's webhook, or one alert as a bare object. 202 means that all of it is stored. An alert that cannot be read is skipped; the others are not lost.",
    body: { schema: alertsBody, required: true, example },
    answers: { 202: { description: 'Stored: what starts a triage, and what does not, each with its reason', schema: received } },
    handle: async ({ body }) => {
      const { alerts, unreadable } = isEnvelope(body) ? readWebhook(body) : { alerts: sources.bare.parse(body), unreadable: [] }
      const left = await skipUnreadable(context, unreadable)
      const { accepted, skipped } = alerts.length === 0 ? NOTHING : await receive({ alerts, post: null, asked: null })
      return answer(202, { accepted, skipped: [...skipped, ...left] })
    },
  }
  return [intake, sameWithoutVersion(intake)]
}

const NOTHING = { accepted: [], skipped: [] }

const isEnvelope = (body: unknown): boolean => typeof body === 'object' && body !== null && 'alerts' in body

const example = {
  receiver: 'vigil',
  groupKey: '{}:{alertname="HighErrorRate"}',
  groupLabels: { alertname: 'HighErrorRate' },
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical' },
      annotations: { summary: 'Error ratio 25 %' },
      startsAt: '2026-11-20T21:51:03.568Z',
      generatorURL: 'http://prometheus:9090/graph?g0.expr=error_ratio+%3E+0.05&g0.tab=1',
    },
  ],
}
