import { ownerOfPod, withoutHash } from '../kubernetes/names.ts'
import type { Labels } from '../series/series.ts'
import { digest } from '../text/digest.ts'

/**
 * The name under which it is remembered what alerts like this one are about: cluster, alertname and the labels that stay from one
 * firing to the next, so that a correction holds for the next pod of the same workload, and for nothing else.
 */
export const correctionKey = (cluster: string, labels: Labels): string =>
  digest([cluster, labels['alertname'] ?? '', Object.entries(stableLabels(labels)).toSorted(([a], [b]) => (a < b ? -1 : 1))])

/** The labels that an alert has again when it fires again: no container's id, no replica's address; a pod by its workload. */
export const stableLabels = (labels: Labels): Labels => {
  const isOfPod = POD.some((name) => (labels[name] ?? '') !== '')
  const kept = Object.entries(labels).filter(([name]) => !PASSING.has(name) && !(isOfPod && OF_PLACE.has(name)))
  return Object.fromEntries(kept.map(([name, value]) => [name, stable(name, value)]))
}

const POD = ['pod', 'exported_pod', 'pod_name', 'kubernetes_pod_name']

/** The alert's own name stands beside; the rest names one run of something, one scraper, or how bad it is. */
const PASSING = new Set([
  ...['alertname', 'severity', 'id', 'uid', 'container_id', 'image', 'image_id', 'pod_ip', 'host_ip'],
  ...['pod_template_hash', 'controller_revision_hash', 'prometheus', 'prometheus_replica', 'replica', '__replica__', 'endpoint'],
])

/** Where a pod happens to run. Of what is no pod it is the thing itself. */
const OF_PLACE = new Set(['instance', 'node', 'host', 'hostname', 'nodename'])

const stable = (name: string, value: string): string => {
  if (POD.includes(name)) return ownerOfPod(value)
  if (name === 'replicaset') return withoutHash(value)
  // Jobs of a CronJob end with the minute in which they were due.
  return name === 'job_name' ? value.replace(/-\d{6,}$/, '') : value
}
