import type { TimelineEntry } from '../../../src/incident/timeline.ts'
import { act, approved, begun, checked, proposed, ran, restart } from '../../../test/slack/acts.ts'
import { rules, type Story, type Told, wide } from './parts.ts'

const soon = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

const looked = (at: (secondsAgo: number) => string): Told => rules(at, 600, { chart: null, gaps: [], next: 'no_model' })

const card = (of: Parameters<typeof proposed>[0] = {}, more: Parameters<typeof proposed>[1] = {}): TimelineEntry =>
  proposed(of, { expires: soon(14 * 60), ...more })

export const medium: Story = {
  name: 'approval',
  size: wide(900),
  told: (at) => [looked(at), [50, card()]],
}

export const low: Story = {
  name: 'approval-low',
  size: wide(820),
  told: (at) => [
    looked(at),
    [
      50,
      card(restart, {
        because: { text: 'Its memory has grown by 40 MB an hour since the last start.', evidence: ['E3'] },
        reasons: ['its entry does not allow it without a press', 'no runbook matches'],
      }),
    ],
  ],
}

export const high: Story = {
  name: 'approval-high',
  size: wide(900),
  told: (at) => [
    looked(at),
    [
      50,
      card(
        { risk: 'HIGH', approvals: 2, why: ['payment path', '12 pods are replaced a few at a time'] },
        { reasons: ['no runbook matches', 'risk is HIGH'] },
      ),
    ],
    [20, approved('U0ANA', 1)],
  ],
}

export const refused: Story = {
  name: 'refused',
  size: wide(980),
  pressedBy: 'tom',
  told: (at) => [looked(at), [50, card()]],
}

export const running: Story = {
  name: 'running',
  size: wide(640),
  told: (at) => [looked(at), [90, card()], [40, approved()], [39, begun()], [5, act('action_progress', { text: '5 of 12 pods ready' })]],
}

const course = (from: number, to: readonly number[]) => {
  const now = Math.round(Date.now() / 1000)
  const began = now - to.length * 30
  return {
    title: 'Roll back shop/checkout',
    limit: 0.05,
    at: began,
    points: [[began - 45, from] as const, ...to.map((value, i) => [began + 15 + i * 30, value] as const)],
  }
}

const down = Array.from({ length: 16 }, (_, i) => Math.max(0.002, 0.11 - i * 0.02))
const up = [0.13, 0.16, 0.19, 0.24, 0.28, 0.31]

export const verified: Story = {
  name: 'verified',
  size: wide(1040),
  told: (at) => [
    looked(at),
    [560, card()],
    [540, approved()],
    [539, begun()],
    [490, ran()],
    [3, checked('verified', { evidence: 'E1', chart: course(0.124, down) })],
    [3, { type: 'resolved', how: 'recovered', detail: 'x', by: null }],
  ],
}

const back: Told = [
  4,
  card(
    {
      action: '01900000-0000-7000-8000-000000000002',
      title: 'Roll back shop/checkout to revision 42 (checkout:v2.14.0)',
      change: ['- image: checkout:v2.13.4', '+ image: checkout:v2.14.0', '- DB_POOL_MAX: "50"', '+ DB_POOL_MAX: "10"'],
    },
    {
      action: '01900000-0000-7000-8000-000000000002',
      number: 2,
      undo_of: 1,
      because: { text: 'Takes back: Roll back shop/checkout to revision 41 (checkout:v2.13.4)', evidence: [] },
      reasons: ['an undo is always decided by a person'],
    },
  ),
]

export const worse: Story = {
  name: 'worse',
  size: wide(1320),
  told: (at) => [
    looked(at),
    [300, card()],
    [260, approved()],
    [259, begun()],
    [210, ran()],
    [
      8,
      checked('worsened', {
        after: '31 % (limit 5 %)',
        detail: 'its own expression is further on the wrong side than before; 4 of 12 pods ready',
        evidence: 'E1',
        chart: course(0.124, up),
      }),
    ],
    back,
  ],
}

export const beside: Story = {
  name: 'worse-beside',
  size: wide(1320),
  told: (at) => [
    looked(at),
    [300, card()],
    [260, approved()],
    [259, begun()],
    [210, ran()],
    [
      8,
      checked('worsened', {
        elsewhere: true,
        detail: "the error rate of cart rose from 0.2 % to 31 %; the alert's own expression is on the healthy side",
        evidence: 'E1',
        chart: course(0.124, down),
      }),
    ],
    back,
  ],
}

export const left: Story = {
  name: 'left',
  size: wide(900),
  told: (at) => [
    looked(at),
    [3900, card()],
    [3880, approved()],
    [3879, begun()],
    [3820, ran()],
    [3600, checked('verified', { evidence: 'E1', chart: course(0.124, down) })],
    [3600, { type: 'resolved', how: 'recovered', detail: 'x', by: null }],
    [
      10,
      act('action_left', {
        what: 'Flux is told not to touch shop/checkout: nothing that is merged reaches it',
        since: soon(-3820),
        offered: true,
      }),
    ],
    [
      10,
      card(
        {
          action: '01900000-0000-7000-8000-000000000003',
          title: 'Let Flux keep shop/checkout again',
          change: ['- kustomize.toolkit.fluxcd.io/reconcile: disabled'],
          why: ['with its next reconciliation Flux applies what Git has'],
          notes: ['Not known: whether Git still has what was mended here'],
          undo: null,
        },
        {
          action: '01900000-0000-7000-8000-000000000003',
          number: 2,
          undo_of: 1,
          because: {
            text: 'Puts back what is left: Flux is told not to touch shop/checkout: nothing that is merged reaches it',
            evidence: [],
          },
          reasons: ['an undo is always decided by a person'],
        },
      ),
    ],
  ],
}

export const unknown: Story = {
  name: 'unknown',
  size: wide(900),
  told: (at) => [
    looked(at),
    [140, card()],
    [110, approved()],
    [109, begun()],
    [40, ran('outcome_unknown', 'no answer in 30 s; whether it was done cannot be seen')],
  ],
}
