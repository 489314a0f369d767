import { compare } from '../text/compare.ts'
import { keyOf, ofKind, type Ref, refOf } from './objects.ts'
import { numberAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** An event of v1 or events.k8s.io/v1, in one shape. */
export type KubeEvent = {
  readonly reason: string
  readonly message: string
  readonly isWarning: boolean
  readonly about: Ref
  /** `spec.containers{app}` in v1: the container it is about, or null. */
  readonly container: string | null
  readonly uid: string | null
  /** Who saw it: kubelet, default-scheduler, job-controller. */
  readonly component: string
  readonly first: Date | null
  /** When it was seen last: the newest of its series, its last and its own time. */
  readonly last: Date | null
  readonly count: number
  readonly object: KubeObject
}

/** All events, the newest first; ties by name. */
export const eventsOf = (state: ClusterState): readonly KubeEvent[] => {
  const known = read.get(state.objects)
  if (known !== undefined) return known
  const events = ofKind(state, 'Event')
    .map(eventOf)
    .toSorted((a, b) => (b.last?.getTime() ?? 0) - (a.last?.getTime() ?? 0) || compare(nameIn(a.object), nameIn(b.object)))
  read.set(state.objects, events)
  return events
}

/** Those about one object, the newest first. An object that was made anew under the same name has none of its predecessor's. */
export const eventsAbout = (state: ClusterState, object: KubeObject): readonly KubeEvent[] => {
  const { uid } = object.metadata
  const about = byObject(state).get(keyOf(refOf(object))) ?? []
  return about.filter((event) => uid === undefined || event.uid === null || event.uid === uid)
}

const grouped = new WeakMap<readonly KubeObject[], ReadonlyMap<string, readonly KubeEvent[]>>()

const byObject = (state: ClusterState): ReadonlyMap<string, readonly KubeEvent[]> => {
  const known = grouped.get(state.objects)
  if (known !== undefined) return known
  const groups = Map.groupBy(eventsOf(state), ({ about }) => keyOf(about))
  grouped.set(state.objects, groups)
  return groups
}

const read = new WeakMap<readonly KubeObject[], readonly KubeEvent[]>()

const eventOf = (object: KubeObject): KubeEvent => {
  const about = object['involvedObject'] ?? object['regarding']
  const namespace = textAt(about, 'namespace')
  const kind = textAt(about, 'kind')
  const name = textAt(about, 'name')
  const times = [
    timeAt(object, 'series', 'lastObservedTime'),
    timeAt(object, 'lastTimestamp'),
    timeAt(object, 'deprecatedLastTimestamp'),
    timeAt(object, 'eventTime'),
  ].filter((time) => time !== null)
  const last = times.toSorted((a, b) => b.getTime() - a.getTime())[0] ?? timeAt(object, 'metadata', 'creationTimestamp')
  return {
    reason: textAt(object, 'reason'),
    message: textAt(object, 'message') || textAt(object, 'note'),
    isWarning: textAt(object, 'type') === 'Warning',
    about: namespace === '' ? { kind, name } : { kind, namespace, name },
    container: /\{(.+)\}$/.exec(textAt(about, 'fieldPath'))?.[1] ?? null,
    uid: textAt(about, 'uid') || null,
    component: textAt(object, 'source', 'component') || textAt(object, 'reportingComponent') || textAt(object, 'reportingController'),
    first: timeAt(object, 'firstTimestamp') ?? timeAt(object, 'deprecatedFirstTimestamp') ?? timeAt(object, 'eventTime') ?? last,
    last,
    count: numberAt(object, 'series', 'count') ?? numberAt(object, 'count') ?? numberAt(object, 'deprecatedCount') ?? 1,
    object,
  }
}

const nameIn = ({ metadata: { namespace = '', name } }: KubeObject): string => `${namespace} ${name}`
