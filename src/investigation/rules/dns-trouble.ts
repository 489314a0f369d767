import { aroundOf } from '../../kubernetes/around.ts'
import { dnsTroubles } from '../../kubernetes/dns-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** The cluster's own DNS, and what keeps the network of the nodes on which the alert's pods stand. */
export const dnsTrouble: Rule = {
  id: 'dns-trouble',
  looksAt: "the cluster's dns",
  needs: ['kubernetes'],
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    return around === null ? [] : findingsOf('dns-trouble', dnsTroubles(around), { state: around.state, onset, cite })
  },
}
