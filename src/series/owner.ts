import { ownerOfPod } from '../kubernetes/names.ts'
import type { Labels, Series } from './series.ts'

/**
 * Whose series it is: the service by the label that the alert names it with, else by the usual ones. What an exporter says of other people's
 * pods (cAdvisor, kube-state-metrics) bears the exporter's name and the pod's; it belongs to the pod's workload. Such an exporter is
 * known by speaking of several workloads that are not called like it. Null where nothing tells.
 */
export const ownersOf = (all: readonly Series[], first: string): ((series: Series) => string | null) => {
  const names = [...new Set([first, ...SERVICE_LABELS])]
  const workloads = new Map<string, Set<string>>()
  for (const { labels } of all) {
    const service = labelOf(labels, names)
    const workload = workloadOf(labels)
    if (service === null || workload === null) continue
    workloads.set(service, (workloads.get(service) ?? new Set()).add(workload))
  }
  const isExporter = (service: string): boolean => {
    const others = [...(workloads.get(service) ?? [])].filter((workload) => !isCalledLike(workload, service))
    return others.length > 2
  }
  const exporters = new Set([...workloads.keys()].filter(isExporter))
  const serviceOf = new Map(
    [...workloads].flatMap(([service, of]) => (exporters.has(service) ? [] : [...of].map((workload) => [workload, service] as const))),
  )
  return ({ labels }) => {
    const service = labelOf(labels, names)
    if (service !== null && !exporters.has(service)) return service
    const workload = workloadOf(labels)
    if (workload !== null) return serviceOf.get(workload) ?? workload
    return service === null ? null : service
  }
}

const SERVICE_LABELS = ['service', 'service_name', 'app', 'app_kubernetes_io_name', 'job']
const WORKLOAD_LABELS = ['workload', 'deployment', 'statefulset', 'daemonset']
const POD_LABELS = ['pod', 'pod_name', 'exported_pod', 'kubernetes_pod_name']

const labelOf = (labels: Labels, names: readonly string[]): string | null =>
  names.map((name) => labels[name]).find((value) => value !== undefined && value !== '') ?? null

const workloadOf = (labels: Labels): string | null => {
  const named = labelOf(labels, WORKLOAD_LABELS)
  if (named !== null) return named
  const pod = labelOf(labels, POD_LABELS)
  return pod === null ? null : ownerOfPod(pod)
}

const isCalledLike = (workload: string, service: string): boolean =>
  workload === service || workload.startsWith(`${service}-`) || service.startsWith(`${workload}-`)
