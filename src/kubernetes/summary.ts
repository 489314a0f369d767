import { conditionsOf } from './condition.ts'
import { isReady } from './pods.ts'
import { at, listAt, numberAt, recordAt, textAt, textsAt } from './read.ts'
import { labelWords } from './selector.ts'
import type { KubeObject } from './state.ts'

/** One object in a line, as `kubectl get` has it: its state, and what of its conditions is not as it should be. */
export const summaryOf = (object: KubeObject): string => {
  const state = SUMMARIES[object.kind]?.(object) ?? ''
  const bad = conditionsOf(object)
    .filter(({ type, status }) => (BAD[object.kind]?.[type] ?? '') === status)
    .map(({ type, status, reason }) => `${type}=${status}${reason === '' ? '' : ` (${reason})`}`)
  return [state, ...bad, ...(object.metadata.deletionTimestamp === undefined || object.kind === 'Pod' ? [] : ['being deleted'])]
    .filter((part) => part !== '')
    .join(', ')
}

/** What kubectl calls the state of a pod: why it waits or ended, else its phase. */
const podStatus = (pod: KubeObject): string => {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating'
  for (const status of listAt(pod, 'status', 'initContainerStatuses')) {
    const reason = textAt(status, 'state', 'waiting', 'reason') || textAt(status, 'state', 'terminated', 'reason')
    if (reason !== '' && reason !== 'Completed' && reason !== 'PodInitializing') return `Init:${reason}`
  }
  const reasons = listAt(pod, 'status', 'containerStatuses').flatMap((status) => {
    const reason = textAt(status, 'state', 'waiting', 'reason') || textAt(status, 'state', 'terminated', 'reason')
    return reason === '' || reason === 'Completed' ? [] : [reason]
  })
  return reasons[0] ?? (textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase') || 'Unknown')
}

/** Whether somebody who looks for a fault looks here first. */
export const isTroubled = (object: KubeObject): boolean => {
  if (object.kind === 'Pod') return textAt(object, 'status', 'phase') !== 'Succeeded' && !isReady(object)
  if (object.kind === 'Event') return textAt(object, 'type') === 'Warning'
  const desired = numberAt(object, 'spec', 'replicas') ?? numberAt(object, 'status', 'desiredNumberScheduled')
  const ready = numberAt(object, 'status', 'readyReplicas') ?? numberAt(object, 'status', 'numberReady') ?? 0
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].includes(object.kind) && desired !== null && ready < desired) return true
  return conditionsOf(object).some(({ type, status }) => BAD[object.kind]?.[type] === status)
}

/** The status in which a condition is a fault. */
const BAD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Deployment: { Available: 'False', Progressing: 'False', ReplicaFailure: 'True' },
  ReplicaSet: { ReplicaFailure: 'True' },
  Job: { Failed: 'True' },
  HorizontalPodAutoscaler: { AbleToScale: 'False', ScalingActive: 'False', ScalingLimited: 'True' },
  Node: { MemoryPressure: 'True', DiskPressure: 'True', PIDPressure: 'True', NetworkUnavailable: 'True' },
  PodDisruptionBudget: { DisruptionAllowed: 'False' },
  Certificate: { Ready: 'False' },
}

const replicas = (object: KubeObject): string =>
  `${numberAt(object, 'status', 'readyReplicas') ?? 0}/${numberAt(object, 'spec', 'replicas') ?? 1} ready`

const SUMMARIES: Readonly<Record<string, (object: KubeObject) => string>> = {
  Pod: (pod) => {
    const statuses = listAt(pod, 'status', 'containerStatuses')
    const restarts = statuses.reduce<number>((sum, status) => sum + (numberAt(status, 'restartCount') ?? 0), 0)
    const ready = statuses.filter((status) => at(status, 'ready') === true).length
    const node = textAt(pod, 'spec', 'nodeName')
    return `${podStatus(pod)}, ${ready}/${listAt(pod, 'spec', 'containers').length} ready, ${restarts} restarts${node === '' ? ', on no node' : `, on ${node}`}`
  },
  Deployment: (object) =>
    `${replicas(object)}, ${numberAt(object, 'status', 'updatedReplicas') ?? 0} updated, ${numberAt(object, 'status', 'availableReplicas') ?? 0} available`,
  Rollout: (object) => `${replicas(object)}, ${textAt(object, 'status', 'phase')}`,
  ReplicaSet: replicas,
  StatefulSet: (object) => `${replicas(object)}, ${numberAt(object, 'status', 'updatedReplicas') ?? 0} updated`,
  DaemonSet: (object) =>
    `${numberAt(object, 'status', 'numberReady') ?? 0}/${numberAt(object, 'status', 'desiredNumberScheduled') ?? 0} ready`,
  Job: (object) =>
    `${numberAt(object, 'status', 'succeeded') ?? 0}/${numberAt(object, 'spec', 'completions') ?? 1} done, ${numberAt(object, 'status', 'failed') ?? 0} failed`,
  CronJob: (object) =>
    `schedule ${textAt(object, 'spec', 'schedule')}${at(object, 'spec', 'suspend') === true ? ', suspended' : ''}, last ${textAt(object, 'status', 'lastScheduleTime') || 'never'}`,
  Service: (object) => {
    const ports = listAt(object, 'spec', 'ports').map(
      (port) => `${textAt(port, 'port')}->${textAt(port, 'targetPort') || textAt(port, 'port')}`,
    )
    return `${textAt(object, 'spec', 'type') || 'ClusterIP'} ${textAt(object, 'spec', 'clusterIP')}, ports ${ports.join(' ')}, selects ${labelWords(textsAt(object, 'spec', 'selector'))}`
  },
  Endpoints: (object) => {
    const subsets = listAt(object, 'subsets')
    const count = (field: string): number => subsets.reduce<number>((sum, subset) => sum + listAt(subset, field).length, 0)
    return `${count('addresses')} ready, ${count('notReadyAddresses')} not ready`
  },
  EndpointSlice: (object) => {
    const endpoints = listAt(object, 'endpoints')
    const ready = endpoints.filter((endpoint) => at(endpoint, 'conditions', 'ready') !== false).length
    return `${ready} ready, ${endpoints.length - ready} not ready`
  },
  Node: (object) => {
    const ready = conditionsOf(object).find(({ type }) => type === 'Ready')
    const taints = listAt(object, 'spec', 'taints').map((taint) => `${textAt(taint, 'key')}:${textAt(taint, 'effect')}`)
    const state = ready?.status === 'True' ? 'Ready' : `NotReady${ready === undefined || ready.reason === '' ? '' : ` (${ready.reason})`}`
    return [state, ...(at(object, 'spec', 'unschedulable') === true ? ['cordoned'] : []), ...taints.map((one) => `taint ${one}`)].join(', ')
  },
  PersistentVolumeClaim: (object) =>
    `${textAt(object, 'status', 'phase')}, ${textAt(object, 'status', 'capacity', 'storage') || textAt(object, 'spec', 'resources', 'requests', 'storage')}, class ${textAt(object, 'spec', 'storageClassName') || 'default'}, volume ${textAt(object, 'spec', 'volumeName') || 'none'}`,
  PersistentVolume: (object) =>
    `${textAt(object, 'status', 'phase')}, ${textAt(object, 'spec', 'capacity', 'storage')}, claim ${textAt(object, 'spec', 'claimRef', 'name') || 'none'}`,
  HorizontalPodAutoscaler: (object) =>
    `${numberAt(object, 'status', 'currentReplicas') ?? 0} replicas, wants ${numberAt(object, 'status', 'desiredReplicas') ?? 0}, ${numberAt(object, 'spec', 'minReplicas') ?? 1} to ${numberAt(object, 'spec', 'maxReplicas') ?? 0}, of ${textAt(object, 'spec', 'scaleTargetRef', 'kind')} ${textAt(object, 'spec', 'scaleTargetRef', 'name')}`,
  ResourceQuota: (object) =>
    Object.keys(recordAt(object, 'status', 'hard'))
      .map((name) => `${name} ${textAt(object, 'status', 'used', name)}/${textAt(object, 'status', 'hard', name)}`)
      .join(', '),
  NetworkPolicy: (object) =>
    `pods ${labelWords(textsAt(object, 'spec', 'podSelector', 'matchLabels')) || 'all'}, ${listAt(object, 'spec', 'policyTypes').join(' and ')}`,
  Ingress: (object) =>
    listAt(object, 'spec', 'rules')
      .map((rule) => textAt(rule, 'host') || '*')
      .join(', '),
  Lease: (object) => `held by ${textAt(object, 'spec', 'holderIdentity') || 'nobody'}, renewed ${textAt(object, 'spec', 'renewTime')}`,
  Namespace: (object) => textAt(object, 'status', 'phase'),
  StorageClass: (object) => `provisioner ${textAt(object, 'provisioner')}`,
  PodDisruptionBudget: (object) => `${numberAt(object, 'status', 'disruptionsAllowed') ?? 0} disruptions allowed`,
  Certificate: (object) => `until ${textAt(object, 'status', 'notAfter') || 'never issued'}`,
}
