import type { InvestigationStatus } from '../db/schema.ts'
import type { Analysis } from './analysis.ts'
import type { Challenge, QuestionAnswer } from './conversation.ts'
import type { Outcome } from './goal/goal.ts'
import { draftOf } from './judge.ts'
import type { End, Run } from './run.ts'
import type { Transcript } from './transcript.ts'

export type Concluded = { readonly status: InvestigationStatus; readonly reason: string | null; readonly outcome: Outcome }

/** Turns every way out into an outcome: the model's, marked partial where something else ended it, or else what the rules carry. */
export const conclusionOf = (run: Run, end: Extract<End, { end: 'submitted' | 'without_outcome' }>, transcript: Transcript): Concluded => {
  if (end.end === 'without_outcome') {
    const { status, reason } = end
    const draft = draftOf(run)
    return { status, reason, outcome: draft === undefined ? byRules(transcript, reason, run.gaps) : finished(run, draft, reason) }
  }
  if (run.concluding === null) return { status: 'complete', reason: null, outcome: finished(run, end.outcome, null) }
  const { limit, reason } = run.concluding
  const status = limit === 'tool_calls' || limit === 'rounds' ? 'max_turns' : limit === 'stopped' ? 'complete' : 'budget_exceeded'
  return { status, reason, outcome: finished(run, end.outcome, reason) }
}

/** With what the tools could not see, and partial where a reason says so. */
const finished = (run: Run, outcome: Outcome, reason: string | null): Outcome => {
  const partial = reason === null ? {} : { partial: true, partial_reason: reason }
  switch (outcome.kind) {
    case 'analysis':
      return { kind: 'analysis', analysis: { ...outcome.analysis, ...partial, data_gaps: withGaps(run, outcome.analysis.data_gaps) } }
    case 'answer':
      return { kind: 'answer', answer: { ...outcome.answer, ...partial, data_gaps: withGaps(run, outcome.answer.data_gaps) } }
    case 'challenge':
      return { ...outcome, challenge: { ...outcome.challenge, ...partial } }
    case 'gate':
      return outcome
  }
}

const withGaps = (run: Run, known: readonly string[]): string[] => [
  ...known,
  ...run.gaps.filter((gap) => !known.some((one) => one.includes(gap))),
]

/** The best conclusion without a model: what the rules know, no cause, and what to look at next; for a question, what is known. */
export const byRules = (transcript: Known, reason: string, gaps: readonly string[]): Outcome => {
  const { investigation, known } = transcript
  if (investigation.kind === 'question') return { kind: 'answer', answer: unanswered(transcript, reason, gaps) }
  if (investigation.kind === 'challenge' && known !== null)
    return { kind: 'challenge', challenge: unchallenged(known, reason), analysis: known }
  return { kind: 'analysis', analysis: ruleAnalysis(transcript, reason, gaps) }
}

/** What was waited for went by itself, as it usually does: nothing to do, and the history is the proof. */
export const byItself = (transcript: Pick<Transcript, 'brief' | 'known' | 'investigation' | 'held' | 'evidence'>): Outcome => {
  const { held, evidence } = transcript
  const reason = held?.type === 'waiting' ? held.reason : 'it usually does'
  const [id] = held?.evidence ?? []
  const quote = evidence.find((one) => one.id === id)?.shown.split('\n')[0]
  const claims =
    id === undefined || quote === undefined ? [] : [{ text: quote, kind: 'observation' as const, receipts: [{ evidence: id, quote }] }]
  const summary = `It went by itself: ${reason}.`
  const analysis = { ...ruleAnalysis(transcript, '', []), verdict: 'no_action', summary, urgency: 'can_wait', claims } as const
  return { kind: 'analysis', analysis: { ...analysis, partial: false, partial_reason: null } }
}

type Known = Pick<Transcript, 'brief' | 'known'> & { readonly investigation: Pick<Transcript['investigation'], 'kind'> }

const unanswered = ({ brief, known }: Known, reason: string, gaps: readonly string[]): QuestionAnswer => ({
  answer: `I could not look into it. ${known?.summary ?? brief?.headline ?? 'Nothing is known yet.'}`,
  claims: [],
  data_gaps: [...gaps],
  next_steps: [],
  unsupported: [],
  partial: true,
  partial_reason: reason,
  by: 'rules',
})

const unchallenged = (known: Analysis, reason: string): Challenge => ({
  verdict: 'stands',
  summary: 'It could not be tried.',
  objections: [],
  confidence: known.confidence,
  unsupported: [],
  partial: true,
  partial_reason: reason,
})

const ruleAnalysis = ({ brief }: Known, reason: string, gaps: readonly string[]): Analysis => ({
  verdict: 'inconclusive',
  summary: brief === undefined ? 'No proven cause.' : `No proven cause. ${brief.headline}${/[.!?]$/.test(brief.headline) ? '' : '.'}`,
  confidence: 0,
  urgency: 'now',
  cause: null,
  chain: [],
  claims: [],
  ruled_out: [],
  data_gaps: [...new Set([...(brief?.gaps ?? []), ...gaps])],
  next_steps: (brief?.findings ?? []).map((finding) => finding.suggestion),
  proposals: [],
  partial: true,
  partial_reason: reason,
  unsupported: [],
  model_confidence: null,
  confidence_why: null,
  recomputed: 0,
  by: 'rules',
})
