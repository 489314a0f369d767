import { troubledJobs } from '../../kubernetes/jobs.ts'
import { troubledRollouts } from '../../kubernetes/rollout-troubles.ts'
import { saidBy } from '../../kubernetes/said.ts'
import { terminatingPods } from '../../kubernetes/terminating.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** Rollouts whose new pods fail while the old ones did not, rollouts that stand still, jobs that failed or did not start, pods that do not go. */
export const stuckRollout: Rule = {
  id: 'stuck-rollout',
  looksAt: 'rollouts and jobs',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('stuck-rollout', input, async ({ around: { state, concerned }, onset }) => {
      const moment = { state, onset }
      const said = await saidBy(moment, concerned)
      return [...troubledRollouts(moment, concerned, said), ...troubledJobs(moment, concerned, said), ...terminatingPods(moment, concerned)]
    }),
}
