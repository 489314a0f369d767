import type { Insertable } from 'kysely'
import type { Context } from '../context.ts'
import type { Db } from '../db/connection.ts'
import type { DeployTable } from '../db/schema.ts'
import { placed } from './placed.ts'
import type { Deploy } from './rules/rule.ts'

export type PushedDeploy = Required<Omit<Insertable<DeployTable>, 'id' | 'received_at'>>

type Kept = { readonly stored: readonly PushedDeploy[]; readonly known: readonly PushedDeploy[] }

/**
 * Keeps pushed deploys, in one statement; a missing cluster is `default`. What is known already, by cluster, service, namespace, kind,
 * version or commit, and time, is kept as it was first told and comes back under `known`; so does what stands twice in the list.
 * Throws InputError, with nothing kept, for a cluster that is not configured and for a time in the future.
 */
export const recordDeploys = async (
  context: Context,
  given: readonly (Omit<PushedDeploy, 'cluster'> & { readonly cluster: string | null })[],
): Promise<Kept> => {
  const deploys = placed(context, given, REFUSAL)
  if (deploys.length === 0) return { stored: [], known: [] }
  const rows = await context.db
    .insertInto('deploy')
    .values(deploys)
    .onConflict((conflict) => conflict.doNothing())
    .returning(['cluster', 'service', 'namespace', 'kind', 'version', 'commit', 'at'])
    .execute()
  const fresh = new Set(rows.map(keyOf))
  const stored = deploys.filter((deploy) => fresh.delete(keyOf(deploy)))
  return { stored, known: deploys.filter((deploy) => !stored.includes(deploy)) }
}

const REFUSAL = { title: 'A deploy that cannot be used', whenAhead: 'tell of it when it has happened, check the zone' }

const keyOf = (deploy: Pick<PushedDeploy, 'cluster' | 'service' | 'namespace' | 'kind' | 'version' | 'commit' | 'at'>): string =>
  JSON.stringify([
    deploy.cluster,
    deploy.service,
    deploy.namespace ?? '',
    deploy.kind,
    deploy.version ?? deploy.commit ?? '',
    deploy.at.getTime(),
  ])

/** What was pushed of a cluster in a window, the newest first. */
export const deploysIn = async (
  db: Db,
  cluster: string,
  { from, to, limit }: { from: Date; to: Date; limit: number },
): Promise<readonly Deploy[]> => {
  const rows = await db
    .selectFrom('deploy')
    .select(['service', 'namespace', 'kind', 'version', 'previous', 'commit', 'author', 'url', 'at'])
    .where('cluster', '=', cluster)
    .where('at', '>=', from)
    .where('at', '<=', to)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...row, source: 'pushed' }))
}
