import { profileTypes } from '../../datasources/pyroscope.ts'
import { sourceNames } from '../../datasources/sources.ts'
import { forEachCluster } from './clusters.ts'

const part = sourceNames.pyroscope

/** Whether Pyroscope answers, and with which of the profiles that can be compared. */
export const checkPyroscope = forEachCluster('pyroscope', {
  absent: () => ({ level: 'note', part, text: 'not configured: no profiles in any answer (VIGIL_PYROSCOPE_ENDPOINT)' }),
  mend: (reason) =>
    /^Pyroscope 40[13]/.test(reason)
      ? 'VIGIL_PYROSCOPE_TENANT_ID or VIGIL_PYROSCOPE_TOKEN is missing or wrong'
      : 'check VIGIL_PYROSCOPE_ENDPOINT (or clusters[].pyroscope), and that it answers from here: curl <endpoint>/ready',
  look: async ({ source, input }) => {
    const types = await source.types({ at: input.clock.now(), signal: input.signal })
    const known = Object.entries(profileTypes).flatMap(([name, { id }]) => (types.includes(id) ? [name] : []))
    if (known.length === 0)
      return [
        {
          level: 'warning',
          part,
          text: 'answers, but has none of the profiles that can be compared in the last hour',
          mend: 'is the tenant right? (VIGIL_PYROSCOPE_TENANT_ID)',
        },
      ]
    return [{ level: 'ok', part, text: `answers, profiles ${known.join(', ')}` }]
  },
})
