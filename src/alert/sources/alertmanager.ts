import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { type Alert, expressionOf } from '../alert.ts'
import { fingerprint } from '../fingerprint.ts'
import { commonLabels, groupSubject } from '../group-subject.ts'
import type { Source } from './source.ts'

const labels = z.record(z.string(), z.string())

/** One alert of the webhook; also what a bare alert looks like. */
export const alertBody = z.object({
  status: z.enum(['firing', 'resolved']).default('firing'),
  labels,
  annotations: labels.default({}),
  startsAt: z.iso.datetime({ offset: true }).optional(),
  endsAt: z.iso.datetime({ offset: true }).optional(),
  generatorURL: z.string().optional(),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .optional(),
})

/** Alertmanager's webhook, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export const envelopeBody = z.object({
  version: z.string().optional(),
  groupKey: z.string().optional(),
  status: z.string().optional(),
  receiver: z.string().optional(),
  groupLabels: labels.default({}),
  commonLabels: labels.optional(),
  externalURL: z.string().optional(),
  truncatedAlerts: z.number().optional(),
  alerts: z.array(z.unknown()),
})

export const alertmanager: Source = {
  id: 'alertmanager',
  parse: (body) => {
    const envelope = envelopeBody.safeParse(body)
    if (!envelope.success) throw new InputError('Not an Alertmanager webhook: expected {"alerts": [ … ]}', faultsOf(envelope.error))
    const { alerts, groupLabels, groupKey, receiver } = envelope.data
    const parsed = alerts.map((alert) => alertBody.safeParse(alert))
    const good = parsed.flatMap((p) => (p.success ? [p.data] : []))
    const firing = good.filter((alert) => alert.status === 'firing')
    const subject = groupSubject(
      groupLabels,
      envelope.data.commonLabels ?? commonLabels((firing.length > 0 ? firing : good).map((a) => a.labels)),
    )
    // One alert that cannot be read does not lose the others (MISSION 7); only when none can is the sender told.
    if (good.length === 0 && parsed.length > 0) {
      throw new InputError('No alert in the webhook can be read', parsed.flatMap((p) => (p.success ? [] : faultsOf(p.error))).slice(0, 10))
    }
    return good.map((alert) => ({
      ...toAlert(alert),
      source: 'alertmanager',
      groupKey: groupKey ?? null,
      receiver: receiver ?? null,
      groupSubject: subject,
    }))
  },
}

/** The zero time stands for "not ended" in Alertmanager's JSON. */
const ZERO_TIME = '0001-01-01T00:00:00Z'

export const toAlert = (body: z.infer<typeof alertBody>): Omit<Alert, 'source'> => ({
  status: body.status,
  fingerprint: body.fingerprint ?? fingerprint(body.labels),
  labels: body.labels,
  annotations: body.annotations,
  startsAt: body.startsAt === undefined || body.startsAt === ZERO_TIME ? UNKNOWN_START : new Date(body.startsAt),
  endsAt: body.endsAt === undefined || body.endsAt === ZERO_TIME ? null : new Date(body.endsAt),
  generatorUrl: body.generatorURL ?? null,
  expression: expressionOf(body.generatorURL),
  groupKey: null,
  receiver: null,
  groupSubject: null,
  confirmed: true,
  notice: null,
})

/** Stands for "the sender did not say"; intake puts its own time there. */
export const UNKNOWN_START = new Date(0)

const faultsOf = (error: z.ZodError): string[] => error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
