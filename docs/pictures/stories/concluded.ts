import { analysed, analysis, brief, started } from '../../../test/slack/story.ts'
import { DISK_POST, disk, diskBrief, rotation } from './held.ts'
import { found, rules, type Story, steps, wide } from './parts.ts'

export const partial: Story = {
  name: 'partial',
  size: wide(1020),
  told: (at) => [
    rules(at, 70, { gaps: ['logs (Loki 503)', 'traces (Tempo gave no answer in 3 s)'] }),
    [68, started()],
    ...steps(),
    [
      5,
      analysed(
        found(at, {
          verdict: 'action_required',
          confidence: 55,
          model_confidence: 82,
          confidence_why: 'logs could not be read, and 1 of 4 sentences had no proof',
          partial: true,
          partial_reason: 'stopped by a person after 63 s',
          claims: analysis().claims.slice(0, 2),
          unsupported: ['The pool has 96 waiting clients'],
          data_gaps: ['logs (Loki answers 503 since before the errors)', 'traces (Tempo gave no answer in 15 s)'],
          next_steps: ['Roll back to v2.13.4: `kubectl -n shop rollout undo deploy/checkout`'],
        }),
        1,
        { failed_calls: 2, usd: 0.09 },
      ),
    ],
  ],
}

export const inconclusive: Story = {
  name: 'inconclusive',
  size: wide(1000),
  told: (at) => [
    rules(at, 80, {
      headline: 'Nothing stands out yet for shop/checkout',
      confidence: null,
      findings: brief().findings.slice(0, 1),
      gaps: ['logs (Loki 503)'],
    }),
    [78, started()],
    ...steps(),
    [
      4,
      analysed(
        {
          verdict: 'inconclusive',
          cause: null,
          summary: `No proven cause. Best lead: slow answers of payments-db, p99 40 → 310 ms at ${at(240)}, 50 s after the errors began.`,
          confidence: 38,
          model_confidence: 38,
          claims: [
            {
              text: `p99 of payments-db went from 40 to 310 ms at ${at(240)}`,
              kind: 'observation',
              receipts: [{ evidence: 'E4', quote: 'x' }],
            },
            { text: `Errors began 50 s earlier, at ${at(290)}`, kind: 'observation', receipts: [{ evidence: 'E2', quote: 'x' }] },
          ],
          ruled_out: [
            { text: 'a deploy: none in 26 h', receipts: [{ evidence: 'E5', quote: 'x' }] },
            { text: 'pods and nodes: no restart, no pressure', receipts: [{ evidence: 'E6', quote: 'x' }] },
            { text: 'traffic: +2 % on yesterday', receipts: [{ evidence: 'E7', quote: 'x' }] },
          ],
          data_gaps: [`logs (Loki answers 503 since ${at(600)})`],
          next_steps: [
            "On payments-db: `select pid, query from pg_stat_activity where wait_event_type = 'Lock'`",
            'When Loki answers again, press Look again',
          ],
        },
        1,
        { tool_calls: 11, failed_calls: 3, usd: 0.21 },
      ),
    ],
  ],
}

export const harmless: Story = {
  name: 'no-action',
  size: wide(900),
  title: DISK_POST,
  incident: disk,
  told: (at) => [
    rules(at, 40, diskBrief),
    [38, started()],
    ...steps(),
    [
      20,
      analysed(
        {
          verdict: 'no_action',
          cause: null,
          summary: `Log rotation, it clears by itself. /var/log is at 81 % (limit 80 %) since ${at(180)} and fell back on 16 of 16 nights, median 9 min.`,
          confidence: 91,
          model_confidence: 91,
          claims: [
            { text: 'It fell back below 80 % on 16 of 16 nights', kind: 'observation', receipts: [{ evidence: 'E2', quote: 'x' }] },
            { text: 'Errors, latency and pods are as yesterday', kind: 'observation', receipts: [{ evidence: 'E3', quote: 'x' }] },
          ],
          ruled_out: [],
          data_gaps: [],
          next_steps: [],
        },
        1,
        { tool_calls: 2, failed_calls: 0, usd: 0.02 },
      ),
    ],
    [19, rotation],
  ],
}
