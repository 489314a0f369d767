import { z } from 'zod'
import { receipt } from '../analysis.ts'
import { gatePrompt } from '../prompt.ts'
import { emptyAnalysis } from './empty.ts'
import { type CheckAgainst, faultsOf, type Goal, inputSchema } from './goal.ts'

const submitted = z.object({
  decision: z.enum(['triage', 'ignore', 'auto_resolve']),
  reason: z.string().min(1).max(300),
  receipts: z.array(receipt).max(6).default([]),
})

/** Whether an alert is worth an investigation. Not to investigate needs proof: without it the decision is triage. */
export const gateGoal = (check: CheckAgainst): Goal => ({
  id: 'gate',
  system: gatePrompt,
  submit: {
    name: 'submit_gate',
    description: 'Hand in the decision and end. Call it once, alone, as soon as you can decide.',
    input_schema: inputSchema(submitted),
  },
  otherwise: 'If it carries no reason to leave it alone, the decision is triage.',
  hand: (input, evidence) => {
    const parsed = submitted.safeParse(input)
    if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
    const { decision, reason, receipts } = parsed.data
    if (decision === 'triage') return { ok: true, outcome: { kind: 'gate', decision, reason, evidence: [] }, failures: [] }
    const claims = receipts.length === 0 ? [] : [{ text: reason, kind: 'inference' as const, receipts }]
    const { analysis, failures } = check(emptyAnalysis({ summary: 'It is left alone.', claims }), evidence)
    const [claim] = analysis.claims
    if (claim === undefined) {
      const unproved = failures.length > 0 ? failures : [{ where: 'reason', text: reason, reason: 'it has no receipt' }]
      return { ok: true, outcome: { kind: 'gate', decision: 'triage', reason: UNPROVED, evidence: [] }, failures: unproved }
    }
    const ids = [...new Set(claim.receipts.map((one) => one.evidence as `E${number}`))]
    return { ok: true, outcome: { kind: 'gate', decision, reason, evidence: ids }, failures: [] }
  },
})

const UNPROVED = 'nothing was proved that would speak against an investigation'
