import { submittedAnswer } from '../conversation.ts'
import { answerPrompt } from '../prompt.ts'
import { emptyAnalysis } from './empty.ts'
import { type CheckAgainst, faultsOf, type Goal, inputSchema } from './goal.ts'

/** An answer to a question in the thread, under the same receipts as an analysis. */
export const answerGoal = (check: CheckAgainst, system: string = answerPrompt): Goal => ({
  id: 'answer',
  system,
  submit: {
    name: 'submit_answer',
    description: 'Hand in the answer and end. Call it once, alone, when further questions would not change the answer.',
    input_schema: inputSchema(submittedAnswer),
  },
  otherwise: 'If it carries no answer, say that, and what would.',
  hand: (input, evidence) => {
    const parsed = submittedAnswer.safeParse(input)
    if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
    const { data } = parsed
    const { analysis, failures } = check(emptyAnalysis({ summary: data.answer, claims: data.claims }), evidence)
    const answer = {
      ...data,
      answer: analysis.summary,
      claims: analysis.claims,
      unsupported: analysis.unsupported,
      partial: false,
      partial_reason: null,
      by: 'model' as const,
    }
    return { ok: true, outcome: { kind: 'answer', answer }, failures: failures.map((one) => ({ ...one, where: whereInAnswer(one.where) })) }
  },
})

const whereInAnswer = (where: string): string => (where === 'summary' ? 'answer' : where)
