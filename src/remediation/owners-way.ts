import type { Context } from '../context.ts'
import { InputError, PermanentError, TransientError } from '../errors.ts'
import { deliverersOf } from '../kubernetes/ownership.ts'
import { applicationTarget } from './actions/application.ts'
import { workloadKinds } from './actions/workload.ts'
import { catalogue, outOfBounds } from './catalogue.ts'
import type { Target } from './offer.ts'
import { withPatience } from './with-patience.ts'

type Asked = { readonly cluster: string; readonly entry: string; readonly params: unknown }

/** The same in the hands of whoever owns the target, and the target that was meant. */
export type Instead = { readonly entry: string; readonly params: unknown; readonly of: Target; readonly why: string }

const LOOK_MS = 10_000

/**
 * A rollback that Argo CD would put back becomes its own rollback, where that is enabled; null: what is wanted stays. A rollback to a revision of the
 * workload's own has no likeness there. What cannot be seen changes nothing: the card then says who owns it.
 */
export const ownersWay = async (context: Context, { cluster, entry, params }: Asked): Promise<Instead | null> => {
  const all = catalogue(context.config, cluster)
  const wanted = all.find(({ name }) => name === entry)
  const rollbacks = all.filter(({ action }) => action.kind === 'argocd_rollback')
  const { kubernetes, argocd } = context.sources(cluster)
  if (wanted?.action.kind !== 'rollback_workload' || rollbacks.length === 0 || kubernetes === undefined || argocd === undefined) return null
  try {
    return await withPatience(context.clock, LOOK_MS, async (signal): Promise<Instead | null> => {
      const parsed = wanted.action.parse(params)
      const of = wanted.action.target(parsed)
      const kind = workloadKinds.find((one) => one === of.kind)
      if (parsed['revision'] !== undefined || kind === undefined) return null
      const live = await kubernetes.get(kind, { namespace: of.namespace, name: of.name, signal })
      const application = live === null ? undefined : deliverersOf(live).find(({ by }) => by === 'Argo CD')?.name
      // Not enabled for this very application is not enabled: what is wanted would be refused, and nothing offered.
      const rollback = rollbacks.find(
        (one) => application !== undefined && outOfBounds(one, { application }, applicationTarget({ application })) === null,
      )
      if (application === undefined || rollback === undefined) return null
      const { automated } = await argocd.application({ name: application, signal })
      // Without it a change of what runs starts no sync (argo-cd.readthedocs.io, "Automatic Self-Healing"): it stays until the next commit, which may mend it.
      if (automated?.selfHeal !== true) return null
      const why = `Argo CD owns ${of.namespace}/${of.name} and heals by itself: it would put a change made beside it back, so it is rolled back there.`
      return { entry: rollback.name, params: { application }, of, why }
    })
  } catch (error) {
    if (error instanceof InputError || error instanceof PermanentError || error instanceof TransientError) return null
    throw error
  }
}
