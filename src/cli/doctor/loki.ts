import { sourceNames } from '../../datasources/sources.ts'
import { forEachCluster } from './clusters.ts'

const part = sourceNames.loki

/** Whether Loki answers, and whether its labels can name a service. */
export const checkLoki = forEachCluster('loki', {
  absent: () => ({ level: 'note', part, text: 'not configured: no log lines in any answer (VIGIL_LOKI_ENDPOINT)' }),
  mend: (reason) =>
    /^Loki 40[13]/.test(reason)
      ? 'VIGIL_LOKI_TENANT_ID or VIGIL_LOKI_TOKEN is missing or wrong'
      : 'check VIGIL_LOKI_ENDPOINT (or clusters[].loki), and that it answers from here: curl <endpoint>/ready',
  look: async ({ source, input }) => {
    const labels = await source.labelNames(input)
    if (labels.length === 0)
      return [
        {
          level: 'warning',
          part,
          text: 'answers, but has no labels: nothing was logged there lately',
          mend: 'is the tenant right? (VIGIL_LOKI_TENANT_ID)',
        },
      ]
    const shown = `${labels.slice(0, 6).join(', ')}${labels.length > 6 ? ` and ${labels.length - 6} more` : ''}`
    return [{ level: 'ok', part, text: `answers, labels ${shown}` }]
  },
})
