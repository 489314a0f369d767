import assert from 'node:assert/strict'
import type { Alert } from '../../src/alert/alert.ts'
import type { Rule, RuleFinding, RuleInput } from '../../src/investigation/rules/rule.ts'
import type { ClusterState, KubeObject } from '../../src/kubernetes/state.ts'
import { evaluate, ruleInput } from '../contracts/rule.ts'
import { state } from './made.ts'

type Over = Partial<Omit<RuleInput, 'cite'>> & {
  readonly labels?: Readonly<Record<string, string>>
  readonly unread?: ClusterState['unread']
  readonly logs?: Readonly<Record<string, readonly string[]>>
  readonly edges?: readonly { readonly from: string; readonly to: string }[]
}

/** The alert of checkout in the namespace shop, 11 minutes old, over a cluster of these objects. */
export const inCluster = (objects: readonly KubeObject[], { labels, unread = [], logs = {}, edges = [], ...over }: Over = {}) => {
  const cluster = state(objects, { unread, logs })
  return ruleInput({
    alert: {
      labels: { alertname: 'HighErrorRate', severity: 'critical', namespace: 'shop', ...labels },
      annotations: {},
      startsAt: new Date('2026-11-20T21:51:00Z'),
    } as unknown as Alert,
    surroundings: {
      callGraph: async () => ({ edges }),
      clusterState: async () => cluster,
      logs: async () => null,
      traces: async () => null,
    },
    ...over,
  })
}

/** What a rule finds, after looking whether each number and each object's name of a summary stands in what is shown of its evidence. */
export const found = async (rule: Rule, input: ReturnType<typeof inCluster>): Promise<RuleFinding[]> => {
  const { findings } = await evaluate(rule, input)
  for (const { summary, evidence } of findings) {
    const shown = evidence.map((answer) => `${answer.shown} ${answer.query}`).join('\n')
    for (const word of summary.match(/[\w./:-]*\d[\w./:-]*|[\w-]+\/[\w.-]+/g) ?? []) {
      const plain = word.replace(/[.:]+$/, '')
      assert.ok(shown.includes(plain), `"${plain}" of "${summary}" stands not in:\n${shown}`)
    }
  }
  return findings
}

/** What it accuses: kind, name and whether it counts (0.4 and above makes a suspect). */
export const accused = (findings: readonly RuleFinding[]): readonly string[] =>
  findings.filter(({ weight = 0 }) => weight >= 0.4).map(({ object }) => `${object?.kind} ${object?.name}`)
