import { movedAround, movementsCited, type Seen } from '../../datasources/moved.ts'
import { serviceIn } from '../../kubernetes/objects.ts'
import { clockText, movementText } from '../../series/movement-text.ts'
import { confidenceOf, LEAST_RANK, type Suspected } from '../../series/suspicion.ts'
import { cut } from '../../text/cut.ts'
import type { Cited } from '../evidence.ts'
import type { Rule, RuleInput } from './rule.ts'

/** Trouble that comes from below: the deepest service that the subject reaches by its calls and that explains those above it. */
export const dependencyCascade: Rule = {
  id: 'dependency-cascade',
  looksAt: 'the services that it calls',
  needs: ['prometheus'],
  evaluate: async (input) => {
    const { prometheus } = input.sources
    if (prometheus === undefined || input.subject === null) return []
    const seen = await movedAround(input, prometheus)
    const [deepest] = seen?.suspicion.suspected ?? []
    if (seen === null || deepest === undefined || deepest.rank < LEAST_RANK || deepest.path.length < 2) return []
    const calls = input.cite(callsCited(input, deepest))
    const chain = deepest.path.flatMap((name) => movementsOf(seen, name).slice(0, 2))
    const [first] = deepest.moved.movements
    const explained = [...new Set([...deepest.path.slice(0, -1), ...deepest.explains])].map((name) => serviceIn(seen.namespace, name))
    return [
      {
        rule: 'dependency-cascade',
        severity: 'medium',
        confidence: confidenceOf(deepest.rank),
        summary: `${chainText(deepest.path)}: ${cut(deepest.service, 80)} is the deepest that left its past${first === undefined ? '' : `, ${movementText(first)}`}; nothing that it calls did so as clearly.`,
        suggestion: `Look at ${cut(deepest.service, 80)} before ${cut(seen.subject ?? input.subject, 80)}: its logs and deploys from ${clockText(deepest.moved.since - 300)} on`,
        object: serviceIn(seen.namespace, deepest.service),
        category: 'dependency',
        // The metrics are what-changed's; that calls lead there is what this adds, and it accuses nobody by itself.
        weight: 0.3,
        since: new Date(deepest.moved.since * 1000).toISOString(),
        explains: explained,
        evidence: [calls, input.cite(movementsCited(prometheus, seen, chain))],
      },
    ]
  },
}

const movementsOf = ({ suspicion }: Seen, name: string): Suspected['moved']['movements'] =>
  suspicion.suspected.find(({ service }) => service === name)?.moved.movements ?? []

/** The two ends of a long chain tell more than its middle. */
const chainText = (path: readonly string[]): string => {
  const names = path.map((name) => cut(name, 40))
  return names.length <= 4 ? names.join(' → ') : [...names.slice(0, 2), '…', ...names.slice(-2)].join(' → ')
}

const callsCited = ({ clock }: RuleInput, { path }: Suspected): Cited => {
  const calls = path.slice(1).map((to, at) => ({ from: path[at] ?? '', to }))
  return {
    source: 'vigil',
    query: `calls from ${path[0] ?? ''} to ${path.at(-1) ?? ''}, of service-graph metrics and the configuration`,
    range: { from: null, to: clock.now().toISOString() },
    output: { kind: 'objects', objects: calls },
    shown: calls.map(({ from, to }) => `${from} → ${to}`).join('\n'),
    complete: true,
  }
}
