import { conditionOf } from './condition.ts'
import type { Moment } from './containers.ts'
import { endingOf } from './endings.ts'
import { type Failing, failingPods, pauses } from './failing.ts'
import type { LastWords } from './last-words.ts'
import { findObject, nameOf, ofKind, type Ref, refOf } from './objects.ts'
import { ownerOf, templateOf } from './owners.ts'
import { isLive, isReady } from './pods.ts'
import { at, numberAt, timeAt } from './read.ts'
import { differences, oldServe, type Rollout, rolloutOf } from './rollout.ts'
import type { Said } from './said.ts'
import type { ClusterState, KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import { containerName, endWords, explainedBy, podLine } from './telling.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** New pods that fail beside old ones that do not are the deploy's doing; the reasons that stand for themselves keep the first place. */
const NEW_FAIL = 0.88
const NEW_FAIL_UNSEEN = 0.8
const OTHER_REASON = 0.3
const KILLED_FOR_MEMORY = 0.6
const STANDS_STILL = 0.6
const PAUSED = 0.5

/** Rollouts of every workload that broke it, that stand still, or that wait for somebody. */
export const troubledRollouts = (moment: Moment, concerned: Concerned, said: (failing: Failing) => Said): readonly Trouble[] =>
  ['Deployment', 'StatefulSet', 'DaemonSet'].flatMap((kind) =>
    ofKind(moment.state, kind).flatMap((workload) => {
      const rollout = rolloutOf(moment.state, refOf(workload))
      const found =
        (rollout === null ? null : broken(moment, concerned, { rollout, said })) ??
        still(moment, concerned, { workload, rollout }) ??
        paused(moment, concerned, workload)
      return found === null ? [] : [found]
    }),
  )

type Told = { readonly rollout: Rollout; readonly said: (failing: Failing) => Said }

const broken = (moment: Moment, concerned: Concerned, { rollout, said }: Told): Trouble | null => {
  const { state } = moment
  const failing = failingPods(moment)
  const fresh = failing.filter(({ pod }) => rollout.newPods.includes(pod))
  const old = failing.filter(({ pod }) => rollout.oldPods.includes(pod))
  const [first] = fresh
  if (first === undefined || old.length > 0 || fresh.length * 2 < rollout.newPods.filter(isLive).length) return null
  const serve = oldServe(rollout)
  if (!serve && !followed(moment, rollout, fresh)) return null
  const workload = refOf(rollout.workload)
  const { words, lines } = said(first)
  const reason = reasonOf(first, words)
  const when = sinceWords(state, rollout.at).replace(' since', ' of')
  const changes = rollout.changes.length === 0 ? 'what it changed is not known' : `it changed ${changesIn(rollout.changes)}`
  const others = serve ? `${rollout.oldPods.filter(isReady).length} pods of the revision before serve` : 'the revision before is gone'
  return {
    object: workload,
    relation: concerned.relationOf(workload),
    category: 'bad_deploy',
    severity: serve ? 'high' : 'critical',
    weight: weightOf(first, rollout, serve),
    summary: `The rollout ${rollout.revision}${when} breaks ${nameOf(workload)}: ${fresh.length} of its ${rollout.newPods.length} pods fail (${reason}), ${others}; ${changes}.`,
    suggestion: `kubectl -n ${workload.namespace ?? 'default'} rollout undo ${workload.kind.toLowerCase()}/${workload.name}`,
    since: rollout.at,
    explains: explainedBy(
      state,
      workload,
      fresh.map(({ pod }) => pod),
    ),
    objects: [rollout.workload, ...setsOf(state, rollout), ...fresh.slice(0, 3).map(({ pod }) => pod), ...rollout.oldPods.slice(0, 2)],
    shown: [
      `${nameOf(workload)}: rollout ${rollout.revision}${when}; ${fresh.length} of ${rollout.newPods.length} new pods fail; ${others}`,
      `changed: ${rollout.changes.join('; ') || 'not known'}`,
      reason,
      ...fresh.slice(0, 3).map(podLine),
      ...lines.map((line) => `log: ${line}`),
      ...rollout.oldPods.slice(0, 2).map((pod) => `old pod ${pod.metadata.name}: ${isReady(pod) ? 'ready' : 'not ready'}`),
    ],
  }
}

const weightOf = ({ kind }: Failing, { changes }: Rollout, serve: boolean): number => {
  if (kind === 'oom') return KILLED_FOR_MEMORY
  if (kind === 'image' || kind === 'config' || kind === 'scheduling' || kind === 'volume' || kind === 'init') return OTHER_REASON
  return changes.length > 0 && (serve || kind !== 'not-ready') ? NEW_FAIL : NEW_FAIL_UNSEEN
}

/** A rollout explains an alert that began within the hour after it. */
const REACH_MS = 60 * 60_000
/** And a failure that began right with it: a program that ran well for a while was broken by something else. */
const RIGHT_MS = 10 * 60_000

const followed = ({ onset, state: { at } }: Moment, { at: began, changes }: Rollout, fresh: readonly Failing[]): boolean => {
  if (began === null || changes.length === 0) return false
  const start = began.getTime()
  const isNear = start >= onset.getTime() - REACH_MS && start <= onset.getTime() + RIGHT_MS
  return isNear && fresh.some((one) => (one.since !== null && one.since.getTime() <= start + RIGHT_MS) || isLifelong(one, at))
}

/** When the first end is not known: a pod whose restarts take up half of its life has known nothing else. */
const isLifelong = ({ pod, container }: Failing, now: Date): boolean => {
  const created = timeAt(pod, 'metadata', 'creationTimestamp')
  return created !== null && 2000 * pauses((container?.restarts ?? 0) - 1) >= now.getTime() - created.getTime()
}

/** Nobody reads more than three changes; a template that changed in ten places was made by a tool. */
const changesIn = (changes: readonly string[]): string =>
  changes.slice(0, 3).join('; ') + (changes.length > 3 ? ` and ${changes.length - 3} more` : '')

/** "container app: Error, exit code 1, its last words: …": the cause is the words, the rollout is only who brought it. */
const reasonOf = (failing: Failing, words: LastWords | null): string => {
  const { kind, container, end } = failing
  if (kind === 'not-ready') return 'not ready'
  if (kind === 'liveness') return 'killed by a failing probe'
  if (kind === 'scheduling') return 'no node takes them'
  if (kind === 'crash') return `${containerName(container)}: ${endingOf(failing, words).cause}`
  const waiting = container?.waiting?.reason ?? ''
  return [waiting, end === null ? '' : endWords({ ...end, message: '' })].filter((word) => word !== '').join(', ') || kind
}

const setsOf = (state: ClusterState, { workload, revision }: Rollout): readonly KubeObject[] =>
  ofKind(state, 'ReplicaSet')
    .filter((set) => ownerOf(set)?.name === workload.metadata.name && set.metadata.namespace === workload.metadata.namespace)
    .filter((set) => set.metadata.name === revision || (numberAt(set, 'status', 'replicas') ?? 0) > 0)

type Standing = { readonly workload: KubeObject; readonly rollout: Rollout | null }

/** The deadline is over, and nothing about the pods says why. */
const still = (moment: Moment, concerned: Concerned, { workload, rollout }: Standing): Trouble | null => {
  const progressing = conditionOf(workload, 'Progressing')
  if (progressing?.status !== 'False' || progressing.reason !== 'ProgressDeadlineExceeded') return null
  const ref = refOf(workload)
  const failing = failingPods(moment).filter(
    (one) => one.workload.kind === ref.kind && one.workload.name === ref.name && one.workload.namespace === ref.namespace,
  )
  const refused = conditionOf(workload, 'ReplicaFailure')
  const isExplained = failing.length > 0 || refused?.status === 'True'
  const changes = rollout === null || rollout.changes.length === 0 ? '' : `; it changed ${changesIn(rollout.changes)}`
  const why = refused?.status === 'True' ? `; ${refused.message}` : ''
  const updated = numberAt(workload, 'status', 'updatedReplicas') ?? 0
  const available = numberAt(workload, 'status', 'availableReplicas') ?? 0
  const wanted = numberAt(workload, 'spec', 'replicas') ?? 1
  // Old pods that serve to the full number are no outage: a rollout that failed days ago and was left so accuses nobody.
  const isOld = (progressing.since?.getTime() ?? 0) < moment.onset.getTime() - REACH_MS && available >= wanted
  if (isOld) return null
  return {
    object: ref,
    relation: concerned.relationOf(ref),
    category: 'bad_deploy',
    severity: available === 0 ? 'critical' : 'medium',
    weight: isExplained ? OTHER_REASON : STANDS_STILL,
    summary: `The rollout of ${nameOf(ref)} stands still (ProgressDeadlineExceeded)${sinceWords(moment.state, progressing.since)}: ${updated} of ${wanted} pods updated, ${available} available${changes}${why}.`,
    suggestion: `kubectl -n ${ref.namespace ?? 'default'} rollout status deployment/${ref.name}; rollout undo takes it back`,
    since: rollout?.at ?? progressing.since,
    explains: explainedBy(moment.state, ref, []),
    objects: [workload, ...(rollout === null ? [] : setsOf(moment.state, rollout))],
    shown: [
      `${nameOf(ref)}: ${progressing.reason}: ${progressing.message}; since${sinceWords(moment.state, progressing.since)}`,
      `${updated} of ${wanted} pods updated, ${available} available${changes}${why}`,
    ],
  }
}

/** Paused with a change that waits. A pause by itself is somebody's intention. */
const paused = ({ state }: Moment, concerned: Concerned, workload: KubeObject): Trouble | null => {
  const ref: Ref = refOf(workload)
  if (at(workload, 'spec', 'paused') !== true || concerned.relationOf(ref) !== 'subject') return null
  const sets = ofKind(state, 'ReplicaSet').filter((set) => ownerOf(set)?.name === ref.name && set.metadata.namespace === ref.namespace)
  const newest = sets.toSorted((a, b) => revision(b) - revision(a))[0]
  const waiting = newest === undefined ? [] : differences(templateOf(newest), templateOf(findObject(state, ref) ?? workload))
  const [updated, wanted] = [numberAt(workload, 'status', 'updatedReplicas') ?? 0, numberAt(workload, 'spec', 'replicas') ?? 1]
  if (waiting.length === 0 && updated >= wanted) return null
  const since =
    conditionOf(workload, 'Progressing')?.reason === 'DeploymentPaused' ? (conditionOf(workload, 'Progressing')?.since ?? null) : null
  const what = waiting.length > 0 ? `what waits: ${changesIn(waiting)}` : 'half of it is rolled out'
  return {
    object: ref,
    relation: 'subject',
    category: 'config_change',
    severity: 'medium',
    weight: PAUSED,
    summary: `The rollout of ${nameOf(ref)} is paused${sinceWords(state, since)}: ${updated} of ${wanted} pods updated; ${what}.`,
    suggestion: `kubectl -n ${ref.namespace ?? 'default'} rollout resume deployment/${ref.name}, if the pause is not meant`,
    since,
    explains: [ref],
    objects: [workload, ...(newest === undefined ? [] : [newest])],
    shown: [`${nameOf(ref)}: spec.paused is true${sinceWords(state, since)}; ${updated} of ${wanted} pods updated; ${what}`],
  }
}

const revision = (set: KubeObject): number => Number(set.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
