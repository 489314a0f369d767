import { conditionOf } from './condition.ts'
import { findObject } from './objects.ts'
import { ownerOf, podsOf, workloadOf } from './owners.ts'
import { isLive } from './pods.ts'
import { listAt, numberAt, recordAt, textAt, timeAt } from './read.ts'
import type { ClusterState, KubeObject } from './state.ts'

/** How a run of a container ended. */
export type Ended = {
  readonly reason: string
  readonly message: string
  readonly exitCode: number | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

/** A container of a pod as it is now. */
export type ContainerNow = {
  readonly pod: KubeObject
  readonly name: string
  readonly isInit: boolean
  /** As the pod's spec has it. */
  readonly spec: unknown
  readonly image: string
  readonly isReady: boolean
  readonly restarts: number
  readonly waiting: { readonly reason: string; readonly message: string } | null
  /** When the current run began; null when it does not run. */
  readonly runningSince: Date | null
  /** It has ended and is not started again, or not yet. */
  readonly ended: Ended | null
  /** How the run before this one ended. */
  readonly last: Ended | null
}

/** Init containers first, in the order of the spec. A container without a status yet is left out. */
export const containersOf = (pod: KubeObject): readonly ContainerNow[] => [
  ...listAt(pod, 'spec', 'initContainers').flatMap((spec) => containerNow(pod, spec, 'initContainerStatuses')),
  ...listAt(pod, 'spec', 'containers').flatMap((spec) => containerNow(pod, spec, 'containerStatuses')),
]

const containerNow = (pod: KubeObject, spec: unknown, field: 'initContainerStatuses' | 'containerStatuses'): readonly ContainerNow[] => {
  const name = textAt(spec, 'name')
  const status = listAt(pod, 'status', field).find((one) => textAt(one, 'name') === name)
  if (status === undefined) return []
  const waiting = recordAt(status, 'state', 'waiting')
  return [
    {
      pod,
      name,
      isInit: field === 'initContainerStatuses',
      spec,
      image: textAt(spec, 'image'),
      isReady: recordAt(status)['ready'] === true,
      restarts: numberAt(status, 'restartCount') ?? 0,
      waiting: Object.keys(waiting).length === 0 ? null : { reason: textAt(waiting, 'reason'), message: textAt(waiting, 'message') },
      runningSince: timeAt(status, 'state', 'running', 'startedAt'),
      ended: endedAt(recordAt(status, 'state', 'terminated')),
      last: endedAt(recordAt(status, 'lastState', 'terminated')),
    },
  ]
}

const endedAt = (terminated: Readonly<Record<string, unknown>>): Ended | null =>
  Object.keys(terminated).length === 0
    ? null
    : {
        reason: textAt(terminated, 'reason'),
        message: textAt(terminated, 'message'),
        exitCode: numberAt(terminated, 'exitCode'),
        startedAt: begun(timeAt(terminated, 'startedAt')),
        finishedAt: timeAt(terminated, 'finishedAt'),
      }

/** What never ran is given the year 1970 as its start. */
const begun = (time: Date | null): Date | null => (time === null || time.getTime() <= 0 ? null : time)

export type Moment = { readonly state: ClusterState; readonly onset: Date }

const MINUTE_MS = 60_000

/** A single end this long before the onset may have caused it; repeated ones count for an hour, as long as the API keeps events. */
const SINGLE_MS = 15 * MINUTE_MS
const REPEATED_MS = 60 * MINUTE_MS

/** A container that has run and been ready this long, and twice as long as before it ended, is over it. */
const STEADY_MS = 5 * MINUTE_MS

/** How the container's trouble of now ended a run; null for one that is well, has been over it for a while, or ended as it should. */
export const currentEnd = (container: ContainerNow, moment: Moment): Ended | null => {
  const { state, onset } = moment
  if (!isInWork(container.pod, moment)) return null
  const { ended, last, waiting } = container
  if (ended !== null && isBad(ended)) return ended
  // An init container that is done, and a sidecar-less job's: they ended as they should.
  if (ended !== null && container.isInit) return null
  const end = ended ?? last
  if (end === null) return null
  if (waiting !== null && waiting.reason === 'CrashLoopBackOff') return end
  if (!isBad(end)) return null
  const finished = end.finishedAt?.getTime() ?? 0
  const reach = isRepeated(container) ? REPEATED_MS : SINGLE_MS
  if (finished < Math.min(onset.getTime(), state.at.getTime()) - reach) return null
  // A kill right at the onset may well have been it, though the container has recovered since.
  if (end.reason === 'OOMKilled' && finished >= onset.getTime() - STEADY_MS) return end
  return container.isReady && isSteady(container, end, state.at) ? null : end
}

/** Whether it ends again and again: a count of restarts alone may have gathered over months. */
export const isRepeated = ({ restarts, ended, last }: ContainerNow): boolean => {
  const end = ended ?? last
  return restarts >= 2 && (end === null || runOf(end) <= REPEATED_MS)
}

/** How long a run took, in milliseconds; 0 where that is not known. */
const runOf = ({ startedAt, finishedAt }: Ended): number =>
  startedAt === null || finishedAt === null ? 0 : Math.max(0, finishedAt.getTime() - startedAt.getTime())

/** Whether it serves at this moment all the same: between two crashes, or after one. */
export const servesNow = ({ isReady, runningSince }: ContainerNow): boolean => isReady && runningSince !== null

/** 0 is a program that was done, 143 one that was told to stop (128 + SIGTERM) and did. */
const isBad = ({ exitCode, reason }: Ended): boolean => (exitCode !== 0 && exitCode !== 143) || reason === 'OOMKilled'

const isSteady = ({ runningSince }: ContainerNow, end: Ended, at: Date): boolean => {
  if (runningSince === null) return false
  const run = at.getTime() - runningSince.getTime()
  return run >= Math.max(STEADY_MS, 2 * runOf(end))
}

/**
 * Whether anybody still waits for this pod: not one that is on its way out, not one that succeeded, not what an eviction, a preemption or a
 * drained node left behind, and of failed ones only those of a job that has not come through, or that nobody replaces and that failed lately.
 */
export const isInWork = (pod: KubeObject, { state, onset }: Moment): boolean => {
  const phase = textAt(pod, 'status', 'phase')
  if (pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded') return false
  const owner = ownerOf(pod)
  if (owner?.kind === 'Job')
    return isJobInWork(findObject(state, owner), { state, onset }) && !(phase === 'Failed' && isTriedAnew(state, pod))
  if (phase !== 'Failed') return true
  if (owner !== undefined || textAt(pod, 'status', 'reason') !== '') return false
  const finished = listAt(pod, 'status', 'containerStatuses').map((one) => timeAt(one, 'state', 'terminated', 'finishedAt')?.getTime() ?? 0)
  return Math.max(0, ...finished) >= onset.getTime() - SINGLE_MS
}

/** Whether the job has a younger pod that has not failed: then it is under way. */
const isTriedAnew = (state: ClusterState, pod: KubeObject): boolean =>
  podsOf(state, workloadOf(state, pod)).some(
    (other) =>
      ownerOf(other)?.name === ownerOf(pod)?.name &&
      (other.metadata.creationTimestamp ?? '') > (pod.metadata.creationTimestamp ?? '') &&
      isLive(other) &&
      containersOf(other).every(({ waiting, ended }) => waiting?.reason !== 'CrashLoopBackOff' && ended === null),
  )

/** A job that runs, or that failed for good around the onset and has no later sister that came through. */
const isJobInWork = (job: KubeObject | undefined, { state, onset }: Moment): boolean => {
  if (job === undefined) return true
  if (conditionOf(job, 'Complete')?.status === 'True') return false
  const failed = conditionOf(job, 'Failed')
  if (failed?.status !== 'True') return true
  if ((failed.since?.getTime() ?? 0) < onset.getTime() - REPEATED_MS) return false
  return !hasSucceededSince(state, job)
}

/** Whether the same CronJob's work was done by a later job. */
export const hasSucceededSince = (state: ClusterState, job: KubeObject): boolean => {
  const cron = ownerOf(job)
  if (cron === undefined) return false
  const started = timeAt(job, 'metadata', 'creationTimestamp')?.getTime() ?? 0
  // A sister that began earlier may come through while this one still tries.
  const failed = conditionOf(job, 'Failed')?.since?.getTime() ?? started
  const object = findObject(state, cron)
  if ((timeAt(object, 'status', 'lastSuccessfulTime')?.getTime() ?? 0) > failed) return true
  return state.objects.some(
    (other) =>
      other.kind === 'Job' &&
      ownerOf(other)?.name === cron.name &&
      other.metadata.namespace === job.metadata.namespace &&
      conditionOf(other, 'Complete')?.status === 'True' &&
      (timeAt(other, 'metadata', 'creationTimestamp')?.getTime() ?? 0) > started,
  )
}
