import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { InputError } from '../errors.ts'

/** Clocks of machines differ; what is further ahead has another zone. */
const AHEAD_MS = 5 * 60_000

type Pushed = { readonly cluster: string | null; readonly at: Date }

/**
 * What was pushed, each with its cluster: a missing one is `default`. Throws InputError, in the words of `refusal`, for a cluster that is
 * not configured and for a time in the future.
 */
export const placed = <T extends Pushed>(
  { config, clock }: Pick<Context, 'config' | 'clock'>,
  given: readonly T[],
  refusal: { readonly title: string; readonly whenAhead: string },
): (T & { readonly cluster: string })[] => {
  const known = [DEFAULT_CLUSTER, ...config.clusters.map(({ name }) => name)]
  const now = clock.now()
  const rows = given.map((one) => ({ ...one, cluster: one.cluster ?? DEFAULT_CLUSTER }))
  const faults = rows.flatMap(({ cluster, at }, i) => {
    const where = rows.length === 1 ? '' : `${i}.`
    const isAhead = at.getTime() > now.getTime() + AHEAD_MS
    return [
      ...(known.includes(cluster) ? [] : [`${where}cluster: there is no cluster ${cluster}; there are: ${known.join(', ')}`]),
      ...(isAhead ? [`${where}when: ${at.toISOString()} is in the future (it is ${now.toISOString()}); ${refusal.whenAhead}`] : []),
    ]
  })
  if (faults.length > 0) throw new InputError(refusal.title, faults.slice(0, 10))
  return rows
}
