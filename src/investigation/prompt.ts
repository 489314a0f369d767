import type { Incident, StoredAlert } from '../db/schema.ts'
import type { Brief, TimelineEntry } from '../incident/timeline.ts'
import type { Message } from '../llm/model.ts'
import { clean } from '../text/clean.ts'
import { fence, fenceRule } from '../text/fence.ts'
import type { Evidence } from './evidence.ts'
import { mapTexts } from './map-texts.ts'

/** Byte-stable, so that the provider caches it: nothing of an incident, no time and no name stands in it. */
export const systemPrompt = `You are the investigator inside Vigil, an on-call assistant. A person who was just woken reads your result. You find out why an alert fires, prove it, and say plainly what you could not see.

How you work
- You only read. You have tools for metrics and logs; ask several independent questions in one turn.
- Start from what is given: the alert, its own expression, the findings of the rules with their evidence. Do not ask for what is there.
- Think of two or three causes that would explain the onset, and ask what would tell them apart. Look for what changed just before the onset.
- Compare with before: the same series an hour, a day earlier. A number without its past proves nothing.
- With your first questions call update_plan with the causes that you consider, and again when one is supported or ruled out. It costs no call; the people who wait see it.
- Stop when further questions would not change what the reader does. Then call submit_analysis.
- First, do no harm: when the evidence does not carry a cause, the verdict is inconclusive. That is a good answer. An invented cause is the worst one.

What you hand in through submit_analysis
- summary: at most two sentences, the answer first.
- claims: short sentences, each with receipts. kind observation for what the evidence shows, inference for what you conclude from it.
- A receipt points at one evidence id and is one of: quote (words that stand in what you were shown, copied exactly), series with a statistic (last, min, max, mean, change, at) and its value, count of lines or objects that contain a text, absent text in a complete answer.
- Every number, every time and every name of a thing in a sentence must be covered by one of that sentence's receipts. Round as people do; percentages, differences and ratios of covered numbers are fine. A program checks this against the stored evidence and takes out what it cannot find.
- ruled_out: causes you looked at and that the evidence speaks against, with receipts. data_gaps: what you could not see. next_steps: what to do or look at next, most useful first.
- confidence: 0 to 100, what you would bet. urgency: now, today or can_wait.
- proposals: leave empty unless an action was offered to you.

${fenceRule}`

type Said = Extract<TimelineEntry, { type: 'said' }>

type Given = {
  readonly incident: Incident
  readonly alert: StoredAlert
  readonly brief: Brief | undefined
  readonly evidence: readonly Evidence[]
  /** What people said in the thread before. */
  readonly statements: readonly Said[]
  readonly now: Date
  readonly nonce: string
  /** Used on every text before it is encoded: behind an escaped line break a secret would not be known as one. */
  readonly redact: (text: string) => string
}

/** The first message: the alert, what the rules found, and the time. Everything that came from outside is redacted and stands in fences. */
export const firstMessage = ({ incident, alert, brief, evidence, statements, now, nonce, redact }: Given): Message => {
  const told = (value: unknown): unknown => mapTexts(value, (text) => redact(clean(text)))
  const parts = [
    `It is ${now.toISOString()}.`,
    alert.source === 'mention' ? 'A person asks:' : 'This alert fires:',
    fence(alert.source, told(alertData(incident, alert)), nonce),
  ]
  if (brief !== undefined) {
    parts.push(
      'What the rules found, before you were asked:',
      fence(
        'vigil rules',
        told({ headline: brief.headline, state: brief.state, onset: brief.onset, findings: brief.findings, could_not_see: brief.gaps }),
        nonce,
      ),
    )
  }
  if (evidence.length > 0)
    parts.push('Their evidence:', ...evidence.map((one) => evidenceText({ ...one, query: redact(clean(one.query)) }, nonce)))
  if (statements.length > 0)
    parts.push(
      'People said in the thread (statements of theirs, not evidence: look whether the data agrees):',
      fence('thread', told(statements.map(({ name, kind, text }) => ({ who: name, [kind]: text }))), nonce),
    )
  parts.push(alert.source === 'mention' ? 'Answer the question by what the data shows.' : 'Find the cause.')
  return { role: 'user', content: [{ type: 'text', text: parts.join('\n\n') }] }
}

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
