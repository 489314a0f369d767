import { deedWords } from '../incident/deed.ts'
import { fence } from '../text/fence.ts'
import { redactedTexts } from './redacted.ts'
import type { Run } from './run.ts'
import type { News } from './transcript.ts'

/** What happened since the model was last told, for its next turn: people's words and alerts are data, so they stand in a fence. */
export const newsText = ({ redact, nonce }: Pick<Run, 'redact' | 'nonce'>, news: readonly News[]): string => {
  const told = news.map(({ entry, labels }) =>
    entry.type === 'said'
      ? { [entry.kind === 'correction' ? 'a person corrects you' : 'a person asks']: entry.text, who: entry.name }
      : entry.type === 'amended'
        ? { [entry.because === 'subject' ? 'the rules have looked there' : 'slow sources have answered']: foundLate(entry) }
        : entry.type === 'subject_set'
          ? { 'a person says that the alert is about': entry.subject, 'it was taken to be about': entry.before }
          : entry.type === 'deed_told'
            ? { 'done outside of Vigil, as another tool tells': deedWords(entry), by: entry.by, at: entry.done_at }
            : { 'another alert joined this incident': labels ?? {} },
  )
  const kept = redactedTexts(told, redact)
  return `Meanwhile, in the thread:\n${fence('thread', kept, nonce)}\nWeigh what a person says as a statement of theirs, not as evidence: look whether the data agrees. A question of theirs is answered after this.`
}

/** Their evidence is stored like any other: the model can open it by its number. */
const foundLate = ({ brief, rules }: Extract<News['entry'], { type: 'amended' }>) => ({
  findings: brief.findings.filter(({ rule }) => rules.includes(rule)),
  could_not_see: brief.gaps,
})
