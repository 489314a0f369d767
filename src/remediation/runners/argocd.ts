import { z } from 'zod'
import type { ApplicationDetail } from '../../datasources/argocd.ts'
import type { SourceOptions } from '../../datasources/line.ts'
import { type Change, send } from '../../datasources/send.ts'
import { DEFAULT_CLUSTER, sourceNames } from '../../datasources/sources.ts'
import { notDone, type Probed, type Ran, type Running, runner } from './runner.ts'

const application = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/)
/** When the operation began that was the newest when this was planned; empty: there was none. */
const before = z.string()

const request = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('sync'), application, before }),
  z.strictObject({ do: z.literal('rollback'), application, before, id: z.number().int().min(0), revision: z.string() }),
  z.strictObject({
    do: z.literal('auto_sync'),
    application,
    automated: z.strictObject({ prune: z.boolean(), selfHeal: z.boolean() }).nullable(),
  }),
])

type ArgoRequest = z.infer<typeof request>

/** Syncs and rolls back applications of Argo CD with the second account; never prunes and never forces. */
export const argocd = runner<ArgoRequest>({
  id: 'argocd',
  request,
  missing: ({ context, cluster }) =>
    optionsOf(context, cluster) === undefined
      ? `no account that may change applications of Argo CD in ${cluster} is configured (argocd.endpoint and argocd.runner_token)`
      : null,
  run: async (wanted, running): Promise<Ran> => {
    const options = optionsOf(running.context, running.cluster)
    if (options === undefined) return { outcome: 'failed', reason: 'argocd.runner_token is not configured', mayPass: false }
    const sent = await send(sourceNames.argocd, options, changeOf(wanted, running))
    return sent.kind === 'done' ? { outcome: 'done', detail: DONE[wanted.do](wanted.application) } : notDone(sent)
  },
  probe: async (wanted, { context, cluster, action, signal }): Promise<Probed> => {
    const live = await context
      .sources(cluster)
      .argocd?.application({ name: wanted.application, signal })
      .catch(() => undefined)
    return live === undefined ? 'unknown' : seenIn(live, wanted, action)
  },
})

const DONE: Readonly<Record<ArgoRequest['do'], (name: string) => string>> = {
  sync: (name) => `the sync of ${name} has begun`,
  rollback: (name) => `the rollback of ${name} has begun`,
  auto_sync: (name) => `the sync policy of ${name} is set`,
}

/** What Argo CD keeps of an operation of ours. */
const INFO = 'vigil'

const seenIn = (live: ApplicationDetail, wanted: ArgoRequest, action: string): Probed => {
  if (wanted.do === 'auto_sync') return JSON.stringify(live.automated) === JSON.stringify(wanted.automated) ? 'done' : 'not_done'
  const isOurs = ({ info, revision }: { readonly info: Readonly<Record<string, string>>; readonly revision: string }): boolean =>
    wanted.do === 'sync' ? info[INFO] === action : revision === wanted.revision
  const isNewer = (live.last?.startedAt ?? '') !== wanted.before
  if (live.waiting !== null && isOurs(live.waiting)) return 'done'
  if (live.last !== null && isNewer && isOurs(live.last)) return 'done'
  // Another operation came: whether ours was before it is not kept.
  return isNewer || live.waiting !== null ? 'unknown' : 'not_done'
}

const changeOf = (wanted: ArgoRequest, { action, signal }: Running): Change => {
  const path = `/api/v1/applications/${wanted.application}`
  switch (wanted.do) {
    case 'sync':
      return { method: 'POST', path: `${path}/sync`, body: { prune: false, dryRun: false, infos: [{ name: INFO, value: action }] }, signal }
    case 'rollback':
      return { method: 'POST', path: `${path}/rollback`, body: { id: wanted.id, prune: false, dryRun: false }, signal }
    case 'auto_sync': {
      const patch = JSON.stringify({ spec: { syncPolicy: { automated: wanted.automated } } })
      return { method: 'PATCH', path, body: { patch, patchType: 'merge' }, signal }
    }
  }
}

const optionsOf = ({ config, fetch, clock }: Running['context'], cluster: string): SourceOptions | undefined => {
  const endpoint = cluster === DEFAULT_CLUSTER ? config.argocd.endpoint : config.clusters.find(({ name }) => name === cluster)?.argocd
  const token = config.argocd.runner_token
  return endpoint === undefined || token === undefined ? undefined : { endpoint, fetch, clock, auth: { kind: 'bearer', token } }
}
