import { upper } from '../../text/letters.ts'
import { duration, usd } from '../../text/number.ts'
import type { ThreadView } from '../drawing.ts'
import type { Held } from '../held.ts'
import { bold, clockTime, line, modelNames, withRefs } from './text.ts'

/** The first line of an alert that is deliberately not investigated; null where what the rules found is worth more. */
export const heldHeadline = ({ settings: { hosts } }: ThreadView, held: Held | null): string | null => {
  switch (held?.by) {
    case 'waiting':
      // Every reader's own clock counts it down: nothing is edited while it is waited for.
      return `💤 *Usually over by itself: I look again at ${clockTime(held.until)}*`
    case 'gate':
      return withRefs(`💤 ${bold(`Not investigated: ${held.reason.replace(/\.$/, '')}`, hosts, 300)}`, held.evidence)
    default:
      return null
  }
}

/** Why, below what fires. */
export const heldLines = ({ settings: { hosts } }: ThreadView, held: Held | null): string[] =>
  held?.by === 'waiting' ? [`• ${withRefs(upper(line(held.reason.replace(/\.$/, ''), hosts, 240)), held.evidence)}`] : []

/** What follows, and what does not. */
export const heldNext = ({ settings: { dayUsd } }: ThreadView, held: Held): string => {
  switch (held.by) {
    case 'waiting':
      return 'Not investigated before that, unless you press.'
    case 'gate': {
      const { tool_calls: calls, models, usd: cost } = held.spending
      const by = models.length === 0 ? '' : `, ${modelNames(models)}`
      return `Left alone by the gate (${calls} ${calls === 1 ? 'query' : 'queries'}, ${usd(cost)}${by}).`
    }
    case 'budget':
      return `*${dayUsd === null ? "Today's budget is" : `Today's ${usd(dayUsd).replace(/\.00$/, '')} are`} spent*, so rules only.`
  }
}

/** For a phone, which shows no moments in its reader's zone. */
export const heldPush = (held: Held | null): string[] => {
  switch (held?.by) {
    case 'waiting':
      return [`Usually over by itself, I look again in ${duration((held.until.getTime() - held.at.getTime()) / 1000)}`]
    case 'gate':
      return [`Not investigated: ${held.reason}`]
    default:
      return []
  }
}
