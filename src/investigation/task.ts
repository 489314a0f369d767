import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'
import type { Message } from '../llm/model.ts'
import type { Limits } from './budget.ts'
import { asGiven, asSeen } from './checked-as-seen.ts'
import { analysisGoal } from './goal/analysis.ts'
import type { Goal } from './goal/goal.ts'
import { firstMessage } from './prompt.ts'
import { checkAnalysis } from './receipts/check.ts'
import type { Transcript } from './transcript.ts'

/** What one investigation is run for: its goal, what it may use, and how the model is asked. */
export type Task = {
  readonly goal: Goal
  readonly limits: Limits
  /** The first message; everything that came from outside stands redacted in fences. */
  first(nonce: string): Message
}

export type TaskInput = {
  readonly context: Pick<Context, 'config' | 'clock'>
  readonly transcript: Transcript
  readonly alert: StoredAlert
  readonly redact: (text: string) => string
  /** In the place of Vigil's own, when a prompt is tried. */
  readonly system?: string
}

/** By the kind of the investigation. */
export const taskOf = (input: TaskInput): Task => {
  switch (input.transcript.investigation.kind) {
    case 'alert':
    case 'mention':
    case 'again':
    case 'question':
    case 'challenge':
      return analysisTask(input)
  }
}

const analysisTask = ({ context, transcript, alert, redact, system }: TaskInput): Task => {
  const { config, clock } = context
  const given = asGiven(transcript, clock.now(), redact)
  return {
    goal: analysisGoal((submitted, evidence) => checkAnalysis(submitted, asSeen(evidence, redact), given), system),
    limits: { ...config.budgets.investigation, max_tokens: config.claude.max_tokens },
    first: (nonce) => {
      const { incident, brief, statements } = transcript
      const evidence = transcript.evidence.map((one) => ({ ...one, shown: redact(one.shown) }))
      return firstMessage({ incident, alert, brief, evidence, statements, now: clock.now(), nonce, redact })
    },
  }
}
