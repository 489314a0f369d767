import type { StoredAction } from '../db/schema.ts'
import type { Offered } from '../remediation/offer-anew.ts'
import type { offerUndo } from '../remediation/undo.ts'
import { line } from './blocks/text.ts'
import { deniedTold, refusal, type Wanted } from './decision-words.ts'
import type { Door } from './door.ts'
import type { Told } from './press.ts'

type Asked = { readonly wanted: Wanted; readonly action: StoredAction; readonly user: string }

/** To whoever wanted it anew, or edited: null where the card, which is new now, says it. */
export const anewTold = async (door: Door, offered: Offered, { wanted, action, user }: Asked): Promise<Told | null> => {
  if (offered.offered) return null
  const not = `Not ${wanted}, nothing was changed:`
  switch (offered.why) {
    case 'gone':
      return `${not} I do not know this action any more. \`status\` lists what is open.`
    case 'over':
      return refusal(`${not} the incident is over. If it fires again I look at once.`, action)
    case 'moved_on':
      return refusal(
        offered.status === 'awaiting_approval'
          ? `${not} a newer offer stands. Read the card again and press there.`
          : `${not} it went on meanwhile, as its card says.`,
        action,
      )
    case 'denied':
      return deniedTold(door, offered, { wanted, user })
    case 'refused':
      return refusal(`${not} ${line(offered.reason.replace(/\.$/, ''), [], 400)}.`, action)
  }
}

/** Null where the undo's card stands below now. */
export const undoTold = (outcome: Awaited<ReturnType<typeof offerUndo>>, action: StoredAction): Told | null => {
  switch (outcome) {
    case 'offered':
      return null
    case 'standing':
      return refusal('Nothing was changed: an undo of this stands in the thread already.', action)
    case 'refused':
      return refusal('Nothing was changed: it cannot be taken back from here. `@vigil why` in this thread says why.', action)
  }
}
