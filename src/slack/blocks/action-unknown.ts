import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import type { ThreadState } from '../thread-state.ts'
import { ownerAt } from './action.ts'
import { anewButton, commandButton, foundButtons } from './action-buttons.ts'
import { foundBy, foundUndone, mayApprove, placeOf, pressValue } from './action-words.ts'
import { fence } from './code.ts'
import { calls } from './mention.ts'
import { actions, bold, line, push, section } from './text.ts'

type Drawn = { readonly text: string; readonly blocks: readonly Block[] }

/** Lines of the change by which a person sees whether it was done. */
const MOST_LINES = 6

/**
 * The question to a person whether an action was done, and their answer; null where Vigil knows by itself. Without the command: whoever
 * runs that before looking may do it twice.
 */
export const unknownOutcome = (view: ThreadView, state: ThreadState, action: ActionState): Drawn | null => {
  const { done, found, proposed } = action
  if (found !== null) return answered(view, state, action)
  if (done?.outcome !== 'outcome_unknown') return null
  const { title, change, target } = proposed.offer
  const { notify, hosts } = view.settings
  const mention = calls(notify, { kind: 'cannot_tell', severity: view.incident.severity, owner: ownerAt(view, done.id) })
  const name = `${target.namespace === undefined ? '' : `${line(target.namespace, hosts, 60)}/`}${line(target.name, hosts, 60)}`
  const left = change.length - MOST_LINES
  const lines = [...change.slice(0, MOST_LINES), ...(left > 0 ? [`… and ${left} more`] : [])]
  return {
    text: push([`Was it done? ${title}`, 'I do not know, and do not run it again', 'Please look']),
    blocks: [
      section(
        [
          `⚠ *Was this done?* ${bold(title, hosts, 170)}${placeOf(view, action)}${mention}`,
          `I do not know, and I do not run it again: ${line(done.detail, hosts, 240)}`,
          `Please look at ${name} itself, then say what you found.${lines.length === 0 ? '' : ' If it was done, this has changed:'}`,
        ].join('\n'),
      ),
      ...(lines.length === 0 ? [] : [section(fence(lines))]),
      section(`*May say so:* ${mayApprove(view, action)}`),
      ...actions(foundButtons(action)),
    ],
  }
}

const answered = (view: ThreadView, { outcome }: ThreadState, action: ActionState): Drawn => {
  const { found, proposed, verified } = action
  const { title, watched } = proposed.offer
  const name = bold(title, view.settings.hosts, 170)
  const undone = foundUndone(view, action)
  if (undone !== null) {
    const isOver = outcome?.kind === 'recovered' || outcome?.kind === 'by_person'
    return {
      text: push([`Not done: ${title}`, 'Somebody has looked']),
      blocks: [
        section(`❌ ${name}\n${undone} Nothing more runs by itself.`),
        ...actions([...(isOver ? [] : [anewButton(pressValue(action))]), commandButton(action.id)]),
      ],
    }
  }
  const words =
    found?.detail === undefined || found.detail === '' ? '' : `: ${line(found.detail.replace(/\.$/, ''), view.settings.hosts, 200)}`
  const next = !watched ? '' : verified === null ? ' I check whether it helped.' : ' Whether it helped stands below.'
  return {
    text: push([`It was done: ${title}`, 'Somebody has looked']),
    blocks: [section(`✅ ${name}\n*It was done*, as ${foundBy(view, action)}${words}.${next}`), ...actions([commandButton(action.id)])],
  }
}
