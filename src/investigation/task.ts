import type { Context } from '../context.ts'
import type { StoredAlert } from '../db/schema.ts'
import { PermanentError } from '../errors.ts'
import type { Message } from '../llm/model.ts'
import { offeredIn } from '../remediation/catalogue.ts'
import type { Limits } from './budget.ts'
import { asGiven, asSeen } from './checked-as-seen.ts'
import { analysisGoal } from './goal/analysis.ts'
import { answerGoal } from './goal/answer.ts'
import { challengeGoal } from './goal/challenge.ts'
import type { Goal } from './goal/goal.ts'
import { challengeMessage, firstMessage, type Given, questionMessage } from './prompt.ts'
import { type Check, checkAnalysis } from './receipts/check.ts'
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
  /** In the place of Vigil's own, when the check itself is tried. */
  readonly check?: Check
}

/** By the kind of the investigation. Throws PermanentError when what it is about is gone. */
export const taskOf = (input: TaskInput): Task => {
  const { context, transcript, system } = input
  const { investigation, known } = transcript
  const { max_tokens } = context.config.claude
  const { budgets } = context.config
  const small = { parallel_tools: budgets.investigation.parallel_tools, max_tokens }
  const check = checkOf(input)
  switch (investigation.kind) {
    case 'alert':
    case 'mention':
    case 'again':
      return {
        goal: analysisGoal(check, system),
        limits: { ...budgets.investigation, max_tokens },
        first: (nonce) => firstMessage(givenOf(input, nonce)),
      }
    case 'question': {
      const { question } = investigation
      if (question === null) throw new PermanentError(`investigation ${investigation.id} has no question`)
      return {
        goal: answerGoal(check, system),
        limits: { ...budgets.question, ...small },
        first: (nonce) => questionMessage(givenOf(input, nonce), question, known),
      }
    }
    case 'challenge':
      if (known === null) throw new PermanentError(`investigation ${investigation.id} has no analysis to challenge`)
      return {
        goal: challengeGoal(known, check, system),
        limits: { ...budgets.challenge, ...small },
        first: (nonce) => challengeMessage(givenOf(input, nonce), known),
      }
  }
}

export const checkOf = ({ context, transcript, redact, check = checkAnalysis }: TaskInput) => {
  const given = asGiven(transcript, context.clock.now(), redact)
  return (submitted: Parameters<Check>[0], evidence: Parameters<Check>[1]) => check(submitted, asSeen(evidence, redact), given)
}

export const givenOf = ({ context, transcript, alert, redact }: TaskInput, nonce: string): Given => {
  const { incident, brief, statements, earlier } = transcript
  const evidence = transcript.evidence.map((one) => ({ ...one, shown: redact(one.shown) }))
  // What nobody vouches for gets no proposals, so none are asked for.
  const offered = alert.confirmed && alert.source !== 'mention' ? offeredIn(context.config, incident.cluster) : []
  return { incident, alert, brief, evidence, statements, earlier, now: context.clock.now(), nonce, redact, offered }
}
