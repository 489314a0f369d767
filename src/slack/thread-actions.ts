import type { ActionEntry, LaterEntry, Proposed } from '../remediation/entries.ts'

type At = { readonly id: number; readonly at: Date }
type Entry = At & ActionEntry
type Of<T extends ActionEntry['type']> = At & Extract<ActionEntry, { type: T }>

/** One action as its card shows it. */
export type ActionState = {
  readonly id: string
  readonly number: number
  /** The newest version of the offer. */
  readonly proposed: Of<'action_proposed'>
  readonly approvals: readonly Of<'action_approved'>[]
  readonly asked: Of<'action_asked'> | null
  readonly rejected: Of<'action_rejected'> | null
  readonly ended: Of<'action_ended'> | null
  readonly started: Of<'action_started'> | null
  readonly progress: string | null
  /** Where nobody knew and somebody looked, `outcome` is what they found. */
  readonly done: Of<'action_done'> | null
  readonly found: Of<'action_found'> | null
  readonly verified: Of<'action_verified'> | null
  readonly ineffective: Of<'action_ineffective'> | null
  /** Reminders of what it left, oldest first. */
  readonly left: readonly Of<'action_left'>[]
}

/** The part of a thread's state that is about actions. */
export type ActionsState = {
  /** In the order in which they were proposed. */
  readonly actions: readonly ActionState[]
  /** What was wanted and not offered. */
  readonly refusedActions: readonly { readonly wanted: string; readonly reason: string }[]
}

export const noActions: ActionsState = { actions: [], refusedActions: [] }

/** What one more entry makes of it. */
export const acted = ({ actions, refusedActions }: ActionsState, entry: Entry): ActionsState => {
  if (entry.type === 'action_refused')
    return { actions, refusedActions: [...refusedActions, { wanted: entry.wanted, reason: entry.reason }] }
  if (entry.type === 'action_proposed') return { actions: proposed(actions, entry), refusedActions }
  return { actions: actions.map((one) => (one.id === entry.action ? { ...one, ...changeOf(one, entry) } : one)), refusedActions }
}

/** What was seen to help ends the incident in the same moment, so that there is no other end of this round. */
export const hasHelped = ({ actions }: ActionsState, since: Date | undefined): boolean =>
  actions.some(({ verified }) => verified?.outcome === 'verified' && (since === undefined || verified.at > since))

const proposed = (actions: readonly ActionState[], entry: At & Proposed): readonly ActionState[] => {
  const fresh: ActionState = {
    id: entry.action,
    number: entry.number,
    proposed: entry,
    approvals: [],
    asked: null,
    rejected: null,
    ended: null,
    started: null,
    progress: null,
    done: null,
    found: null,
    verified: null,
    ineffective: null,
    left: [],
  }
  // A new version begins anew: what was pressed for the old one counts no more.
  return actions.some(({ id }) => id === entry.action) ? actions.map((one) => (one.id === entry.action ? fresh : one)) : [...actions, fresh]
}

const changeOf = (one: ActionState, entry: At & LaterEntry): Partial<ActionState> => {
  switch (entry.type) {
    case 'action_approved':
      return { approvals: [...one.approvals, entry] }
    case 'action_asked':
      return { asked: entry }
    case 'action_rejected':
      return { rejected: entry }
    case 'action_ended':
      return { ended: entry }
    case 'action_started':
      return { started: entry }
    case 'action_progress':
      return { progress: entry.text }
    case 'action_done':
      return { done: entry }
    case 'action_found':
      return { found: entry, done: one.done === null ? null : { ...one.done, outcome: entry.outcome } }
    case 'action_verified':
      return { verified: entry }
    case 'action_left':
      return { left: [...one.left, entry] }
    case 'action_ineffective':
      return { ineffective: entry }
  }
}
