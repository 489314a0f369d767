import { dnsTroubles } from '../../kubernetes/dns-troubles.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import type { Rule } from './rule.ts'

/** The cluster's own DNS, and what keeps the network of the nodes on which the alert's pods stand. */
export const dnsTrouble: Rule = {
  id: 'dns-trouble',
  looksAt: "the cluster's dns",
  needs: ['kubernetes'],
  evaluate: (input) => findingsOf('dns-trouble', input, ({ around }) => dnsTroubles(around)),
}
