import type { Incident, StoredAlert } from '../../src/db/schema.ts'
import type { Stored, TimelineEntry } from '../../src/incident/timeline.ts'
import type { ThreadView } from '../../src/slack/drawing.ts'

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 20, 3, 6, second))

/** A view made by hand: entries follow each other by a second. */
export const viewOf = (
  entries: readonly TimelineEntry[],
  more: {
    incident?: Partial<Incident>
    settings?: Partial<ThreadView['settings']>
    alerts?: Partial<ThreadView['alerts']>
    evidence?: number
    names?: ThreadView['names']
    frozen?: ThreadView['frozen']
  } = {},
): ThreadView => ({
  incident: { ...incident, ...more.incident },
  alerts: { total: 1, firing: 1, newest: alert(), teams: [], ...more.alerts },
  whole: null,
  timeline: entries.map((entry, i): Stored => ({ ...entry, id: i + 1, at: at(i) })),
  evidence: more.evidence ?? 4,
  carded: false,
  names: more.names ?? {},
  frozen: more.frozen ?? null,
  settings: {
    notify: { mention: ['owner'], on: ['action_required', 'cannot_tell'], severity: ['critical'] },
    budget: { tool_calls: 15, tokens_in: 200_000, tokens_out: 50_000, usd: 1, seconds: 180, parallel_tools: 4 },
    challenge: { tool_calls: 6, tokens_in: 80_000, tokens_out: 16_000, usd: 0.3, seconds: 90 },
    dayUsd: 50,
    shadowChannel: null,
    verifySeconds: 600,
    hosts: ['prom.example'],
    workspace: 'https://acme.slack.com/',
    mode: 'watch',
    ...more.settings,
  },
})

const incident: Incident = {
  id: '0190-incident',
  number: 214,
  status: 'investigating',
  title: 'Checkout fails for 12 % of users',
  severity: 'critical',
  cluster: 'prod-eu',
  subject: 'checkout',
  alertname: 'CheckoutHighErrorRate',
  group_key: null,
  receiver: null,
  group_subject: null,
  onset: null,
  owner: null,
  channel: 'C0ALERTS',
  thread_ts: '1795144000.000100',
  anchor: 'alert',
  anchor_by: null,
  reaction: null,
  epoch: 1,
  started_at: at(0),
  resolved_at: null,
  previous_id: null,
  join_key: null,
  notice_key: null,
  merged_into: null,
}

export const alert = (
  labels: Record<string, string> = { alertname: 'CheckoutHighErrorRate', service: 'checkout', namespace: 'shop' },
): StoredAlert => ({
  id: 'a1',
  incident_id: incident.id,
  fingerprint: 'f1',
  cluster: 'prod-eu',
  source: 'alertmanager',
  status: 'firing',
  labels,
  annotations: {},
  starts_at: at(0),
  ends_at: null,
  group_subject: null,
  expression: null,
  generator_url: null,
  group_key: null,
  receiver: null,
  confirmed: true,
  count: 1,
  first_seen: at(0),
  last_seen: at(0),
  open: true,
})
