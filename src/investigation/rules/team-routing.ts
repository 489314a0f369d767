import type { Rule } from './rule.ts'

/** Whom it belongs to, as its labels and the routes of the configuration say; and why, so that a wrong route is seen (MISSION 70). */
export const teamRouting: Rule = {
  id: 'team-routing',
  looksAt: 'whose it is',
  evaluate: async ({ alert, route, clock, cite }) => {
    const team = OWNING.flatMap((label) => (alert.labels[label] ? [{ label, value: alert.labels[label] }] : []))[0]
    if (route === null && team === undefined) return []
    const by = team === undefined ? '' : `${team.label}="${team.value}"`
    const to = route === null ? '' : `route ${route.number} (${route.match.join(', ')}) sends it to ${route.channel}`
    const answer = cite({
      source: 'vigil',
      query: 'routes of the configuration, labels of the alert',
      range: { from: null, to: clock.now().toISOString() },
      output: { kind: 'objects', objects: [{ name: team?.value ?? route?.channel ?? '', labels: alert.labels, route }] },
      shown: [by, to].filter((one) => one !== '').join('\n'),
      complete: true,
    })
    const who = team === undefined ? 'It names no team' : `It belongs to ${team.value} (${by})`
    return [
      {
        rule: 'team-routing',
        severity: 'info',
        confidence: 'high',
        summary: to === '' ? `${who}.` : `${who}; ${to}.`,
        suggestion:
          route === null
            ? 'Add a route to vigil.yaml if it is to go elsewhere'
            : `Mend route ${route.number} in vigil.yaml if that is wrong`,
        evidence: [answer],
      },
    ]
  },
}

const OWNING = ['team', 'owner', 'squad', 'app_kubernetes_io_part_of']
