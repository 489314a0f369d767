import type { BetterRule } from '../../investigation/better-rule.ts'
import type { ThreadState } from '../thread-state.ts'
import { line, refs } from './text.ts'

/** "*Better rule:* `for: 15m` would have fired 0 instead of 41 times in 14 days and kept both real ones  E4" */
export const betterRuleLine = ({ betterRule }: Pick<ThreadState, 'betterRule'>, hosts: readonly string[]): string | null => {
  if (betterRule === null) return null
  const { rule, evidence } = betterRule
  return `*Better rule:* \`${line(rule.better, hosts, 80)}\` ${effectOf(rule)}${evidence === null ? '' : `  ${refs([evidence])}`}`
}

/** What it would have done, in words. */
export const effectOf = ({ now, days, fired, would_have_fired, kept, real }: BetterRule): string => {
  const times = `would have fired ${would_have_fired} instead of ${fired} times in ${days} days (now ${now})`
  if (real === 0) return `${times}; none of them was acted on`
  const all = real === 1 ? 'the one' : real === 2 ? 'both' : `all ${real}`
  return `${times} and kept ${kept === real ? all : `${kept} of ${real}`} that ${real === 1 ? 'was' : 'were'} real`
}
