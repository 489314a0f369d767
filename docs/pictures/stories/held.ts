import type { TimelineEntry } from '../../../src/incident/timeline.ts'
import { analysed, type brief, spending, started } from '../../../test/slack/story.ts'
import { found, rules, type Story, steps, wide } from './parts.ts'

export const disk = { subject: 'node-exporter', alertname: 'NodeFilesystemFillingUp', severity: 'warning', title: '/var/log is filling up' }
export const diskBrief: Parameters<typeof brief>[0] = {
  headline: 'Nothing stands out yet for node-exporter',
  confidence: null,
  state: '81 % (limit 80 %)',
  findings: [],
  gaps: [],
  chart: null,
}

export const DISK_POST = '[FIRING:1] NodeFilesystemFillingUp node-exporter (infra warning)'

export const rotation: TimelineEntry = {
  type: 'better_rule',
  rule: { change: 'for', now: 'for: 2m', better: 'for: 15m', days: 14, fired: 16, would_have_fired: 2, kept: 2, real: 2 },
  evidence: 'E3',
}

export const gated: Story = {
  name: 'gated',
  size: wide(560),
  title: DISK_POST,
  incident: disk,
  told: (at) => [
    rules(at, 40, diskBrief),
    [
      30,
      {
        type: 'gated',
        investigation: 1,
        decision: 'ignore',
        reason: 'log rotation, over by itself on 41 of 41 nights, median 9 min',
        evidence: ['E2'],
        spending: spending({ tool_calls: 2, failed_calls: 0, usd: 0.002, models: ['claude-haiku-5-5'] }),
      },
    ],
    [29, rotation],
  ],
}

export const waiting: Story = {
  name: 'waiting',
  size: wide(560),
  title: DISK_POST,
  incident: disk,
  told: (at) => [
    rules(at, 40, diskBrief),
    [
      30,
      {
        type: 'waiting',
        investigation: 1,
        until: new Date(Date.now() + 240_000).toISOString(),
        reason: 'it was over within 4 min 41 of 41 times in 14 days, median 3 min',
        evidence: ['E2'],
      },
    ],
  ],
}

export const spent: Story = {
  name: 'budget-spent',
  size: wide(640),
  told: (at) => [rules(at, 40, { next: 'budget_spent' })],
}

/** In the trial channel, of a channel of the mode `shadow`. */
export const tried: Story = {
  name: 'shadow',
  size: wide(900),
  isShadow: true,
  told: (at) => [rules(at, 75), [73, started()], ...steps(), [5, analysed(found(at))]],
}
