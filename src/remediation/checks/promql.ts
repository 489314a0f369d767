import { z } from 'zod'
import { healthOf, splitComparison } from '../../datasources/comparison.ts'
import { newestSample } from '../../datasources/newest.ts'
import { metricValue } from '../../text/number.ts'
import { bad, type Check, type CheckResult, check, good, unknown } from './check.ts'

const input = z.strictObject({ kind: z.literal('promql'), query: z.string().min(1).max(5000) })

const own: Check<z.infer<typeof input>> = {
  kind: 'promql',
  input,
  run: async ({ query }, { sources: { prometheus }, clock, since, signal }): Promise<CheckResult> => {
    if (prometheus === undefined) return unknown('no Prometheus is configured that could be asked')
    const split = splitComparison(query)
    if (split.kind !== 'threshold' && split.kind !== 'up_zero')
      return unknown(`${query}: a check needs a comparison with a number, such as error_ratio < 0.05`)
    const [{ series }, { at: newest }] = await Promise.all([
      prometheus.instant(split.left, { signal }),
      newestSample(prometheus, split.left, { labels: {}, at: clock.now(), signal }),
    ])
    const values = series.map(({ points }) => points.at(-1)?.[1] ?? Number.NaN)
    if (values.length === 0 || values.some(Number.isNaN)) return unknown(`${query}: no samples`)
    // Over a window a value outlives its last sample: the silent metric again.
    if (newest === null || newest <= since) return unknown(`${query}: no sample since the deed`)
    // The comparison is what must hold, where an alert's is what must not.
    const against = values.filter((value) => healthOf(split, value) !== 'unhealthy')
    const shown = `${query}: ${values
      .slice(0, 3)
      .map((value) => metricValue(value))
      .join(', ')}`
    return against.length === 0 ? good(shown) : bad(shown)
  },
}

export const promql = check(own)
