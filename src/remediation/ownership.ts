import { PermanentError, TransientError } from '../errors.ts'
import { type AppliedKind, appliedKinds } from '../kubernetes/manifests.ts'
import { allowedBy, budgetsOver, deliverersOf, podLabelsOf, resizerOf, scalerOf } from '../kubernetes/ownership.ts'
import { listAt, textAt } from '../kubernetes/read.ts'
import type { KubeObject } from '../kubernetes/state.ts'
import type { Planned, Reading } from './actions/action.ts'
import { readAll, readerOf, workloadKinds } from './actions/workload.ts'
import type { Enabled } from './catalogue.ts'
import { changesOf, heldFromFlux } from './hold-owner.ts'
import type { Risk, Target } from './offer.ts'

/** What a person must know of those who keep the target as it is, and the least risk that comes with them. */
export type Owned = {
  /** With what keeps the owner from putting the change back, where it can be kept from it. */
  readonly plan: Planned
  readonly notes: readonly string[]
  readonly least: Risk
}

type Asked = { readonly target: Target; readonly plan: Planned; readonly enabled: readonly Enabled[] }

/**
 * Who owns what the steps change, and whether they would put the change back. What cannot be read is said, and is no reason to refuse:
 * the change itself is guarded. But it is not low: a person decides.
 */
export const ownership = async (asked: Asked, reading: Reading): Promise<Owned> => {
  const { plan, target } = asked
  if (reading.sources.kubernetes === undefined || !appliedKinds.some((kind) => kind === target.kind)) return { plan, ...NOBODY }
  try {
    return await owned(asked, reading)
  } catch (error) {
    if (!(error instanceof TransientError || error instanceof PermanentError)) throw error
    return { plan, notes: [`Not known: who else manages this (${error.message})`], least: 'MEDIUM' }
  }
}

const NOBODY = { notes: [], least: 'LOW' } as const

const owned = async ({ target, plan: wanted, enabled }: Asked, reading: Reading): Promise<Owned> => {
  const { kind, namespace, name } = target as Target & { kind: AppliedKind }
  const workload = await readerOf(reading).get(kind, { namespace, name, signal: reading.signal })
  if (workload === null) return { plan: wanted, ...NOBODY }
  const plan = heldFromFlux({ plan: wanted, target, workload, enabled, cluster: reading.cluster })
  const changed = plan.steps.flatMap((step) => changesOf(step, target))
  // What is kept from putting it back is told by the plan itself.
  const delivered = deliverersOf(workload).filter(({ heedsMark }) => plan === wanted || heedsMark === undefined)
  const isPutBack = changed.length > 0 && delivered.some(({ putsBack }) => putsBack)
  const instead = enabled.filter(({ action }) => action.kind === 'argocd_rollback').map((one) => one.name)
  const told = delivered.map((one) => deliveredNote(one, { changed, workload, instead }))
  const least = isPutBack ? 'MEDIUM' : 'LOW'
  if (!workloadKinds.some((one) => one === kind)) return { plan, notes: told, least }
  const [scalers, resizers, budgets] = await Promise.all(
    (['HorizontalPodAutoscaler', 'VerticalPodAutoscaler', 'PodDisruptionBudget'] as const).map((one) => readAll(one, namespace, reading)),
  )
  return {
    plan,
    notes: [
      ...told,
      ...scalerNotes(workload, scalers ?? []),
      ...resizerNotes(workload, resizers ?? []),
      ...budgetsOver({ namespace, labels: podLabelsOf(workload) }, budgets ?? []).map(
        (budget) =>
          `PodDisruptionBudget ${budget.metadata.name} covers its pods and lets ${allowedBy(budget)} go now; a rollout does not ask it`,
      ),
    ],
    least,
  }
}

type Deliver = ReturnType<typeof deliverersOf>[number]
type Case = { readonly changed: readonly string[]; readonly workload: KubeObject; readonly instead: readonly string[] }

const deliveredNote = ({ by, name, putsBack }: Deliver, { changed, workload, instead }: Case): string => {
  const called = name === '' ? '' : ` (${name})`
  if (changed.length === 0) return `${by} manages this${called}; this changes nothing that it keeps`
  if (!putsBack) return `${by} manages this${called}: its next upgrade would put back ${whatOf(changed, workload)}`
  const better = by === 'Argo CD' && instead.length > 0 ? `; ${instead.join(' or ')} does it in Argo CD itself` : ''
  const when = by === 'Argo CD' ? 'with auto-sync it would put' : 'with its next reconciliation it would put'
  return `${by} owns this${called}: ${when} back ${whatOf(changed, workload)}, unless Git is changed too${better}`
}

const whatOf = (changed: readonly string[], workload: KubeObject): string => {
  const images = listAt(workload, 'spec', 'template', 'spec', 'containers')
    .map((container) => textAt(container, 'image').split('/').at(-1) ?? '')
    .filter((image) => image !== '')
  return changed.some((path) => path === '/spec/template' || path.endsWith('/image')) && images.length > 0
    ? images.join(', ')
    : 'what this changes'
}

const scalerNotes = (workload: KubeObject, autoscalers: readonly KubeObject[]): string[] => {
  const scaler = scalerOf(workload, autoscalers)
  if (scaler === null) return []
  const by = scaler.keda === null ? '' : `, as KEDA's ScaledObject ${scaler.keda} says`
  return [`HorizontalPodAutoscaler ${scaler.hpa.metadata.name} sets its replicas, ${scaler.min} to ${scaler.max}${by}`]
}

const resizerNotes = (workload: KubeObject, autoscalers: readonly KubeObject[]): string[] => {
  const resizer = resizerOf(workload, autoscalers)
  return resizer === null ? [] : [`VerticalPodAutoscaler ${resizer.metadata.name} sets the requests of its pods`]
}
