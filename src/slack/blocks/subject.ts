import type { Brief } from '../../incident/timeline.ts'
import type { Finding } from '../../investigation/rules/rule.ts'
import type { ThreadView } from '../drawing.ts'
import { line } from './text.ts'

/** "shop/checkout" and "prod-eu", as far as they are known. The one cluster of a small set-up has no name worth a reader's time. */
export const whatAndWhere = (view: ThreadView): string[] => {
  const { incident, settings } = view
  const where = incident.cluster === 'default' ? [] : [line(incident.cluster, settings.hosts, 60)]
  return incident.subject === null ? where : [line(subjectName(view), settings.hosts, 100), ...where]
}

/** "shop/checkout", or the alert's name where it could not be tied to anything. */
export const subjectName = ({ incident, alerts }: ThreadView): string => {
  if (incident.subject === null) return incident.alertname
  const namespace = alerts.newest?.labels['namespace']
  return namespace === undefined || namespace === '' ? incident.subject : `${namespace}/${incident.subject}`
}

/** The finding of the alert's own rule while it is on the wrong side: the state line says the same, with its E-numbers. */
export const ownStateOf = (brief: Brief): Finding | undefined =>
  brief.state === null ? undefined : brief.findings.find((finding) => finding.rule === 'own-expression' && finding.severity !== 'info')
