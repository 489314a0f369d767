import { deliverersOf, FLUX_RECONCILE } from '../kubernetes/ownership.ts'
import { at, listAt, textAt } from '../kubernetes/read.ts'
import type { KubeObject } from '../kubernetes/state.ts'
import type { Planned } from './actions/action.ts'
import { pointer } from './actions/mark.ts'
import { kubectl } from './actions/workload.ts'
import type { Enabled } from './catalogue.ts'
import type { Json, Step, Target } from './offer.ts'

type Asked = {
  readonly plan: Planned
  readonly target: Target
  readonly workload: KubeObject
  readonly enabled: readonly Enabled[]
  readonly cluster: string
}

/**
 * Where Flux would put the change back with its next reconciliation, the same patch tells it to leave this object as it is: one change, one digest.
 * Only where `flux_resume` is enabled: what is stopped must be one press from going on. Of it people are reminded.
 */
export const heldFromFlux = ({ plan, target, workload, enabled, cluster }: Asked): Planned => {
  const flux = deliverersOf(workload).find(({ putsBack, heedsMark }) => putsBack && heedsMark)
  const { kind, namespace, name } = target
  const changing = plan.steps.findIndex((step) => step.runner === 'kubernetes' && changesOf(step, target).length > 0)
  if (flux === undefined || namespace === undefined || changing < 0 || !enabled.some(({ action }) => action.kind === 'flux_resume'))
    return plan
  return {
    ...plan,
    steps: plan.steps.map((step, i) => (i === changing ? marked(step) : step)),
    notes: [
      ...plan.notes,
      `Flux (${flux.name}) is told in the same change to leave this ${kind} as it is: what is merged does not reach it until it may again`,
    ],
    leaves: {
      what: `Flux is told not to touch ${namespace}/${name}: nothing that is merged reaches it`,
      back: { entry: 'flux_resume', params: { kind, namespace, name } },
    },
    // First, so that nothing is put back in between.
    command: `${kubectl(cluster, namespace)} annotate ${kind.toLowerCase()}/${name} ${FLUX_RECONCILE}=disabled && ${plan.command}`,
  }
}

/**
 * Paths of a step's patch that a controller compares with what it holds. Fields that are in no manifest (the rollout's pause, annotations of
 * others) it leaves.
 */
export const changesOf = ({ runner, request }: Step, target: Target): string[] => {
  if (runner !== 'kubernetes' && runner !== 'apply') return []
  if (at(request, 'kind') !== target.kind || at(request, 'name') !== target.name) return []
  const operations = listAt(request, 'patch').filter((operation) => textAt(operation, 'op') !== 'test')
  return [...operations, ...listAt(request, 'edits')]
    .map((one) => textAt(one, 'path'))
    .filter((path) => /^\/(?:spec|data|binaryData)\//.test(path) && path !== '/spec/paused' && !path.startsWith('/spec/template/metadata'))
}

const marked = ({ runner, request }: Step): Step => {
  const patch = [...listAt(request, 'patch'), { op: 'add', path: pointer('metadata', 'annotations', FLUX_RECONCILE), value: 'disabled' }]
  return { runner, request: { ...(at(request) as { readonly [name: string]: Json }), patch: patch as Json[] } }
}
