import { analysed, answered, asked, started } from '../../../test/slack/story.ts'
import { found, rules, type Story, steps, wide } from './parts.ts'

const [CLAUDE, QWEN] = ['claude-sonnet-5-5', 'qwen3:32b']

export const failover: Story = {
  name: 'failover',
  size: wide(880),
  told: (at) => [
    rules(at, 75),
    [73, started()],
    [
      70,
      {
        type: 'planned',
        investigation: 1,
        plan: {
          hypotheses: [
            { text: 'the deploy', status: 'supported' },
            { text: 'the database', status: 'ruled_out' },
            { text: 'more traffic', status: 'checking' },
          ],
        },
      },
    ],
    ...steps(),
    [40, { type: 'fell_back', investigation: 1, from: `anthropic/${CLAUDE}`, to: `openai/${QWEN}`, because: 'overloaded' }],
    [35, asked('c1', 'Traces of failing requests')],
    [20, answered('c1', 'Tempo gave no answer in 15 s', { ok: false, evidence: null, ms: 15_000, usd: 0.11 })],
    [
      13,
      {
        type: 'interim',
        investigation: 1,
        interim: { lead: 'Only pods of v2.14.0 fail, 12.4 % against 0.1 % of v2.13.4', evidence: ['E5'], hypotheses: [] },
      },
    ],
    [3, asked('d1', 'Requests per second against yesterday')],
  ],
}

export const failedOver: Story = {
  name: 'failed-over',
  size: wide(1100),
  told: (at) => [
    rules(at, 200),
    [198, started()],
    ...steps(),
    [45, { type: 'fell_back', investigation: 1, from: `anthropic/${CLAUDE}`, to: `openai/${QWEN}`, because: 'overloaded' }],
    [5, analysed(found(at), 1, { models: [`anthropic/${CLAUDE}`, `openai/${QWEN}`] })],
  ],
}
