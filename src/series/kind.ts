import type { Labels } from './series.ts'

/**
 * What a series measures, without whose it is: the metric with the labels that distinguish measurements (`code`, `quantile`), not places.
 * Series of one kind can be compared across services.
 */
export const kindOf = (labels: Labels): string => {
  const pairs = Object.keys(labels)
    .filter((name) => name !== '__name__' && !PLACES.test(name))
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name] ?? '')}`)
  const name = labels['__name__'] ?? ''
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

const PLACES =
  /^(namespace|service|app|job|pod|pod_name|instance|container|container_id|node|host|hostname|endpoint|uid|id|image|name|cluster|prometheus|replica|component|workload|deployment|server_address|exported_.+|k8s_.+|app_kubernetes_io_.+|service_.+)$/
