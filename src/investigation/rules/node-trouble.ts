import { aroundOf } from '../../kubernetes/around.ts'
import { drainTroubles } from '../../kubernetes/drains.ts'
import { nodeTroubles } from '../../kubernetes/node-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** A machine that is down, under pressure or gone, what stood on it, and what keeps it from being drained. */
export const nodeTrouble: Rule = {
  id: 'node-trouble',
  looksAt: 'nodes',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    if (around === null) return []
    const troubles = [...nodeTroubles({ around, onset }), ...drainTroubles({ around, labels: alert.labels })]
    return findingsOf('node-trouble', troubles, { state: around.state, onset, cite })
  },
}
