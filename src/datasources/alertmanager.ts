import { z } from 'zod'
import { parsed, writtenTime } from './answer.ts'
import { connect } from './http.ts'
import type { SourceOptions } from './line.ts'
import { literally } from './matcher.ts'
import { sourceNames } from './sources.ts'

/** The client of one Alertmanager. */
export const alertmanager = (options: SourceOptions): Alertmanager => {
  const line = connect(source, options)
  return {
    endpoint: line.endpoint,
    groups: async ({ receiver, signal }) => {
      const query = receiver === undefined ? {} : { receiver: `^${literally(receiver)}$` }
      const body = await line.ask({ path: '/api/v2/alerts/groups', query, maxBytes, signal })
      return parsed(source, z.array(group), body).map(({ receiver: own, labels: by, alerts }) => ({
        receiver: own.name,
        labels: by,
        alerts: alerts.map(alertOf),
      }))
    },
    alerts: async ({ signal }) => parsed(source, z.array(alert), await line.ask({ path: '/api/v2/alerts', maxBytes, signal })).map(alertOf),
    silences: async ({ signal }) =>
      parsed(source, z.array(silence), await line.ask({ path: '/api/v2/silences', signal })).map(({ status: { state }, ...rest }) => ({
        ...rest,
        state,
      })),
    status: async ({ signal }) => {
      const { versionInfo, config } = parsed(source, status, await line.ask({ path: '/api/v2/status', signal }))
      return { version: versionInfo.version, configYaml: config.original }
    },
  }
}

const source = sourceNames.alertmanager

/** A storm of 10,000 alerts at 1.2 kB each, and room; as large as the largest webhook that we take. */
const maxBytes = 20_000_000

const labels = z.record(z.string(), z.string())
const alert = z.object({
  fingerprint: z.string(),
  labels,
  annotations: labels,
  startsAt: writtenTime,
  endsAt: writtenTime,
  generatorURL: z.string().default(''),
  status: z.object({ state: z.enum(['active', 'suppressed', 'unprocessed']) }),
})
const group = z.object({ receiver: z.object({ name: z.string() }), labels, alerts: z.array(alert) })
const silence = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(['active', 'pending', 'expired']) }),
  startsAt: writtenTime,
  endsAt: writtenTime,
  comment: z.string().default(''),
  createdBy: z.string().default(''),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) })),
})
const status = z.object({ versionInfo: z.object({ version: z.string() }), config: z.object({ original: z.string() }) })

const alertOf = ({ status: { state }, ...rest }: z.infer<typeof alert>): AlertmanagerAlert => ({ ...rest, state })
/** One alert as `GET /api/v2/alerts` gives it. */
export type AlertmanagerAlert = {
  readonly fingerprint: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: Date
  readonly endsAt: Date
  readonly generatorURL: string
  readonly state: 'active' | 'suppressed' | 'unprocessed'
}

/** One silence as `GET /api/v2/silences` gives it; expired ones stay for five days. */
export type Silence = Omit<z.infer<typeof silence>, 'status'> & { readonly state: 'active' | 'pending' | 'expired' }

export type AlertmanagerGroup = {
  readonly receiver: string
  readonly labels: Readonly<Record<string, string>>
  readonly alerts: readonly AlertmanagerAlert[]
}

/** One receiver of the running configuration, as far as Vigil cares. */
export type AlertmanagerStatus = { readonly version: string; readonly configYaml: string }

/** A read-only client of Alertmanager's v2 API. Throws TransientError or PermanentError. */
export type Alertmanager = {
  readonly endpoint: string
  /** Groups, as they are sent to receivers; `receiver` is an exact name. */
  groups(options: { receiver?: string; signal?: AbortSignal }): Promise<readonly AlertmanagerGroup[]>
  alerts(options: { signal?: AbortSignal }): Promise<readonly AlertmanagerAlert[]>
  silences(options: { signal?: AbortSignal }): Promise<readonly Silence[]>
  status(options: { signal?: AbortSignal }): Promise<AlertmanagerStatus>
}
