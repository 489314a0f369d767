import { isRead } from '../../kubernetes/objects.ts'
import { routeTroubles } from '../../kubernetes/routes.ts'
import { serviceTroubles } from '../../kubernetes/service-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import { wordsOfAlert } from '../../text/words-of-alert.ts'
import type { Rule, RuleInput } from './rule.ts'

/** A service that leads nowhere: no pod fits its selector, no container listens on its port, a route names what is not there. */
export const serviceWithoutEndpoints: Rule = {
  id: 'service-without-endpoints',
  looksAt: 'services and their endpoints',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('service-without-endpoints', input, ({ around, onset }) =>
      isRead(around.state, 'Pod')
        ? [...serviceTroubles({ around, subject: input.subject, onset, isMissed: speaksOfAbsence(input) }), ...routeTroubles(around)]
        : [],
    ),
}

const speaksOfAbsence = ({ alert }: RuleInput): boolean =>
  /\b(?:down|unavailable|unreachable|absent|missing|no endpoints?|not available)\b/i.test(wordsOfAlert(alert))
