/** A kind by any name that people use: Pod, pods, po, deployments.apps. Undefined for what is not read. */
export const kindNamed = (text: string): Kind | undefined => {
  const name = text.trim().toLowerCase()
  return kinds.find(
    ({ kind, resource, short, group }) =>
      [kind.toLowerCase(), resource, short].includes(name) || (group !== '' && name === `${resource}.${group}`),
  )
}

export const kindOf = (name: KindName): Kind => ({ kind: name, ...register[name] })

/** The path of a kind's list, in one namespace or in all. */
export const pathOf = ({ group, version, resource, namespaced }: Kind, namespace?: string): string => {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespaced && namespace !== undefined ? `${root}/namespaces/${namespace}/${resource}` : `${root}/${resource}`
}

type Resource = {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespaced: boolean
  /** What kubectl calls it for short. */
  readonly short?: string
  /** Names, labels and owners alone are read: the content may hold credentials. */
  readonly metadataOnly?: boolean
  /** Defined by something that is not installed everywhere: where the API does not know it there are none. */
  readonly isExtension?: boolean
}

const core = { group: '', version: 'v1', namespaced: true }
const apps = { group: 'apps', version: 'v1', namespaced: true }
const batch = { group: 'batch', version: 'v1', namespaced: true }
const admission = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false }
const networking = { group: 'networking.k8s.io', version: 'v1', namespaced: true }

/** Secrets are none of them, and no question for another kind can be made. */
const register = {
  Pod: { ...core, resource: 'pods', short: 'po' },
  Service: { ...core, resource: 'services', short: 'svc' },
  Endpoints: { ...core, resource: 'endpoints', short: 'ep' },
  ConfigMap: { ...core, resource: 'configmaps', short: 'cm', metadataOnly: true },
  PersistentVolumeClaim: { ...core, resource: 'persistentvolumeclaims', short: 'pvc' },
  ResourceQuota: { ...core, resource: 'resourcequotas', short: 'quota' },
  LimitRange: { ...core, resource: 'limitranges', short: 'limits' },
  ServiceAccount: { ...core, resource: 'serviceaccounts', short: 'sa' },
  Event: { ...core, resource: 'events', short: 'ev' },
  Node: { ...core, resource: 'nodes', short: 'no', namespaced: false },
  PersistentVolume: { ...core, resource: 'persistentvolumes', short: 'pv', namespaced: false },
  Namespace: { ...core, resource: 'namespaces', short: 'ns', namespaced: false },
  Deployment: { ...apps, resource: 'deployments', short: 'deploy' },
  ReplicaSet: { ...apps, resource: 'replicasets', short: 'rs' },
  StatefulSet: { ...apps, resource: 'statefulsets', short: 'sts' },
  DaemonSet: { ...apps, resource: 'daemonsets', short: 'ds' },
  ControllerRevision: { ...apps, resource: 'controllerrevisions' },
  Job: { ...batch, resource: 'jobs' },
  CronJob: { ...batch, resource: 'cronjobs', short: 'cj' },
  EndpointSlice: { group: 'discovery.k8s.io', version: 'v1', namespaced: true, resource: 'endpointslices' },
  HorizontalPodAutoscaler: { group: 'autoscaling', version: 'v2', namespaced: true, resource: 'horizontalpodautoscalers', short: 'hpa' },
  NetworkPolicy: { ...networking, resource: 'networkpolicies', short: 'netpol' },
  Ingress: { ...networking, resource: 'ingresses', short: 'ing' },
  PodDisruptionBudget: { group: 'policy', version: 'v1', namespaced: true, resource: 'poddisruptionbudgets', short: 'pdb' },
  Lease: { group: 'coordination.k8s.io', version: 'v1', namespaced: true, resource: 'leases' },
  StorageClass: { group: 'storage.k8s.io', version: 'v1', namespaced: false, resource: 'storageclasses', short: 'sc' },
  VolumeAttachment: { group: 'storage.k8s.io', version: 'v1', namespaced: false, resource: 'volumeattachments' },
  ValidatingWebhookConfiguration: { ...admission, resource: 'validatingwebhookconfigurations' },
  MutatingWebhookConfiguration: { ...admission, resource: 'mutatingwebhookconfigurations' },
  Rollout: { group: 'argoproj.io', version: 'v1alpha1', namespaced: true, resource: 'rollouts', isExtension: true },
  VerticalPodAutoscaler: {
    group: 'autoscaling.k8s.io',
    version: 'v1',
    namespaced: true,
    resource: 'verticalpodautoscalers',
    short: 'vpa',
    isExtension: true,
  },
  Certificate: { group: 'cert-manager.io', version: 'v1', namespaced: true, resource: 'certificates', isExtension: true },
} as const satisfies Readonly<Record<string, Resource>>

export type KindName = keyof typeof register

/** A kind of object that Vigil reads, as the API names it. */
export type Kind = Resource & { readonly kind: KindName }

/** All that is ever read: `vigil manifest rbac` grants exactly this, and the logs of pods. */
export const kinds: readonly Kind[] = (Object.keys(register) as KindName[]).map(kindOf)
