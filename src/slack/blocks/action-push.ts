import type { ActionState } from '../thread-actions.ts'
import type { Phase } from './action-words.ts'

/** What a phone shows of an action's card. */
export const cardPush = ({ proposed, ended, rejected, done, found, verified, approvals }: ActionState, phase: Phase): string[] => {
  const { offer } = proposed
  const where = offer.cluster === 'default' ? '' : ` (${offer.cluster})`
  const minutes = Math.round((Date.parse(proposed.expires) - proposed.at.getTime()) / 60_000)
  switch (phase) {
    case 'waiting':
      if (proposed.route === 'escalate') return [`Nobody may approve here: ${offer.title}${where}`]
      return [
        `${approvals.length > 0 ? 'One more approval' : proposed.undo_of === null ? 'Approve' : 'Undo'}? ${offer.title}${where}`,
        `Risk ${offer.risk.toLowerCase()}, ${offer.undo === null ? 'cannot' : 'can'} be undone`,
        `${minutes} min left`,
      ]
    case 'starting':
      return [`Approved: ${offer.title}${where}`]
    case 'running':
      return [`Running: ${offer.title}${where}`]
    case 'checking':
      return [`Done, checking whether it helped: ${offer.title}${where}`]
    case 'over':
      return [
        `${overWord(rejected !== null, ended?.how, verified?.outcome ?? (found?.outcome === 'failed' ? 'not_done' : done?.outcome))}: ${offer.title}${where}`,
      ]
  }
}

const OVER = {
  verified: 'Worked',
  no_change: 'No change',
  worsened: 'Worse',
  cannot_tell: 'Cannot tell',
  failed: 'Failed',
  not_done: 'Not done',
  outcome_unknown: 'Outcome unknown',
  dry_run: 'Dry run passed',
  succeeded: 'Done',
  expired: 'Not decided in time',
  superseded: 'Withdrawn',
  cancelled: 'Taken back',
  blocked: 'Not run',
  changed: 'Not run',
  self_healed: 'Not needed any more',
} as const

const overWord = (isRejected: boolean, how: keyof typeof OVER | undefined, outcome: keyof typeof OVER | undefined): string =>
  isRejected ? 'Rejected' : OVER[how ?? outcome ?? 'succeeded']
