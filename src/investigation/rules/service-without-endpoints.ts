import { aroundOf } from '../../kubernetes/around.ts'
import { isRead } from '../../kubernetes/objects.ts'
import { routeTroubles } from '../../kubernetes/routes.ts'
import { serviceTroubles } from '../../kubernetes/service-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule, RuleInput } from './rule.ts'

/** A service that leads nowhere: no pod fits its selector, no container listens on its port, a route names what is not there. */
export const serviceWithoutEndpoints: Rule = {
  id: 'service-without-endpoints',
  looksAt: 'services and their endpoints',
  needs: ['kubernetes'],
  evaluate: async (input) => {
    const around = await aroundOf(input)
    if (around === null || !isRead(around.state, 'Pod')) return []
    const troubles = [
      ...serviceTroubles({ around, subject: input.subject, onset: input.onset, isMissed: speaksOfAbsence(input) }),
      ...routeTroubles(around),
    ]
    return findingsOf('service-without-endpoints', troubles, { state: around.state, onset: input.onset, cite: input.cite })
  },
}

const speaksOfAbsence = ({ alert: { labels, annotations } }: RuleInput): boolean =>
  /\b(?:down|unavailable|unreachable|absent|missing|no endpoints?|not available)\b/i.test(
    [labels['alertname'] ?? '', ...Object.values(annotations ?? {})].join(' ').replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' '),
  )
