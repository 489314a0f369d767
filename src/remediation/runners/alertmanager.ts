import { z } from 'zod'
import type { Config } from '../../config.ts'
import type { SourceOptions } from '../../datasources/line.ts'
import { type Change, send } from '../../datasources/send.ts'
import { DEFAULT_CLUSTER, sourceNames } from '../../datasources/sources.ts'
import { notDone, type Probed, type Ran, type Running, runner } from './runner.ts'

const matcher = z.strictObject({ name: z.string().min(1), value: z.string().min(1), isRegex: z.literal(false), isEqual: z.literal(true) })

const request = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('silence'),
    /** Whole values of labels alone: a pattern would silence what nobody has seen. */
    matchers: z
      .array(matcher)
      .min(1)
      .refine((all) => all.some(({ name }) => name === 'alertname'), 'needs the alert by its name'),
    startsAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    comment: z.string(),
  }),
  z.strictObject({ do: z.literal('expire'), silence: z.string().regex(/^[A-Za-z0-9-]{1,64}$/) }),
])

type AlertmanagerRequest = z.infer<typeof request>

/** Makes silences in Alertmanager and ends them (API v2, https://prometheus.io/docs/alerting/latest/clients/). */
export const alertmanager = runner<AlertmanagerRequest>({
  id: 'alertmanager',
  request,
  missing: ({ context, cluster }) =>
    optionsOf(context, cluster) === undefined ? `Alertmanager of ${cluster} is not configured (alertmanager.endpoint)` : null,
  run: async (wanted, running): Promise<Ran> => {
    const options = optionsOf(running.context, running.cluster)
    if (options === undefined) return { outcome: 'failed', reason: 'Alertmanager is not configured', mayPass: false }
    const sent = await send(sourceNames.alertmanager, options, changeOf(wanted, running))
    if (sent.kind !== 'done') return notDone(sent)
    return { outcome: 'done', detail: wanted.do === 'silence' ? `silenced until ${wanted.endsAt}` : 'the silence has ended' }
  },
  probe: async (wanted, { context, cluster, action, signal }): Promise<Probed> => {
    const silences = await context
      .sources(cluster)
      .alertmanager?.silences({ signal })
      .catch(() => undefined)
    if (silences === undefined) return 'unknown'
    // Expired ones are kept for days: one that is not listed is over, too.
    const stands = silences.some(({ id, comment, state }) =>
      state === 'expired' ? false : wanted.do === 'silence' ? comment.includes(markOf(action)) : id === wanted.silence,
    )
    return stands === (wanted.do === 'silence') ? 'done' : 'not_done'
  },
})

/** What stands in the comment of a silence, so that a later look knows whose it is. */
export const markOf = (action: string): string => `vigil:${action}`

const changeOf = (wanted: AlertmanagerRequest, { action, approvedBy, signal }: Running): Change => {
  if (wanted.do === 'expire') return { method: 'DELETE', path: `/api/v2/silence/${wanted.silence}`, signal }
  const { do: _, comment, ...silence } = wanted
  const by = approvedBy.length === 0 ? 'by itself' : `approved by ${approvedBy.join(', ')}`
  return {
    method: 'POST',
    path: '/api/v2/silences',
    body: { ...silence, createdBy: 'Vigil', comment: `${comment}, ${by} (${markOf(action)})` },
    signal,
  }
}

const optionsOf = ({ config, fetch, clock }: Running['context'], cluster: string): SourceOptions | undefined => {
  const endpoint = endpointOf(config, cluster)
  if (endpoint === undefined) return undefined
  const { token } = config.alertmanager
  return { endpoint, fetch, clock, ...(token === undefined ? {} : { auth: { kind: 'bearer', token } }) }
}

const endpointOf = ({ alertmanager: single, clusters }: Config, cluster: string): string | undefined =>
  cluster === DEFAULT_CLUSTER ? single.endpoint : clusters.find(({ name }) => name === cluster)?.alertmanager
