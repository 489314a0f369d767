import { at, numberAt, textAt, textsAt } from './read.ts'
import { matchesSelector } from './selector.ts'
import type { KubeObject } from './state.ts'

/** Who brings an object to the cluster from somewhere else. `putsBack`: it also undoes what others change, sooner or later by itself. */
export type Deliverer = {
  readonly by: 'Argo CD' | 'Flux' | 'Helm'
  readonly name: string
  readonly putsBack: boolean
  /** It can be told on the object itself to leave it as it is. */
  readonly heedsMark?: true
}

/** With "disabled" Flux leaves an object of a Kustomization as it is (kustomize-controller, release notes of 0.17.0). */
export const FLUX_RECONCILE = 'kustomize.toolkit.fluxcd.io/reconcile'

/** Whether Flux was told so. */
export const isLeftByFlux = ({ metadata: { annotations = {} } }: KubeObject): boolean => annotations[FLUX_RECONCILE] === 'disabled'

/**
 * Who keeps this object as it is written elsewhere, by the marks that they leave: tracking of Argo CD
 * (argo-cd.readthedocs.io, "Resource Tracking"), labels of Flux's kustomize and helm controllers, Helm's own.
 */
export const deliverersOf = (object: KubeObject): readonly Deliverer[] => {
  const { labels = {}, annotations = {} } = object.metadata
  const application = argoApplication(object)
  const kustomization = labels['kustomize.toolkit.fluxcd.io/name']
  const release = labels['helm.toolkit.fluxcd.io/name']
  const isHelm = labels['app.kubernetes.io/managed-by'] === 'Helm'
  const off = /^(?:disabled|ignore)$/i.test(annotations[FLUX_RECONCILE] ?? annotations['kustomize.toolkit.fluxcd.io/ssa'] ?? '')
  return [
    ...(application === undefined ? [] : [{ by: 'Argo CD', name: application, putsBack: true } as const]),
    ...(kustomization === undefined
      ? []
      : [{ by: 'Flux', name: `kustomization ${kustomization}`, putsBack: !off, heedsMark: true } as const]),
    ...(release === undefined ? [] : [{ by: 'Flux', name: `release ${release}`, putsBack: true } as const]),
    ...(isHelm && release === undefined
      ? [
          {
            by: 'Helm',
            name: annotations['meta.helm.sh/release-name'] ?? labels['app.kubernetes.io/instance'] ?? '',
            putsBack: false,
          } as const,
        ]
      : []),
  ]
}

/** The label `app.kubernetes.io/instance` alone is everybody's: it counts where Argo CD left another mark. */
const argoApplication = ({ kind, metadata }: KubeObject): string | undefined => {
  const { labels = {}, annotations = {}, name, namespace } = metadata
  const [application, object, place] = annotations['argocd.argoproj.io/tracking-id']?.split(':') ?? []
  // Copied along with an object's annotations it says the name of another object.
  if (application !== undefined && object?.endsWith(`/${kind}`) === true && place === `${namespace ?? ''}/${name}`) return application
  const own = labels['argocd.argoproj.io/instance']
  if (own !== undefined) return own
  const isMarked = Object.keys(annotations).some((key) => key.startsWith('argocd.argoproj.io/') && !key.endsWith('/tracking-id'))
  return isMarked ? labels['app.kubernetes.io/instance'] : undefined
}

/** Who sets the number of a workload's pods. `keda`: the ScaledObject that made the autoscaler, and writes it anew. */
export type Scaler = { readonly hpa: KubeObject; readonly min: number; readonly max: number; readonly keda: string | null }

/** The autoscaler of a workload, by its `scaleTargetRef`. */
export const scalerOf = (workload: KubeObject, autoscalers: readonly KubeObject[]): Scaler | null => {
  const hpa = autoscalers.find((one) => isAimedAt(one, 'scaleTargetRef', workload))
  if (hpa === undefined) return null
  const owner = hpa.metadata.ownerReferences?.find(({ kind }) => kind === 'ScaledObject')
  return {
    hpa,
    min: numberAt(hpa, 'spec', 'minReplicas') ?? 1,
    max: numberAt(hpa, 'spec', 'maxReplicas') ?? 1,
    keda: owner?.name ?? hpa.metadata.labels?.['scaledobject.keda.sh/name'] ?? null,
  }
}

/** The vertical autoscaler that writes the requests of a workload's pods; null where there is none or it only recommends. */
export const resizerOf = (workload: KubeObject, autoscalers: readonly KubeObject[]): KubeObject | null =>
  autoscalers.find((one) => isAimedAt(one, 'targetRef', workload) && textAt(one, 'spec', 'updatePolicy', 'updateMode') !== 'Off') ?? null

const isAimedAt = (one: KubeObject, field: string, workload: KubeObject): boolean =>
  one.metadata.namespace === workload.metadata.namespace &&
  textAt(one, 'spec', field, 'kind') === workload.kind &&
  textAt(one, 'spec', field, 'name') === workload.metadata.name

/** The budgets that pods with these labels fall under. */
export const budgetsOver = (
  { namespace, labels }: { readonly namespace: string | undefined; readonly labels: Readonly<Record<string, string>> },
  budgets: readonly KubeObject[],
): readonly KubeObject[] =>
  budgets.filter((one) => one.metadata.namespace === namespace && matchesSelector(at(one, 'spec', 'selector'), labels))

/** How many pods a budget lets go now, as its controller last counted. */
export const allowedBy = (budget: KubeObject): number => numberAt(budget, 'status', 'disruptionsAllowed') ?? 0

/** The labels that a workload's pods get. */
export const podLabelsOf = (workload: KubeObject): Readonly<Record<string, string>> =>
  textsAt(workload, 'spec', 'template', 'metadata', 'labels')
