import { lower } from '../../text/letters.ts'
import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import type { ThreadState } from '../thread-state.ts'
import { ownerAt } from './action.ts'
import { anewButton, commandButton, undoing, undoOf } from './action-buttons.ts'
import { actionChart } from './action-chart.ts'
import { approvedBy, course, doneHow, pressValue } from './action-words.ts'
import { calls } from './mention.ts'
import { subjectName } from './subject.ts'
import { actions, bold, button, clockTime, line, push, section, withRefs } from './text.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/**
 * How it ended, as a message of its own, because people must hear of it; null where nobody waits for it, or where the thread says it
 * already.
 */
export const actionOutcome = (view: ThreadView, state: ThreadState, action: ActionState): Drawn | null => {
  const { ended, done, verified, approvals, proposed } = action
  const { title } = proposed.offer
  const { hosts } = view.settings
  const { incident } = view
  if (ended !== null) {
    // Who approved it believes that it runs.
    if ((ended.how !== 'blocked' && ended.how !== 'changed') || approvals.at(-1)?.missing !== 0) return null
    const reason = line(ended.reason.replace(/\.$/, ''), hosts, 240)
    return {
      text: push([`Not run: ${title}`, ended.reason, 'Nothing was changed']),
      blocks: [
        section(`✋ *Not run, nothing was changed.* ${bold(title, hosts, 170)}: ${reason}.`),
        ...actions([anewButton(pressValue(action)), commandButton(action.id)]),
      ],
    }
  }
  // What a person found stands where they were asked.
  if (done?.outcome === 'failed' && action.found === null) {
    const mention = calls(view.settings.notify, { kind: null, severity: incident.severity, owner: ownerAt(view, done.id) })
    const words = `❌ *It failed.* ${bold(title, hosts, 170)}: ${line(done.detail, hosts, 240)}`
    return {
      text: push([`Failed: ${title}`, done.detail]),
      blocks: [section(`${words}${mention}`), ...actions([commandButton(action.id)])],
    }
  }
  if (verified === null) return null
  // Its end was told when the incident ended.
  if (verified.outcome === 'verified' && state.outcome?.kind === 'recovered' && !state.outcome.byAction) return null
  return verifiedMessage(view, state, action)
}

const verifiedMessage = (view: ThreadView, state: ThreadState, action: ActionState): Drawn | null => {
  const { verified, ineffective } = action
  if (verified === null) return null
  const { settings, incident } = view
  const { head, pushed, next, buttons } = saidOf(view, state, action)
  const kind = verified.outcome === 'worsened' ? 'worse' : verified.outcome === 'cannot_tell' ? 'cannot_tell' : null
  const isGood = verified.outcome === 'verified'
  const mention = isGood ? '' : calls(settings.notify, { kind, severity: incident.severity, owner: ownerAt(view, verified.id) })
  const back = ineffective === null ? [] : [`↩ *It did not last:* ${lower(line(ineffective.detail, settings.hosts, 200))}`]
  return {
    text: push(pushed),
    blocks: [
      section([...back, `${head}${mention}`, next].filter((one) => one !== '').join('\n')),
      ...actionChart(view, action),
      ...actions(buttons),
    ],
  }
}

type Said = { readonly head: string; readonly pushed: readonly string[]; readonly next: string; readonly buttons: readonly Block[] }

const saidOf = (view: ThreadView, state: ThreadState, action: ActionState): Said => {
  const { verified, proposed } = action
  const { hosts } = view.settings
  const { title } = proposed.offer
  const name = subjectName(view)
  const values = course(verified?.before ?? null, verified?.after ?? null)
  const detail = line((verified?.detail ?? '').replace(/\.$/, ''), hosts, 240)
  const proof = verified?.evidence == null ? [] : [verified.evidence]
  const shown = withRefs(values === null || verified?.elsewhere ? detail : `${line(values, hosts, 160)}: ${detail}`, proof)
  const what = `${bold(title, hosts, 170)}, approved by ${approvedBy(view, action)}, ${doneHow(view, action)}.`
  const at = values === null ? name : `${name} ${values}`
  const isUndo = proposed.undo_of !== null
  switch (verified?.outcome) {
    case 'verified':
      return {
        head: `✅ *It worked.* ${shown}`,
        pushed: [`Worked: ${at}`, title],
        next: `${what} ${sinceThen(state, verified.at)}`,
        buttons: [],
      }
    case 'worsened':
      return {
        head: `🔻 ${verified.elsewhere ? '*Something else got worse:*' : '*It got worse.*'} ${shown}`,
        pushed: [verified.elsewhere ? `Worse beside ${name}: ${verified.detail}` : `Worse: ${at}`, undoPush(state, action), title],
        next: `${what} ${undoWords(view, state, action)}`,
        buttons: [...undoing(state, action), commandButton(action.id)],
      }
    case 'no_change':
      return {
        head: isUndo ? `↩ *Taken back.* ${shown}` : `➖ *No change.* ${shown}`,
        pushed: isUndo ? [`Taken back: ${at}`, 'The problem itself is still there'] : [`No change: ${at}`, title],
        next: `${what} ${isUndo ? 'The problem itself is still there' : 'The problem is still there'}: this thread stays open.`,
        buttons: [...undoing(state, action), commandButton(action.id)],
      }
    default:
      return {
        head: `⚠ *Cannot tell whether it helped.* ${shown}`,
        pushed: [`Cannot tell whether it helped: ${name}`, verified?.detail ?? '', 'Please look'],
        next: `${what} ${isUnwell(verified) ? 'Not all that was checked is well' : 'A silent metric is not a healthy one'}: this thread stays open.`,
        buttons: [...undoing(state, action), ...evidence(view), commandButton(action.id)],
      }
  }
}

const isUnwell = (verified: ActionState['verified']): boolean =>
  verified?.checks?.each.some(({ after }) => after.outcome !== 'good') === true

/** What stood here was over for that long only. */
const sinceThen = ({ refired }: ThreadState, at: Date): string =>
  refired !== null && refired.at > at ? `*It fired again* ${clockTime(refired.at)}.` : 'The incident is over.'

const evidence = ({ evidence: count, incident }: ThreadView): Block[] =>
  count === 0 ? [] : [button({ text: 'Evidence', action: 'evidence', value: incident.id })]

/** Why there is no undo, where one was wanted. */
const noUndo = ({ refusedActions }: ThreadState, { proposed }: ActionState): string | null =>
  refusedActions.findLast(({ wanted }) => wanted === `undo of ${proposed.offer.title}`)?.reason ?? null

const undoWords = ({ settings: { hosts } }: ThreadView, state: ThreadState, action: ActionState): string => {
  if (undoOf(state, action) !== undefined) return 'The undo is below: one press takes it back.'
  const reason = noUndo(state, action) ?? (action.proposed.offer.undo === null ? 'this kind of action has none' : null)
  return reason === null ? 'The undo is being prepared.' : `*No undo can be offered:* ${line(reason.replace(/\.$/, ''), hosts, 200)}.`
}

const undoPush = (state: ThreadState, action: ActionState): string => {
  if (undoOf(state, action) !== undefined) return 'Undo is ready to approve'
  return action.proposed.offer.undo === null || noUndo(state, action) !== null ? 'No undo can be offered' : 'The undo is being prepared'
}
