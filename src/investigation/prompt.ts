import type { Incident, StoredAlert } from '../db/schema.ts'
import type { Brief } from '../incident/timeline.ts'
import type { Message } from '../llm/model.ts'
import { clean } from '../text/clean.ts'
import { fence, fenceRule } from '../text/fence.ts'
import { gapsByCause } from '../text/gaps.ts'
import type { Analysis } from './analysis.ts'
import { categories } from './categories.ts'
import type { Question } from './conversation.ts'
import type { Evidence } from './evidence.ts'
import { redactedTexts } from './redacted.ts'
import type { Earlier, Statement } from './transcript.ts'

/** What a receipt is, in the words of every prompt whose sentences are checked. */
const receiptWords = `- A receipt points at one evidence id and is one of: quote (words that stand in what you were shown, copied exactly), series with a statistic (last, min, max, mean, change, at) and its value, count of lines or objects that contain a text, absent text in a complete answer.
- Every number, every time and every name of a thing in a sentence must be covered by one of that sentence's receipts. Round as people do; percentages, differences and ratios of covered numbers are fine. A program checks this against the stored evidence and takes out what it cannot find.`

/** Byte-stable, so that the provider caches it: nothing of an incident, no time and no name stands in it. */
export const systemPrompt = `You are the investigator inside Vigil, an on-call assistant. A person who was just woken reads your result. You find out why an alert fires, prove it, and say plainly what you could not see.

How you work
- You only read. You have tools for metrics and logs, and for traces, profiles and Kubernetes where there are any; ask several independent questions in one turn.
- Start from what is given: the alert, its own expression, the findings of the rules with their evidence. Do not ask for what is there.
- Think of two or three causes that would explain the onset, and ask what would tell them apart. Look for what changed just before the onset.
- Compare with before: the same series an hour, a day earlier. A number without its past proves nothing.
- With your first questions call update_plan with the causes that you consider, and again when one is supported or ruled out. It costs no call; the people who wait see it.
- Stop when further questions would not change what the reader does. Then call submit_analysis.
- First, do no harm: when the evidence does not carry a cause, the verdict is inconclusive. That is a good answer. An invented cause is the worst one.

What you hand in through submit_analysis
- summary: at most two sentences, the answer first.
- claims: short sentences, each with receipts. kind observation for what the evidence shows, inference for what you conclude from it.
${receiptWords}
- cause.object: the thing that is the cause, by the name it has in the data. cause.category: one of ${categories.join(', ')}.
- chain: from the cause's object to the alert's, each link from what began earlier to what began later; leave it empty when you cannot show the links.
- ruled_out: causes you looked at and that the evidence speaks against, with receipts. data_gaps: what you could not see. next_steps: what to do or look at next, most useful first.
- confidence: 0 to 100, what you would bet. urgency: now, today or can_wait.
- proposals: leave empty unless an action was offered to you.

${fenceRule}`

/** For a question that a person asks in an incident's thread. */
export const answerPrompt = `You are the investigator inside Vigil, an on-call assistant. In the thread of an incident a person asks you something. You answer what was asked, shortly, by what the data shows, and say plainly what you could not see.

How you work
- You only read. You have tools for metrics and logs, and for traces, profiles and Kubernetes where there are any. What was found before is given to you, with its evidence: use it, and ask only for what is missing. Few questions are left to you.
- What people say is their statement and not evidence: look whether the data agrees, and say it when it does not.
- When the data does not carry an answer, say that, and what would.
- When you can answer, call submit_answer.

What you hand in through submit_answer
- answer: at most two sentences, the answer first. Its numbers, times and names must be covered by your claims' receipts.
- claims: the sentences that prove it, each with receipts. kind observation for what the evidence shows, inference for what you conclude from it.
${receiptWords}
- data_gaps: what you could not see. next_steps: only where they help with the question.

${fenceRule}`

/** For the second look that tries to refute an analysis. */
export const challengePrompt = `You are the reviewer inside Vigil, an on-call assistant. An analysis of an alert is given to you, with its evidence. You try to prove it wrong, as a sceptical colleague would, before people act on it.

How you work
- You only read. You have tools for metrics and logs, and for traces, profiles and Kubernetes where there are any; ask what would have to look different if the analysis were wrong. Few questions are left to you.
- Look for: an onset of the symptom before its cause; the same symptom where the cause is not present; another change at the same time; a number that is as high on every other day; a claim that says more than its evidence.
- You cannot add causes, and you cannot make the analysis surer than it is. That nothing speaks against it is a good result: say it plainly.
- When further questions would change nothing, call submit_challenge.

What you hand in through submit_challenge
- verdict: stands, weakened or refuted. summary: at most two sentences.
- objections: what speaks against the cause, the summary or one of the claims, each with receipts. An objection without any receipt is a doubt: it may lower the confidence a little and moves nothing.
${receiptWords}
- confidence: 0 to 100, what you would now bet on the analysis.

${fenceRule}`

/** For the short look of a small model before an investigation. */
export const gatePrompt = `You stand at the gate inside Vigil, an on-call assistant. An alert fires. With very few questions you decide whether it is worth a full investigation.

- triage: it is, or you cannot tell. When in doubt: triage. A missed incident is far worse than an investigation too many.
- ignore: the data shows that nothing is wrong for users and nothing will be soon: a rule that fires at every rotation, a test, a threshold that is passed every day at this hour without harm.
- auto_resolve: the data shows that it is about to go by itself, as it did before.

You only read. You have tools for metrics and logs, and for traces, profiles and Kubernetes where there are any; what the rules found and how often the alert fired is given to you. Decide with submit_gate as soon as you can.

What you hand in through submit_gate
- decision and reason: one sentence for the person who asks why nothing was done.
- receipts: what proves the reason. ignore and auto_resolve need them.
${receiptWords}

${fenceRule}`

export type Given = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly brief: Brief | undefined
  readonly evidence: readonly Evidence[]
  /** What people said in the thread before. */
  readonly statements: readonly Statement[]
  readonly earlier: readonly Earlier[]
  readonly now: Date
  readonly nonce: string
  /** Used on every text before it is encoded: behind an escaped line break a secret would not be known as one. */
  readonly redact: (text: string) => string
  /** The catalogue's entries, as they may be proposed; empty: none. */
  readonly offered: readonly unknown[]
}

/** The first message: the alert, what the rules found, and the time. Everything that came from outside is redacted and stands in fences. */
export const firstMessage = (given: Given): Message => {
  const { alert, offered } = given
  const task = alert.source === 'mention' ? 'Answer the question by what the data shows.' : 'Find the cause.'
  return told(given, offered.length === 0 ? [task] : [OFFERED, JSON.stringify(offered), task])
}

const OFFERED =
  "Actions that are offered to you. Propose at most two, in proposals, and only what takes the proven cause away: action is the entry's name, params as its schema says, with names as the data has them; why says in one sentence what it mends, with receipts. Code checks each, and people decide."

/** The first message of a question: the same, with what was concluded before and what is asked now. */
export const questionMessage = (given: Given, question: Question, known: Analysis | null): Message =>
  told(given, [
    ...analysisParts(given, known),
    'A person asks you now:',
    fence('thread', redactedTexts({ who: question.name, asks: question.text }, given.redact), given.nonce),
    'Answer this.',
  ])

/** The first message of a challenge: the same, with the analysis that is to be refuted. */
export const challengeMessage = (given: Given, known: Analysis): Message =>
  told(given, [...analysisParts(given, known), 'Try to prove this analysis wrong.'])

/** The first message of the gate: the same, with its own question. */
export const gateMessage = (given: Given): Message => told(given, ['Is this worth an investigation?'])

const analysisParts = ({ redact, nonce }: Given, known: Analysis | null): string[] => {
  if (known === null) return []
  const { verdict, summary, confidence, cause, claims, chain, ruled_out, data_gaps, next_steps } = known
  const shown = { verdict, summary, confidence, cause, claims, chain, ruled_out, data_gaps, next_steps }
  return ['The analysis that stands, already checked:', fence('vigil analysis', redactedTexts(shown, redact), nonce)]
}

const told = ({ incident, alert, brief, evidence, statements, earlier, now, nonce, redact }: Given, task: readonly string[]): Message => {
  const tame = (value: unknown): unknown => redactedTexts(value, redact)
  const parts = [
    `It is ${now.toISOString()}.`,
    alert.source === 'mention' ? 'A person asks:' : 'This alert fires:',
    fence(alert.source, tame(alertData(incident, alert)), nonce),
  ]
  if (brief !== undefined) {
    parts.push(
      'What the rules found, before you were asked:',
      fence(
        'vigil rules',
        tame({
          headline: brief.headline,
          state: brief.state,
          onset: brief.onset,
          findings: brief.findings,
          could_not_see: cannotSee(brief),
        }),
        nonce,
      ),
    )
  }
  if (evidence.length > 0)
    parts.push('Their evidence:', ...evidence.map((one) => evidenceText({ ...one, query: redact(clean(one.query)) }, nonce)))
  if (earlier.length > 0)
    parts.push('The same alert before, and what was concluded then (a lead, not evidence):', fence('vigil', tame(earlier), nonce))
  if (statements.length > 0)
    parts.push(
      'People said in the thread (statements of theirs, not evidence: look whether the data agrees):',
      fence('thread', tame(statements.map(({ name, kind, text }) => ({ who: name, [kind]: text }))), nonce),
    )
  parts.push(...task)
  return { role: 'user', content: [{ type: 'text', text: parts.join('\n\n') }] }
}

const cannotSee = ({ gaps, late = [] }: Brief): string[] => gapsByCause([...gaps, ...late.map(({ gap }) => gap)])

const alertData = (incident: Incident, alert: StoredAlert) => ({
  labels: alert.labels,
  annotations: alert.annotations,
  starts_at: alert.starts_at.toISOString(),
  onset: incident.onset?.toISOString() ?? null,
  expression: alert.expression,
  cluster: incident.cluster,
  subject: incident.subject ?? 'not known',
})

/** One answer as the model is given it: its number first, everything else fenced. */
export const evidenceText = (evidence: Evidence, nonce: string): string =>
  `${evidence.id}${evidence.complete ? '' : ' (cut: not complete)'}\n${fence(evidence.source, { query: evidence.query, range: evidence.range, answer: evidence.shown }, nonce)}`
