import type { Block, ThreadView } from '../drawing.ts'
import type { ActionState } from '../thread-actions.ts'
import { phaseOf, who } from './action-words.ts'
import { calling } from './mention.ts'
import { bold, clockTime, push, section } from './text.ts'

/** One live mention of whoever may decide, because a person asked for it; null where nobody was asked. */
export const askedMessage = (view: ThreadView, action: ActionState): { text: string; blocks: readonly Block[] } | null => {
  const { asked, proposed } = action
  if (asked === null) return null
  const { offer, expires } = proposed
  const title = bold(offer.title, view.settings.hosts, 170)
  const words =
    phaseOf(action) === 'waiting'
      ? `${who(view, asked.by)} asks you to decide: ${title}, risk *${offer.risk}*, until ${clockTime(new Date(expires))}. Its card is above.`
      : `was asked by ${who(view, asked.by)} to decide: ${title}. It waits no more, as its card above says.`
  return {
    text: push([`Can you decide? ${offer.title}`, `Risk ${offer.risk.toLowerCase()}`]),
    blocks: [section(`🙋 ${calling(asked.whom)} ${words}`)],
  }
}
