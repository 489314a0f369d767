import type { Config } from '../config.ts'
import { redactorFor } from '../text/redactor-for.ts'
import { type Alert, alertname } from './alert.ts'

/** For people alone, so it has passed the redactor; the alert itself is kept as it came. */
export const titleOf = (config: Config, alert: Alert, incident: string): string =>
  redactorFor(config, incident).redact(alert.annotations['summary'] ?? alert.notice?.subject ?? alertname(alert))
