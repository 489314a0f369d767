import { createRedactor } from '../text/redact.ts'
import { type Alert, alertname } from './alert.ts'

/** For people alone, so it has passed the redactor; the alert itself is kept as it came. */
export const titleOf = (alert: Alert, incident: string): string =>
  createRedactor({ key: incident }).redact(alert.annotations['summary'] ?? alert.notice?.subject ?? alertname(alert))
