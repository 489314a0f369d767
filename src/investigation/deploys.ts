import type { Insertable } from 'kysely'
import type { Context } from '../context.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import type { Db } from '../db/connection.ts'
import type { DeployTable } from '../db/schema.ts'
import { InputError } from '../errors.ts'
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
  const deploys = given.map((deploy) => ({ ...deploy, cluster: deploy.cluster ?? DEFAULT_CLUSTER }))
  refuseUnusable(context, deploys)
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

/** Clocks of build machines differ; a deploy that is further ahead than this is planned, or its zone is wrong. */
const AHEAD_MS = 5 * 60_000

const refuseUnusable = ({ clock, config }: Context, deploys: readonly PushedDeploy[]): void => {
  const known = [DEFAULT_CLUSTER, ...config.clusters.map(({ name }) => name)]
  const now = clock.now()
  const faults = deploys.flatMap(({ cluster, at }, i) => {
    const where = deploys.length === 1 ? '' : `${i}.`
    const isAhead = at.getTime() > now.getTime() + AHEAD_MS
    return [
      ...(known.includes(cluster) ? [] : [`${where}cluster: there is no cluster ${cluster}; there are: ${known.join(', ')}`]),
      ...(isAhead
        ? [
            `${where}when: ${at.toISOString()} is in the future (it is ${now.toISOString()}); tell of it when it has happened, check the zone`,
          ]
        : []),
    ]
  })
  if (faults.length > 0) throw new InputError('A deploy that cannot be used', faults.slice(0, 10))
}
