import type { Config } from '../../src/config.ts'
import type { Context } from '../../src/context.ts'
import type { Workspace, WorkspaceOptions } from '../../src/demo/slack/contract.ts'
import type { StoredMessage } from '../../src/demo/slack/state.ts'
import { startWorkspace } from '../../src/demo/slack/workspace.ts'
import { type Brief, record, type Spending, type TimelineEntry } from '../../src/incident/timeline.ts'
import type { Analysis } from '../../src/investigation/analysis.ts'
import { createClients } from '../../src/slack/clients.ts'
import { identify } from '../../src/slack/identity.ts'
import { deliver } from '../../src/slack/outbox.ts'
import type { Slack } from '../../src/slack/view.ts'
import { testContext } from '../context.ts'

type Sent = { name: string; data: Record<string, unknown>; afterSeconds: number }

/** A real context and a workspace of its own, with incidents that are told entry by entry; jobs are noted instead of run. */
export const openStory = async (
  t: { after(fn: () => Promise<void>): void } | undefined,
  options: WorkspaceOptions & { env?: Record<string, string>; context?: Partial<Context>; slack?: Partial<Config['slack']> } = {},
) => {
  const { env = {}, context: overrides = {}, slack: settings = {}, ...given } = options
  const workspace = await startWorkspace({ rates: false, ...given })
  const made = await testContext({
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_APP_TOKEN: workspace.appToken,
    SLACK_API_URL: workspace.apiUrl,
    VIGIL_PROMETHEUS_ENDPOINT: 'https://prom.example:9090',
    ...env,
  })
  const jobs: Sent[] = []
  const context: Context = {
    ...made.context,
    config: { ...made.context.config, slack: { ...made.context.config.slack, ...settings } },
    ...overrides,
    queue: {
      ...made.context.queue,
      sendNow: async (name, data, { afterSeconds = 0 } = {}) => void jobs.push({ name, data, afterSeconds }),
    },
  }
  const close = async () => {
    await workspace.close()
    await made.close()
  }
  t?.after(close)
  const clients = createClients(context)
  const slack: Slack = { clients, identity: await identify(clients), strict: true }
  const alerts = workspace.state.channel('alerts')?.id ?? ''
  return { context, workspace, slack, jobs, close, alerts, ...told(context, workspace, slack, alerts) }
}

const told = (context: Context, workspace: Workspace, slack: Slack, alerts: string) => {
  const posted = async (title = '[FIRING:1] CheckoutHighErrorRate checkout (shop critical)'): Promise<string> => {
    const attachments = [{ title, color: 'danger', text: '', fallback: title }]
    return (await workspace.postAsBot({ channel: 'alerts', bot: 'Alertmanager', attachments })).ts
  }
  /** An open incident with one alert; without `thread_ts` it has no post yet. */
  const incident = async (columns: Record<string, unknown> = {}, alert: Record<string, unknown> = {}): Promise<string> => {
    const id = context.random.id()
    const row = {
      title: 'Checkout fails for 12 % of users',
      severity: 'critical',
      cluster: 'prod-eu',
      subject: 'checkout',
      alertname: 'CheckoutHighErrorRate',
    }
    const anchored = columns['thread_ts'] === undefined ? {} : { anchor: 'alert' as const }
    await context.db
      .insertInto('incident')
      .values({ id, ...row, channel: alerts, ...anchored, ...columns })
      .execute()
    await addAlert(id, alert)
    await happen(id, { type: 'opened', source: 'alertmanager', fingerprint: 'f1', labels: {}, previous: null })
    return id
  }
  const addAlert = async (id: string, columns: Record<string, unknown> = {}): Promise<void> => {
    const labels = { alertname: 'CheckoutHighErrorRate', service: 'checkout', namespace: 'shop', severity: 'critical', cluster: 'prod-eu' }
    await context.db
      .insertInto('alert')
      .values({
        id: context.random.id(),
        incident_id: id,
        fingerprint: context.random.id(),
        cluster: 'prod-eu',
        source: 'alertmanager',
        status: 'firing',
        labels: JSON.stringify(labels),
        annotations: '{}',
        starts_at: context.clock.now(),
        confirmed: true,
        ...columns,
      })
      .execute()
  }
  const happen = (id: string, ...entries: TimelineEntry[]): Promise<void> =>
    context.db.transaction().execute((trx) => record(context, trx, id, { entries }))
  const thread = (ts: string, channel = alerts): StoredMessage[] =>
    (workspace.state.channels.get(channel)?.messages ?? []).filter((message) => message.threadTs === ts && message.deleted !== true)
  const ours = (channel = alerts): StoredMessage[] =>
    (workspace.state.channels.get(channel)?.messages ?? []).filter(
      (message) => message.botId === workspace.botId && message.deleted !== true,
    )
  /** An incident under a post of Alertmanager's, with the rules' answer. */
  const briefed = async (more: Partial<Brief> = {}, columns: Record<string, unknown> = {}) => {
    const ts = await posted()
    const id = await incident({ thread_ts: ts, ...columns })
    await happen(id, { type: 'briefed', brief: brief(more) })
    return { id, ts }
  }
  return { posted, incident, addAlert, happen, thread, ours, briefed, deliver: (id: string) => deliver(context, slack, id) }
}

/** Everything that a message says, as one text. */
export const wordsOf = (message: { text: string; blocks: readonly unknown[] }): string => JSON.stringify(message.blocks)

const onset = new Date('2026-11-20T03:04:00Z')

export const brief = (more: Partial<Brief> = {}): Brief => ({
  headline: 'Deploy v2.14.0 of checkout, 3 min before the errors',
  confidence: 'medium',
  state: '12.4 % (limit 5 %)',
  onset: onset.toISOString(),
  onset_seen: true,
  findings: [
    {
      rule: 'own-expression',
      severity: 'critical',
      confidence: 'high',
      summary: 'checkout is at 12.4 % (limit 5 %) since 03:04:00 UTC.',
      suggestion: 'Look at the errors',
      evidence: ['E1'],
    },
    {
      rule: 'recent-deploy',
      severity: 'high',
      confidence: 'medium',
      summary: 'Deploy v2.14.0 of checkout, 3 min before the errors',
      suggestion: 'kubectl rollout undo deploy/checkout',
      evidence: ['E2'],
    },
    {
      rule: 'error-spike',
      severity: 'medium',
      confidence: 'high',
      summary: 'New in the logs: "timeout acquiring connection from pool", 71 % of errors',
      suggestion: 'Read the log',
      evidence: ['E3'],
    },
    {
      rule: 'duplicate-open',
      severity: 'info',
      confidence: 'high',
      summary: '3rd time in 90 days; last was INC-41: a rollback ended it in 6 min.',
      suggestion: 'Compare with INC-41',
      evidence: ['E4'],
    },
  ],
  looked_at: ["the alert's own expression", 'deploys 2 h', 'logs 30 min', 'the same alert before'],
  gaps: ['traces (Tempo gave no answer in 3 s)'],
  next: 'investigating',
  chart: {
    title: 'CheckoutHighErrorRate',
    points: Array.from(
      { length: 20 },
      (_, i) => [onset.getTime() / 1000 - 480 + i * 60, i < 8 ? 0.001 + (i % 3) * 0.0004 : 0.05 + (i - 8) * 0.0067] as const,
    ),
    limit: 0.05,
  },
  ...more,
})

export const analysis = (more: Partial<Analysis> = {}): Analysis => ({
  verdict: 'action_required',
  summary: '12.4 % of requests fail (limit 5 %) since 03:04 and it does not recover by itself.',
  confidence: 87,
  urgency: 'now',
  cause: {
    text: "v2.14.0 cut checkout's database pool from 50 to 10",
    category: 'config_change',
    receipts: [{ evidence: 'E8', quote: 'DB_POOL_MAX=10' }],
  },
  chain: [],
  claims: [
    {
      text: 'Only pods of v2.14.0 fail: 12.4 %; v2.13.4: 0.1 %',
      kind: 'observation',
      receipts: [{ evidence: 'E5', statistic: 'last', value: 0.124 }],
    },
    { text: 'DB_POOL_MAX is 10 in v2.14.0 and was 50', kind: 'observation', receipts: [{ evidence: 'E8', quote: 'DB_POOL_MAX=10' }] },
    {
      text: '1,204 times "timeout acquiring connection from pool", first at 03:02:10',
      kind: 'observation',
      receipts: [{ evidence: 'E3', count: 1204, matching: 'timeout acquiring' }],
    },
    {
      text: 'Requests wait for a connection and then time out',
      kind: 'inference',
      receipts: [{ evidence: 'E3', quote: 'timeout acquiring' }],
    },
  ],
  ruled_out: [
    { text: 'the database: 41 of 200 connections', receipts: [{ evidence: 'E6', statistic: 'last', value: 41 }] },
    { text: 'traffic: +2 % on yesterday', receipts: [{ evidence: 'E7', statistic: 'change', value: 0.02 }] },
  ],
  data_gaps: ['traces (Tempo down)', 'whether v2.14.0 migrated the schema'],
  next_steps: ['Roll back to v2.13.4: `kubectl -n shop rollout undo deploy/checkout`', 'Or set DB_POOL_MAX to 50'],
  proposals: [],
  partial: false,
  partial_reason: null,
  unsupported: [],
  model_confidence: 87,
  confidence_why: null,
  recomputed: 1,
  by: 'model',
  ...more,
})

export const spending = (more: Partial<Spending> = {}): Spending => ({
  tool_calls: 8,
  failed_calls: 1,
  tokens_in: 28_400,
  tokens_out: 2600,
  usd: 0.14,
  model_ms: 41_000,
  tool_ms: 9000,
  models: ['claude-sonnet-5-5'],
  ...more,
})

export const started = (number = 1): TimelineEntry => ({
  type: 'investigation_started',
  investigation: number,
  kind: 'alert',
  model: 'claude-sonnet-5-5',
  limit: 15,
  usd_limit: 1,
})

export const asked = (call: string, question: string, number = 1): TimelineEntry => ({
  type: 'tool_started',
  investigation: number,
  call,
  tool: 'query_metrics',
  question,
})

export const answered = (
  call: string,
  summary: string,
  more: Partial<Extract<TimelineEntry, { type: 'tool_answered' }>> = {},
): TimelineEntry => ({
  type: 'tool_answered',
  investigation: 1,
  call,
  ok: true,
  summary,
  ms: 1200,
  evidence: 'E5',
  usd: 0.05,
  ...more,
})

export const analysed = (more: Partial<Analysis> = {}, number = 1, spent: Partial<Spending> = {}): TimelineEntry => ({
  type: 'analysed',
  investigation: number,
  investigation_id: `0190-investigation-${number}`,
  analysis: analysis(more),
  spending: spending(spent),
  seconds: 58,
})
