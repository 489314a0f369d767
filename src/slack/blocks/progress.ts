import { cut } from '../../text/cut.ts'
import { duration, usd } from '../../text/number.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { Call, Run } from '../thread-state.ts'
import { subjectName } from './subject.ts'
import { actions, button, confirm, label, line, modelName, push, section } from './text.ts'

/** Steps that are shown; earlier ones are behind the button when it is done. */
const STEPS = 15

type Drawn = { readonly text: string; readonly blocks: readonly Block[]; readonly final: boolean }

/** The investigation while it runs, and one line when it is done: a phone then shows the answer and not the work. */
export const progress = (view: ThreadView, run: Run): Drawn => (run.done === null ? running(view, run) : done(view, run, run.done))

const running = (view: ThreadView, run: Run): Drawn => {
  const name = line(subjectName(view), view.settings.hosts, 100)
  const answered = run.calls.filter((call) => call.answer !== null).length
  const spent = Math.max(0, ...run.calls.map((call) => call.answer?.usd ?? 0))
  const seconds = Math.round((run.lastAt.getTime() - run.startedAt.getTime()) / 1000)
  const parts = [
    `🔎 *Investigating ${name}*`,
    duration(seconds),
    `${answered} of ${run.limit} queries`,
    ...(spent > 0 ? [`${usd(spent)} of ${usd(run.usdLimit)}`] : []),
    modelName(run.model),
  ]
  return {
    text: push([`Investigating ${subjectName(view)}`]),
    final: false,
    blocks: [
      section(parts.join(' · ')),
      { type: 'plan', title: nowDoing(run), tasks: run.calls.slice(-STEPS).map(task) },
      ...actions(
        run.stopping
          ? []
          : [
              button(
                { text: 'Stop and conclude', action: 'stop', value: view.incident.id },
                { confirm: confirm({ title: 'Stop here?', text: 'I conclude from what I have seen so far.', yes: 'Stop', no: 'Go on' }) },
              ),
            ],
      ),
    ],
  }
}

const nowDoing = (run: Run): string => {
  if (run.stopping) return 'Stopping: concluding from what was seen'
  const open = run.calls.filter((call) => call.answer === null)
  const [first] = open
  if (first === undefined) return run.calls.length === 0 ? 'Reading the alert' : 'Thinking about the answers'
  return label(`${first.question}${open.length > 1 ? ` and ${open.length - 1} more` : ''} …`, 200)
}

const TITLE = 256

/** One line a step: the question, the answer in a few words, how long it took, where it is kept. */
const task = ({ call, question, answer }: Call): Block => {
  const asked = label(question.replace(/[?.\s]+$/, ''), 120)
  if (answer === null) return { type: 'task_card', task_id: cut(call, 255), title: `${asked} …`, status: 'in_progress' }
  const facts = [duration(answer.ms / 1000), ...(answer.evidence === null ? [] : [answer.evidence])].join(' · ')
  const words = label(answer.summary, TITLE - asked.length - facts.length - 10)
  return { type: 'task_card', task_id: cut(call, 255), title: `${asked}: ${words}  (${facts})`, status: answer.ok ? 'complete' : 'error' }
}

const done = (view: ThreadView, run: Run, { spending, seconds }: NonNullable<Run['done']>): Drawn => {
  const failed = spending.failed_calls === 0 ? '' : `, ${spending.failed_calls} failed`
  const queries = `${spending.tool_calls} ${spending.tool_calls === 1 ? 'query' : 'queries'}${failed}`
  return {
    text: push([`Investigated ${subjectName(view)} in ${duration(seconds)}`]),
    final: true,
    blocks: [
      section(
        `🔎 Investigated in ${duration(seconds)} · ${queries} · ${usd(spending.usd)} · ${modelName(run.model)}`,
        run.calls.length === 0 ? undefined : button({ text: 'Show steps', action: 'steps', value: `${view.incident.id}:${run.number}` }),
      ),
    ],
  }
}
