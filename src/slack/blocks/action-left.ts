import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import { ownerAt } from './action.ts'
import { calls } from './mention.ts'
import { bold, clockTime, line, push, section } from './text.ts'

/** A deed switched something off, and it still is: nobody else would remember. */
export const actionLeft = (
  { settings, incident, ...view }: ThreadView,
  { proposed }: ActionState,
  left: ActionState['left'][number],
): { readonly text: string; readonly blocks: readonly Block[] } => {
  const { hosts, notify } = settings
  const next = left.offered
    ? 'The card below puts it back with one press.'
    : 'Nothing is enabled here that puts it back: please do it by hand.'
  const mention = calls(notify, { kind: null, severity: incident.severity, owner: ownerAt({ settings, incident, ...view }, left.id) })
  return {
    text: push([`Still so: ${left.what}`, next]),
    blocks: [
      section(
        `⏸ *Still so since ${clockTime(new Date(left.since))}:* ${line(left.what, hosts, 200)}, after ${bold(proposed.offer.title, hosts, 170)}. ${next}${mention}`,
      ),
    ],
  }
}
