import type { Analysis, SubmittedAnalysis } from '../analysis.ts'
import { type Challenge, type SubmittedChallenge, submittedChallenge } from '../conversation.ts'
import { challengePrompt } from '../prompt.ts'
import type { Checked, Failure } from '../receipts/check.ts'
import { emptyAnalysis } from './empty.ts'
import { type CheckAgainst, faultsOf, type Goal, inputSchema } from './goal.ts'

type Objection = SubmittedChallenge['objections'][number]

/** Of the confidence that stood, so much is left at least when an objection has no proof of its own. */
const DOUBT_LEAVES = 0.5

/** A second look that tries to refute an analysis. It may lower its confidence and move claims out of it, and nothing else. */
export const challengeGoal = (known: Analysis, check: CheckAgainst, system: string = challengePrompt): Goal => ({
  id: 'challenge',
  system,
  submit: {
    name: 'submit_challenge',
    description: 'Hand in what speaks against the analysis, or that nothing does, and end. Call it once, alone.',
    input_schema: inputSchema(submittedChallenge),
  },
  otherwise: 'If nothing in it speaks against the analysis, the verdict is stands.',
  hand: (input, evidence) => {
    const parsed = submittedChallenge.safeParse(input)
    if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error) }
    const judged = judgeObjections(parsed.data, known, (submitted) => check(submitted, evidence))
    return { ok: true, outcome: { kind: 'challenge', ...outcomeOf(parsed.data, known, judged) }, failures: judged.failures }
  },
})

type Judged = {
  /** With proof of their own. */
  readonly proved: readonly Objection[]
  /** Without, but with no number and no name that the analysis does not prove. */
  readonly doubts: readonly Objection[]
  readonly unsupported: readonly string[]
  readonly summary: string | null
  readonly failures: readonly Failure[]
}

const judgeObjections = (
  { objections, summary }: SubmittedChallenge,
  known: Analysis,
  check: (submitted: SubmittedAnalysis) => Checked,
): Judged => {
  const withProof = objections.filter(({ receipts }) => receipts.length > 0)
  const ownClaims = [...known.claims, ...(known.cause === null ? [] : [{ ...known.cause, kind: 'inference' as const }])].filter(
    ({ receipts }) => receipts.length > 0,
  )
  const objecting = withProof.map(({ text, receipts }) => ({ text, receipts, kind: 'inference' as const }))
  const { analysis, failures } = check(emptyAnalysis({ summary, claims: [...objecting, ...ownClaims] }))
  const failed = new Set(failures.map(({ where }) => where))
  const doubts = objections
    .filter(({ receipts }) => receipts.length === 0)
    .map((one) => ({
      one,
      failures: check(emptyAnalysis({ summary: one.text, claims: ownClaims })).failures.filter(({ where }) => where === 'summary'),
    }))
  return {
    proved: withProof.filter((_, index) => !failed.has(`claims[${index}]`)),
    doubts: doubts.filter((doubt) => doubt.failures.length === 0).map(({ one }) => one),
    unsupported: [
      ...withProof.filter((_, index) => failed.has(`claims[${index}]`)),
      ...doubts.filter((doubt) => doubt.failures.length > 0).map(({ one }) => one),
    ].map(({ text }) => text),
    summary: failed.has('summary') ? null : analysis.summary,
    failures: [
      ...failures.filter(({ where }) => where === 'summary' || withProof.some((_, index) => where === `claims[${index}]`)),
      ...doubts.flatMap((doubt) => doubt.failures),
    ],
  }
}

const outcomeOf = (submitted: SubmittedChallenge, known: Analysis, judged: Judged): { challenge: Challenge; analysis: Analysis } => {
  const verdict = verdictOf(submitted, judged)
  const analysis = verdict === 'stands' ? known : lowered(submitted, known, { ...judged, verdict })
  return {
    challenge: {
      ...submitted,
      verdict,
      summary: judged.summary ?? defaultSummary[verdict],
      objections: [...judged.proved, ...judged.doubts],
      confidence: analysis.confidence,
      unsupported: judged.unsupported,
      partial: false,
      partial_reason: null,
    },
    analysis,
  }
}

const defaultSummary = {
  stands: 'Nothing with proof was found that speaks against it.',
  weakened: 'Some of it is less sure than it was.',
  refuted: 'Its cause does not stand.',
} as const

/** Proof refutes; a doubt weakens; words alone do nothing. */
const verdictOf = ({ verdict }: SubmittedChallenge, { proved, doubts }: Judged): Challenge['verdict'] => {
  if (verdict === 'stands' || proved.length + doubts.length === 0) return 'stands'
  return verdict === 'refuted' && proved.some(({ against }) => against === 'cause') ? 'refuted' : 'weakened'
}

const lowered = (submitted: SubmittedChallenge, known: Analysis, judged: Judged & { readonly verdict: Challenge['verdict'] }): Analysis => {
  const floor = judged.proved.length > 0 ? 0 : Math.ceil(known.confidence * DOUBT_LEAVES)
  const against = new Set(judged.proved.map((one) => one.against))
  const moved = known.claims.filter((_, index) => against.has(`claims[${index}]`))
  const loses = judged.verdict === 'refuted' ? known.cause : null
  return {
    ...known,
    verdict: loses === null ? known.verdict : 'inconclusive',
    summary: loses === null ? known.summary : 'No proven cause: a second look refuted the one that stood here.',
    cause: loses === null ? known.cause : null,
    chain: loses === null ? known.chain : [],
    claims: known.claims.filter((claim) => !moved.includes(claim)),
    // What was to be done about a cause that does not stand is not to be done.
    next_steps: loses === null ? known.next_steps : [],
    proposals: loses === null ? known.proposals : [],
    unsupported: [...known.unsupported, ...(loses === null ? [] : [loses.text]), ...moved.map(({ text }) => text)],
    confidence: Math.min(known.confidence, Math.max(floor, Math.round(submitted.confidence)), loses === null ? 100 : 40),
    confidence_why: `a second look ${judged.verdict} it`,
  }
}
