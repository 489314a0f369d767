import type { Approvers, Offer } from './offer.ts'

/** Who pressed, as Slack says it: ids and look-ups, never a name. */
export type Presser = {
  readonly user: string
  /** `unknown`: the look-up failed, and that denies. */
  readonly person: 'colleague' | 'guest' | 'bot' | 'deactivated' | 'stranger' | 'unknown'
  /** Which of the approvers' user groups they are in; null where Slack did not tell. */
  readonly groups: readonly string[] | null
  /** Where it was pressed is shared with another organisation, and such channels are not allowed to decide. */
  readonly shared: boolean
}

export type Denial =
  | 'guest'
  | 'bot'
  | 'deactivated'
  | 'stranger'
  | 'look_up_failed'
  | 'shared_channel'
  | 'nobody_configured'
  | 'not_an_approver'
  | 'asked_for_it'
  | 'edited_it'

type Decided = Pick<Offer, 'approvers' | 'risk'> & { readonly requestedBy: string | null; readonly editedBy: string | null }

/** Whether somebody may approve; null: they may. Whatever is not known denies. */
export const denialOf = (action: Decided, presser: Presser): Denial | null => {
  if (presser.person !== 'colleague') return presser.person === 'unknown' ? 'look_up_failed' : presser.person
  if (presser.shared) return 'shared_channel'
  const { users, usergroups } = action.approvers
  if (users.length === 0 && usergroups.length === 0) return 'nobody_configured'
  if (!users.includes(presser.user)) {
    if (usergroups.length > 0 && presser.groups === null) return 'look_up_failed'
    if (!usergroups.some((group) => presser.groups?.includes(group) === true)) return 'not_an_approver'
  }
  if (action.risk !== 'HIGH') return null
  if (action.requestedBy === presser.user) return 'asked_for_it'
  return action.editedBy === presser.user ? 'edited_it' : null
}

/** The entry's own approvers before the route's, and those before everybody's. */
export const approversOf = (...from: readonly (Partial<Approvers> | undefined)[]): Approvers => {
  const found = from.find((one) => one !== undefined && ((one.users?.length ?? 0) > 0 || (one.usergroups?.length ?? 0) > 0))
  return { users: found?.users ?? [], usergroups: found?.usergroups ?? [] }
}
