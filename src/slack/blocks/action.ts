import { lower, upper } from '../../text/letters.ts'
import { duration } from '../../text/number.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import { type ThreadState, verdictNow } from '../thread-state.ts'
import {
  anewButton,
  approveButton,
  cancelButton,
  commandButton,
  foundButtons,
  rejectButton,
  undoing,
  waitingMenu,
  wholeButton,
} from './action-buttons.ts'
import { actionChart } from './action-chart.ts'
import { cardPush } from './action-push.ts'
import { approvedBy, course, doneHow, foundUndone, mayApprove, phaseOf, placeOf, pressValue, seal, titleOf, who } from './action-words.ts'
import { fence } from './code.ts'
import { fold, type Part } from './fold.ts'
import { calls } from './mention.ts'
import { actions, clockTime, context, line, push, refs, section } from './text.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[]; readonly final: boolean }

/** One action through its whole life, in one message: waiting, running, over. What is shown is what is hashed and what runs. */
export const actionCard = (view: ThreadView, state: ThreadState, action: ActionState): Drawn => {
  const phase = phaseOf(action)
  return { text: push(cardPush(action, phase)), blocks: blocksOf(view, state, action), final: phase !== 'running' }
}

/** Who owned it when something was put before people: a later owner is not called by an old message. */
export const ownerAt = ({ timeline }: ThreadView, entry: number): string | null =>
  timeline.reduce<string | null>((owner, one) => (one.type === 'owned' && one.id < entry ? one.user : owner), null)

const blocksOf = (view: ThreadView, state: ThreadState, action: ActionState): Block[] => {
  switch (phaseOf(action)) {
    case 'waiting':
      return waiting(view, state, action)
    case 'starting':
      return [
        section(
          [
            `🛠 ${titleOf(view, action)}${placeOf(view, action)} · approved by ${approvedBy(view, action)}`,
            ...frozenLine(view),
            '▸ Checking once more that nothing has changed since',
          ].join('\n'),
        ),
        ...actions([cancelButton(action), commandButton(action.id)]),
      ]
    case 'running':
      return [
        section(
          [...begun(view, action), `▸ ${line(action.progress ?? 'sent, waiting for it to settle', view.settings.hosts, 200)}`].join('\n'),
        ),
      ]
    case 'checking':
      return [
        section([...begun(view, action), doneLine(view, action), checkingLine(view)].join('\n')),
        ...actions([commandButton(action.id)]),
      ]
    case 'over':
      return over(view, state, action)
  }
}

/** Lines of a diff before the rest is one press away. */
const MOST_LINES = 8

const waiting = (view: ThreadView, state: ThreadState, action: ActionState): Block[] => {
  const { proposed, approvals, id } = action
  const { offer } = proposed
  const { hosts, notify } = view.settings
  const mention = calls(notify, { kind: 'approval', severity: view.incident.severity, owner: ownerAt(view, proposed.id) })
  const people = offer.approvals > 1 ? `, ${offer.approvals} people` : ''
  const head = `${proposed.undo_of === null ? '🛠' : '↩'} ${titleOf(view, action)}${placeOf(view, action)} · risk *${offer.risk}${people}*${mention}`
  const { body, folded } = fold(head, partsOf(view, action))
  // What is approved is all of it, so what did not fit is not passed over.
  const rest = folded ? ['… and more, which did not fit here: All of it'] : []
  const left = offer.change.length - MOST_LINES
  const change = [...offer.change.slice(0, MOST_LINES), ...(left > 0 ? [`… and ${left} more: All of it`] : [])]
  const given =
    approvals.length === 0
      ? []
      : [`*${approvals.length} of ${offer.approvals}:* approved by ${approvedBy(view, action)}. One more is needed.`]
  const reasons = [`${confidenceOf(state)}${proposed.reasons.map((reason) => line(reason, hosts, 120)).join(' · ')}`]
  const pressable = proposed.route !== 'escalate'
  return [
    section(head),
    ...(change.length === 0 ? [] : [section(fence(change))]),
    section([body, ...rest, ...given, ...frozenLine(view), lastLine(view, action)].filter((one) => one !== '').join('\n')),
    ...(pressable
      ? actions([approveButton(action), rejectButton(action), waitingMenu(action)])
      : actions([commandButton(id), wholeButton(id)])),
    context(`*Not automatic:* ${reasons.join('')}`),
  ]
}

const partsOf = (view: ThreadView, { proposed: { offer, because } }: ActionState): Part[] => {
  const { hosts, verifySeconds } = view.settings
  const receipts = because.evidence.length === 0 ? '' : `  ${refs(because.evidence)}`
  const back = offer.undo === null ? 'it cannot be undone' : 'one press, as a card of its own'
  return [
    ...(offer.dryRun ? [{ text: '*Nothing is executed:* the other side only says what it would do', rank: 0 }] : []),
    { text: `*Why:* ${line(because.text, hosts, 200)}`, tail: receipts, rank: 3 },
    { text: `*Risk:* ${offer.why.map((one) => line(one, hosts, 120)).join('; ')}`, rank: 1 },
    ...offer.notes.map((note, i): Part => ({ text: `• ${line(note, hosts, 200)}`, rank: 2 + i })),
    {
      text: `*Undo:* ${back}. *Check:* ${offer.watched ? checkWords(verifySeconds) : 'none, it takes no cause away'}`,
      rank: 2,
    },
  ]
}

const checkWords = (seconds: number): string => `the alert's own query and the target, up to ${duration(seconds)}, on fresh data only`

const lastLine = (view: ThreadView, action: ActionState): string => {
  const { proposed } = action
  return `*May approve:* ${mayApprove(view, action)} · until ${clockTime(new Date(proposed.expires))} · ${seal(action)}`
}

/** Whatever waits says that nothing would run now. */
const frozenLine = (view: ThreadView): string[] => {
  const { frozen, settings } = view
  if (frozen === null) return []
  const reason = frozen.reason === '' ? '' : ` (${line(frozen.reason, settings.hosts, 100)})`
  return [`🧊 *Frozen* since ${clockTime(frozen.at)} by ${who(view, frozen.by)}${reason}: nothing runs until \`unfreeze\``]
}

const confidenceOf = (state: ThreadState): string => {
  const analysis = verdictNow(state)?.analysis
  return analysis === undefined || analysis.by === 'rules' ? '' : `confidence ${Math.round(analysis.confidence)} % · `
}

const begun = (view: ThreadView, action: ActionState): string[] => {
  const { started, proposed } = action
  const before = started?.before == null ? '' : ` · before: ${line(started.before, view.settings.hosts, 80)}`
  const again = (started?.attempt ?? 1) > 1 ? ` · try ${started?.attempt}` : ''
  return [
    `🛠 ${titleOf(view, action)}${placeOf(view, action)} · approved by ${approvedBy(view, action)}`,
    `✓ Checked again: nothing has changed since v${proposed.offer.version}${before}${again}`,
  ]
}

const doneLine = (view: ThreadView, action: ActionState): string => {
  const { done, found } = action
  if (done === null) return ''
  return `✓ ${upper(doneHow(view, action))}${found === null ? `: ${line(done.detail, view.settings.hosts, 200)}` : ''}`
}

const checkingLine = ({ settings: { verifySeconds } }: ThreadView): string => `▸ Checking whether it helped: ${checkWords(verifySeconds)}`

/** What became of it, in one line; the way on below. */
const over = (view: ThreadView, state: ThreadState, action: ActionState): Block[] => {
  const { sign, words, isOfferable } = ending(view, action, isToldElsewhere(state))
  const again = isOfferable ? [anewButton(pressValue(action))] : []
  const command = commandButton(action.id)
  // Without the command: whoever runs that before looking may do it twice.
  const next = action.done?.outcome === 'outcome_unknown' ? foundButtons(action) : [...again, ...takenBack(state, action), command]
  return [
    section(`${sign} ${titleOf(view, action)}${placeOf(view, action)}\n${words}`),
    ...(isToldElsewhere(state) ? actionChart(view, action) : []),
    ...actions(next),
  ]
}

/** What is not watched has no message of its own that offers it. */
const takenBack = (state: ThreadState, action: ActionState): Block[] =>
  action.proposed.offer.watched || action.done?.outcome !== 'succeeded' ? [] : undoing(state, action)

/** The end of the incident was told before the check was over, so that its picture has no message of its own. */
const isToldElsewhere = ({ outcome }: ThreadState): boolean => outcome?.kind === 'recovered' && !outcome.byAction

type Ending = { readonly sign: string; readonly words: string; readonly isOfferable: boolean }

const ending = (view: ThreadView, action: ActionState, isWhole: boolean): Ending => {
  const { rejected, ended, done } = action
  const { hosts } = view.settings
  if (rejected !== null) {
    const reason = rejected.reason === '' ? 'no reason given' : line(rejected.reason, hosts, 300)
    return {
      sign: '✋',
      words: `*Rejected* by ${who(view, rejected.by)} ${clockTime(rejected.at)}: ${reason}. Nothing was changed.`,
      isOfferable: false,
    }
  }
  if (ended !== null) return endedWords(view, action)
  if (done === null) return { sign: '🛠', words: '', isOfferable: false }
  const approved = `Approved by ${approvedBy(view, action)}`
  const detail = line(done.detail, hosts, 300)
  switch (done.outcome) {
    case 'failed': {
      const undone = foundUndone(view, action)
      if (undone !== null) return { sign: '❌', words: `${undone}\n${approved}`, isOfferable: true }
      return { sign: '❌', words: `*Failed* after ${duration(done.seconds)}: ${detail}\n${approved}`, isOfferable: false }
    }
    case 'outcome_unknown':
      return {
        sign: '⚠',
        words: `*I do not know whether it was done; I do not run it again.* Please look: the question stands below.\n${approved}`,
        isOfferable: false,
      }
    case 'dry_run':
      return { sign: '🧪', words: `*It would work, nothing was changed:* ${detail}\n${approved}`, isOfferable: false }
    default:
      return { ...verifiedWords(view, action, isWhole), isOfferable: false }
  }
}

const endedWords = (view: ThreadView, { ended, proposed }: ActionState): Ending => {
  const reason = line((ended?.reason ?? '').replace(/\.$/, ''), view.settings.hosts, 300)
  switch (ended?.how) {
    case 'expired':
      return {
        sign: '⌛',
        words: `*This offer ended* at ${clockTime(new Date(proposed.expires))}: ${reason}. Nothing was changed.`,
        isOfferable: true,
      }
    case 'changed':
    case 'blocked':
      return { sign: '✋', words: `*Not run, nothing was changed:* ${reason}.`, isOfferable: true }
    case 'cancelled':
      return {
        sign: '✋',
        words: `*Taken back* by ${ended.by === null ? 'the API' : who(view, ended.by)} ${clockTime(ended.at)}. Nothing was changed.`,
        isOfferable: false,
      }
    case 'self_healed':
      return { sign: '🟢', words: `*Not needed any more, nothing was changed:* ${reason}.`, isOfferable: false }
    default:
      return { sign: '↪', words: `*Withdrawn:* ${reason}. Nothing was changed.`, isOfferable: false }
  }
}

const VERIFIED = {
  verified: { sign: '✅', words: 'It worked' },
  no_change: { sign: '➖', words: 'No change' },
  worsened: { sign: '🔻', words: 'It got worse' },
  cannot_tell: { sign: '⚠', words: 'Cannot tell whether it helped' },
} as const

/** The message below has the values and the chart: the card only says how it ended, unless there is none. */
const verifiedWords = (view: ThreadView, action: ActionState, isWhole: boolean): { sign: string; words: string } => {
  const { verified, ineffective, done, found } = action
  const { hosts } = view.settings
  const approved = `Approved by ${approvedBy(view, action)}, ${doneHow(view, action)}`
  if (verified === null)
    return { sign: '✅', words: `*Done${found === null ? `:* ${line(done?.detail ?? '', hosts, 200)}` : '.*'}\n${approved}` }
  const { sign, words } = verified.elsewhere ? { sign: '🔻', words: 'Something else got worse' } : VERIFIED[verified.outcome]
  const values = course(verified.before, verified.after)
  if (ineffective !== null) return { sign: '↩', words: `*It did not last:* ${lower(line(ineffective.detail, hosts, 200))}\n${approved}` }
  if (!isWhole) return { sign, words: `*${words}*, as it stands below. ${approved}` }
  return { sign, words: `*${words}.*${values === null ? '' : ` ${line(values, hosts, 160)}.`}\n${approved}` }
}
