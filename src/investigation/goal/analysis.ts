import { analysis } from '../analysis.ts'
import { systemPrompt } from '../prompt.ts'
import { type CheckAgainst, faultsOf, type Goal, inputSchema } from './goal.ts'

export const SUBMIT_ANALYSIS = 'submit_analysis'

/** The cause of an alert, proved sentence by sentence. The schema is made from the contract, so the two cannot drift apart. */
export const analysisGoal = (check: CheckAgainst, system: string = systemPrompt): Goal => ({
  id: 'analysis',
  system,
  submit: {
    name: SUBMIT_ANALYSIS,
    description:
      'Hand in the analysis and end the investigation. Call it once, alone, when further questions would not change what the reader does.',
    input_schema: inputSchema(analysis),
  },
  otherwise: 'If it carries no cause, the verdict is inconclusive.',
  hand: (input, evidence) => {
    const parsed = analysis.safeParse(input)
    if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
    const checked = check(parsed.data, evidence)
    return { ok: true, outcome: { kind: 'analysis', analysis: checked.analysis }, failures: checked.failures }
  },
})
