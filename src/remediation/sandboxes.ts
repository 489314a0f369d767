import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { PermanentError, TransientError } from '../errors.ts'
import { remove } from './runners/job.ts'
import { LONGEST_SECONDS, SANDBOX_LABELS } from './runners/job-manifest.ts'

/**
 * Removes what a crash left of sandboxes in the clusters: Jobs of ours and the NetworkPolicies around them that are older than any of them
 * may run. What cannot be seen or removed now is tried again at the next time. Throws nothing for what a cluster answers.
 */
export const sweepSandboxes = async (context: Context): Promise<void> => {
  const { actions, clusters } = context.config
  for (const cluster of [DEFAULT_CLUSTER, ...clusters.map(({ name }) => name)]) {
    const here = actions.filter((entry) => entry.runner === 'job' && (entry.clusters === undefined || entry.clusters.includes(cluster)))
    for (const namespace of new Set(here.flatMap((entry) => entry.namespace ?? []))) await sweep(context, cluster, namespace)
  }
}

/** The longest run, and as much again for its removal. */
const OLD_MS = 2 * LONGEST_SECONDS * 1000

const sweep = async (context: Context, cluster: string, namespace: string): Promise<void> => {
  const { kubernetes } = context.sources(cluster)
  if (kubernetes === undefined) return
  // The Job first: its walls stand as long as it does.
  for (const kind of ['Job', 'NetworkPolicy'] as const)
    try {
      const { objects } = await kubernetes.list(kind, { namespace, labels: { ...SANDBOX_LABELS } })
      for (const { metadata } of objects) {
        const born = Date.parse(metadata.creationTimestamp ?? '')
        if (context.clock.now().getTime() - born > OLD_MS) await remove({ kind, namespace, name: metadata.name }, { context, cluster })
      }
    } catch (error) {
      if (!(error instanceof TransientError || error instanceof PermanentError)) throw error
      context.log.warn({ err: error, cluster, namespace }, 'sandboxes could not be looked for')
    }
}
