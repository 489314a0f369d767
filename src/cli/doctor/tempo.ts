import { sourceNames } from '../../datasources/sources.ts'
import { forEachCluster } from './clusters.ts'

const part = sourceNames.tempo

/** Whether Tempo's search answers. */
export const checkTempo = forEachCluster('tempo', {
  absent: () => ({ level: 'note', part, text: 'not configured: no traces in any answer (VIGIL_TEMPO_ENDPOINT)' }),
  mend: (reason) =>
    /^Tempo 40[13]/.test(reason)
      ? 'VIGIL_TEMPO_TENANT_ID or VIGIL_TEMPO_TOKEN is missing or wrong'
      : 'check VIGIL_TEMPO_ENDPOINT (or clusters[].tempo): the query frontend, and that it answers from here: curl <endpoint>/ready',
  look: async ({ source, input }) => {
    await source.echo(input)
    return [{ level: 'ok', part, text: 'answers searches' }]
  },
})
