import type { AroundAt } from './around.ts'
import { conditionOf } from './condition.ts'
import { type ContainerNow, containersOf, currentEnd, type Ended, isInWork, type Moment } from './containers.ts'
import { eventsAbout, eventsOf, type KubeEvent } from './events.ts'
import { missingIn, missingSource } from './missing.ts'
import { findObject, keyOf, type Ref } from './objects.ts'
import { ownerOf, workloadOf } from './owners.ts'
import { numberAt, recordAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import type { Trouble } from './trouble.ts'

/**
 * What keeps a pod from working now; one per pod, the most telling: a container that is killed for memory is not said to crash as well.
 * `init`: an init container does not come to an end. `liveness`: killed because its liveness or startup probe failed. `not-ready`: it runs and is not ready for longer than it may.
 */
export type FailureKind = 'scheduling' | 'config' | 'image' | 'oom' | 'liveness' | 'crash' | 'volume' | 'init' | 'not-ready'

export type Failing = {
  readonly pod: KubeObject
  readonly workload: Ref
  readonly kind: FailureKind
  /** Null for a pod whose containers were not made yet. */
  readonly container: ContainerNow | null
  readonly end: Ended | null
  /** What says so beside the pod's own state, the newest first. */
  readonly events: readonly KubeEvent[]
  readonly since: Date | null
}

/** Pods that fail now, in the state's order. */
export const failingPods = (moment: Moment): readonly Failing[] => {
  const key = moment.onset.getTime()
  const ofState = known.get(moment.state) ?? new Map<number, readonly Failing[]>()
  known.set(moment.state, ofState)
  const found =
    ofState.get(key) ??
    moment.state.objects.filter(({ kind }) => kind === 'Pod').flatMap((pod) => (isInWork(pod, moment) ? failingOf(pod, moment) : []))
  ofState.set(key, found)
  return found
}

const known = new WeakMap<ClusterState, Map<number, readonly Failing[]>>()

/** The failing pods of these kinds, by workload and container. */
export const failingGroups = (moment: Moment, kinds: readonly FailureKind[]): readonly Group[] =>
  [
    ...Map.groupBy(
      failingPods(moment).filter(({ kind }) => kinds.includes(kind)),
      ({ workload, container }) => `${keyOf(workload)} ${container?.name ?? ''}`,
    ).values(),
  ].flatMap((pods) => {
    const [first, ...others] = pods.toSorted(byTelling)
    return first === undefined
      ? []
      : [{ workload: first.workload, first, all: [first, ...others], since: earliest(pods.map(({ since }) => since)) }]
  })

/** What one rule tells of all pods that fail in these ways. */
export const eachFailing =
  (kinds: readonly FailureKind[], troubleOf: (moment: Moment, concerned: Concerned, group: Group) => Trouble) =>
  ({ around: { state, concerned }, onset }: AroundAt): Trouble[] => {
    const moment = { state, onset }
    return failingGroups(moment, kinds).map((group) => troubleOf(moment, concerned, group))
  }

export type Group = {
  readonly workload: Ref
  /** The pod that tells most: the one with the most restarts. */
  readonly first: Failing
  readonly all: readonly Failing[]
  readonly since: Date | null
}

const byTelling = (a: Failing, b: Failing): number =>
  (b.container?.restarts ?? 0) - (a.container?.restarts ?? 0) || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1)

const earliest = (times: readonly (Date | null)[]): Date | null =>
  times.filter((time) => time !== null).toSorted((a, b) => a.getTime() - b.getTime())[0] ?? null

/** The scheduler needs a moment, and a cluster that grows a minute more. */
const PENDING_MS = 90_000

const failingOf = (pod: KubeObject, moment: Moment): readonly Failing[] => {
  const base = { pod, workload: workloadOf(moment.state, pod) }
  const events = eventsAbout(moment.state, pod)
  const created = timeAt(pod, 'metadata', 'creationTimestamp')
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') {
    const since = scheduled.since ?? created
    if (moment.state.at.getTime() - (since?.getTime() ?? 0) < PENDING_MS) return []
    return [
      {
        ...base,
        kind: 'scheduling',
        container: null,
        end: null,
        since,
        events: events.filter(({ reason }) => reason === 'FailedScheduling'),
      },
    ]
  }
  const containers = containersOf(pod)
  const found =
    first(containers, (container) => asWaiting(container)) ??
    first(containers, (container) => asEnded(container, moment, events)) ??
    asUnmounted(pod, containers, moment, events) ??
    first(containers, (container) => asUndone(container, moment) ?? asNotReady(container, moment, events))
  if (found === null) return []
  return [{ ...base, ...found, since: sinceOf(pod, found, { moment, events }) }]
}

type Found = Pick<Failing, 'kind' | 'container' | 'end' | 'events'>

const first = (containers: readonly ContainerNow[], look: (container: ContainerNow) => Found | null): Found | null => {
  for (const container of containers) {
    const found = look(container)
    if (found !== null) return found
  }
  return null
}

const IMAGE = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull', 'ImageInspectError', 'RegistryUnavailable']
const UNSTARTED = [
  'RunContainerError',
  'CreateContainerError',
  'StartError',
  'ContainerCannotRun',
  'PostStartHookError',
  'PreCreateHookError',
  'PreStartHookError',
]

const asWaiting = (container: ContainerNow): Found | null => {
  const reason = container.waiting?.reason ?? ''
  const kind =
    reason === 'CreateContainerConfigError' ? 'config' : IMAGE.includes(reason) ? 'image' : UNSTARTED.includes(reason) ? 'crash' : null
  return kind === null ? null : { kind, container, end: container.ended ?? container.last, events: [] }
}

const asEnded = (container: ContainerNow, moment: Moment, events: readonly KubeEvent[]): Found | null => {
  const killed = killedByProbe(container, moment, events)
  // A program that ends tidily when its probe has it killed leaves 0 or 143: only the event tells.
  const end = currentEnd(container, moment) ?? (killed.length > 0 ? container.last : null)
  if (end === null) return container.waiting?.reason === 'CrashLoopBackOff' ? { kind: 'crash', container, end, events: [] } : null
  const kernel = kernelKills(container, end, moment)
  if (end.reason === 'OOMKilled' || INIT_KILLED.test(end.message) || kernel.length > 0)
    return { kind: 'oom', container, end, events: kernel }
  return killed.length > 0 ? { kind: 'liveness', container, end, events: killed } : { kind: 'crash', container, end, events: [] }
}

/** A back-off lasts five minutes at most, so a probe that kills still has done so within the last quarter of an hour. */
const KILLING_MS = 15 * 60_000

/** A limit that is too small even for the runtime's own first process; runc says so with a question mark. */
const INIT_KILLED = /OOM-killed|memory limit too low/i

const killedByProbe = (container: ContainerNow, { state }: Moment, events: readonly KubeEvent[]): readonly KubeEvent[] => {
  const recent = events.filter((event) => isOf(event, container) && (event.last?.getTime() ?? 0) >= state.at.getTime() - KILLING_MS)
  const unhealthy = recent.filter((event) => event.reason === 'Unhealthy' && /^(?:liveness|startup)/i.test(event.message))
  const kills = recent.filter((event) => event.reason === 'Killing' && /failed (?:liveness|startup) probe/i.test(event.message))
  // SIGTERM, and SIGKILL when the grace period was over: the kubelet's way to end a container.
  const wasTold = [0, 137, 143].includes(container.last?.exitCode ?? 1)
  const steady = container.isReady && container.runningSince !== null && state.at.getTime() - container.runningSince.getTime() >= 5 * 60_000
  return container.last === null || steady || (kills.length === 0 && !(wasTold && unhealthy.length > 0)) ? [] : [...kills, ...unhealthy]
}

/** Whether an event about a pod is about this container, or does not say about which. */
export const isOf = (event: KubeEvent, container: ContainerNow): boolean => event.container === null || event.container === container.name

/** The kernel's own word that it killed something on the node when a container ended with 137: the runtime does not always say OOMKilled. */
const kernelKills = (container: ContainerNow, end: Ended, { state }: Moment): readonly KubeEvent[] => {
  const finished = end.finishedAt?.getTime()
  if (end.exitCode !== 137 || finished === undefined) return []
  const node = textAt(container.pod, 'spec', 'nodeName')
  return eventsOf(state).filter(
    (event) =>
      /^(?:SystemOOM|OOMKilling)$/.test(event.reason) &&
      event.about.name === node &&
      Math.abs((event.last?.getTime() ?? 0) - finished) <= 120_000,
  )
}

/** The time-out of all volumes together, which names them and no reason. */
const GENERAL = /^Unable to attach or mount volumes/

/** The kubelet tries to mount every two minutes at the latest. */
const MOUNTING_MS = 15 * 60_000

const asUnmounted = (
  pod: KubeObject,
  containers: readonly ContainerNow[],
  { state }: Moment,
  events: readonly KubeEvent[],
): Found | null => {
  const isStarting =
    textAt(pod, 'status', 'phase') === 'Pending' &&
    containers.every(({ waiting }) => waiting !== null && /^(?:ContainerCreating|PodInitializing)$/.test(waiting.reason))
  const failed = events.filter(
    // The attachment is told of once, and tried for as long as the pod waits.
    ({ reason, last }) =>
      reason === 'FailedAttachVolume' || (reason === 'FailedMount' && (last?.getTime() ?? 0) >= state.at.getTime() - MOUNTING_MS),
  )
  if (!isStarting || failed.length === 0) return null
  // That it waited says less than what it waited for.
  const told = failed.toSorted((a, b) => Number(GENERAL.test(a.message)) - Number(GENERAL.test(b.message)))
  const isConfig = told.some(({ message }) => missingIn(message, undefined, pod) !== null || missingSource(state, pod, message) !== null)
  return { kind: isConfig ? 'config' : 'volume', container: containers[0] ?? null, end: null, events: told }
}

/** What prepares a pod is done in seconds, a migration in minutes. */
const UNDONE_MS = 5 * 60_000

/** An init container that runs on and on: it waits for something. One that restarts always is a sidecar and is meant to. */
const asUndone = (container: ContainerNow, { state }: Moment): Found | null => {
  const { isInit, runningSince, spec } = container
  if (!isInit || runningSince === null || textAt(spec, 'restartPolicy') === 'Always') return null
  return state.at.getTime() - runningSince.getTime() < UNDONE_MS ? null : { kind: 'init', container, end: null, events: [] }
}

const asNotReady = (container: ContainerNow, { state }: Moment, events: readonly KubeEvent[]): Found | null => {
  const { isInit, isReady, runningSince, spec } = container
  if (isInit || isReady || runningSince === null) return null
  const unhealthy = events.filter((event) => event.reason === 'Unhealthy' && isOf(event, container))
  const hasProbe = ['readinessProbe', 'startupProbe'].some((probe) => Object.keys(recordAt(spec, probe)).length > 0)
  if ((!hasProbe && unhealthy.length === 0) || state.at.getTime() - runningSince.getTime() < graceOf(spec)) return null
  return { kind: 'not-ready', container, end: null, events: unhealthy }
}

/** How long a container may take to become ready, in milliseconds: its probes' own windows, two minutes at least. */
const graceOf = (spec: unknown): number =>
  Math.max(120_000, 1000 * (probeWindow(recordAt(spec, 'startupProbe')) + probeWindow(recordAt(spec, 'readinessProbe'))))

/** Seconds until a probe that never succeeds has failed for good; defaults as the API server fills them in. */
export const probeWindow = (probe: Readonly<Record<string, unknown>>): number =>
  Object.keys(probe).length === 0
    ? 0
    : (numberAt(probe, 'initialDelaySeconds') ?? 0) + (numberAt(probe, 'periodSeconds') ?? 10) * (numberAt(probe, 'failureThreshold') ?? 3)

/** The earliest that is known: events, the pod's readiness, and the pauses that so many restarts must have taken. Never before the pod was made. */
const sinceOf = (pod: KubeObject, given: Found, { moment, events }: Seen): Date | null => {
  const { container, end, kind, events: own } = given
  const ready = conditionOf(pod, 'Ready')
  const times = [
    ...(kind === 'image' || kind === 'config' ? events.filter(({ reason }) => /^(?:Failed|BackOff|FailedMount)$/.test(reason)) : []).map(
      (event) => event.first,
    ),
    ...(kind === 'crash' || kind === 'oom' ? events.filter(({ reason }) => reason === 'BackOff') : []).map((event) => event.first),
    ...own.map((event) => event.first),
    ready?.status === 'False' ? ready.since : null,
    end?.finishedAt === null || end?.finishedAt === undefined
      ? null
      : new Date(end.finishedAt.getTime() - 1000 * pauses((container?.restarts ?? 1) - 1)),
  ]
  const known = earliest(times)
  const created = timeAt(pod, 'metadata', 'creationTimestamp')
  const found = known === null || (created !== null && known < created) ? created : known
  return found === null || !isLater(found, moment) || isProven({ pod, given, found, created }, moment) ? found : null
}

type Seen = { readonly moment: Moment; readonly events: readonly KubeEvent[] }

/** As tolerant as the weighing is (trouble.ts). */
const isLater = (time: Date, { onset }: Moment): boolean => time.getTime() > onset.getTime() + 10 * 60_000

type Claimed = { readonly pod: KubeObject; readonly given: Found; readonly found: Date; readonly created: Date | null }

/**
 * Whether it is certain that the trouble is younger than the onset. A pod that has failed from its first minute may have taken the place
 * of one that did the same, unless its revision is as young; of many restarts the first is not known.
 */
const isProven = ({ pod, given: { kind, container }, found, created }: Claimed, moment: Moment): boolean => {
  const isBorn = created !== null && found.getTime() - created.getTime() < 5 * 60_000
  const owner = ownerOf(pod)
  const made = owner === undefined ? null : timeAt(findObject(moment.state, owner), 'metadata', 'creationTimestamp')
  if (isBorn && owner !== undefined) return made !== null && isLater(made, moment)
  return kind === 'not-ready' || (container?.restarts ?? 0) <= 1
}

/** Seconds that the kubelet waits over so many restarts: 10, 20, 40 … 300. */
export const pauses = (restarts: number): number => {
  let sum = 0
  for (let i = 0; i < Math.min(restarts, 1000); i += 1) sum += Math.min(300, 10 * 2 ** i)
  return sum
}
