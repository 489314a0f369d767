import { nearest } from '../text/nearest.ts'
import type { AroundAt } from './around.ts'
import { claimRefusal } from './claims.ts'
import { conditionOf } from './condition.ts'
import { containersOf } from './containers.ts'
import { eventsAbout } from './events.ts'
import { missingSource } from './missing.ts'
import { findObject, isRead, keyOf, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { workloadOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { listAt, textAt } from './read.ts'
import type { KubeObject } from './state.ts'
import { closest, listed, sinceWords, type Trouble } from './trouble.ts'

/** A claim is bound, and a volume attached, in seconds; what takes longer than this is trouble. */
const SLOW_MS = 45_000

/** Mounting is tried again for as long as the pod waits; an older event is of an earlier try. */
const RECENT_MS = 20 * 60_000

/** Claims that are not bound, missing or lost, and volumes that cannot be attached or mounted, as far as a pod waits for them. */
export const volumeTroubles = (given: AroundAt): readonly Trouble[] => {
  const { state } = given.around
  const claims = ofKind(state, 'PersistentVolumeClaim').flatMap((claim) => ofClaim(given, claim))
  return [...claims, ...missingClaims(given), ...placeTroubles(given), ...mountTroubles(given)]
}

const ofClaim = (given: AroundAt, claim: KubeObject): readonly Trouble[] => {
  const { state } = given.around
  const phase = textAt(claim, 'status', 'phase')
  const pods = waitingPods(given, refOf(claim))
  const name = nameOf(refOf(claim))
  if (phase === 'Lost') {
    const volume = textAt(claim, 'spec', 'volumeName')
    const summary = `${name} is lost: its volume ${volume || 'is not named'}${volume === '' ? '' : ' no longer exists'}. ${waits(given, pods)}`
    return [
      {
        ...base(given, claim, pods),
        weight: 0.9,
        summary,
        suggestion: `Restore the volume from a backup, then claim it anew: \`${describeOf(refOf(claim))}\``,
        shown: [summary],
      },
    ]
  }
  const since = claim.metadata.creationTimestamp === undefined ? null : new Date(claim.metadata.creationTimestamp)
  const isSlow = since === null || state.at.getTime() - since.getTime() > SLOW_MS
  // A claim that nobody waits for costs nobody anything: with WaitForFirstConsumer it stays so for ever.
  if (phase !== 'Pending' || !isSlow || pods.length === 0) return []
  const refusal = claimRefusal(state, claim, pods)
  if (refusal === null) return []
  const summary = `${name} is not bound${sinceWords(state, since)}: ${refusal.why}. ${waits(given, pods)}`
  return [{ ...base(given, claim, pods), since, weight: 0.92, summary, suggestion: refusal.suggestion, shown: [...refusal.shown, summary] }]
}

const base = (given: AroundAt, claim: KubeObject, pods: readonly KubeObject[]) => ({
  object: refOf(claim),
  relation: relationTo(given, refOf(claim), pods),
  category: 'volume' as const,
  severity: 'critical' as const,
  explains: [...workloadsOf(given, pods), ...pods.map(refOf)],
  objects: [claim, ...pods.slice(0, 2)],
})

/** Claims that are bound, but where no node can take them: pkg/scheduler/framework/plugins/{volumezone,volumebinding,volumerestrictions,nodevolumelimits}. */
const PLACE =
  /volume node affinity conflict|no available volume zone|exceed max volume count|ReadWriteOncePod access mode|conflicts? with volume zone|persistentvolumeclaim "[^"]+" is being deleted|bound to non-existent persistentvolume/i

const placeTroubles = (given: AroundAt): readonly Trouble[] =>
  ofKind(given.around.state, 'Pod')
    .filter(isWaiting)
    .flatMap((pod) => {
      const { state } = given.around
      const condition = conditionOf(pod, 'PodScheduled')
      const why = PLACE.exec(condition?.message ?? '')?.[0]
      const bound = claimsOf(pod).flatMap((claim) => findObject(state, claim) ?? [])
      const claim = bound.find(({ metadata }) => metadata.deletionTimestamp !== undefined) ?? bound[0]
      if (why === undefined || condition === undefined || claim === undefined) return []
      const volume = findObject(state, { kind: 'PersistentVolume', name: textAt(claim, 'spec', 'volumeName') })
      const places = listAt(volume, 'spec', 'nodeAffinity', 'required', 'nodeSelectorTerms', 0, 'matchExpressions')
        .map((term) => `${textAt(term, 'key')} in ${listAt(term, 'values').join(', ')}`)
        .join('; ')
      const where = places === '' ? '' : ` Its volume is where ${places}.`
      const summary = `${nameOf(refOf(claim))} keeps ${nameOf(workloadOf(state, pod))} from every node${sinceWords(state, condition.since)} (${why}).${where}`
      return [
        {
          ...base(given, claim, [pod]),
          weight: 0.88,
          since: condition.since,
          summary,
          suggestion: `Bring a node to where the volume is, or the volume to a node: \`${describeOf(refOf(claim))}\``,
          shown: [condition.message, summary],
        },
      ]
    })

const missingClaims = (given: AroundAt): readonly Trouble[] => {
  const { state } = given.around
  if (!isRead(state, 'PersistentVolumeClaim')) return []
  const waiting = ofKind(state, 'Pod').filter((pod) => isWaiting(pod))
  const wanted = waiting.flatMap((pod) =>
    claimsOf(pod).flatMap((claim) => (findObject(state, claim) === undefined && hasClaimsRead(given, pod, claim) ? [{ claim, pod }] : [])),
  )
  return [...Map.groupBy(wanted, ({ claim }) => keyOf(claim)).values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const pods = group.map(({ pod }) => pod)
    const beside = ofKind(state, 'PersistentVolumeClaim').flatMap(({ metadata }) =>
      metadata.namespace === first.claim.namespace ? metadata.name : [],
    )
    const like = nearest(first.claim.name, beside)
    const summary = `${nameOf(first.claim)} does not exist${like === undefined ? '' : ` (there is ${like})`}. ${waits(given, pods)}`
    return [
      {
        object: first.claim,
        relation: relationTo(given, first.claim, pods),
        category: 'volume',
        severity: 'critical',
        weight: 0.92,
        summary,
        suggestion: `Create the claim, or correct claimName in ${listed(workloadsOf(given, pods), 1)}: \`kubectl get pvc -n ${first.claim.namespace ?? 'default'}\``,
        explains: [...workloadsOf(given, pods), ...pods.map(refOf)],
        objects: pods.slice(0, 3),
        shown: [summary, ...pods.slice(0, 3).map((pod) => `${nameOf(refOf(pod))}: ${conditionOf(pod, 'PodScheduled')?.message ?? ''}`)],
      },
    ]
  })
}

/** Only where the pod says so or other claims of the namespace were read: a client that reads none at all proves nothing. */
const hasClaimsRead = ({ around: { state } }: AroundAt, pod: KubeObject, claim: Ref): boolean => {
  const message = `persistentvolumeclaim "${claim.name}" not found`
  return (
    (conditionOf(pod, 'PodScheduled')?.message ?? '').includes(message) ||
    eventsAbout(state, pod).some((event) => event.message.includes(message)) ||
    ofKind(state, 'PersistentVolumeClaim').some(({ metadata }) => metadata.namespace === claim.namespace)
  )
}

/** FailedAttachVolume and FailedMount of pods that still wait; those of config maps and secrets are another rule's. */
const mountTroubles = (given: AroundAt): readonly Trouble[] => {
  const { state } = given.around
  const found = ofKind(state, 'Pod')
    .filter((pod) => isWaiting(pod) && textAt(pod, 'spec', 'nodeName') !== '')
    .flatMap((pod) => {
      const tried = eventsAbout(state, pod).filter(
        ({ reason, last }) =>
          /^(?:FailedAttachVolume|FailedMount|FailedMapVolume|VolumeFailedDelete)$/.test(reason) &&
          last !== null &&
          // The attachment is told of once, and tried for as long as nothing of the pod is made.
          ((reason === 'FailedAttachVolume' && isCreating(pod)) || state.at.getTime() - last.getTime() < RECENT_MS),
      )
      const isElse = tried.some(({ message }) => NOT_A_VOLUME.test(message) || missingSource(state, pod, message) !== null)
      const attached = eventsAbout(state, pod).find(({ reason }) => reason === 'SuccessfulAttachVolume')?.last ?? null
      const events = tried.filter(
        ({ reason, message, last }) =>
          !NOT_A_VOLUME.test(message) &&
          !(isElse && (last?.getTime() ?? 0) < state.at.getTime() - RECENT_MS) &&
          !(isElse && /^Unable to attach or mount/.test(message)) &&
          !(reason === 'FailedAttachVolume' && attached !== null && last !== null && attached > last),
      )
      // The attachment says why, the mount says only that it waited.
      const event =
        events.find(({ reason }) => reason === 'FailedAttachVolume') ??
        events.find(({ message }) => !/^Unable to attach or mount/.test(message)) ??
        events[0]
      return event === undefined ? [] : [{ pod, event, object: volumeOf(given, pod, event.message) }]
    })
  return [...Map.groupBy(found, ({ object }) => keyOf(object)).values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const pods = group.map(({ pod }) => pod)
    const holders = first.object.kind === 'PersistentVolumeClaim' ? holdersOf(given, first.object, pods) : []
    const isMulti = /multi-attach/i.test(first.event.message)
    const modes = listAt(findObject(state, first.object), 'spec', 'accessModes').join(', ')
    const held =
      holders.length === 0 ? '' : `, held by ${nameOf(refOf(holders[0] ?? first.pod))} on ${textAt(holders[0], 'spec', 'nodeName')}`
    const what = isMulti
      ? `can be used on one node at a time (${modes || 'ReadWriteOnce'})${held}, and ${nameOf(refOf(first.pod))} wants it on ${textAt(first.pod, 'spec', 'nodeName')}`
      : `cannot be ${first.event.reason === 'FailedAttachVolume' ? 'attached' : 'mounted'}${sinceWords(state, first.event.first)}`
    const summary = `${nameOf(first.object)} ${what}: "${first.event.message.slice(0, 140)}".`
    return [
      {
        object: first.object,
        relation: relationTo(given, first.object, pods),
        category: 'volume',
        severity: 'critical',
        weight: 0.9,
        since: first.event.first,
        summary,
        suggestion: isMulti
          ? `Let go of it where it is held, or use a volume that several nodes may mount (ReadWriteMany): \`${describeOf(first.object)}\``
          : `Look at the volume and its attachment: \`${describeOf(first.object)}\`, \`kubectl get volumeattachments\``,
        explains: [...workloadsOf(given, pods), ...pods.map(refOf)],
        objects: [...[findObject(state, first.object)].filter((one) => one !== undefined), ...pods.slice(0, 3), first.event.object],
        shown: [summary, `${first.event.reason}: ${first.event.message}`],
      },
    ]
  })
}

/** Missing config maps, secrets and keys, and tokens, are mounted as well. */
const NOT_A_VOLUME = /configmap|secret|references non-existent|serviceaccount|token|kube-root-ca|object "[^"]*"\/"[^"]*" not registered/i

/** The claim behind what an event calls a volume, by the pod's own name of it or by the name of the PersistentVolume; else the workload. */
const volumeOf = ({ around: { state } }: AroundAt, pod: KubeObject, message: string): Ref => {
  const named = [...message.matchAll(/volume "([^"]+)"|unmounted volumes=\[([^\]]*)\]/gi)].flatMap(
    ([, one, many]) => one ?? many?.split(/[\s,]+/) ?? [],
  )
  const claims = claimsOf(pod)
  const byVolume = listAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const claim = textAt(volume, 'persistentVolumeClaim', 'claimName')
    return claim !== '' && named.includes(textAt(volume, 'name')) ? claims.filter(({ name }) => name === claim) : []
  })
  const byClaim = claims.filter((claim) => named.includes(textAt(findObject(state, claim), 'spec', 'volumeName')))
  const [only] = byClaim.length > 0 ? byClaim : byVolume
  const isInline = listAt(pod, 'spec', 'volumes').some((volume) => named.includes(textAt(volume, 'name')))
  return only ?? (claims.length === 1 && !isInline ? claims[0] : undefined) ?? workloadOf(state, pod)
}

const holdersOf = ({ around: { state } }: AroundAt, claim: Ref, waiting: readonly KubeObject[]): readonly KubeObject[] =>
  ofKind(state, 'Pod').filter(
    (pod) =>
      !waiting.includes(pod) &&
      !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase')) &&
      textAt(pod, 'spec', 'nodeName') !== '' &&
      claimsOf(pod).some((one) => keyOf(one) === keyOf(claim)),
  )

/** A pod that has not started: it waits for a place or for its volumes. */
const isWaiting = (pod: KubeObject): boolean => isLive(pod) && !isReady(pod) && textAt(pod, 'status', 'phase') === 'Pending'

const isCreating = (pod: KubeObject): boolean =>
  containersOf(pod).every(({ waiting }) => /^(?:ContainerCreating|PodInitializing)$/.test(waiting?.reason ?? ''))

const waitingPods = ({ around: { state } }: AroundAt, claim: Ref): readonly KubeObject[] =>
  ofKind(state, 'Pod').filter((pod) => isWaiting(pod) && claimsOf(pod).some((one) => keyOf(one) === keyOf(claim)))

export const claimsOf = (pod: KubeObject): readonly Ref[] =>
  listAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const ephemeral =
      typeof volume === 'object' && volume !== null && 'ephemeral' in volume ? `${pod.metadata.name}-${textAt(volume, 'name')}` : ''
    const name = textAt(volume, 'persistentVolumeClaim', 'claimName') || ephemeral
    const { namespace } = pod.metadata
    return name === '' ? [] : [{ kind: 'PersistentVolumeClaim', ...(namespace === undefined ? {} : { namespace }), name }]
  })

const workloadsOf = ({ around: { state } }: AroundAt, pods: readonly KubeObject[]): readonly Ref[] => [
  ...new Map(pods.map((pod) => workloadOf(state, pod)).map((one) => [keyOf(one), one])).values(),
]

const waits = (given: AroundAt, pods: readonly KubeObject[]): string =>
  pods.length === 0
    ? 'No pod waits for it.'
    : `${listed(workloadsOf(given, pods))} ${pods.length === 1 ? 'waits with 1 pod' : `waits with ${pods.length} pods`}.`

const relationTo = (given: AroundAt, claim: Ref, pods: readonly KubeObject[]) =>
  closest([claim, ...workloadsOf(given, pods)].map((one) => given.around.concerned.relationOf(one)))

const describeOf = ({ kind, namespace, name }: Ref): string =>
  `kubectl describe ${kind.toLowerCase()} ${name}${namespace === undefined ? '' : ` -n ${namespace}`}`
