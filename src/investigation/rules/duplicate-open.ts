import { ordinal } from '../../text/number.ts'
import type { Rule } from './rule.ts'

/** The same alert of the same service is, or was lately, open elsewhere: no page flood, and what helped then may help now. */
export const duplicateOpen: Rule = {
  id: 'duplicate-open',
  looksAt: 'the same alert before',
  evaluate: async ({ incident, subject, similar, cite, clock }) => {
    const open = similar.filter((other) => other.resolvedAt === null)
    const before = similar.filter((other) => other.resolvedAt !== null)
    const newest = open[0] ?? before[0]
    if (newest === undefined) return []
    const name = `${incident.alertname}${subject === null ? '' : ` of ${subject}`}`
    const answer = cite({
      source: 'vigil',
      query: `incidents of ${name} in ${incident.cluster}, last 90 days`,
      range: { from: new Date(clock.now().getTime() - 90 * 86_400_000).toISOString(), to: clock.now().toISOString() },
      output: { kind: 'objects', objects: similar.map((other) => ({ ...other, name: `INC-${other.number}` })) },
      shown: similar
        .map(
          (other) =>
            `INC-${other.number} ${other.startedAt.toISOString()} ${other.resolvedAt === null ? 'open' : 'over'}${other.cause === null ? '' : `: ${other.cause}`}`,
        )
        .join('\n'),
      complete: true,
    })
    const times = before.length + 1
    return [
      {
        rule: 'duplicate-open',
        severity: open.length > 0 ? 'medium' : 'info',
        confidence: open.length > 0 ? 'medium' : 'high',
        summary:
          open.length > 0
            ? `INC-${newest.number} has the same alert of the same service and is still open.`
            : `${ordinal(times)} time in 90 days; last was INC-${newest.number}${newest.cause === null ? '' : `: ${newest.cause}`}.`,
        suggestion: `Compare with INC-${newest.number}`,
        evidence: [answer],
      },
    ]
  },
}
