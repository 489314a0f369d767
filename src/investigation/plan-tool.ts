import type { ToolSpec } from '../llm/model.ts'
import { faultsOf, inputSchema } from './goal/goal.ts'
import { type Interim, type Plan, plan } from './plan.ts'
import type { Run } from './run.ts'

export const PLAN = 'update_plan'

/** Keeps the model's short list of causes: it costs no call, and the people who watch see it. */
export const planTool: ToolSpec = {
  name: PLAN,
  description:
    'Note the causes that you consider, and how far you are with each; call it together with your questions, again when a status changes. ' +
    'It is shown to the people who wait, costs no tool call and gives no data.',
  input_schema: inputSchema(plan),
}

export type Noted = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly faults: string }

/** Reads a plan that the model noted; its words are redacted, since people are shown them. */
export const readPlan = (input: unknown, redact: (text: string) => string): Noted => {
  const parsed = plan.safeParse(input)
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
  const { hypotheses, lead } = parsed.data
  return {
    ok: true,
    plan: {
      hypotheses: hypotheses.map((one) => ({ ...one, text: redact(one.text) })),
      ...(lead === undefined ? {} : { lead: { ...lead, text: redact(lead.text) } }),
    },
  }
}

/** What can be said before the end: the lead, if its proof holds, and what was ruled out. */
export const interimOf = (run: Pick<Run, 'plan' | 'goal' | 'evidence'>): Interim => {
  const lead = run.plan?.lead
  const hypotheses = run.plan?.hypotheses ?? []
  if (lead === undefined) return { lead: null, evidence: [], hypotheses }
  const asAnalysis = {
    verdict: 'inconclusive',
    summary: 'No cause is proven.',
    confidence: 0,
    urgency: 'now',
    cause: null,
    claims: [{ ...lead, kind: 'inference' }],
  }
  const handed = run.goal.id === 'analysis' ? run.goal.hand(asAnalysis, run.evidence) : undefined
  const holds = handed?.ok === true && handed.outcome.kind === 'analysis' && handed.outcome.analysis.claims.length === 1
  return holds
    ? { lead: lead.text, evidence: [...new Set(lead.receipts.map(({ evidence }) => evidence))], hypotheses }
    : { lead: null, evidence: [], hypotheses }
}
