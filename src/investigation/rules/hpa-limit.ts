import { aroundOf } from '../../kubernetes/around.ts'
import { hpaTroubles } from '../../kubernetes/hpa-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** An autoscaler at its maximum while its metric asks for more, or one that cannot read its metrics. */
export const hpaLimit: Rule = {
  id: 'hpa-limit',
  looksAt: 'autoscalers',
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('hpa-limit', hpaTroubles({ around, onset }), { state: around.state, onset, cite })
  },
}
