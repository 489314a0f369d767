import type { Deploy } from '../investigation/rules/rule.ts'
import type { Ref } from '../kubernetes/objects.ts'
import { rolloutsOf } from '../kubernetes/rollouts.ts'
import type { ClusterState } from '../kubernetes/state.ts'
import { type About, concernedBy } from '../kubernetes/subject.ts'

/** "checkout" of "shop/checkout". */
export const bareName = (subject: string): string => subject.split('/').at(-1) ?? subject

const WORKLOADS: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']

/** The rollouts that a cluster still knows since a moment, those of the subject under its name, and the one workload that stands behind it. */
export const deploysOfCluster = (
  state: ClusterState,
  about: About & { readonly subject: string },
  since: Date,
): { readonly deploys: readonly Deploy[]; readonly workload: Ref | null } => {
  const concerned = concernedBy(state, about)
  const workloads = concerned.objects.filter(({ kind }) => WORKLOADS.includes(kind))
  const deploys = rolloutsOf(state)
    .filter(({ at }) => at >= since)
    .map(
      ({ workload, at, kind, version, previous }): Deploy => ({
        // Alerts call a service otherwise than the workload that stands behind it.
        service: concerned.relationOf(workload) === 'subject' ? bareName(about.subject) : workload.name,
        namespace: workload.namespace ?? null,
        ...{ kind, version, previous, at },
        ...{ commit: null, author: null, url: null, source: 'kubernetes' },
      }),
    )
  return { deploys, workload: workloads.length === 1 ? (workloads[0] ?? null) : null }
}
