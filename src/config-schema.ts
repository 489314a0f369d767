import { z } from 'zod'
import { actions, browser, remediation } from './config/actions.ts'
import { budgets, gate } from './config/budgets.ts'
import { argocd, github } from './config/deploys.ts'
import { approvers, key, list, matcher, text, url } from './config/key.ts'
import { kubernetes, kubernetesOfCluster } from './config/kubernetes.ts'
import { claude, models, openai } from './config/models.ts'
import { redaction } from './config/redaction.ts'
import { slack } from './config/slack.ts'

const port = z.number().int().min(0).max(65535)

const endpoint = (name: string, title: string) => ({
  endpoint: key(url.optional(), { variable: `VIGIL_${name}_ENDPOINT`, doc: `Address of ${title}, without the path of its API` }),
  tenant_id: key(text.optional(), { variable: `VIGIL_${name}_TENANT_ID`, doc: `Sent to ${title} as X-Scope-OrgID` }),
  token: key(text.optional(), { variable: `VIGIL_${name}_TOKEN`, secret: true, doc: `Bearer token for ${title}` }),
})

const seconds = (low: number, high: number, fallback: number) => z.number().int().min(low).max(high).default(fallback)

const cluster = z.strictObject({
  name: text,
  match: z.array(matcher).min(1, 'needs at least one matcher, or the cluster is never chosen'),
  prometheus: url.optional(),
  alertmanager: url.optional(),
  loki: url.optional(),
  tempo: url.optional(),
  pyroscope: url.optional(),
  argocd: url.optional(),
  prometheus_tenant_id: text.optional(),
  loki_tenant_id: text.optional(),
  tempo_tenant_id: text.optional(),
  pyroscope_tenant_id: text.optional(),
  kubernetes: kubernetesOfCluster.optional(),
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
      public_url: key(url.regex(/^[^?#@]*$/, 'must have no "?", no "#" and no user').optional(), {
        variable: 'VIGIL_HTTP_PUBLIC_URL',
        doc: 'Address under which others reach the API, such as https://vigil.example; remediators that report later (`callback: true`) are given it',
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
  openai: openai.prefault({}),
  models: models.prefault({}),
  prometheus: z.strictObject(endpoint('PROMETHEUS', 'Prometheus')).prefault({}),
  alertmanager: z.strictObject(endpoint('ALERTMANAGER', 'Alertmanager')).prefault({}),
  loki: z.strictObject(endpoint('LOKI', 'Loki')).prefault({}),
  tempo: z.strictObject(endpoint('TEMPO', 'Tempo')).prefault({}),
  pyroscope: z.strictObject(endpoint('PYROSCOPE', 'Pyroscope')).prefault({}),
  kubernetes: kubernetes.prefault({}),
  github: github.prefault({}),
  argocd: argocd.prefault({}),
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
  calls: z
    .record(text, z.array(text).max(500))
    .default({})
    .describe('Who calls whom, by the names that alerts have: added to what service-graph metrics say'),
  heartbeats: z
    .array(
      z.strictObject({
        match: z.array(matcher).min(1),
        every: z.string().regex(/^\d+(s|m|h)$/, 'must be a duration such as 5m'),
        cluster: text.optional(),
      }),
    )
    .default([])
    .describe('Alerts that always fire: never investigated, reported once when they stop'),
  routes: z
    .array(z.strictObject({ match: z.array(matcher).min(1), channel: text, approvers: approvers.optional() }))
    .default([])
    .describe('Where incidents without an alert message of their own go; first match wins'),
  budgets: budgets.prefault({}),
  conversation: z
    .strictObject({
      questions: key(z.number().int().min(0).default(20), {
        variable: 'VIGIL_CONVERSATION_QUESTIONS',
        doc: 'Questions that are answered in the thread of one incident in any 24 hours',
      }),
    })
    .prefault({}),
  gate: gate.prefault({}),
  challenge: z
    .strictObject({
      severities: key(list.default([]), {
        variable: 'VIGIL_CHALLENGE_SEVERITIES',
        doc: 'Severities whose analyses a second look tries to refute by itself ("*": all); the button is always there',
      }),
    })
    .prefault({}),
  cooldown_minutes: key(z.number().min(0).default(30), {
    variable: 'VIGIL_COOLDOWN_MINUTES',
    doc: 'A re-fire within it reopens the incident; later it is a new one',
  }),
  recovery_seconds: key(z.number().int().min(1).max(3600).default(30), {
    variable: 'VIGIL_RECOVERY_SECONDS',
    doc: "Seconds between looks at the alert's own expression while it is not known whether it is over",
  }),
  actions,
  remediation: remediation.prefault({}),
  browser: browser.prefault({}),
  redaction: redaction.prefault({}),
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
      context: key(
        z
          .string()
          .regex(/^\d+d$/, 'must be days such as 7d')
          .default('7d'),
        { variable: 'VIGIL_RETENTION_CONTEXT', doc: 'How long what is pushed to /api/v1/context is kept' },
      ),
    })
    .prefault({}),
})

/** `named`: values of the variables and files that entries of the catalogue name; the loader alone sets it. */
export type Config = z.infer<typeof configSchema> & { readonly named?: Readonly<Record<string, string>> }
