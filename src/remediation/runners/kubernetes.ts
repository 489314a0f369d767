import { z } from 'zod'
import type { Config } from '../../config.ts'
import { currentAccess, isNamed, type KubernetesAccess } from '../../datasources/kubernetes/access.ts'
import type { SourceOptions } from '../../datasources/line.ts'
import { type Change, type Sent, send } from '../../datasources/send.ts'
import { DEFAULT_CLUSTER } from '../../datasources/sources.ts'
import { InputError } from '../../errors.ts'
import { changedLines } from '../../kubernetes/changed.ts'
import { type KindName, kindOf, kinds, pathOf } from '../../kubernetes/kinds.ts'
import { MARK } from '../../kubernetes/mark.ts'
import { type DryRun, notDone, type Probed, type Ran, type Running, runner } from './runner.ts'

const segment = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/)

const operation = z.strictObject({
  op: z.enum(['test', 'add', 'replace', 'remove']),
  path: z.string().startsWith('/'),
  value: z.unknown().optional(),
})

/** One place that changes, by its JSON pointer (kubernetes/edits). */
export const edit = z.strictObject({ path: z.string(), was: z.unknown().optional(), is: z.unknown().optional() })

const request = z
  .strictObject({
    method: z.enum(['PATCH', 'POST', 'DELETE']),
    kind: z.enum(kinds.map(({ kind }) => kind) as [KindName, ...KindName[]]),
    namespace: segment.optional(),
    name: segment,
    subresource: z.enum(['eviction']).optional(),
    /** RFC 6902: its `test` operations make the API server itself refuse what is not as it was shown. */
    patch: z.array(operation).min(1).optional(),
    body: z.record(z.string(), z.unknown()).optional(),
    /** How a look tells that it was done: the mark that the patch leaves, or that this very object is gone. */
    done: z.union([z.strictObject({ marked: z.literal(true) }), z.strictObject({ gone: z.string() })]),
    /** Of a patch that takes back what an applied manifest changed: that action, and what changes now. */
    back: z.uuid().optional(),
    edits: z.array(edit).optional(),
  })
  .refine(({ method, patch }) => (method === 'PATCH') === (patch !== undefined), 'a patch needs its operations')

export type KubernetesRequest = z.infer<typeof request>

/** Null where there is an account that may change something in this cluster; else what is to be configured. */
export const missingAccount = ({ context, cluster }: Running): string | null =>
  accessOf(context.config, cluster) === undefined
    ? `no account that may change anything in ${cluster} is configured (kubernetes.runner; vigil manifest rbac prints its rights)`
    : null

/** Changes objects through the API with the second account: one request, sent once, tried by the server itself beforehand. */
export const kubernetes = runner<KubernetesRequest>({
  id: 'kubernetes',
  request,
  missing: missingAccount,
  dryRun: async (wanted, running): Promise<DryRun> => {
    const before = await live(wanted, running)
    const sent = await tell(wanted, running, { dryRun: 'All' })
    if (sent.kind !== 'done') return { ok: false, reason: sent.reason }
    return { ok: true, change: wanted.method === 'PATCH' ? changedLines(before, sent.body) : [] }
  },
  run: async (wanted, running): Promise<Ran> => {
    const sent = await tell(wanted, running, {})
    if (sent.kind === 'done') return { outcome: 'done', detail: `${wanted.kind} ${wanted.name} ${verbs[wanted.method]}` }
    // Gone by itself meanwhile: that is what was wanted.
    if (sent.kind === 'refused' && sent.status === 404 && 'gone' in wanted.done)
      return { outcome: 'done', detail: `${wanted.kind} ${wanted.name} was gone already` }
    // 409 and 422: the object is not as it was shown any more, and 429: an eviction that a budget holds back.
    const ran = notDone(sent)
    return sent.kind === 'refused' && ran.outcome === 'failed' ? { ...ran, comeBack: sent.status === 429 } : ran
  },
  probe: async (wanted, running): Promise<Probed> => {
    const { kubernetes: reader } = running.context.sources(running.cluster)
    if (reader === undefined) return 'unknown'
    const { kind, namespace, name, done } = wanted
    const found = await reader.get(kind, { namespace, name, signal: running.signal }).catch(() => undefined)
    if (found === undefined) return 'unknown'
    if ('gone' in done)
      return found === null || found.metadata.uid !== done.gone ? 'done' : found.metadata.deletionTimestamp ? 'done' : 'not_done'
    return found?.metadata.annotations?.[MARK] === running.action ? 'done' : 'not_done'
  },
})

const verbs = { PATCH: 'changed', POST: 'evicted', DELETE: 'deleted' } as const

const live = async ({ kind, namespace, name }: KubernetesRequest, { context, cluster, signal }: Running): Promise<unknown> =>
  context.sources(cluster).kubernetes?.get(kind, { namespace, name, whole: true, signal })

const tell = (wanted: KubernetesRequest, running: Running, query: Readonly<Record<string, string>>): Promise<Sent> =>
  sendAsRunner(running, changeOf(wanted, running, query))

/** One change by the account that may change something, sent once. */
export const sendAsRunner = async (running: Running, change: Change): Promise<Sent> => {
  const options = optionsOf(running)
  if (options === undefined) return { kind: 'not_sent', reason: 'no account that may change anything is configured' }
  try {
    return await send('Kubernetes', options(), change)
  } catch (error) {
    // A token file that cannot be read: nothing was sent.
    if (error instanceof InputError) return { kind: 'not_sent', reason: error.message }
    throw error
  }
}

const changeOf = (wanted: KubernetesRequest, { signal }: Running, query: Readonly<Record<string, string>>): Change => {
  const { method, kind, namespace, name, subresource, patch, body } = wanted
  const path = `${pathOf(kindOf(kind), namespace)}/${name}${subresource === undefined ? '' : `/${subresource}`}`
  return {
    method,
    path,
    query: { fieldManager: 'vigil', ...query },
    body: patch ?? body ?? (method === 'DELETE' ? { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteGuard(wanted) } : undefined),
    contentType: patch === undefined ? 'application/json' : 'application/json-patch+json',
    signal,
  }
}

/** The API server deletes this very object, or none: another of the same name has another uid. */
const deleteGuard = ({ done }: KubernetesRequest): object => ('gone' in done ? { preconditions: { uid: done.gone } } : {})

const accessOf = (config: Config, cluster: string): KubernetesAccess | undefined => {
  const own = cluster === DEFAULT_CLUSTER ? config.kubernetes : config.clusters.find(({ name }) => name === cluster)?.kubernetes
  const access = own?.runner
  if (access === undefined) return undefined
  // A context alone is of the same kubeconfig as the reading account's.
  const whole = access.context !== undefined && access.kubeconfig === undefined ? { ...access, kubeconfig: own?.kubeconfig } : access
  return isNamed(whole) ? whole : undefined
}

/** Kept, so that connections and files are; by configuration, since tests have many. */
const known = new WeakMap<Config, Map<string, () => SourceOptions>>()

/** The second account, the only one that may change anything in this cluster; undefined where none is configured. */
export const optionsOf = ({
  context,
  cluster,
}: {
  readonly context: Pick<Running['context'], 'config' | 'fetch' | 'clock'>
  readonly cluster: string
}): (() => SourceOptions) | undefined => {
  const access = accessOf(context.config, cluster)
  if (access === undefined) return undefined
  const ofConfig = known.get(context.config) ?? new Map<string, () => SourceOptions>()
  known.set(context.config, ofConfig)
  const current = ofConfig.get(cluster) ?? currentAccess(access, context)
  ofConfig.set(cluster, current)
  return current
}
