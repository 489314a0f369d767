import type { TimelineEntry } from '../../../src/incident/timeline.ts'
import { analysed, analysis, answered, asked, spending, started } from '../../../test/slack/story.ts'
import { found, rules, type Story, steps, wide } from './parts.ts'

const question = (text: string, ago: number) => ({ text, user: 'U0ANA', name: 'ana', channel: 'C1', ts: `1795144${ago}.000100` })

export const followUp: Story = {
  name: 'question',
  size: wide(900),
  told: (at) => [
    rules(at, 200),
    [198, started()],
    ...steps(),
    [40, analysed(found(at))],
    [30, { type: 'said', kind: 'question', ...question('could it be the database after all? the graphs look odd', 30) }],
    [29, { ...started(2), kind: 'question', limit: 6, usd_limit: 0.3 } as TimelineEntry],
    [24, asked('q1', 'Waits on locks of payments-db', 2)],
    [22, { ...answered('q1', '0 waits in 30 min', { evidence: 'E9' }), investigation: 2 } as TimelineEntry],
    [
      15,
      {
        type: 'answered',
        investigation: 2,
        investigation_id: 'i2',
        question: question('could it be the database after all? the graphs look odd', 30),
        answer: {
          answer: 'No: the database is calm, 41 of 200 connections are in use and nothing waits on a lock.',
          claims: [
            { text: '41 of 200 connections were in use, as yesterday', kind: 'observation', receipts: [{ evidence: 'E6', quote: 'x' }] },
            { text: 'No session waited on a lock in the last 30 min', kind: 'observation', receipts: [{ evidence: 'E9', quote: 'x' }] },
          ],
          data_gaps: ['slow queries (no log of the database is collected)'],
          next_steps: [],
          unsupported: [],
          partial: false,
          partial_reason: null,
          by: 'model',
        },
        spending: spending({ tool_calls: 1, failed_calls: 0, usd: 0.03 }),
        seconds: 14,
      },
    ],
    [9, { type: 'said', kind: 'correction', ...question('the pool was cut on purpose, the new limit is per pod', 9) }],
    [5, { type: 'said', kind: 'question', ...question('how many pods run v2.14.0?', 5) }],
    [4, { ...started(3), kind: 'question', limit: 6, usd_limit: 0.3 } as TimelineEntry],
    [2, asked('q2', 'Pods of checkout by version', 3)],
  ],
}

export const challenged = (verdict: 'weakened' | 'stands' | 'refuted'): Story => ({
  name: verdict === 'weakened' ? 'challenged' : verdict,
  size: wide(1160),
  told: (at) => {
    const after = analysis(
      found(at, {
        confidence: 55,
        confidence_why: `a second look ${verdict} it`,
        ...(verdict === 'refuted'
          ? {
              verdict: 'inconclusive',
              cause: null,
              summary: 'No proven cause: a second look refuted the one that stood here.',
              confidence: 40,
              unsupported: ["v2.14.0 cut checkout's database pool from 50 to 10"],
            }
          : {}),
      }),
    )
    return [
      rules(at, 200),
      [198, started()],
      ...steps(),
      [60, analysed(found(at))],
      [40, { ...started(2), kind: 'challenge', limit: 6, usd_limit: 0.3 } as TimelineEntry],
      [30, asked('x1', 'Errors of v2.13.4 before the deploy', 2)],
      [28, { ...answered('x1', '9 % at one point', { evidence: 'E10' }), investigation: 2 } as TimelineEntry],
      [
        10,
        {
          type: 'challenged',
          investigation: 2,
          investigation_id: 'i2',
          of: 1,
          challenge: {
            verdict,
            summary:
              verdict === 'stands'
                ? 'Neither the database, nor traffic, nor the pods explain errors of one version alone.'
                : 'Errors of the same kind began 4 min before the deploy was done, so it does not explain all of them.',
            objections:
              verdict === 'stands'
                ? []
                : [
                    {
                      against: 'cause',
                      text: `v2.13.4 had 9 % errors at ${at(460)}, 4 min before v2.14.0 served its first request`,
                      receipts: [{ evidence: 'E10', quote: 'x' }],
                    },
                    { against: 'claims[2]', text: 'The lines about the pool may be an effect of slow answers', receipts: [] },
                  ],
            confidence: verdict === 'stands' ? 87 : after.confidence,
            unsupported: [],
            partial: false,
            partial_reason: null,
          },
          analysis: verdict === 'stands' ? analysis(found(at)) : after,
          spending: spending({ tool_calls: 4, failed_calls: 0, usd: 0.06 }),
          seconds: 28,
        },
      ],
    ]
  },
})
