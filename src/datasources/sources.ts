import type { Alertmanager } from './alertmanager.ts'
import type { Loki } from './loki.ts'
import type { Prometheus } from './prometheus.ts'

/** The data sources of one cluster: what is not configured is not there. */
export type Sources = { readonly prometheus?: Prometheus; readonly alertmanager?: Alertmanager; readonly loki?: Loki }

/** The cluster of the single `VIGIL_*_ENDPOINT` settings. */
export const DEFAULT_CLUSTER = 'default'
