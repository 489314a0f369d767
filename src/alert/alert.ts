import type { Labels } from '../series/series.ts'

export type SourceId = 'alertmanager' | 'slack-message' | 'bare' | 'mention'

/** What a lossy notice says of itself, when that is all there is: a chat message instead of the alert. */
export type Notice = {
  /** The group's subject line without its status: "HighErrorRate checkout (demo test)". */
  readonly subject: string
  readonly receiver: string | null
  /** Fingerprints that the message carries itself (the lossless template). */
  readonly fingerprints: readonly string[]
}

/** One firing or resolved condition, as a source reports it. */
export type Alert = {
  readonly source: SourceId
  readonly status: 'firing' | 'resolved'
  /** FNV-1a over the labels, as Alertmanager computes it; unique text for what has no labels of its own. */
  readonly fingerprint: string
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAt: Date
  readonly endsAt: Date | null
  readonly generatorUrl: string | null
  /** The PromQL of its rule, where the generator URL or the rule names it. */
  readonly expression: string | null
  readonly groupKey: string | null
  readonly receiver: string | null
  /** The subject line that a stock Slack message of its group has, so that the two find each other. */
  readonly groupSubject: string | null
  /** Vouched for by the API token or by Alertmanager: only then may anything be proposed. */
  readonly confirmed: boolean
  readonly notice: Notice | null
}

export const alertname = (alert: Pick<Alert, 'labels'>): string => alert.labels['alertname'] ?? 'unnamed alert'

export const severity = (alert: Pick<Alert, 'labels'>): string => alert.labels['severity'] ?? 'none'

/** The PromQL in the query of a Prometheus graph link (`g0.expr`), or null. The link itself is never opened. */
export const expressionOf = (generatorUrl: string | null | undefined): string | null => {
  if (!generatorUrl) return null
  try {
    return new URL(generatorUrl).searchParams.get('g0.expr')
  } catch {
    return null
  }
}
