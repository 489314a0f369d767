import type { ActionEntry } from '../remediation/entries.ts'

/** What was decided about an action, in words; null for what is no decision. */
export const actionReason = (entry: ActionEntry): string | null => {
  switch (entry.type) {
    case 'action_proposed':
      return `${routeWords[entry.route]}: ${entry.offer.title} (${entry.reasons.join('; ')})`
    case 'action_refused':
      return `did not offer ${entry.wanted}: ${entry.reason}`
    case 'action_approved':
      return entry.by === null
        ? `approved action ${entry.number} by the confidence protocol`
        : `action ${entry.number} was approved by a person${entry.missing > 0 ? `, ${entry.missing} more needed` : ''}`
    case 'action_rejected':
      return `action ${entry.number} was rejected by a person${entry.reason === '' ? '' : `: ${entry.reason}`}`
    case 'action_ended':
      return `action ${entry.number} was not run, ${endWords[entry.how]}: ${entry.reason}`
    case 'action_started':
      return `began action ${entry.number}`
    case 'action_done':
      return `action ${entry.number} ${doneWords[entry.outcome]}: ${entry.detail}`
    case 'action_found':
      return `action ${entry.number} ${entry.said === 'done' ? 'was done' : 'was not done'}${entry.unsent > 0 && entry.said === 'done' ? ' as far as it had been sent' : ''}: ${entry.by === null ? 'the API said so' : 'a person looked and said so'}${entry.detail === '' ? '' : ` (${entry.detail})`}`
    case 'action_verified':
      return `looked whether action ${entry.number} helped: ${entry.elsewhere ? 'something else got worse' : verifiedWords[entry.outcome]} (${entry.detail})`
    case 'action_left':
      return `reminded of what action ${entry.number} left: ${entry.what}`
    case 'action_ineffective':
      return `action ${entry.number} is not believed to have helped: ${entry.detail}`
    case 'action_asked':
    case 'action_progress':
      return null
  }
}

const routeWords = {
  automatic: 'proposed, and the confidence protocol lets it run',
  approval: 'proposed, and asks a person',
  escalate: 'proposed, but nobody is configured who may approve it',
} as const

const endWords = {
  expired: 'it expired',
  superseded: 'a newer one stands',
  cancelled: 'it was taken back',
  blocked: 'it was held back',
  changed: 'the target had changed',
  self_healed: 'the problem was gone',
} as const

const doneWords = {
  succeeded: 'was done',
  failed: 'failed',
  outcome_unknown: 'may have been done, a person must look',
  dry_run: 'was tried',
} as const

const verifiedWords = { verified: 'it did', no_change: 'it did not', worsened: 'it got worse', cannot_tell: 'cannot tell' } as const
