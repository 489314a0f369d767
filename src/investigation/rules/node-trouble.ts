import { drainTroubles } from '../../kubernetes/drains.ts'
import { nodeTroubles } from '../../kubernetes/node-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** A machine that is down, under pressure or gone, what stood on it, and what keeps it from being drained. */
export const nodeTrouble: Rule = {
  id: 'node-trouble',
  looksAt: 'nodes',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('node-trouble', input, (given) => [
      ...nodeTroubles(given),
      ...drainTroubles({ around: given.around, labels: input.alert.labels }),
    ]),
}
