import { findByMessage } from '../../incident/find.ts'
import { type Reason, why as reasonsOf, whyNot } from '../../incident/why.ts'
import { clockTime, line } from '../blocks/text.ts'
import type { Command } from './command.ts'

/** Reasons that are shown; the newest explain what stands. */
const SHOWN = 8

export const why: Command = {
  name: 'why',
  also: ['why not', 'why?'],
  takesWords: false,
  usage: 'why',
  does: 'why I did, or did not do, what I did in this thread',
  run: async ({ context }, { channel, threadTs }) => {
    if (threadTs === null) return 'Ask me that in the thread of an alert. `status` lists what is open.'
    const incident = await findByMessage(context.db, channel, threadTs)
    const reasons = incident === undefined ? await whyNot(context.db, channel, threadTs) : await reasonsOf(context.db, incident.id)
    if (reasons.length === 0)
      return 'I know nothing of this thread: I read alerts only of the channels and bots that are configured. `triage` makes me look.'
    return whyWords(reasons)
  },
}

export const whyWords = (reasons: readonly Reason[]): string => {
  const shown = reasons.slice(-SHOWN)
  const left = reasons.length - shown.length
  return [
    ...(left > 0 ? [`${left} earlier decisions are left out.`] : []),
    ...shown.map(({ at, text }) => `• ${clockTime(at)} ${line(text, [], 400)}`),
  ].join('\n')
}
