import type { BetterRule } from '../../investigation/better-rule.ts'
import type { ThreadState } from '../thread-state.ts'
import { line, refs } from './text.ts'

/** "*Better rule:* `for: 15m` would have fired 2 times in 14 days, not 16, and kept both that were real  E4" */
export const betterRuleLine = ({ betterRule }: Pick<ThreadState, 'betterRule'>, hosts: readonly string[]): string | null => {
  if (betterRule === null) return null
  const { rule, evidence } = betterRule
  return `*Better rule:* \`${line(rule.better, hosts, 80)}\` instead of \`${line(rule.now, hosts, 80)}\` ${effectOf(rule)}${evidence === null ? '' : `  ${refs([evidence])}`}`
}

/** What it would have done, in words. */
export const effectOf = ({ days, fired, would_have_fired, kept, real }: BetterRule): string => {
  const times = `would have fired ${would_have_fired} ${would_have_fired === 1 ? 'time' : 'times'} in ${days} days, not ${fired}`
  if (real === 0) return `${times}; none of them was acted on`
  const all = real === 1 ? 'the one' : real === 2 ? 'both' : `all ${real}`
  return `${times}, and kept ${kept === real ? all : `${kept} of ${real}`} that ${real === 1 ? 'was' : 'were'} real`
}
