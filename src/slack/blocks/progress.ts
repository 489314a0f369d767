import type { Hypothesis, Plan } from '../../investigation/plan.ts'
import { cut } from '../../text/cut.ts'
import { lower } from '../../text/letters.ts'
import { duration, usd } from '../../text/number.ts'
import type { Block, Living, ThreadView } from '../drawing.ts'
import { type Call, isAside, type Run } from '../thread-runs.ts'
import { queriesAndFailed } from './spending.ts'
import { subjectName } from './subject.ts'
import { actions, button, confirm, context, label, line, modelName, modelNames, push, section, withRefs } from './text.ts'

/** Steps that are shown; earlier ones are behind the button when it is done. */
const STEPS = 15

/** The investigation while it runs, and one line when it is done: a phone then shows the answer and not the work. */
export const progress = (view: ThreadView, run: Run): Living => (run.done === null ? running(view, run) : done(view, run, run.done))

const running = (view: ThreadView, run: Run): Living => {
  const { doing, pushed } = whatFor(view, run)
  const answered = run.calls.filter((call) => call.answer !== null).length
  const spent = Math.max(0, ...run.calls.map((call) => call.answer?.usd ?? 0))
  const seconds = Math.round((run.lastAt.getTime() - run.startedAt.getTime()) / 1000)
  const parts = [
    doing,
    duration(seconds),
    `${answered} of ${run.limit} queries`,
    ...(spent > 0 ? [`${usd(spent)} of ${usd(run.usdLimit)}`] : []),
    modelName(run.fellBack.at(-1)?.to ?? run.model),
  ]
  return {
    text: push([pushed]),
    final: false,
    blocks: [
      section([parts.join(' · '), ...thoughts(view, run)].join('\n')),
      // Without a step it would be a box with nothing in it, and what stands beside the investigation is told small.
      ...(run.calls.length === 0 || isAside(run)
        ? [context(nowDoing(run))]
        : [{ type: 'plan', title: nowDoing(run), tasks: run.calls.slice(-STEPS).map(task) }]),
      ...actions(run.stopping || isAside(run) ? [] : [stopButton(view)]),
    ],
  }
}

/** What a run is for, as its progress begins and as a phone shows it. */
const whatFor = (view: ThreadView, { kind, asker }: Run): { doing: string; pushed: string } => {
  const { hosts } = view.settings
  switch (kind) {
    case 'question': {
      const whose = asker === null ? 'a question' : `${asker}'s question`
      return { doing: `💬 *Answering ${line(whose, hosts, 60)}*`, pushed: `Answering ${whose}` }
    }
    case 'challenge':
      return { doing: '⚔ *Trying to refute the analysis*', pushed: `Trying to refute the analysis of ${subjectName(view)}` }
    case 'alert':
    case 'mention':
    case 'again':
      return { doing: `🔎 *Investigating ${line(subjectName(view), hosts, 100)}*`, pushed: `Investigating ${subjectName(view)}` }
  }
}

/** What the model considers, what stands after a minute, and whether another model has taken over. */
const thoughts = ({ settings: { hosts } }: ThreadView, run: Run): string[] => {
  const { plan, interim, fellBack, startedAt } = run
  const fell = fellBack.at(-1)
  const after = interim === null ? '' : duration(Math.round((interim.at.getTime() - startedAt.getTime()) / 1000))
  return [
    ...(plan === null ? [] : [planLine(plan, hosts)]),
    ...(interim === null
      ? []
      : [
          `*After ${after}:* ${
            interim.lead === null
              ? 'no lead with proof yet'
              : `best lead, not a conclusion: ${withRefs(line(interim.lead.replace(/\.$/, ''), hosts, 240), interim.evidence)}`
          }`,
        ]),
    ...(fell === undefined
      ? []
      : [`⚠ ${modelName(fell.from)} gave no answer (${line(fell.because, hosts, 60)}), so I asked ${modelName(fell.to)} instead`]),
  ]
}

const HOW: Readonly<Record<Hypothesis['status'], string>> = {
  open: 'not looked at yet',
  checking: 'checking',
  supported: 'yes so far',
  ruled_out: 'no',
}

/** "Is it the deploy? *yes so far* · the database? *no*" */
const planLine = ({ hypotheses }: Plan, hosts: readonly string[]): string => {
  const names = hypotheses.map(({ text }) => line(text.replace(/[?.\s]+$/, ''), hosts, 60))
  // A thing can be asked after like that, a whole sentence cannot.
  const isThing = names.every((name) => name.split(' ').length <= 4 && /^(?:the|a|an|more|less|too|another|other)\b/i.test(name))
  const mark = isThing ? '?' : ':'
  const first = isThing ? 'Is it ' : ''
  return `${first}${hypotheses.map(({ status }, i) => `${i === 0 && isThing ? lower(names[i] ?? '') : names[i]}${mark} *${HOW[status]}*`).join(' · ')}`
}

const stopButton = ({ incident }: ThreadView): Block =>
  button(
    { text: 'Stop and conclude', action: 'stop', value: incident.id },
    { confirm: confirm({ title: 'Stop here?', text: 'I conclude from what I have seen so far.', yes: 'Stop', no: 'Go on' }) },
  )

const nowDoing = (run: Run): string => {
  if (run.stopping) return 'Stopping: concluding from what was seen'
  const open = run.calls.filter((call) => call.answer === null)
  const [first] = open
  if (first === undefined)
    return run.calls.length > 0 ? 'Thinking about the answers' : run.kind === 'question' ? 'Reading what is known' : 'Reading the alert'
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

const done = (view: ThreadView, run: Run, { spending, seconds }: NonNullable<Run['done']>): Living => {
  const took = duration(seconds)
  if (isAside(run)) {
    // What came of it is the next message, and has the costs and the steps.
    const words = run.kind === 'question' ? '💬 Answered below' : '⚔ Tried to refute the analysis, result below'
    return { text: push([words]), final: true, blocks: [context(`${words}, after ${took}.`)] }
  }
  const models = modelNames(spending.models.length === 0 ? [run.model] : spending.models)
  return {
    text: push([`Investigated ${subjectName(view)} in ${took}`]),
    final: true,
    blocks: [
      section(
        `🔎 Investigated in ${took} · ${queriesAndFailed(spending)} · ${usd(spending.usd)} · ${models}`,
        run.calls.length === 0 ? undefined : button({ text: 'Show steps', action: 'steps', value: `${view.incident.id}:${run.number}` }),
      ),
    ],
  }
}
