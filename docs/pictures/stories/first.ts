import type { Finding } from '../../../src/investigation/rules/rule.ts'
import type { Suspect } from '../../../src/investigation/suspects.ts'
import { brief } from '../../../test/slack/story.ts'
import { rules, type Story, wide } from './parts.ts'

/** First replies as the rules alone give them, three seconds after the alert. */

type Accused = Pick<Suspect, 'object' | 'category' | 'why' | 'weight'> & Partial<Suspect>

const suspect = (one: Accused): Suspect => ({ confidence: 'high', rules: [], explains: [], evidence: ['E2'], ...one })

const fact = (rule: string, summary: string, evidence: Finding['evidence'] = ['E3']): Finding => ({
  ...{ rule, severity: 'info', confidence: 'high', summary, suggestion: 'Look at it', evidence },
})

const own = (at: (secondsAgo: number) => string, words: string): Finding => ({
  ...(brief().findings[0] ?? fact('own-expression', words)),
  rule: 'own-expression',
  summary: `${words} since ${at(190)}.`,
})

const before = fact('duplicate-open', '3rd time in 90 days; last was INC-187: a pool that was too small.', ['E4'])

export const badDeploy: Story = {
  name: 'first-bad-deploy',
  size: wide(760),
  told: (at) => [
    rules(at, 40, {
      headline: 'v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out 3 min before the onset.',
      confidence: 'high',
      suspects: [
        suspect({
          ...{ object: { kind: 'service', namespace: 'shop', name: 'checkout' }, category: 'bad_deploy', weight: 0.86 },
          why: 'v2.13.4 → v2.14.0 of checkout by alice (a39bf2c) went out 3 min before the onset.',
        }),
      ],
      findings: [
        own(at, 'checkout is at 12.4 % (limit 5 %)'),
        fact('error-spike', `New in the logs since ${at(188)}: “timeout acquiring connection from pool”, 331 lines, 72.4 % of its errors.`),
        before,
      ],
      gaps: ['traces (Tempo: connection refused)'],
    }),
  ],
}

export const outOfMemory: Story = {
  name: 'first-oom',
  size: wide(760),
  title: '[FIRING:1] KubePodCrashLooping shop (checkout-7d9f8b6c5-x2x9z warning)',
  incident: { subject: 'checkout', alertname: 'KubePodCrashLooping', severity: 'warning', title: 'checkout crash loops' },
  told: (at) => [
    rules(at, 40, {
      headline: 'app of Deployment shop/checkout is killed for memory.',
      confidence: 'high',
      state: '1 (limit 0)',
      chart: null,
      suspects: [
        suspect({
          ...{ object: { kind: 'Deployment', namespace: 'shop', name: 'checkout' }, category: 'memory', weight: 0.95 },
          why: `app of Deployment shop/checkout is killed for memory (OOMKilled, exit code 137): 2 of 3 pods, 6 restarts of pod checkout-7d9f8b6c5-x2x9z since ${at(600)}; its limit is 256 MiB.`,
        }),
      ],
      findings: [own(at, 'checkout is at 1 (limit 0)'), fact('team-routing', 'It belongs to shop (team="shop").')],
      gaps: [],
    }),
  ],
}

export const dependencyDown: Story = {
  name: 'first-dependency',
  size: wide(760),
  told: (at) => [
    rules(at, 40, {
      headline: 'payments-db moved first.',
      confidence: 'medium',
      suspects: [
        suspect({
          ...{
            object: { kind: 'service', namespace: 'shop', name: 'payments-db' },
            category: 'dependency',
            weight: 0.79,
            confidence: 'medium',
          },
          why: `payments-db moved first: request_duration_seconds 0.04 → 0.31 since ${at(230)}, 40 s before checkout; its callers payments and checkout follow.`,
          evidence: ['E2', 'E5'],
        }),
        suspect({
          ...{ object: { kind: 'service', namespace: 'shop', name: 'checkout' }, category: 'bad_deploy', weight: 0.5, confidence: 'low' },
          why: 'v2.14.0 of checkout went out 26 min before the onset.',
          evidence: ['E3'],
        }),
      ],
      findings: [own(at, 'checkout is at 12.4 % (limit 5 %)'), before],
      gaps: [],
    }),
  ],
}

export const nothing: Story = {
  name: 'first-nothing',
  size: wide(720),
  told: (at) => [
    rules(at, 40, {
      headline: 'Nothing stands out yet for shop/checkout',
      confidence: null,
      suspects: [],
      findings: [own(at, 'checkout is at 12.4 % (limit 5 %)')],
      looked_at: ['deploys', 'error lines', 'metrics around it', 'pods and nodes', 'traces', 'pools and limits', 'the same alert before'],
      gaps: [],
    }),
  ],
}

export const storm: Story = {
  name: 'first-storm',
  size: wide(640),
  title: '[FIRING:36] KubePodNotReady shop (warning)',
  incident: { subject: 'checkout', alertname: 'KubePodNotReady', severity: 'critical', title: 'Pods are not ready' },
  alerts: { count: 133, teams: ['mail', 'payments', 'search', 'shop'] },
  told: (at) => [
    rules(at, 40, {
      headline: 'Node worker-2 has not been ready.',
      confidence: 'high',
      state: null,
      chart: null,
      suspects: [
        suspect({
          ...{ object: { kind: 'Node', name: 'worker-2' }, category: 'node', weight: 0.9 },
          why: `Node worker-2 has not been ready since ${at(960)}:11 UTC; 36 pods stood on it, shop/checkout-7d9f8b6c5-x2x9z among them.`,
          evidence: ['E1', 'E2'],
        }),
      ],
      findings: [],
      gaps: [],
    }),
  ],
}
