import type { KubeObject } from '../../../src/kubernetes/state.ts'
import { add, ago, hex, microAgo, type World } from './world.ts'

export type Told = {
  readonly on: KubeObject
  readonly type?: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** Seconds before now. `last` is `first` when it happened once. */
  readonly first: number
  readonly last?: number
  readonly count?: number
  readonly from: string
  readonly host?: string
  readonly fieldPath?: string
}

/** An Event of core/v1; the scheduler's have eventTime and series instead of the older times, as it reports by events.k8s.io. */
export const event = (w: World, told: Told): void => {
  const last = told.last ?? told.first
  if (last > w.ttl) return
  const id = hex(`${w.seed}${told.on.kind}${told.on.metadata.namespace}${told.on.metadata.name}${told.reason}${told.message}${told.first}`)
  const namespace = told.on.metadata.namespace ?? 'default'
  const kubelet = told.from === 'kubelet' && told.on.kind === 'Node'
  const component = told.from
  const count = told.count ?? 1
  add(w, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${told.on.metadata.name}.18${id.slice(0, 14)}`,
      namespace,
      uid: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-b${id.slice(17, 20)}-${id.slice(20, 32)}`,
      resourceVersion: String(20_000_000 + (Number.parseInt(id.slice(0, 6), 16) % 9_000_000)),
      creationTimestamp: ago(w, told.first),
    },
    involvedObject: {
      apiVersion: told.on.apiVersion,
      kind: told.on.kind,
      name: told.on.metadata.name,
      ...(told.on.metadata.namespace === undefined ? {} : { namespace }),
      uid: kubelet ? told.on.metadata.name : told.on.metadata.uid,
      ...(told.on.kind === 'Node' ? {} : { resourceVersion: told.on.metadata['resourceVersion'] }),
      ...(told.fieldPath === undefined ? {} : { fieldPath: told.fieldPath }),
    },
    reason: told.reason,
    message: told.message.slice(0, 1024),
    type: told.type ?? 'Normal',
    ...(component === 'default-scheduler'
      ? {
          source: {},
          firstTimestamp: null,
          lastTimestamp: null,
          eventTime: microAgo(w, told.first),
          ...(count > 1 ? { series: { count, lastObservedTime: microAgo(w, last) } } : {}),
          action: told.reason === 'Scheduled' ? 'Binding' : 'Scheduling',
          reportingComponent: component,
          reportingInstance: 'default-scheduler-control-0',
        }
      : {
          source: { component, ...(told.host === undefined ? {} : { host: told.host }) },
          firstTimestamp: ago(w, told.first),
          lastTimestamp: ago(w, last),
          count,
          eventTime: null,
          reportingComponent: component,
          reportingInstance: told.host ?? '',
        }),
  })
}
