import type { Config } from '../config.ts'
import { DEFAULT_CLUSTER } from '../datasources/sources.ts'
import { correctionKey } from '../incident/correction.ts'
import { HEARTBEAT_LOST } from '../incident/heartbeat.ts'
import { routeFor } from '../incident/routing.ts'
import { EXPORTER, ownerOfPod, withoutHash } from '../kubernetes/names.ts'
import { matchesAll } from '../series/matchers.ts'
import type { Labels } from '../series/series.ts'
import type { Alert } from './alert.ts'
import type { Corrections } from './intake.ts'

/** The cluster whose matchers fit first; `default` where none does. */
export const clusterOf = (config: Config, labels: Labels): string =>
  config.clusters.find((cluster) => matchesAll(cluster.match, labels))?.name ?? DEFAULT_CLUSTER

/**
 * The service that the labels name, by the configured order; where these name an exporter that reports about others, the workload or
 * node that it reports about. Null: unresolved, which is said and never guessed.
 */
export const subjectOf = (config: Config, labels: Labels): string | null => {
  if (labels['alertname'] === HEARTBEAT_LOST) return labels['heartbeat'] ?? null
  const named = config.subject.service.flatMap((name) => labels[name] || [])
  return named.find((value) => !EXPORTER.test(value)) ?? workloadOf(labels) ?? named[0] ?? null
}

/** As kube-state-metrics and the kubelet name things, the owner before what it owns. */
export const WORKLOADS = [
  'deployment',
  'statefulset',
  'daemonset',
  'cronjob',
  'job_name',
  'horizontalpodautoscaler',
  'persistentvolumeclaim',
]

const workloadOf = (labels: Labels): string | null => {
  const named = WORKLOADS.flatMap((name) => labels[name] || [])[0]
  if (named !== undefined) return named
  if (labels['replicaset']) return withoutHash(labels['replicaset'])
  // The exporter's own pod, where the series is about no pod.
  const owner = labels['pod'] ? ownerOfPod(labels['pod']) : ''
  if (owner !== '' && !EXPORTER.test(owner)) return owner
  return labels['node'] || (labels['instance'] ?? null)
}

/** Who said before what such an alert is about; undefined where nobody has. A question of a person is about what it says. */
export const correctionOf = (
  config: Config,
  corrections: Corrections,
  { source, labels }: Alert,
): { subject: string; by: string } | undefined =>
  corrections.size === 0 || source === 'mention' ? undefined : corrections.get(correctionKey(clusterOf(config, labels), labels))

/** The channel of incidents that have no alert message of their own. */
export const routeOf = (config: Config, labels: Labels): string | null => routeFor(config, labels)?.channel ?? config.slack.channel ?? null
