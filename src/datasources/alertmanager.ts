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
  status(options: { signal?: AbortSignal }): Promise<AlertmanagerStatus>
}
