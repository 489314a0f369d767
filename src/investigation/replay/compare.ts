import type { Recorded } from './recorded.ts'
import type { Rerun } from './rerun.ts'

/** `better`: it was rated bad, and says something else now, which somebody has to look at. */
export type Difference = { readonly judged: 'same' | 'changed' | 'regression' | 'better'; readonly changes: readonly string[] }

/**
 * What a replay says differently. A regression: a cause is lost or is another object's, more sentences have no proof, or an answer became
 * inconclusive, of an analysis that nobody rated bad.
 */
export const compare = ({ ended, rating }: Recorded, { analysis: now }: Pick<Rerun, 'analysis'>): Difference => {
  const { analysis: then } = ended
  const changes = [
    ...changed('verdict', then.verdict, now.verdict),
    ...changed('cause', then.cause?.text ?? 'none', now.cause?.text ?? 'none'),
    ...changed('object', then.cause?.object?.name ?? 'none', now.cause?.object?.name ?? 'none'),
    ...changed('confidence', then.confidence, now.confidence),
    ...changed('unsupported', then.unsupported.length, now.unsupported.length),
    ...changed('claims', then.claims.length, now.claims.length),
  ]
  if (changes.length === 0) return { judged: 'same', changes }
  if (rating === 'bad') return { judged: 'better', changes }
  const isWorse =
    (then.cause !== null && now.cause === null) ||
    (then.cause?.object !== undefined && now.cause?.object?.name !== then.cause.object.name) ||
    (then.verdict !== 'inconclusive' && now.verdict === 'inconclusive') ||
    now.unsupported.length > then.unsupported.length
  return { judged: isWorse ? 'regression' : 'changed', changes }
}

const changed = (what: string, then: string | number, now: string | number): string[] =>
  then === now ? [] : [`${what}: ${then} -> ${now}`]
