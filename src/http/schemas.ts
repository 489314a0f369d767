import { z } from 'zod'
import { alertBody, envelopeBody, storableText } from '../alert/sources/alertmanager.ts'
import { incidentStatuses } from '../incident/list.ts'
import { analysis } from '../investigation/analysis.ts'
import { categories } from '../investigation/categories.ts'
import { action } from './action-schemas.ts'

/** What the API takes and gives, as its OpenAPI document says it. */

const time = z.iso.datetime()
const labels = z.record(z.string(), z.string())
const object = z.strictObject({ kind: z.string(), namespace: z.string().optional(), name: z.string() })
const evidenceId = z.string().regex(/^E\d+$/)

export const idParams = z.object({ id: z.string().describe('The id that the API gave') })

export const refusal = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) })

export const alertsBody = z.union([envelopeBody.extend({ alerts: z.array(alertBody) }), alertBody])

export const received = z.strictObject({
  accepted: z.array(
    z.strictObject({ id: z.string().describe('Of the triage: GET /api/v1/triage/{id}'), incident: z.string(), fingerprint: z.string() }),
  ),
  skipped: z.array(
    z.strictObject({
      fingerprint: z.string().describe('Empty when the alert could not be read'),
      reason: z.string().describe('duplicate, joined, not_firing, heartbeat, unreadable …'),
      incident: z.string().nullable(),
      detail: z.string().optional(),
    }),
  ),
})

export const triageBody = z
  .strictObject({
    kind: storableText.min(1).max(200).optional().describe('What was seen, such as slow_query: the alertname where the labels have none'),
    labels: labels.optional(),
    annotations: labels.optional(),
    text: storableText.min(1).max(4000).optional().describe('A question, or what was seen, in words'),
    starts_at: z.iso.datetime({ offset: true }).optional(),
    model: storableText.min(1).max(100).optional().describe('Which model is to investigate: main, small, claude/<model> or openai/<model>'),
  })
  .refine((body) => Object.keys(body.labels ?? {}).length > 0 || body.text !== undefined, {
    error: 'needs labels, or a text, or both',
  })

export const resolveBody = z.strictObject({
  by: storableText.trim().min(1).max(80).default('api').describe('Who says that it is over'),
})

export const resolved = z.strictObject({ id: z.string(), status: z.literal('resolved') })

const status = z.enum(incidentStatuses)

export const incidentQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  status: status.optional(),
})

const summary = {
  id: z.string(),
  status,
  title: z.string(),
  severity: z.string(),
  cluster: z.string(),
  subject: z.string().nullable(),
  onset: time.nullable(),
  owner: z.string().nullable(),
  started_at: time,
  resolved_at: time.nullable(),
  channel: z.string().nullable(),
  thread_ts: z.string().nullable(),
}

const incidentSummary = z.strictObject(summary)

export const incidentPage = z.strictObject({
  incidents: z.array(incidentSummary),
  page: z.number().int(),
  limit: z.number().int(),
  total: z.number().int(),
})

const spending = {
  tool_calls: z.number().int(),
  tokens_in: z.number().int(),
  tokens_out: z.number().int(),
  usd: z.number(),
  model_ms: z.number(),
  tool_ms: z.number(),
}

export const incidentReport = z.strictObject({
  ...summary,
  alerts: z.array(
    z.strictObject({
      fingerprint: z.string(),
      status: z.enum(['firing', 'resolved']),
      labels,
      annotations: labels,
      starts_at: time,
      expression: z.string().nullable(),
      count: z.number().int(),
    }),
  ),
  findings: z.array(
    z.strictObject({
      rule: z.string(),
      severity: z.enum(['info', 'low', 'medium', 'high', 'critical']),
      confidence: z.enum(['low', 'medium', 'high']),
      summary: z.string(),
      suggestion: z.string(),
      object: object.optional(),
      category: z.enum(categories).optional(),
      weight: z.number().min(0).max(1).optional().describe('How much of the alert it explains by itself'),
      since: z.string().optional(),
      mark: z.strictObject({ at: z.number(), label: z.string() }).optional().describe('What a chart of the value should mark'),
      explains: z.array(object).optional(),
      evidence: z.array(evidenceId).min(1),
    }),
  ),
  suspects: z
    .array(
      z.strictObject({
        object,
        category: z.enum(categories),
        why: z.string(),
        confidence: z.enum(['low', 'medium', 'high']),
        weight: z.number(),
        rules: z.array(z.string()),
        explains: z.array(object),
        evidence: z.array(evidenceId),
      }),
    )
    .max(3)
    .describe('What may have caused it, by the rules alone, likeliest first; none is a valid answer'),
  evidence: z.array(
    z.strictObject({
      id: evidenceId,
      source: z.string(),
      query: z.string(),
      range: z.strictObject({ from: z.string().nullable(), to: z.string() }).nullable(),
      output: z.looseObject({ kind: z.enum(['series', 'lines', 'objects', 'text']) }),
      at: time,
    }),
  ),
  analysis: z.strictObject({ ...analysis.shape, partial: z.boolean(), unsupported: z.array(z.string()) }).nullable(),
  first_look: z
    .strictObject({ held: z.enum(['yes', 'place', 'no']), object, category: z.enum(categories), rank: z.number().int() })
    .nullable()
    .describe('Whether the newest analysis confirms what the rules suspected at first; `place`: the right object, for another reason'),
  actions: z.array(action),
  spending: z.strictObject({ ...spending, models: z.array(z.string()) }),
  timeline: z.array(z.looseObject({ at: time, type: z.string() })),
})

export const triage = z.strictObject({
  id: z.string(),
  incident: z.string(),
  number: z.number().int(),
  kind: z.enum(['alert', 'mention', 'again', 'question', 'challenge']),
  status: z.enum(['pending', 'in_progress', 'complete', 'failed', 'error', 'max_turns', 'budget_exceeded']),
  reason: z.string().nullable(),
  requested_by: z.string().nullable(),
  model: z.string().nullable(),
  wanted_model: z.string().nullable().describe('What was asked for in POST /api/v1/triage'),
  forced: z.boolean().describe('A person said "Investigate anyway"'),
  question: z.looseObject({ text: z.string(), user: z.string(), name: z.string() }).nullable(),
  answer: z.looseObject({ answer: z.string(), partial: z.boolean(), unsupported: z.array(z.string()) }).nullable(),
  about: z.number().int().nullable().describe('Of a challenge: the number of the investigation whose analysis it tried to refute'),
  challenge: z.looseObject({ verdict: z.enum(['stands', 'weakened', 'refuted']), summary: z.string() }).nullable(),
  system_prompt: z.string().nullable(),
  created_at: time,
  started_at: time.nullable(),
  ended_at: time.nullable(),
  analysis: z.looseObject({ ...analysis.shape, partial: z.boolean(), unsupported: z.array(z.string()) }).nullable(),
  tools_used: z.array(z.string()),
  tool_calls: z.array(
    z.strictObject({
      id: z.string(),
      turn: z.number().int(),
      name: z.string(),
      input: z.unknown(),
      result: z.string(),
      is_error: z.boolean(),
      evidence: evidenceId.nullable(),
      input_bytes: z.number().int(),
      output_bytes: z.number().int(),
      ms: z.number(),
      at: time,
    }),
  ),
  turns: z.array(
    z.strictObject({
      number: z.number().int(),
      role: z.enum(['user', 'assistant']),
      content: z.array(z.looseObject({ type: z.string() })),
      stop: z.string().nullable(),
      usage: z.strictObject({ input: z.number(), output: z.number(), cache_read: z.number(), cache_write: z.number() }).nullable(),
      model: z.string().nullable(),
      ms: z.number(),
      at: time,
    }),
  ),
  spending: z.strictObject(spending),
})

const count = z.number().int()

export const statsAnswer = z.strictObject({
  alerts: z.strictObject({ in: count, firing: count }),
  incidents: z.strictObject({ opened: count, open: count, resolved: count }),
  investigations: z.strictObject({
    pending: count,
    in_progress: count,
    complete: count,
    failed: count,
    error: count,
    max_turns: count,
    budget_exceeded: count,
  }),
  tokens: z.strictObject({ in: count, out: count }),
  usd: z.strictObject({ today: z.number(), total: z.number() }),
})

export const health = z.strictObject({ status: z.literal('healthy'), service: z.literal('vigil') })
