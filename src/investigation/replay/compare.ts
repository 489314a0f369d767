import type { Analysis } from '../analysis.ts'
import type { Recorded } from './recorded.ts'
import type { Rerun } from './rerun.ts'
import type { RuleChange } from './rules.ts'
import type { Retelling } from './tools.ts'

/** `better`: people did not believe it, and it says something else now, which somebody has to look at. */
export type Difference = { readonly judged: 'same' | 'changed' | 'regression' | 'better'; readonly changes: readonly string[] }

/**
 * What a replay says differently, weighed by what people and a second look made of it.
 *
 * A regression is always: a rule that is silent, broken or says the opposite now, a tool that gives no answer or other data of what its
 * source said, and a sentence that had no proof and is shown now, although nothing new was handed in. Of an analysis that was rated good: any other verdict or cause. Of one that was neither rated bad nor corrected nor refuted: a
 * cause that is lost or is another's, an answer that became inconclusive, more sentences without proof.
 */
export const compare = (
  { ended, rating, corrected, refuted }: Pick<Recorded, 'ended' | 'rating' | 'corrected' | 'refuted'>,
  { analysis: now, asked, rules, retold }: Pick<Rerun, 'analysis' | 'asked' | 'rules' | 'retold'>,
): Difference => {
  const { analysis: then } = ended
  const conclusions = [
    ...changed('verdict', then.verdict, now.verdict),
    ...changed('cause', then.cause?.text ?? 'none', now.cause?.text ?? 'none'),
    ...changed('object', then.cause?.object?.name ?? 'none', now.cause?.object?.name ?? 'none'),
    ...changed('category', then.cause?.category ?? 'none', now.cause?.category ?? 'none'),
    ...changed('confidence', then.confidence, now.confidence),
    ...changed('unsupported', then.unsupported.length, now.unsupported.length),
    ...changed('claims', then.claims.length, now.claims.length),
  ]
  const unproved = asked ? [] : then.unsupported.filter((text) => !now.unsupported.includes(text))
  const changes = [
    ...conclusions,
    ...unproved.map((text) => `shown now, had no proof then: ${text}`),
    ...rules.flatMap(ruleWords),
    ...retold.map(toolWords),
  ]
  if (changes.length === 0) return { judged: 'same', changes }
  const isDisbelieved = rating === 'bad' || (rating === null && (corrected || refuted))
  const isBroken =
    unproved.length > 0 || rules.some(({ change }) => FAULTS.includes(change)) || retold.some(({ change }) => change !== 'words')
  if (isBroken || (!isDisbelieved && isWorse(then, now, rating === 'good'))) return { judged: 'regression', changes }
  return { judged: isDisbelieved && conclusions.length > 0 ? 'better' : 'changed', changes }
}

const FAULTS: readonly RuleChange['change'][] = ['gone', 'broken', 'turned']

const isWorse = (then: Analysis, now: Analysis, isTrusted: boolean): boolean => {
  const isOther =
    then.cause?.object?.name !== now.cause?.object?.name ||
    (then.cause !== null && now.cause !== null && then.cause.category !== now.cause.category)
  return (
    (then.cause !== null && now.cause === null) ||
    (then.cause?.object !== undefined && isOther) ||
    (then.verdict !== 'inconclusive' && now.verdict === 'inconclusive') ||
    now.unsupported.length > then.unsupported.length ||
    (isTrusted && (then.verdict !== now.verdict || isOther || (then.cause === null) !== (now.cause === null)))
  )
}

const ruleWords = (one: RuleChange): string[] => {
  if (one.change === 'same' || one.change === 'not_recorded') return []
  if (one.change === 'broken') return [`rule ${one.rule}: broken, ${one.error}`]
  return [`rule ${one.rule}: ${one.before ?? 'nothing'} -> ${one.now ?? 'nothing'}`]
}

const RETOLD = { lost: 'no answer now', data: 'other data now', words: 'shown otherwise now' } as const

const toolWords = ({ answer, change, how }: Retelling): string => `${RETOLD[change]}: ${answer}${how === '' ? '' : `: ${how}`}`

const changed = (what: string, then: string | number, now: string | number): string[] =>
  then === now ? [] : [`${what}: ${then} -> ${now}`]
