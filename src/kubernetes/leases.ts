import type { AroundAt } from './around.ts'
import { eventsOf, type KubeEvent } from './events.ts'
import { findObject, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { podsOf, workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { numberAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

const HOUR_MS = 3600_000

/** A leader that changes this often within an hour does not lead. */
const CHANGES_PER_HOUR = 3

/** A lease is renewed every few seconds; one that was not for three of its durations, and a minute, has been let go. */
const LATE_DURATIONS = 3

/** client-go's default is 15 s (k8s.io/component-base/config); below this a pause of the API server costs the lead. */
const SHORT_SECONDS = 10

/** Leaders that change all the time, and leases that nobody renews although somebody should. */
export const leaseTroubles = (given: AroundAt): readonly Trouble[] =>
  ofKind(given.around.state, 'Lease')
    // A node's lease says what its Ready condition says.
    .filter(({ metadata }) => metadata.namespace !== 'kube-node-lease')
    .flatMap((lease) => thrashing(given, lease) ?? abandoned(given, lease) ?? [])

const thrashing = (given: AroundAt, lease: KubeObject): Trouble | undefined => {
  const { state } = given.around
  const transitions = numberAt(lease, 'spec', 'leaseTransitions') ?? 0
  const acquired = timeAt(lease, 'spec', 'acquireTime')
  if (acquired === null || state.at.getTime() - acquired.getTime() > HOUR_MS / 2) return undefined
  const elections = electionsOf(state, lease)
  const changes = Math.round(elections.reduce((sum, event) => sum + withinHour(state, event), 0))
  const holders = new Set(elections.map(({ message }) => /^(\S+) became leader/.exec(message)?.[1] ?? message)).size
  const made = Date.parse(lease.metadata.creationTimestamp ?? '')
  const hours = Number.isNaN(made) ? Number.POSITIVE_INFINITY : Math.max(0.25, (state.at.getTime() - made) / HOUR_MS)
  const isOften = changes >= CHANGES_PER_HOUR
  // Without events the record of the lease itself: so many changes for its age that they are no restarts.
  const isKnownFor = transitions >= 6 && transitions / hours >= 1
  if (!isOften && !isKnownFor) return undefined
  const owners = holdersOf(state, lease)
  const isShared = owners.length > 1
  const owner = isShared ? undefined : (owners[0] ?? ownerOf(state, lease))
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds')
  const isShort = seconds !== null && seconds < SHORT_SECONDS
  const first = elections.map((event) => event.first?.getTime() ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b)[0]
  const what = isOften
    ? `changed its holder ${changes} times within an hour (${isShared ? `shared by ${listed(owners)}` : `${holders} holders`})`
    : `was taken over ${transitions} times since it was made`
  const summary = `${nameOf(refOf(lease))} ${what}: the leader of ${nameOf(owner ?? refOf(lease))} does not stay. Taken last${sinceWords(state, acquired).replace(' since', ' at')}, ${transitions} transitions in all${isShort ? `; it lasts only ${seconds} s` : ''}.`
  return {
    object: owner ?? refOf(lease),
    relation: closest([refOf(lease), ...(owner === undefined ? owners : [owner])].map((ref) => given.around.concerned.relationOf(ref))),
    category: isShort || isShared ? 'config_change' : 'saturation',
    severity: 'high',
    weight: isOften ? 0.85 : 0.55,
    since: first === undefined || !Number.isFinite(first) ? null : new Date(first),
    summary,
    suggestion: `See why it loses its lease (slow API server, starved CPU, a short duration): \`kubectl logs -n ${lease.metadata.namespace ?? 'default'} ${logTarget(owner)} --previous | grep -i leader\``,
    explains: [refOf(lease), ...(owner === undefined ? [] : podsOf(state, owner).map(refOf))],
    objects: [lease, ...elections.slice(0, 5).map(({ object }) => object)],
    shown: [
      summary,
      leaseLine(lease),
      ...elections.slice(0, 8).map(({ message, count, last }) => `${message} (${count} times, last ${last?.toISOString() ?? ''})`),
    ],
  }
}

const abandoned = (given: AroundAt, lease: KubeObject): Trouble | undefined => {
  const { state } = given.around
  const renewed = timeAt(lease, 'spec', 'renewTime')
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds') ?? 15
  if (renewed === null || textAt(lease, 'spec', 'holderIdentity') === '') return undefined
  const late = (state.at.getTime() - renewed.getTime()) / 1000
  // What was let go long before the alert belongs to something that was taken away.
  if (late < Math.max(60, seconds * LATE_DURATIONS) || renewed.getTime() < given.onset.getTime() - 2 * HOUR_MS) return undefined
  const owner = ownerOf(state, lease)
  const isControlPlane = lease.metadata.namespace === 'kube-system' && /^kube-(?:controller-manager|scheduler)$/.test(lease.metadata.name)
  const pods = owner === undefined ? [] : podsOf(state, owner).filter(isLive)
  if (pods.length === 0 && !isControlPlane) return undefined
  const summary = `${nameOf(refOf(lease))} has not been renewed${sinceWords(state, renewed)}, though it lasts ${seconds} s: ${nameOf(owner ?? refOf(lease))} has no leader at work (held by ${textAt(lease, 'spec', 'holderIdentity').slice(0, 80)}).`
  return {
    object: owner ?? refOf(lease),
    relation: isControlPlane ? 'called' : relationTo(given, lease, owner),
    category: 'unknown',
    severity: 'high',
    // Of pods that are not ready the reason is elsewhere.
    weight: pods.every(isReady) ? 0.6 : 0.3,
    since: renewed,
    summary,
    suggestion: `See what the holder does: \`kubectl logs -n ${lease.metadata.namespace ?? 'default'} ${logTarget(owner)}\``,
    explains: [refOf(lease)],
    objects: [lease],
    shown: [summary, leaseLine(lease)],
  }
}

const electionsOf = (state: ClusterState, lease: KubeObject): readonly KubeEvent[] =>
  eventsOf(state).filter(
    ({ reason, about, last, message }) =>
      reason === 'LeaderElection' &&
      about.name === lease.metadata.name &&
      about.namespace === lease.metadata.namespace &&
      /became leader/.test(message) &&
      last !== null &&
      state.at.getTime() - last.getTime() < HOUR_MS,
  )

/** How often an event was seen in the last hour, were it seen evenly between its first and its last time. */
const withinHour = (state: ClusterState, { first, last, count }: KubeEvent): number => {
  if (first === null || last === null || count <= 1) return 1
  const span = Math.max(1, last.getTime() - first.getTime())
  const recent = Math.max(0, last.getTime() - Math.max(first.getTime(), state.at.getTime() - HOUR_MS))
  return Math.max(1, count * Math.min(1, recent / span))
}

/** The workloads whose pods took the lease lately: more than one is one too many. */
const holdersOf = (state: ClusterState, lease: KubeObject): readonly Ref[] => {
  const { namespace } = lease.metadata
  const pods = electionsOf(state, lease).flatMap(({ message }) => {
    const name = (message.split(' ')[0] ?? '').split('_')[0] ?? ''
    return findObject(state, { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name }) ?? []
  })
  return [...new Map(pods.map((pod) => workloadOf(state, pod)).map((ref) => [keyOf(ref), ref])).values()]
}

/** The workload whose pod holds or held the lease: holders are written "pod" or "pod_uuid". */
const ownerOf = (state: ClusterState, lease: KubeObject): Ref | undefined => {
  const held = [textAt(lease, 'spec', 'holderIdentity'), ...electionsOf(state, lease).map(({ message }) => message.split(' ')[0] ?? '')]
  const { namespace } = lease.metadata
  for (const holder of held) {
    const name = holder.split('_')[0] ?? ''
    const pod = findObject(state, { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name })
    if (pod !== undefined) return workloadOf(state, pod)
  }
  const workloads = ['Deployment', 'StatefulSet']
    .flatMap((kind) => ofKind(state, kind))
    .filter(({ metadata }) => metadata.namespace === namespace)
  const named = workloads.find(
    ({ metadata: { name } }) => name === lease.metadata.name || held.some((holder) => holder.startsWith(`${name}-`)),
  )
  return named === undefined ? undefined : refOf(named)
}

const relationTo = ({ around: { concerned } }: AroundAt, lease: KubeObject, owner: Ref | undefined) =>
  closest([refOf(lease), ...(owner === undefined ? [] : [owner])].map((ref) => concerned.relationOf(ref)))

const logTarget = (owner: Ref | undefined): string => (owner === undefined ? '-l app' : `${owner.kind.toLowerCase()}/${owner.name}`)

const leaseLine = ({ spec }: KubeObject): string =>
  ['holderIdentity', 'leaseDurationSeconds', 'acquireTime', 'renewTime', 'leaseTransitions']
    .map((field) => `${field} ${textAt(spec, field)}`)
    .join(', ')
