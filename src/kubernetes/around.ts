import type { RuleInput } from '../investigation/rules/rule.ts'
import type { ClusterState } from './state.ts'
import { type Concerned, concernedBy } from './subject.ts'

/** The cluster and what in it the alert is about. */
export type Around = { readonly state: ClusterState; readonly concerned: Concerned }

/** The same, and since when the alert's own trouble is there. */
export type AroundAt = { readonly around: Around; readonly onset: Date }

const known = new WeakMap<ClusterState, Map<string, Concerned>>()

/** Null where no Kubernetes API is configured. Throws what the client throws. */
export const aroundOf = async ({
  surroundings,
  subject,
  alert,
}: Pick<RuleInput, 'surroundings' | 'subject' | 'alert'>): Promise<Around | null> => {
  // Without the call graph it is known less well what the subject calls; that is said by the rules about the graph itself.
  const [state, edges] = await Promise.all([
    surroundings.clusterState(),
    surroundings.callGraph().then(
      (graph) => graph.edges,
      () => [],
    ),
  ])
  if (state === null) return null
  // Ten rules ask the same of the same state.
  const key = JSON.stringify([subject, alert.labels, edges])
  const ofState = known.get(state) ?? new Map<string, Concerned>()
  known.set(state, ofState)
  const concerned = ofState.get(key) ?? concernedBy(state, { subject, labels: alert.labels, edges })
  ofState.set(key, concerned)
  return { state, concerned }
}
