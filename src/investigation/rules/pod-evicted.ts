import { evictionTroubles } from '../../kubernetes/evictions.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Pods that were pushed off their node just now, and what for. */
export const podEvicted: Rule = {
  id: 'pod-evicted',
  looksAt: 'evicted pods',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('pod-evicted', input, evictionTroubles),
}
