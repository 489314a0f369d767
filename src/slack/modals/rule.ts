import { alertsOf } from '../../incident/alerts.ts'
import { findIncident, incidentName } from '../../incident/incident.ts'
import { latest, timelineOf } from '../../incident/timeline.ts'
import type { BetterRule } from '../../investigation/better-rule.ts'
import { effectOf } from '../blocks/rule.ts'
import { preformatted, type SheetKind, words } from './sheet.ts'

/** `<incident>`: the better rule, fit to be copied into the rule file. */
export const rule: SheetKind = async ({ db }, address) => {
  const incident = await findIncident(db, address)
  if (incident === undefined) return null
  const title = `Rule ${incidentName(incident)}`
  const found = latest(await timelineOf(db, address), 'better_rule')
  if (found === undefined) return { title, blocks: [words('I know no better rule for this alert.')] }
  const [alert] = await alertsOf(db, address)
  const rest = found.evidence === null ? '' : ` Its history is ${found.evidence}.`
  return {
    title,
    blocks: [
      ...preformatted(yamlOf(incident.alertname, alert?.expression ?? null, found.rule)),
      words(`It ${effectOf(found.rule)}.${rest}`),
      words('Vigil changes no rules: this is to be put where yours are kept.'),
    ],
  }
}

/** Only what is known of it: the rest of the rule stays as it is. */
const yamlOf = (alertname: string, expression: string | null, { change, better, now }: BetterRule): string =>
  [
    `- alert: ${alertname}`,
    ...(expression === null ? [] : [`  expr: ${expression.replace(/\s+/g, ' ')}`]),
    change === 'for' ? `  ${better}  # was ${now}` : `  # in expr: ${better}, was ${now}`,
  ].join('\n')
