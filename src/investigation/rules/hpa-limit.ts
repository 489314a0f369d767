import { hpaTroubles } from '../../kubernetes/hpa-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** An autoscaler at its maximum while its metric asks for more, or one that cannot read its metrics. */
export const hpaLimit: Rule = {
  id: 'hpa-limit',
  looksAt: 'autoscalers',
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('hpa-limit', input, hpaTroubles),
}
