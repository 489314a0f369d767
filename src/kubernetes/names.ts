/** What Kubernetes draws its suffixes from: no vowels, and no digits that look like them (k8s.io/apimachinery, util/rand). */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]'
const OF_REPLICA_SET = new RegExp(`^(.+)-${RANDOM}{1,10}$`)
const OF_POD = new RegExp(`^(.+)-${RANDOM}{5}$`)
const ORDINAL = /^(.+)-\d+$/

/**
 * Exporters that report about others: their own `job` and `service` labels, their pod and container, stand on every series of other things.
 * An alert of the stock rules about a pod of checkout says service="kube-state-metrics".
 */
export const EXPORTER = /(?:^|[-_/])(?:kube-state-metrics|node-exporter|kubelet|cadvisor|blackbox|blackbox-exporter)$/

/** The name of a pod without what its controllers put behind theirs: the workload, as far as a name tells. */
export const ownerOfPod = (pod: string): string => {
  const owner = OF_POD.exec(pod)?.[1]
  if (owner !== undefined) return withoutHash(owner)
  return ORDINAL.exec(pod)?.[1] ?? pod
}

/** The deployment of a replica set, by its name. A template's hash has a digit, or no word is so long without a vowel. */
export const withoutHash = (name: string): string => {
  const [, owner, hash] = /^(.+)-([^-]+)$/.exec(name) ?? []
  if (owner === undefined || hash === undefined || !OF_REPLICA_SET.test(name)) return name
  return /\d/.test(hash) || hash.length >= 8 ? owner : name
}

/**
 * Whether a pod of that name can be one of a workload of that name: behind it stands what a controller draws (a template's hash or the minute of a
 * CronJob, five characters, an ordinal), and no word. `checkout-db-0` is none of `checkout`.
 */
export const isPodOf = (pod: string, workload: string): boolean =>
  pod.startsWith(`${workload}-`) && DRAWN.test(pod.slice(workload.length + 1))

const DRAWN = new RegExp(`^(?:(?:(?:${RANDOM}{6,10}|\\d{6,10})-)?[a-z0-9]{5}|\\d+)$`)
