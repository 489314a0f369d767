import { z } from 'zod'

/** What the schema says of a scalar key beside its type: where else it may be set, and what it is for. */
export type KeyMeta = {
  /** The `VIGIL_*` variable; the flag is the same in lower case with dashes: VIGIL_HTTP_PORT is --http-port. */
  variable: `VIGIL_${string}`
  /** Conventional names that are honoured when the variable is absent. */
  also?: readonly string[]
  /** Never printed; may also come from the file that `<variable>_FILE` names. */
  secret?: boolean
  doc: string
}

/** Only a type: zod keeps the meta with the schema object that it is given to, so it comes last. */
const key = <S extends z.ZodType>(schema: S, meta: KeyMeta): S => schema.meta(meta as unknown as Record<string, unknown>)

const url = z.url({ protocol: /^https?$/, error: 'must be a URL that starts with http:// or https://' })
const text = z.string().min(1, 'must not be empty')
const port = z.number().int().min(0).max(65535)
const list = z.array(text)

const endpoint = (name: string, title: string) => ({
  endpoint: key(url.optional(), { variable: `VIGIL_${name}_ENDPOINT`, doc: `Address of ${title}, without the path of its API` }),
  tenant_id: key(text.optional(), { variable: `VIGIL_${name}_TENANT_ID`, doc: `Sent to ${title} as X-Scope-OrgID` }),
  token: key(text.optional(), { variable: `VIGIL_${name}_TOKEN`, secret: true, doc: `Bearer token for ${title}` }),
})

/** A label matcher as Alertmanager writes it: name="value", !=, =~, !~. */
const matcher = z
  .string()
  .regex(/^\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s"]+)\s*$/, {
    error: 'must be a matcher such as team="payments" or severity=~"critical|page"',
  })
  .refine((written) => compiles(written), 'has a pattern that is no regular expression')

/** A pattern that cannot be read would otherwise be found by the first alert. */
const compiles = (written: string): boolean => {
  const pattern = /[=!]~\s*"?(.*?)"?\s*$/s.exec(written)?.[1]
  if (pattern === undefined) return true
  try {
    return Boolean(new RegExp(pattern))
  } catch {
    return false
  }
}

const approvers = z.strictObject({
  users: list.default([]).describe('Slack user ids that may approve'),
  usergroups: list.default([]).describe('Slack user groups whose members may approve'),
})

/** The modes of a channel, as in docs/slack.md. */
const channelMode = z.enum(['off', 'shadow', 'quiet', 'watch', 'eager'])

const slack = z.strictObject({
  bot_token: key(z.string().startsWith('xoxb-', 'must start with xoxb- (Slack: OAuth & Permissions)').optional(), {
    variable: 'VIGIL_SLACK_BOT_TOKEN',
    also: ['SLACK_BOT_TOKEN'],
    secret: true,
    doc: 'Bot token of the Slack app (xoxb-…)',
  }),
  app_token: key(z.string().startsWith('xapp-', 'must start with xapp- (Slack: Basic Information, App-Level Tokens)').optional(), {
    variable: 'VIGIL_SLACK_APP_TOKEN',
    also: ['SLACK_APP_TOKEN'],
    secret: true,
    doc: 'App-level token with connections:write (xapp-…)',
  }),
  api_url: key(url.default('https://slack.com/api/'), {
    variable: 'VIGIL_SLACK_API_URL',
    also: ['SLACK_API_URL'],
    doc: "Address of Slack's Web API",
  }),
  webhook_url: key(url.optional(), {
    variable: 'VIGIL_SLACK_WEBHOOK_URL',
    secret: true,
    doc: 'Incoming webhook for notices when no bot token is set',
  }),
  connections: key(z.number().int().min(1).max(10).default(2), {
    variable: 'VIGIL_SLACK_CONNECTIONS',
    doc: 'Sockets to Slack; two, so that a refresh of one leaves no gap',
  }),
  channel: key(text.optional(), {
    variable: 'VIGIL_SLACK_CHANNEL',
    doc: 'Channel (id or #name) for incidents that have no alert message of their own',
  }),
  alert_channels: z
    .array(
      z.strictObject({ channel: text, bots: list.default([]), mode: channelMode.default('watch'), shared: z.boolean().default(false) }),
    )
    .default([])
    .describe('Channels whose alert messages start an investigation, and the bots believed there'),
  link_hosts: key(list.default([]), {
    variable: 'VIGIL_SLACK_LINK_HOSTS',
    doc: 'Further hosts that links in our messages may name; the configured endpoints are always among them',
  }),
  notify: z
    .strictObject({
      mention: z
        .array(z.enum(['owner', 'on_call']))
        .default([])
        .describe('Who is mentioned; nobody unless named here'),
      on: z
        .array(z.enum(['action_required', 'approval', 'worse', 'cannot_tell']))
        .default(['action_required', 'cannot_tell'])
        .describe('The messages that mention them'),
      severity: list.default(['critical']).describe('Severities for which they are mentioned'),
    })
    .prefault({}),
  approvers: approvers.prefault({}),
})

const budgets = z.strictObject({
  investigation: z
    .strictObject({
      tool_calls: key(z.number().int().min(0).default(15), { variable: 'VIGIL_BUDGET_TOOL_CALLS', doc: 'Tool calls per investigation' }),
      tokens_in: key(z.number().int().min(1).default(200_000), {
        variable: 'VIGIL_BUDGET_TOKENS_IN',
        doc: 'Input tokens per investigation',
      }),
      tokens_out: key(z.number().int().min(1).default(50_000), {
        variable: 'VIGIL_BUDGET_TOKENS_OUT',
        doc: 'Output tokens per investigation',
      }),
      usd: key(z.number().min(0).default(1), { variable: 'VIGIL_BUDGET_USD', doc: 'Money per investigation, US dollars' }),
      seconds: key(z.number().int().min(1).default(180), { variable: 'VIGIL_BUDGET_SECONDS', doc: 'Wall time per investigation' }),
      parallel_tools: key(z.number().int().min(1).max(16).default(4), {
        variable: 'VIGIL_PARALLEL_TOOLS',
        doc: 'Tool calls of one turn that run side by side',
      }),
    })
    .prefault({}),
  day: z
    .strictObject({
      usd: key(z.number().min(0).default(50), {
        variable: 'VIGIL_BUDGET_DAY_USD',
        doc: 'Money in any 24 hours, US dollars; then rules only',
      }),
      reserved_for_critical: key(z.number().min(0).max(1).default(0.3), {
        variable: 'VIGIL_BUDGET_RESERVED_FOR_CRITICAL',
        doc: 'Share of the day that only critical alerts may spend',
      }),
    })
    .prefault({}),
  concurrency: key(z.number().int().min(1).max(64).default(4), {
    variable: 'VIGIL_CONCURRENCY',
    doc: 'Investigations at a time in one process',
  }),
})

const price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cache_read: z.number().min(0),
  cache_write: z.number().min(0),
})

const claude = z.strictObject({
  api_key: key(text.optional(), {
    variable: 'VIGIL_CLAUDE_API_KEY',
    also: ['ANTHROPIC_API_KEY'],
    secret: true,
    doc: 'Key for Claude; without it Vigil answers by rules only',
  }),
  model: key(text.default('claude-sonnet-5-5'), { variable: 'VIGIL_CLAUDE_MODEL', doc: 'Model of the investigation' }),
  base_url: key(url.optional(), { variable: 'VIGIL_CLAUDE_BASE_URL', also: ['ANTHROPIC_BASE_URL'], doc: "Address of Claude's API" }),
  max_tokens: key(z.number().int().min(256).default(4096), { variable: 'VIGIL_CLAUDE_MAX_TOKENS', doc: 'Output tokens per answer' }),
  prices: z.record(z.string(), price).default({}).describe('US dollars per million tokens by model, over the built-in table'),
})

const seconds = (low: number, high: number, fallback: number) => z.number().int().min(low).max(high).default(fallback)

const cluster = z.strictObject({
  name: text,
  match: z.array(matcher).min(1, 'needs at least one matcher, or the cluster is never chosen'),
  prometheus: url.optional(),
  alertmanager: url.optional(),
  loki: url.optional(),
  prometheus_tenant_id: text.optional(),
  loki_tenant_id: text.optional(),
})

/** The whole configuration: vigil.yaml has this shape, and each scalar key names its variable. */
export const configSchema = z.strictObject({
  api_token: key(z.string().min(16, 'must have at least 16 characters').optional(), {
    variable: 'VIGIL_API_TOKEN',
    secret: true,
    doc: 'Bearer token of the HTTP API; without it the API is off',
  }),
  http: z
    .strictObject({
      port: key(port.default(8080), { variable: 'VIGIL_HTTP_PORT', doc: 'Port of the API' }),
      host: key(text.default('0.0.0.0'), { variable: 'VIGIL_HTTP_HOST', doc: 'Address that the API listens on' }),
      max_body_mb: key(z.number().min(1).max(100).default(20), {
        variable: 'VIGIL_HTTP_MAX_BODY_MB',
        doc: 'Largest body of a request, MB',
      }),
    })
    .prefault({}),
  admin: z
    .strictObject({
      port: key(port.default(9000), { variable: 'VIGIL_ADMIN_PORT', doc: 'Port of /metrics, /-/healthy and /-/ready' }),
      host: key(text.default('0.0.0.0'), {
        variable: 'VIGIL_ADMIN_HOST',
        doc: 'Address that the ops port listens on; public peers are refused',
      }),
    })
    .prefault({}),
  drain_seconds: key(seconds(1, 300, 60), { variable: 'VIGIL_DRAIN_SECONDS', doc: 'Time for running requests and steps after SIGTERM' }),
  shutdown_budget_seconds: key(seconds(1, 300, 90), {
    variable: 'VIGIL_SHUTDOWN_BUDGET_SECONDS',
    doc: 'Whole time from SIGTERM to exit; more than drain_seconds',
  }),
  log_level: key(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'), {
    variable: 'VIGIL_LOG_LEVEL',
    doc: 'Least level that is logged: trace, debug, info, warn, error or silent',
  }),
  database_url: key(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
      .optional(),
    {
      variable: 'VIGIL_DATABASE_URL',
      also: ['DATABASE_URL'],
      secret: true,
      doc: 'PostgreSQL 15 or later; without it the embedded database',
    },
  ),
  data_dir: key(text.default('.vigil'), { variable: 'VIGIL_DATA_DIR', doc: 'Directory of the embedded database' }),
  slack: slack.prefault({}),
  claude: claude.prefault({}),
  prometheus: z.strictObject(endpoint('PROMETHEUS', 'Prometheus')).prefault({}),
  alertmanager: z.strictObject(endpoint('ALERTMANAGER', 'Alertmanager')).prefault({}),
  loki: z.strictObject(endpoint('LOKI', 'Loki')).prefault({}),
  clusters: z
    .array(cluster)
    .default([])
    .describe('Sets of data sources; the first whose matchers fit the alert is taken, else the single endpoints'),
  subject: z
    .strictObject({
      service: key(list.default(['service', 'app', 'app_kubernetes_io_name', 'job']), {
        variable: 'VIGIL_SUBJECT_SERVICE',
        doc: 'Labels that name the service, first one present wins',
      }),
    })
    .prefault({}),
  heartbeats: z
    .array(
      z.strictObject({
        match: z.array(matcher).min(1),
        every: z.string().regex(/^\d+(s|m|h)$/, 'must be a duration such as 5m'),
        cluster: text.optional(),
      }),
    )
    .default([])
    .describe('Alerts that always fire and are never investigated'),
  routes: z
    .array(z.strictObject({ match: z.array(matcher).min(1), channel: text, approvers: approvers.optional() }))
    .default([])
    .describe('Where incidents without an alert message of their own go; first match wins'),
  budgets: budgets.prefault({}),
  cooldown_minutes: key(z.number().min(0).default(30), {
    variable: 'VIGIL_COOLDOWN_MINUTES',
    doc: 'A re-fire within it reopens the incident; later it is a new one',
  }),
  recovery_seconds: key(z.number().int().min(1).max(3600).default(30), {
    variable: 'VIGIL_RECOVERY_SECONDS',
    doc: "Seconds between looks at the alert's own expression while it is not known whether it is over",
  }),
  retention: z
    .strictObject({
      evidence: key(
        z
          .string()
          .regex(/^\d+d$/, 'must be days such as 30d')
          .default('30d'),
        { variable: 'VIGIL_RETENTION_EVIDENCE', doc: 'How long stored answers are kept' },
      ),
      incidents: key(
        z
          .string()
          .regex(/^\d+d$/, 'must be days such as 400d')
          .default('400d'),
        { variable: 'VIGIL_RETENTION_INCIDENTS', doc: 'How long incidents are kept' },
      ),
    })
    .prefault({}),
})

export type Config = z.infer<typeof configSchema>
