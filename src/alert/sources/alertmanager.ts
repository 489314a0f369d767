import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { storable, storableOrNull } from '../../text/storable.ts'
import { type Alert, expressionOf } from '../alert.ts'
import { fingerprint } from '../fingerprint.ts'
import { commonLabels, groupSubject } from '../group-subject.ts'
import type { Source } from './source.ts'

export const storableText = z.string().overwrite(storable)

const labels = z.record(storableText, storableText)

/** One alert of the webhook; also what a bare alert looks like. */
export const alertBody = z.object({
  status: z.enum(['firing', 'resolved']).default('firing'),
  labels,
  annotations: labels.default({}),
  startsAt: z.iso.datetime({ offset: true }).optional(),
  endsAt: z.iso.datetime({ offset: true }).optional(),
  generatorURL: storableText.optional(),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{1,64}$/)
    .optional(),
})

/** Alertmanager's webhook, version 4 (prometheus.io/docs/alerting/latest/configuration/#webhook_config). */
export const envelopeBody = z.object({
  version: z.string().optional(),
  groupKey: storableText.optional(),
  status: z.string().optional(),
  receiver: storableText.optional(),
  groupLabels: labels.default({}),
  commonLabels: labels.optional(),
  externalURL: z.string().optional(),
  truncatedAlerts: z.number().optional(),
  alerts: z.array(z.unknown()),
})

/** An alert of a webhook that is no alert. `fingerprint` is empty where it does not say one. */
export type Unreadable = { readonly fingerprint: string; readonly fault: string }

export const alertmanager: Source = { id: 'alertmanager', parse: (body) => readWebhook(body).alerts }

/**
 * All of a webhook: one alert that cannot be read does not lose the others (MISSION 7), but is named. Throws InputError only when the
 * envelope, or none of its alerts, can be read.
 */
export const readWebhook = (body: unknown): { alerts: Alert[]; unreadable: Unreadable[] } => {
  const envelope = envelopeBody.safeParse(body)
  if (!envelope.success) throw new InputError('Not an Alertmanager webhook: expected {"alerts": [ … ]}', faultsOf(envelope.error))
  const { alerts, groupLabels, groupKey, receiver } = envelope.data
  const parsed = alerts.map((alert) => alertBody.safeParse(alert))
  const good = parsed.flatMap((p) => (p.success ? [p.data] : []))
  const unreadable = parsed.flatMap((p, i) =>
    p.success ? [] : [{ fingerprint: claimedFingerprint(alerts[i]), fault: faultsOf(p.error, ['alerts', i]).join('; ') }],
  )
  if (good.length === 0 && unreadable.length > 0) {
    throw new InputError(
      'No alert in the webhook can be read',
      unreadable.slice(0, 10).map(({ fault }) => fault),
    )
  }
  const firing = good.filter((alert) => alert.status === 'firing')
  const subject = groupSubject(
    groupLabels,
    envelope.data.commonLabels ?? commonLabels((firing.length > 0 ? firing : good).map((a) => a.labels)),
  )
  const read: Alert[] = good.map((alert) => ({
    ...toAlert(alert),
    source: 'alertmanager',
    groupKey: groupKey ?? null,
    receiver: receiver ?? null,
    groupSubject: subject,
  }))
  return { alerts: read, unreadable }
}

const claimedFingerprint = (alert: unknown): string => alertBody.pick({ fingerprint: true }).safeParse(alert).data?.fingerprint ?? ''

export const toAlert = (body: z.infer<typeof alertBody>): Omit<Alert, 'source'> => ({
  status: body.status,
  fingerprint: body.fingerprint ?? fingerprint(body.labels),
  labels: body.labels,
  annotations: body.annotations,
  startsAt: moment(body.startsAt) ?? UNKNOWN_START,
  endsAt: moment(body.endsAt),
  generatorUrl: body.generatorURL ?? null,
  expression: storableOrNull(expressionOf(body.generatorURL)),
  groupKey: null,
  receiver: null,
  groupSubject: null,
  confirmed: true,
  notice: null,
})

/** Stands for "the sender did not say"; intake puts its own time there. */
export const UNKNOWN_START = new Date(0)

/** Go's zero time (year 1) stands for "not said" in Alertmanager's JSON; nothing that fires now began before 1970. */
const moment = (time: string | undefined): Date | null => {
  const date = new Date(time ?? 0)
  return date.getTime() > 0 ? date : null
}

/** Few and short: a path names labels, which may be many and long. */
export const faultsOf = (error: z.ZodError, at: readonly PropertyKey[] = []): string[] =>
  error.issues.slice(0, 5).map((issue) => {
    const path = [...at, ...issue.path].map(String).join('.') || 'body'
    return storable(`${path.slice(0, 200)}: ${issue.message}`)
  })
