import type { Alertmanager } from './alertmanager.ts'
import type { ArgoCd } from './argocd.ts'
import type { GitHub } from './github.ts'
import type { Kubernetes } from './kubernetes.ts'
import type { Loki } from './loki.ts'
import type { Prometheus } from './prometheus.ts'
import type { Pyroscope } from './pyroscope.ts'
import type { Tempo } from './tempo.ts'

/** The data sources of one cluster: what is not configured is not there. */
export type Sources = {
  readonly prometheus?: Prometheus
  readonly alertmanager?: Alertmanager
  readonly loki?: Loki
  readonly tempo?: Tempo
  readonly pyroscope?: Pyroscope
  readonly kubernetes?: Kubernetes
  readonly github?: GitHub
  readonly argocd?: ArgoCd
}

/** What people call them: in gaps, in errors and in what doctor prints. */
export const sourceNames: Readonly<Record<keyof Sources, string>> = {
  prometheus: 'Prometheus',
  alertmanager: 'Alertmanager',
  loki: 'Loki',
  tempo: 'Tempo',
  pyroscope: 'Pyroscope',
  kubernetes: 'Kubernetes',
  github: 'GitHub',
  argocd: 'Argo CD',
}

/** The cluster of the single `VIGIL_*_ENDPOINT` settings. */
export const DEFAULT_CLUSTER = 'default'

/** Where each configured source is: addresses that are ours. */
export const endpointsOf = (sources: Sources): string[] =>
  Object.values(sources).flatMap((source) =>
    source !== undefined && 'endpoint' in source && typeof source.endpoint === 'string' ? [source.endpoint] : [],
  )
