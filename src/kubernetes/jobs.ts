import { duration } from '../text/number.ts'
import { conditionOf } from './condition.ts'
import { hasSucceededSince, type Moment } from './containers.ts'
import { eventsAbout } from './events.ts'
import { type Failing, failingPods } from './failing.ts'
import { keyOf, nameOf, ofKind, refOf } from './objects.ts'
import { ownerOf, workloadOf } from './owners.ts'
import { at, numberAt, textAt, timeAt } from './read.ts'
import type { Said } from './said.ts'
import type { KubeObject } from './state.ts'
import type { Concerned } from './subject.ts'
import { eventLine } from './telling.ts'
import { sinceWords, type Trouble } from './trouble.ts'

/** Out of time it is the job's own; out of tries, its pods say more where they are still there. */
const OUT_OF_TIME = 0.85
const OUT_OF_TRIES = 0.75
const PODS_SAY_MORE = 0.5
const NOT_STARTED = 0.8
const SUSPENDED = 0.6

/** A failure of before this says nothing about an alert of now. */
const REACH_MS = 60 * 60_000

/** Jobs that failed for good around the onset and whose work nobody did since, and cron jobs that do not start their jobs. */
export const troubledJobs = (moment: Moment, concerned: Concerned, said: (failing: Failing) => Said): readonly Trouble[] => [
  ...ofKind(moment.state, 'Job').flatMap((job) => failed(moment, concerned, { job, said })),
  ...ofKind(moment.state, 'CronJob').flatMap((cron) => unstarted(moment, concerned, cron)),
]

type Told = { readonly job: KubeObject; readonly said: (failing: Failing) => Said }

const failed = (moment: Moment, concerned: Concerned, { job, said }: Told): readonly Trouble[] => {
  const { state, onset } = moment
  const condition = conditionOf(job, 'Failed')
  const since = condition?.since?.getTime() ?? 0
  if (condition?.status !== 'True' || since < onset.getTime() - REACH_MS || hasSucceededSince(state, job)) return []
  const workload = workloadOf(state, job)
  const pods = failingPods(moment).filter(({ pod }) => keyOf(workloadOf(state, pod)) === keyOf(workload))
  const tries = numberAt(job, 'status', 'failed') ?? 0
  const limit = numberAt(job, 'spec', 'activeDeadlineSeconds')
  const isLate = condition.reason === 'DeadlineExceeded'
  const line = pods.map((pod) => said(pod).words?.line).find((one) => one !== undefined)
  const spoken = line === undefined ? '' : `; last words: "${line}"`
  const words = isLate
    ? `it was not done within its ${limit === null ? 'deadline' : `activeDeadlineSeconds of ${limit} (${duration(limit)})`}`
    : `${tries} of its pods failed, backoffLimit ${numberAt(job, 'spec', 'backoffLimit') ?? 6}`
  return [
    {
      object: workload,
      relation: concerned.relationOf(workload),
      category: 'scheduled_job',
      severity: 'high',
      weight: isLate ? OUT_OF_TIME : pods.length > 0 ? PODS_SAY_MORE : OUT_OF_TRIES,
      summary: `Job ${job.metadata.namespace ?? ''}/${job.metadata.name} failed (${condition.reason})${sinceWords(state, condition.since)}: ${words}${spoken}.`,
      suggestion: `kubectl -n ${job.metadata.namespace ?? 'default'} logs job/${job.metadata.name} --all-containers`,
      since: condition.since,
      explains: [workload, refOf(job)],
      objects: [job, ...pods.slice(0, 3).map(({ pod }) => pod)],
      shown: [
        `${nameOf(refOf(job))} of ${nameOf(workload)}: Failed, ${condition.reason}${sinceWords(state, condition.since)}: ${condition.message}`,
        words,
        spoken,
      ],
    },
  ]
}

const MISSED = [
  'FailedNeedsStart',
  'TooManyMissedTimes',
  'MissSchedule',
  'JobAlreadyActive',
  'UnknownTimeZone',
  'InvalidSchedule',
  'UnparseableSchedule',
  'UnparsableSchedule',
  'FailedCreate',
]

const unstarted = ({ state, onset }: Moment, concerned: Concerned, cron: KubeObject): readonly Trouble[] => {
  const ref = refOf(cron)
  const relation = concerned.relationOf(ref)
  const lastRun = timeAt(cron, 'status', 'lastScheduleTime')
  const schedule = textAt(cron, 'spec', 'schedule')
  const about = { object: ref, relation, category: 'scheduled_job' as const, severity: 'medium' as const, explains: [ref] }
  const last = `last run${lastRun === null ? ': never' : sinceWords(state, lastRun).replace(' since', '')}`
  if (at(cron, 'spec', 'suspend') === true) {
    // Most are suspended because somebody wants it so: only where the alert is about this one it may be the answer.
    if (relation !== 'subject') return []
    const summary = `${nameOf(ref)} (schedule ${schedule}) is suspended; ${last}.`
    return [
      {
        ...about,
        weight: SUSPENDED,
        summary,
        suggestion: `kubectl -n ${ref.namespace ?? 'default'} patch cronjob ${ref.name} -p '{"spec":{"suspend":false}}', if the pause is not meant`,
        objects: [cron],
        shown: [summary, 'spec.suspend is true'],
      },
    ]
  }
  const missed = eventsAbout(state, cron).find(
    ({ reason, last: seen }) => MISSED.includes(reason) && (seen?.getTime() ?? 0) >= onset.getTime() - REACH_MS,
  )
  // A job that was started since is the proof that it starts again.
  if (missed === undefined || (lastRun !== null && missed.last !== null && lastRun > missed.last)) return []
  const running = ofKind(state, 'Job').find((job) => ownerOf(job)?.name === ref.name && (numberAt(job, 'status', 'active') ?? 0) > 0)
  const began = timeAt(running, 'status', 'startTime')
  const blocked =
    missed.reason === 'JobAlreadyActive' && running !== undefined ? `; ${running.metadata.name} still runs${sinceWords(state, began)}` : ''
  const summary = `${nameOf(ref)} (schedule ${schedule}) does not start its jobs (${missed.reason}): ${missed.message}${blocked}; ${last}.`
  return [
    {
      ...about,
      weight: NOT_STARTED,
      summary,
      suggestion: `kubectl -n ${ref.namespace ?? 'default'} describe cronjob ${ref.name}`,
      since: missed.first,
      objects: [cron, missed.object, ...(running === undefined ? [] : [running])],
      shown: [eventLine(missed), `schedule ${schedule}, ${last}${blocked}`],
    },
  ]
}
