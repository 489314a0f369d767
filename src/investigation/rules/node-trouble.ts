import { aroundOf } from '../../kubernetes/around.ts'
import { nodeTroubles } from '../../kubernetes/node-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** A machine that is down, under pressure or gone, and what stood on it. */
export const nodeTrouble: Rule = {
  id: 'node-trouble',
  looksAt: 'nodes',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('node-trouble', nodeTroubles({ around, onset }), { state: around.state, onset, cite })
  },
}
