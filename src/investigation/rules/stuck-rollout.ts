import { aroundOf } from '../../kubernetes/around.ts'
import type { Moment } from '../../kubernetes/containers.ts'
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
  evaluate: async (input) => {
    const around = await aroundOf(input)
    if (around === null) return []
    const moment: Moment = { state: around.state, onset: input.onset }
    const said = await saidBy(moment, around.concerned)
    const troubles = [
      ...troubledRollouts(moment, around.concerned, said),
      ...troubledJobs(moment, around.concerned, said),
      ...terminatingPods(moment, around.concerned),
    ]
    return findingsOf('stuck-rollout', troubles, { ...input, state: around.state })
  },
}
