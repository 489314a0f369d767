import type { LogEvent } from 'kysely'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { InvestigationStatus } from '../db/schema.ts'
import type { Usage } from '../llm/model.ts'

/** One function per business event; the names are those of docs/metrics.md. Durations are given in milliseconds. */
export type Telemetry = {
  readonly registry: Registry
  submitted(result: 'accepted' | 'skipped_duplicate' | 'skipped_not_firing' | 'skipped'): void
  investigationEnded(event: {
    status: InvestigationStatus
    model: string
    ms: number
    modelMs: number
    toolMs: number
    tokensIn: number
    tokensOut: number
    toolCalls: number
  }): void
  modelCalled(event: { model: string; outcome: string; ms: number; usage: Usage | undefined }): void
  toolCalled(event: { tool: string; ok: boolean; ms: number; inputBytes: number; outputBytes: number }): void
  queried(event: LogEvent): void
  requested(event: { method: string; route: string; status: number; ms: number }): void
  slackCalled(event: { method: string; outcome: string; ms: number }): void
  socketsConnected(count: number): void
  firstReply(ms: number): void
}

/** Exact names (MISSION K) need prom-client: the OpenTelemetry exporter renames. */
export const createTelemetry = (version: string): Telemetry => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({ name: 'build_info', help: 'Always 1; the version is in the label', labelNames: ['version'], registers: [registry] }).set(
    { version },
    1,
  )
  return { registry, ...investigationMetrics(registry), ...callMetrics(registry), ...doorMetrics(registry) }
}

const seconds = (ms: number): number => ms / 1000
const short = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const long = [1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300]
const tokens = [500, 1000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000]

const histogram = (registry: Registry, name: string, options: { help: string; labels: string[]; buckets: number[] }) =>
  new Histogram({ name, help: options.help, labelNames: options.labels, buckets: options.buckets, registers: [registry] })

const counter = (registry: Registry, name: string, options: { help: string; labels: string[] }) =>
  new Counter({ name, help: options.help, labelNames: options.labels, registers: [registry] })

const investigationMetrics = (registry: Registry): Pick<Telemetry, 'submitted' | 'investigationEnded' | 'firstReply'> => {
  const submits = counter(registry, 'vigil_submits_total', { help: 'Alerts handed in, by what became of them', labels: ['result'] })
  const total = counter(registry, 'vigil_triages_total', { help: 'Investigations that ended', labels: ['status'] })
  const duration = histogram(registry, 'vigil_triage_duration_seconds', {
    help: 'Wall time of an investigation',
    labels: ['status', 'model'],
    buckets: long,
  })
  const modelTime = histogram(registry, 'vigil_triage_llm_time_seconds', {
    help: 'Time in model calls per investigation',
    labels: [],
    buckets: long,
  })
  const toolTime = histogram(registry, 'vigil_triage_tool_time_seconds', {
    help: 'Time in tools per investigation',
    labels: [],
    buckets: long,
  })
  const tokensIn = histogram(registry, 'vigil_triage_tokens_input', { help: 'Input tokens per investigation', labels: [], buckets: tokens })
  const tokensOut = histogram(registry, 'vigil_triage_tokens_output', {
    help: 'Output tokens per investigation',
    labels: [],
    buckets: tokens,
  })
  const calls = histogram(registry, 'vigil_triage_tool_calls', {
    help: 'Tool calls per investigation',
    labels: [],
    buckets: [0, 1, 2, 4, 6, 8, 10, 15, 20],
  })
  const first = histogram(registry, 'vigil_first_reply_seconds', {
    help: 'From intake to the first reply in Slack',
    labels: [],
    buckets: short,
  })
  return {
    submitted: (result) => submits.inc({ result }),
    firstReply: (ms) => first.observe(seconds(ms)),
    investigationEnded: (event) => {
      total.inc({ status: event.status })
      duration.observe({ status: event.status, model: event.model }, seconds(event.ms))
      modelTime.observe(seconds(event.modelMs))
      toolTime.observe(seconds(event.toolMs))
      tokensIn.observe(event.tokensIn)
      tokensOut.observe(event.tokensOut)
      calls.observe(event.toolCalls)
    },
  }
}

const callMetrics = (registry: Registry): Pick<Telemetry, 'modelCalled' | 'toolCalled' | 'queried'> => {
  const models = counter(registry, 'vigil_llm_calls_total', { help: 'Model calls', labels: ['model', 'outcome'] })
  const modelIn = counter(registry, 'vigil_llm_tokens_input_total', { help: 'Input tokens, cached ones included', labels: ['model'] })
  const modelOut = counter(registry, 'vigil_llm_tokens_output_total', { help: 'Output tokens', labels: ['model'] })
  const modelTime = histogram(registry, 'vigil_llm_call_duration_seconds', {
    help: 'Duration of a model call',
    labels: ['model'],
    buckets: long,
  })
  const tools = counter(registry, 'vigil_tool_calls_total', { help: 'Tool calls', labels: ['tool', 'status'] })
  const toolTime = histogram(registry, 'vigil_tool_duration_seconds', { help: 'Duration of a tool call', labels: ['tool'], buckets: short })
  const toolIn = counter(registry, 'vigil_tool_input_bytes', { help: 'Bytes of tool inputs', labels: ['tool'] })
  const toolOut = counter(registry, 'vigil_tool_output_bytes', { help: 'Bytes of tool outputs', labels: ['tool'] })
  const queries = histogram(registry, 'vigil_db_query_duration_seconds', {
    help: 'Duration of a statement',
    labels: ['method', 'route', 'outcome'],
    buckets: short,
  })
  return {
    modelCalled: ({ model, outcome, ms, usage }) => {
      models.inc({ model, outcome })
      modelTime.observe({ model }, seconds(ms))
      if (usage === undefined) return
      modelIn.inc({ model }, usage.input + usage.cache_read + usage.cache_write)
      modelOut.inc({ model }, usage.output)
    },
    toolCalled: ({ tool, ok, ms, inputBytes, outputBytes }) => {
      tools.inc({ tool, status: ok ? 'ok' : 'error' })
      toolTime.observe({ tool }, seconds(ms))
      toolIn.inc({ tool }, inputBytes)
      toolOut.inc({ tool }, outputBytes)
    },
    queried: (event) => {
      const { method, route } = nameOf(event.query.sql)
      queries.observe({ method, route, outcome: event.level === 'error' ? 'error' : 'ok' }, seconds(event.queryDurationMillis))
    },
  }
}

/** The verb and the first table of a statement: few values, so that the metric's labels stay bounded. */
const nameOf = (text: string): { method: string; route: string } => {
  const method = /^\s*(\w+)/.exec(text)?.[1]?.toLowerCase() ?? 'other'
  const route = /\b(?:from|into|update)\s+"?(?:pgboss"?\.)?"?(\w+)/i.exec(text)?.[1] ?? 'other'
  return { method, route: route.startsWith('j') && /^j[0-9a-f]{8,}$/.test(route) ? 'job' : route }
}

const doorMetrics = (registry: Registry): Pick<Telemetry, 'requested' | 'slackCalled' | 'socketsConnected'> => {
  const requests = histogram(registry, 'http_request_duration_seconds', {
    help: 'Duration of a request',
    labels: ['method', 'route', 'status'],
    buckets: short,
  })
  const requestTotal = counter(registry, 'http_requests_total', { help: 'Requests', labels: ['method', 'route', 'status'] })
  const slack = histogram(registry, 'vigil_slack_call_duration_seconds', {
    help: "Duration of a call of Slack's Web API",
    labels: ['method', 'outcome'],
    buckets: short,
  })
  const sockets = new Gauge({ name: 'vigil_slack_sockets_connected', help: 'Open sockets to Slack', registers: [registry] })
  return {
    requested: ({ method, route, status, ms }) => {
      const labels = { method, route, status: String(status) }
      requestTotal.inc(labels)
      requests.observe(labels, seconds(ms))
    },
    slackCalled: ({ method, outcome, ms }) => slack.observe({ method, outcome }, seconds(ms)),
    socketsConnected: (count) => sockets.set(count),
  }
}
