import { duration, usd } from '../../text/number.ts'
import type { Drawn, ThreadView } from '../drawing.ts'
import type { Run } from '../thread-runs.ts'
import type { Challenged } from '../thread-state.ts'
import { stepsButton } from './answer.ts'
import { evidenceButton } from './buttons.ts'
import { fold, type Part } from './fold.ts'
import { queries } from './spending.ts'
import { subjectName } from './subject.ts'
import { actions, bold, context, line, modelNames, push, refs, section } from './text.ts'

/** What came of the attempt to refute an analysis. The analysis itself is edited to what is left of it. */
export const challengeMessage = (view: ThreadView, challenged: Challenged, run: Run | undefined): Drawn => {
  const { challenge, spending, seconds } = challenged
  const { hosts } = view.settings
  const { head, pushed } = headOf(view, challenged)
  const { body } = fold(head, objections(challenged, hosts))
  return {
    text: push(pushed),
    blocks: [
      section(body === '' ? head : `${head}\n${body}`),
      ...actions([
        ...(challenge.objections.some(({ receipts }) => receipts.length > 0) ? evidenceButton(view) : []),
        ...stepsButton(view, run),
      ]),
      context(
        [
          duration(seconds),
          queries(spending),
          usd(spending.usd),
          ...(spending.models.length === 0 ? [] : [modelNames(spending.models)]),
        ].join(' · '),
      ),
    ],
  }
}

/** Whether it came to a result: what was cut short before anything was found says nothing about the analysis. */
export const wasTried = ({ challenge }: Challenged): boolean => challenge.partial_reason === null || challenge.verdict !== 'stands'

const headOf = (view: ThreadView, challenged: Challenged): { head: string; pushed: string[] } => {
  const { challenge, before } = challenged
  const { hosts } = view.settings
  const subject = subjectName(view)
  const summary = line(challenge.summary, hosts, 400)
  const now = Math.round(challenge.confidence)
  if (!wasTried(challenged))
    return {
      head: `⚪ *Tried to prove it wrong, not to the end:* ${line(challenge.partial_reason ?? '', hosts, 160)}\nThe analysis above is unchanged, and no surer than before.`,
      pushed: [`The analysis of ${subject} could not be challenged`, challenge.partial_reason ?? ''],
    }
  switch (challenge.verdict) {
    case 'stands':
      return {
        head: `🛡 *Tried to prove it wrong: it stands*   ${now} % confidence\n${summary}`,
        pushed: [`Tried to prove it wrong: the analysis of ${subject} stands`, challenge.summary],
      }
    case 'weakened': {
      const from = before === null ? `${now} %` : `${Math.round(before.confidence)} → ${now} %`
      return {
        head: `🔻 *Weaker now: ${from} confidence*\n${summary}`,
        pushed: [`Weaker now: the analysis of ${subject}, ${from}`, challenge.summary],
      }
    }
    case 'refuted': {
      const cause = before?.cause ?? 'the cause'
      return {
        head: `❌ *Refuted:* ${bold(cause.replace(/\.$/, ''), hosts, 200)} does not hold\n${summary}\nNo cause is proven now; the analysis above says so.`,
        pushed: [`Refuted: the cause of ${subject} does not hold`, challenge.summary],
      }
    }
  }
}

const objections = ({ challenge }: Challenged, hosts: readonly string[]): Part[] =>
  challenge.objections.map(
    ({ text, receipts }, i): Part => ({
      heading: '*Against it*',
      text: `• ${receipts.length === 0 ? '_A doubt, without proof of its own:_ ' : ''}${line(text, hosts)}`,
      tail: receipts.length === 0 ? '' : `  ${refs(receipts.map(({ evidence }) => evidence))}`,
      rank: receipts.length === 0 ? 10 + i : i,
    }),
  )
