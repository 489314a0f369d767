import { aroundOf } from '../../kubernetes/around.ts'
import { evictionTroubles } from '../../kubernetes/evictions.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Pods that were pushed off their node just now, and what for. */
export const podEvicted: Rule = {
  id: 'pod-evicted',
  looksAt: 'evicted pods',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('pod-evicted', evictionTroubles({ around, onset }), { state: around.state, onset, cite })
  },
}
