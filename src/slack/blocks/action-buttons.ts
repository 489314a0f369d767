import { cut } from '../../text/cut.ts'
import type { Block } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import type { ThreadState } from '../thread-state.ts'
import { pressValue, verbOf } from './action-words.ts'
import { button, confirm, label, overflow } from './text.ts'

/** The buttons of an action's messages. Those that change something carry `<action>:<version>:<digest>`, those that show something the id. */

export const approveButton = (action: ActionState): Block => {
  const { offer, undo_of: undoOf } = action.proposed
  const { target, cluster, risk, approvals, title } = offer
  const name = `${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`
  const verb = verbOf(action)
  const back = offer.undo === null ? 'It cannot be undone.' : 'It can be undone.'
  const does = offer.dryRun
    ? 'Nothing is executed: it is a dry run.'
    : `${back} It runs ${approvals > 1 ? `when ${approvals} people have approved` : 'at once'}, and once.`
  return button(
    { text: undoOf === null ? 'Approve' : 'Undo now', action: 'approve', value: pressValue(action) },
    {
      style: risk === 'HIGH' ? 'danger' : 'primary',
      confirm: confirm({
        title: label(`${verb} ${name}?`, 100),
        text: label(`${cut(title, 180)}${cluster === 'default' ? '' : ` in ${cut(cluster, 40)}`}. Risk ${risk}. ${does}`, 300),
        yes: label(verb, 30),
        no: 'Not now',
      }),
    },
  )
}

export const rejectButton = (action: ActionState): Block => button({ text: 'Reject', action: 'reject', value: pressValue(action) })

export const cancelButton = (action: ActionState): Block =>
  button(
    { text: 'Cancel', action: 'cancel_action', value: pressValue(action) },
    {
      style: 'danger',
      confirm: confirm({ title: 'Take it back?', text: 'It has not begun. It will not run.', yes: 'Take it back', no: 'Let it run' }),
    },
  )

/** What somebody found who looked at the target. */
export const foundButtons = (action: ActionState): Block[] => {
  const { target } = action.proposed.offer
  const name = `${target.namespace === undefined ? '' : `${target.namespace}/`}${target.name}`
  const asked = (title: string, text: string) =>
    confirm({ title, text: label(`You have looked at ${cut(name, 100)} yourself. ${text}`, 300), yes: 'I have seen it', no: 'Not now' })
  return [
    button(
      { text: 'It was done', action: 'was_done', value: pressValue(action) },
      { confirm: asked('It was done?', 'I do nothing more to it, and check whether it helped.') },
    ),
    button(
      { text: 'It was not done', action: 'was_not_done', value: pressValue(action) },
      { confirm: asked('It was not done?', 'It counts as failed; nothing runs by itself.') },
    ),
  ]
}

export const anewButton = (value: string): Block => button({ text: 'Check again and offer anew', action: 'offer_anew', value })

const undoButton = (action: ActionState): Block => button({ text: 'Offer the undo', action: 'offer_undo', value: pressValue(action) })

export const commandButton = (id: string): Block => button({ text: 'Copy the command', action: 'copy_command', value: id })

/** `whom`: a user or a group; `name` null: a group as a whole. */
export const askButton = (sealed: string, { id, name }: { readonly id: string; readonly name: string | null }): Block =>
  button({ text: `Ask ${name === null ? 'them' : label(name, 16)}`, action: 'ask_approver', value: `${sealed}:${id}` })

export const wholeButton = (id: string): Block => button({ text: 'All of it', action: 'whole_action', value: id })

export const waitingMenu = (action: ActionState): Block =>
  overflow('action_more', [
    { text: 'Edit', value: `edit:${pressValue(action)}` },
    { text: 'Copy the command', value: `command:${action.id}` },
    { text: 'All of it', value: `whole:${action.id}` },
  ])

/** The newest undo of an action, whatever became of it. */
export const undoOf = ({ actions: all }: ThreadState, { number }: ActionState): ActionState | undefined =>
  all.findLast(({ proposed }) => proposed.undo_of === number)

/** Offered by hand where none stands. */
export const undoing = (state: ThreadState, action: ActionState): Block[] => {
  const standing = undoOf(state, action)
  const isOpen = standing !== undefined && standing.ended === null && standing.rejected === null && standing.done?.outcome !== 'failed'
  return action.proposed.offer.undo === null || isOpen ? [] : [undoButton(action)]
}
