import type { SubmittedAnalysis } from '../analysis.ts'

/** Sentences in the shape that the receipt check reads, without a cause of their own. */
export const emptyAnalysis = (over: Pick<SubmittedAnalysis, 'summary' | 'claims'>): SubmittedAnalysis => ({
  verdict: 'no_action',
  confidence: 100,
  urgency: 'can_wait',
  cause: null,
  chain: [],
  ruled_out: [],
  data_gaps: [],
  next_steps: [],
  proposals: [],
  ...over,
})
