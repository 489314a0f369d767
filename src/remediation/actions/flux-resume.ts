import { z } from 'zod'
import { InputError } from '../../errors.ts'
import { deliverersOf, FLUX_RECONCILE, isLeftByFlux } from '../../kubernetes/ownership.ts'
import type { KubeObject } from '../../kubernetes/state.ts'
import { type Action, action } from './action.ts'
import { patchStep, pointer, sameObject } from './mark.ts'
import { kubectl, readWorkload, targetOf, workloadParams, workloadRights } from './workload.ts'

const params = z.strictObject(workloadParams)

type Params = z.infer<typeof params>
type Live = { readonly live: KubeObject; readonly cluster: string }

const own: Action<Params, Live> = {
  kind: 'flux_resume',
  about: 'Lets Flux keep a workload as Git has it again, after a change for which it was told to leave it alone',
  params,
  idempotent: false,
  mends: false,
  timeoutSeconds: 60,
  rights: workloadRights,
  target: targetOf,
  read: async (wanted, reading) => ({ live: await readWorkload(wanted, reading), cluster: reading.cluster }),
  plan: ({ kind, namespace, name }, { live, cluster }, id) => {
    const flux = deliverersOf(live).find(({ by, heedsMark }) => by === 'Flux' && heedsMark)
    if (flux === undefined) throw new InputError(`${namespace}/${name} is in no Kustomization of Flux`)
    if (!isLeftByFlux(live)) throw new InputError(`Flux keeps ${namespace}/${name} as Git has it already`)
    return {
      title: `Let Flux keep ${namespace}/${name} again`,
      change: [],
      risk: 'MEDIUM',
      why: ['with its next reconciliation Flux applies what Git has'],
      notes: ['Not known: whether Git still has what was mended here'],
      preconditions: sameObject(live),
      steps: [patchStep(live, id, [{ op: 'remove', path: pointer('metadata', 'annotations', FLUX_RECONCILE) }])],
      undo: null,
      command: `${kubectl(cluster, namespace)} annotate ${kind.toLowerCase()}/${name} ${FLUX_RECONCILE}-`,
    }
  },
}

export const fluxResume = action(own)
