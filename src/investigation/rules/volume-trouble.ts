import { aroundOf } from '../../kubernetes/around.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import { volumeTroubles } from '../../kubernetes/volume-troubles.ts'
import type { Rule } from './rule.ts'

/** Claims that are not bound and volumes that cannot be attached or mounted, while a pod waits for them. */
export const volumeTrouble: Rule = {
  id: 'volume-trouble',
  looksAt: 'volumes and claims',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('volume-trouble', volumeTroubles({ around, onset }), { state: around.state, onset, cite })
  },
}
