import { analysis } from '../analysis.ts'
import { categories } from '../categories.ts'
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
    const parsed = analysis.safeParse(withCategory(input))
    if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
    const checked = check(parsed.data, evidence)
    return { ok: true, outcome: { kind: 'analysis', analysis: checked.analysis }, failures: checked.failures }
  },
})

/** A category of the model's own making is none of the list: no reason to send the whole analysis back. */
const withCategory = (input: unknown): unknown => {
  const cause = isObject(input) ? input['cause'] : undefined
  if (!isObject(input) || !isObject(cause) || categories.some((category) => category === cause['category'])) return input
  return { ...input, cause: { ...cause, category: 'unknown' } }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
