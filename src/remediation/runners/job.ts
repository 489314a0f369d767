import { z } from 'zod'
import { type Change, type Sent, send } from '../../datasources/send.ts'
import { InputError } from '../../errors.ts'
import { kindOf, pathOf } from '../../kubernetes/kinds.ts'
import { listAt, numberAt, textAt } from '../../kubernetes/read.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { clean } from '../../text/clean.ts'
import { canonical } from '../../text/digest.ts'
import { redactorFor } from '../../text/redactor-for.ts'
import { entryFor, unfit } from './entry.ts'
import { type Sandbox, sandboxOf } from './job-manifest.ts'
import { optionsOf } from './kubernetes.ts'
import { type DryRun, type Probed, type Ran, type Running, runner } from './runner.ts'

const request = z.strictObject({
  entry: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  namespace: z.string().regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/),
  /** What was shown: it is made only while it is still what the entry makes of the parameters. */
  policy: z.unknown(),
  job: z.unknown(),
})

type JobRequest = z.infer<typeof request>

/** Runs a command in a Kubernetes Job that is shut in by a NetworkPolicy made before it; both are removed afterwards, whatever happens. */
export const job = runner<JobRequest>({
  id: 'job',
  request,
  missing: (running) =>
    optionsOf(running) === undefined
      ? `no account that may change anything in ${running.cluster} is configured (kubernetes.runner; vigil manifest rbac prints its rights)`
      : null,
  dryRun: async (wanted, running): Promise<DryRun> => {
    const made = sandboxFor(wanted, running)
    if (typeof made === 'string') return { ok: false, reason: made }
    for (const [kind, body] of [['NetworkPolicy', made.policy] as const, ['Job', made.job] as const]) {
      const sent = await tell(running, { ...creation(kind, wanted, body), query: { dryRun: 'All' }, signal: running.signal })
      if (sent.kind !== 'done') return { ok: false, reason: sent.reason }
    }
    return { ok: true, change: [] }
  },
  run: async (wanted, running): Promise<Ran> => {
    const made = sandboxFor(wanted, running)
    if (typeof made === 'string') return { outcome: 'failed', reason: made, mayPass: false }
    const shut = await tell(running, { ...creation('NetworkPolicy', wanted, made.policy), signal: running.signal })
    // Without its walls nothing runs.
    if (shut.kind === 'not_sent') return { outcome: 'failed', reason: shut.reason, mayPass: true }
    if (shut.kind === 'refused') return endOf(shut)
    const sent = shut.kind === 'done' ? await tell(running, { ...creation('Job', wanted, made.job), signal: running.signal }) : shut
    // What an earlier try left is not ours to end: it may run.
    if (sent.kind === 'refused' && sent.status === 409) return endOf(sent)
    try {
      if (shut.kind !== 'done')
        return { outcome: 'failed', reason: `its NetworkPolicy was not made for certain: ${shut.reason}`, mayPass: false }
      return sent.kind === 'done' ? await followed(wanted, running) : endOf(sent)
    } finally {
      await removed(wanted, running)
    }
  },
  probe: async (wanted, running): Promise<Probed> => {
    const found = await read(wanted, running)
    // One that is not there may have been removed after it had ended.
    return found !== null && found !== undefined && (numberAt(found, 'status', 'succeeded') ?? 0) > 0 ? 'done' : 'unknown'
  },
})

const nameOf = ({ action }: Running): string => `vigil-${action}`

const sandboxFor = ({ entry: name, params, namespace, policy, job: shown }: JobRequest, running: Running): Sandbox | string => {
  const entry = entryFor(running.context.config, 'job', name)
  if (entry === undefined) return `there is no job ${clean(name).slice(0, 60)} in the configuration`
  const bad = Object.values(params).find((value) => typeof value === 'string' && unfit(value) !== null)
  if (bad !== undefined) return `a parameter ${unfit(String(bad))}`
  const made = sandboxOf(entry, params, running.action)
  const isSame = entry.namespace === namespace && canonical([made.policy, made.job]) === canonical([policy ?? null, shown ?? null])
  return isSame ? made : 'the job is not the one that was shown any more'
}

type Part = 'NetworkPolicy' | 'Job'

const creation = (kind: Part, { namespace }: JobRequest, body: unknown): Omit<Change, 'signal'> => ({
  method: 'POST',
  path: pathOf(kindOf(kind), namespace),
  query: { fieldManager: 'vigil' },
  body,
})

const endOf = (sent: Exclude<Sent, { kind: 'done' }>): Ran => {
  // It is there already: an earlier try of this very action, of which nobody knows the end.
  if (sent.kind === 'refused' && sent.status === 409) return { outcome: 'unknown', reason: sent.reason }
  return sent.kind === 'unknown' ? { outcome: 'unknown', reason: sent.reason } : { outcome: 'failed', reason: sent.reason, mayPass: false }
}

const LOOK_MS = 1000

/** Looks until it has ended, or its time is over. */
const followed = async (wanted: JobRequest, running: Running): Promise<Ran> => {
  const { signal, context } = running
  while (!signal.aborted) {
    const found = await read(wanted, running)
    // Somebody removed it: how far it came nobody can tell.
    if (found === null) return { outcome: 'unknown', reason: 'the job was removed while it ran' }
    const ended = found === undefined ? null : endedAs(found)
    if (ended !== null) {
      const output = await printed(wanted, running)
      const last = output.split('\n').slice(-3).join(' / ').slice(-300)
      const told = last === '' ? '' : `: ${last}`
      if (ended === 'done') return { outcome: 'done', detail: `the job ended well${told}`, output }
      if (ended === 'late')
        return { outcome: 'unknown', reason: `the job was stopped at its deadline; what it did until then is not known${told}`, output }
      return { outcome: 'failed', reason: `the job failed, and may have done a part of it${told}`, mayPass: false, output }
    }
    await context.clock.sleep(LOOK_MS, signal).catch(() => undefined)
  }
  return { outcome: 'unknown', reason: 'the job did not end in its time and was removed; what it did until then is not known' }
}

const endedAs = (found: KubeObject): 'done' | 'failed' | 'late' | null => {
  const condition = listAt(found, 'status', 'conditions').find(
    (one) => textAt(one, 'status') === 'True' && /^(?:Complete|Failed)$/.test(textAt(one, 'type')),
  )
  if (condition === undefined) return null
  if (textAt(condition, 'type') === 'Complete') return 'done'
  return textAt(condition, 'reason') === 'DeadlineExceeded' ? 'late' : 'failed'
}

/** Undefined: it could not be seen now. */
const read = ({ namespace }: JobRequest, running: Running): Promise<KubeObject | null | undefined> => {
  const { kubernetes } = running.context.sources(running.cluster)
  const looked = kubernetes?.get('Job', { namespace, name: nameOf(running), signal: running.signal })
  return looked === undefined ? Promise.resolve(undefined) : looked.catch(() => undefined)
}

/** As much as the log of one container holds within its cap; nothing where it cannot be read. */
const printed = async ({ namespace }: JobRequest, running: Running): Promise<string> => {
  const { kubernetes } = running.context.sources(running.cluster)
  if (kubernetes === undefined) return ''
  try {
    const { objects } = await kubernetes.list('Pod', { namespace, labels: { 'vigil.dev/action': running.action }, signal: running.signal })
    const [pod] = objects
    if (pod === undefined) return ''
    const lines = await kubernetes.logs(
      { namespace, pod: pod.metadata.name, container: 'remedy' },
      { lines: 500, previous: false, signal: running.signal },
    )
    const { redact } = redactorFor(running.context.config, running.incident)
    return redact(clean(lines.map(({ line }) => line).join('\n'))).slice(-MOST_OUTPUT)
  } catch {
    return ''
  }
}

const MOST_OUTPUT = 64 * 1024

/** Both are removed by a time of their own: that of the action may be over. What cannot be removed now the sweep finds. */
const removed = async ({ namespace }: JobRequest, running: Running): Promise<void> => {
  for (const kind of ['Job', 'NetworkPolicy'] as const) await remove({ kind, namespace, name: nameOf(running) }, running)
}

/** Removes one part of a sandbox with the pods that belong to it. What cannot be removed is logged, and found again later. */
export const remove = async (
  { kind, namespace, name }: { readonly kind: 'Job' | 'NetworkPolicy'; readonly namespace: string; readonly name: string },
  { context, cluster }: Pick<Running, 'context' | 'cluster'>,
): Promise<void> => {
  const stop = new AbortController()
  const cancel = context.clock.after(REMOVAL_MS, () => stop.abort())
  const sent = await tell(
    { context, cluster },
    {
      method: 'DELETE',
      path: `${pathOf(kindOf(kind), namespace)}/${name}`,
      // Without it the Job's pods would be left behind.
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' },
      signal: stop.signal,
    },
  )
  cancel()
  if (sent.kind !== 'done' && !(sent.kind === 'refused' && sent.status === 404))
    context.log.warn({ kind, name, reason: sent.reason }, 'a sandbox could not be removed')
}

const REMOVAL_MS = 5000

const tell = async (running: Pick<Running, 'context' | 'cluster'>, change: Change): Promise<Sent> => {
  const options = optionsOf(running)
  if (options === undefined) return { kind: 'not_sent', reason: 'no account that may change anything is configured' }
  try {
    return await send('Kubernetes', options(), change)
  } catch (error) {
    if (error instanceof InputError) return { kind: 'not_sent', reason: error.message }
    throw error
  }
}
