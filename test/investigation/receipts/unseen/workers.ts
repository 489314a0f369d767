import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-08-11T02:00:00Z', to: '2026-08-11T04:00:00Z' }
const flagged = '2026-08-11T02:35:00Z'
const growing = { from: flagged, to: window.to }

/** What one worker gets: a twelfth, then a quarter of 18 jobs a second, then as much as it can do. */
const share = (at: number): number => (at < Date.parse(flagged) / 1000 ? step(1.5, 4.5, '2026-08-11T02:21:00Z')(at) : 5)

const digest = { queue: 'digest-jobs' }
const worker = { deployment: 'digest-worker' }

const age: Receipt = { evidence: 'E1', statistic: 'last', value: 2270, unit: 's' }
const ageChange: Receipt = { evidence: 'E1', statistic: 'change', value: 2268, unit: 's' }
const ageBefore: Receipt = { evidence: 'E1', statistic: 'at', at: '2026-08-11T02:35:00Z', value: 2, unit: 's' }
const backlog: Receipt = { evidence: 'E2', series: digest, statistic: 'last', value: 81720 }
const backlogBefore: Receipt = { evidence: 'E2', series: digest, statistic: 'at', at: '2026-08-11T02:35:00Z', value: 120 }
const backlogChange: Receipt = { evidence: 'E2', series: digest, statistic: 'change', value: 81600 }
const published: Receipt = { evidence: 'E3', statistic: 'last', value: 36 }
const publishedBefore: Receipt = { evidence: 'E3', statistic: 'min', value: 18 }
const publishedChange: Receipt = { evidence: 'E3', statistic: 'change', value: 18 }
const acked: Receipt = { evidence: 'E4', statistic: 'last', value: 20 }
const ackedMost: Receipt = { evidence: 'E4', statistic: 'max', value: 20 }
const ackedBefore: Receipt = { evidence: 'E4', statistic: 'min', value: 18 }
const ackedChange: Receipt = { evidence: 'E4', statistic: 'change', value: 2 }
const workers: Receipt = { evidence: 'E5', series: worker, statistic: 'last', value: 4 }
const workersBefore: Receipt = { evidence: 'E5', series: worker, statistic: 'max', value: 12 }
const workersChange: Receipt = { evidence: 'E5', series: worker, statistic: 'change', value: -8 }
const flag: Receipt = { evidence: 'E6', quote: '2026-08-11T02:35:12Z flag digest-per-device: rollout 0% -> 100% by m.okafor' }
const flagBack: Receipt = { evidence: 'E6', quote: '2026-08-10T15:20:44Z flag digest-per-device: rollout 5% -> 0% by m.okafor' }
const scaled: Receipt = {
  evidence: 'E7',
  quote: '2026-08-11T02:20:05Z Normal ScalingReplicaSet Scaled down replica set digest-worker-5f8c9d from 12 to 4',
}
const inactive: Receipt = {
  evidence: 'E7',
  quote: '2026-08-11T02:20:04Z Normal KEDAScaleTargetDeactivated cron trigger inactive, scaling to minReplicaCount 4',
}
const runsOn: Receipt = { evidence: 'E8', count: 17, matching: 'jobs=10800' }
const runsOff: Receipt = { evidence: 'E8', count: 7, matching: 'jobs=5400' }
const refreshed: Receipt = { evidence: 'E8', quote: '2026-08-11T02:35:14.000Z level=info msg="flags refreshed" changed=digest-per-device' }
const stale: Receipt = { evidence: 'E9', count: 63, matching: 'job is stale, sending late' }
const smtp: Receipt = { evidence: 'E9', count: 3, matching: 'smtp 421' }
const perPod = (statistic: 'last' | 'change', value: number): Receipt[] =>
  ['4mkzp', 'c7x2h', 'nn8vq', 'zt5ws'].map((name) => ({
    evidence: 'E10',
    series: { pod: `digest-worker-5f8c9d-${name}` },
    statistic,
    value,
  }))
const duration: Receipt = { evidence: 'E11', statistic: 'mean', value: 0.78, unit: 's' }
const durationLeast: Receipt = { evidence: 'E11', statistic: 'min', value: 765, unit: 'ms' }
const durationMost: Receipt = { evidence: 'E11', statistic: 'max', value: 795, unit: 'ms' }
const deployed: Receipt = { evidence: 'E13', quote: '63 2026-08-04T08:31:55Z registry.acme.dev/notify/digest-worker:1.48.2' }

export const flagAndFewWorkers: Unseen = {
  evidence: [
    metric('E1', 'max(queue_oldest_message_age_seconds{queue="digest-jobs"})', window, [course(window, 60, {}, ramp(2, 2270, growing))]),
    metric('E2', 'sum by (queue) (rabbitmq_queue_messages_ready{vhost="notify"})', window, [
      course(window, 60, { queue: 'digest-jobs' }, ramp(120, 81720, growing)),
      course(window, 60, { queue: 'push-jobs' }, (at) => 40 + ((at / 60) % 5)),
      course(window, 60, { queue: 'digest-jobs.dlq' }, () => 0),
    ]),
    metric('E3', 'sum(rate(rabbitmq_queue_messages_published_total{queue="digest-jobs"}[2m]))', window, [
      course(window, 60, {}, step(18, 36, flagged)),
    ]),
    metric('E4', 'sum(rate(rabbitmq_queue_messages_acked_total{queue="digest-jobs"}[2m]))', window, [
      course(window, 60, {}, step(18, 20, flagged)),
    ]),
    metric('E5', 'kube_deployment_status_replicas_available{namespace="notify"}', window, [
      course(window, 60, { deployment: 'digest-worker' }, step(12, 4, '2026-08-11T02:21:00Z')),
      course(window, 60, { deployment: 'digest-scheduler' }, () => 2),
      course(window, 60, { deployment: 'push-worker' }, () => 6),
    ]),
    text(
      'E6',
      'flags',
      'audit log of project notify, 2026-08-11',
      [
        '2026-08-11T02:35:12Z flag digest-per-device: rollout 0% -> 100% by m.okafor (comment: "enable for everyone")',
        '2026-08-10T15:20:44Z flag digest-per-device: rollout 5% -> 0% by m.okafor',
        '2026-08-09T11:02:31Z flag push-quiet-hours: description changed by s.lind',
      ].join('\n'),
    ),
    text(
      'E7',
      'kubernetes',
      'events and spec of scaledobject/digest-worker -n notify',
      [
        'minReplicaCount: 4',
        'maxReplicaCount: 12',
        'triggers: cron start=0 5 * * * end=20 2 * * * desiredReplicas=12 timezone=UTC',
        '2026-08-11T02:20:04Z Normal KEDAScaleTargetDeactivated cron trigger inactive, scaling to minReplicaCount 4',
        '2026-08-11T02:20:05Z Normal ScalingReplicaSet Scaled down replica set digest-worker-5f8c9d from 12 to 4',
      ].join('\n'),
    ),
    logs('E8', '{namespace="notify", app="digest-scheduler"}', window, [
      ...lines(
        { count: 24, first: '2026-08-11T02:01:00Z', every: 300 },
        { namespace: 'notify', app: 'digest-scheduler' },
        (i) =>
          `level=info msg="digest run" run=${4400 + i} users=5400 jobs=${i < 7 ? 5400 : 10800} flag_digest_per_device=${i < 7 ? 'off' : 'on'}`,
      ),
      ...lines(
        { count: 1, first: '2026-08-11T02:35:14Z', every: 1 },
        { namespace: 'notify', app: 'digest-scheduler' },
        () => 'level=info msg="flags refreshed" changed=digest-per-device',
      ),
    ]),
    logs('E9', '{namespace="notify", app="digest-worker"} |~ "warn|error"', window, [
      ...lines(
        { count: 63, first: '2026-08-11T02:58:20Z', every: 58 },
        { namespace: 'notify', app: 'digest-worker' },
        (i) => `level=warn msg="job is stale, sending late" job=dj-${90200 + i * 17} age_s=${600 + i * 26}`,
      ),
      ...lines(
        { count: 3, first: '2026-08-11T02:12:09Z', every: 1900 },
        { namespace: 'notify', app: 'digest-worker' },
        (i) => `level=error msg="smtp 421 try again later" job=dj-${70110 + i * 5} retry=true`,
      ),
    ]),
    metric('E10', 'sum(rate(digest_jobs_done_total[2m])) by (pod)', window, [
      course(window, 60, { pod: 'digest-worker-5f8c9d-4mkzp' }, share),
      course(window, 60, { pod: 'digest-worker-5f8c9d-c7x2h' }, share),
      course(window, 60, { pod: 'digest-worker-5f8c9d-nn8vq' }, share),
      course(window, 60, { pod: 'digest-worker-5f8c9d-zt5ws' }, share),
    ]),
    metric('E11', 'histogram_quantile(0.95, sum by (le) (rate(digest_job_duration_seconds_bucket[5m])))', window, [
      course(window, 60, {}, (at) => 0.78 + 0.015 * Math.sin(at / 97)),
    ]),
    metric('E12', 'max by (pod) (container_memory_working_set_bytes{namespace="notify", pod=~"digest-worker.*"})', window, [
      course(window, 60, { pod: 'digest-worker-5f8c9d-4mkzp' }, (at) => 402653184 + 5242880 * Math.sin(at / 300)),
      course(window, 60, { pod: 'digest-worker-5f8c9d-c7x2h' }, (at) => 398458880 + 5242880 * Math.sin(at / 310)),
    ]),
    text(
      'E13',
      'kubernetes',
      'rollout history deployment/digest-worker -n notify',
      ['REVISION  DEPLOYED              IMAGE', '63        2026-08-04T08:31:55Z  registry.acme.dev/notify/digest-worker:1.48.2'].join('\n'),
    ),
    instant('E14', 'sum by (mount) (pg_stat_activity_count{datname="notify"})', window.to, [[{ mount: 'notify-db' }, 37]]),
  ],
  given: {
    alert: {
      labels: { alertname: 'DigestQueueTooOld', queue: 'digest-jobs', namespace: 'notify', severity: 'warning' },
      expression: 'max(queue_oldest_message_age_seconds{queue="digest-jobs"}) > 600',
      threshold: 600,
      startsAt: '2026-08-11T03:03:00Z',
      onset: '2026-08-11T02:58:00Z',
      object: { kind: 'Deployment', namespace: 'notify', name: 'digest-worker' },
    },
    now: new Date('2026-08-11T04:00:15Z'),
  },
  trueSentences: [
    ['The oldest job in digest-jobs is 2,270 s (about 38 minutes) old.', age],
    ['Backlog of digest-jobs: 120 → 81,720 messages since 02:35.', backlogChange, backlogBefore, backlog],
    ['The queue has grown by 81.6k messages in 85 minutes.', backlogChange, backlogBefore],
    ['Publishing doubled from 18 to 36 jobs per second at 02:35.', publishedChange, publishedBefore, published],
    ['m.okafor turned the flag digest-per-device from 0 % to 100 % at 02:35:12.', flag],
    ['The scheduler picked up the flag two seconds later, at 02:35:14.', flag, refreshed],
    [
      'Since then each digest run enqueues 10,800 jobs instead of 5,400, for the same 5,400 users.',
      { evidence: 'E8', quote: 'users=5400 jobs=10800 flag_digest_per_device=on' },
      { evidence: 'E8', quote: 'users=5400 jobs=5400 flag_digest_per_device=off' },
    ],
    ['17 runs with 10,800 jobs each since the flag went on, 7 with 5,400 before.', runsOn, runsOff, flag],
    ['digest-worker was scaled down from 12 to 4 at 02:20:05, after the KEDA cron trigger had become inactive.', scaled, inactive],
    ['Workers: 12 until 02:20, 4 since 02:21.', workersChange, workersBefore, workers],
    ['Only a third of the workers is left (4 of 12).', workers, workersBefore],
    ['The workers had been cut to a third a quarter of an hour before the flag was enabled.', scaled, flag],
    ['The four workers finish 20 jobs per second at most, while 36 arrive.', workers, ackedMost, published],
    ['The gap is 16 jobs per second, i.e. nearly 1,000 a minute.', published, acked],
    ['Consumption rose only from 18 to 20 per second.', ackedChange, ackedBefore, acked],
    ['Every worker pod now does 5 jobs/s, up from 1.5.', ...perPod('last', 5), ...perPod('change', 3.5)],
    ['Individual jobs have not become slower; their p95 duration stays at 0.78 s.', duration, durationLeast, durationMost],
    ['Not slow jobs: duration p95 between 765 and 795 ms throughout.', durationLeast, durationMost],
    [
      'Worker memory is flat at around 380 MiB.',
      { evidence: 'E12', series: { pod: 'digest-worker-5f8c9d-4mkzp' }, statistic: 'mean', value: 384, unit: 'MiB' },
      { evidence: 'E12', series: { pod: 'digest-worker-5f8c9d-c7x2h' }, statistic: 'mean', value: 380, unit: 'MiB' },
    ],
    ['No deploy of digest-worker since 4 August (1.48.2).', deployed],
    [
      'No message ended up in the dead letter queue digest-jobs.dlq.',
      { evidence: 'E2', series: { queue: 'digest-jobs.dlq' }, statistic: 'max', value: 0 },
    ],
    [
      'push-jobs is unaffected, with never more than 44 messages ready.',
      { evidence: 'E2', series: { queue: 'push-jobs' }, statistic: 'max', value: 44 },
    ],
    [
      'push-worker unchanged at six replicas.',
      { evidence: 'E5', series: { deployment: 'push-worker' }, statistic: 'last', value: 6 },
      { evidence: 'E5', series: { deployment: 'push-worker' }, statistic: 'change', value: 0 },
    ],
    [
      '63 jobs were logged as stale and sent late, the first of them at 02:58:20.',
      stale,
      { evidence: 'E9', quote: '2026-08-11T02:58:20Z to 2026-08-11T03:58:16Z' },
    ],
    ['SMTP is not the problem: just three 421 answers within two hours.', smtp],
    [
      'The first SMTP 421 came at 02:12:09, well before the flag change.',
      { evidence: 'E9', quote: '2026-08-11T02:12:09Z to 2026-08-11T03:15:29Z' },
      smtp,
      flag,
    ],
    ['The age crossed 600 s at 02:58, 23 minutes after the flag change.', ageChange, flag],
    ['Age is now almost four times the threshold.', age],
    [
      'The cron trigger brings the workers back to 12 only at 05:00.',
      { evidence: 'E7', quote: 'cron start=0 5 * * * end=20 2 * * * desiredReplicas=12 timezone=UTC' },
    ],
    ['Until 02:35 four workers were enough: the backlog was flat at 120 messages.', backlogBefore, backlogChange, workers],
    ['The scale-down alone did no harm, as the oldest job was still 2 s old at 02:35.', scaled, ageBefore],
    [
      'digest-per-device at 100 % doubles the jobs per run while only 4 of 12 workers are left, so 36 jobs arrive per second and 20 are done.',
      flag,
      publishedChange,
      published,
      acked,
      workers,
      workersBefore,
    ],
    [
      'Over the last half hour the backlog went from 52,920 to 81,720.',
      { evidence: 'E2', series: digest, statistic: 'at', at: '2026-08-11T03:30:00Z', value: 52920 },
      backlog,
    ],
    ['Backlog above 24k at 03:00 already.', { evidence: 'E2', series: digest, statistic: 'at', at: '2026-08-11T03:00:00Z', value: 24120 }],
    ['notify-db has 37 connections.', { evidence: 'E14', series: { mount: 'notify-db' }, statistic: 'last', value: 37 }],
    ['The flag had been at 5 % before and was taken back to 0 % on 10 August at 15:20.', flagBack],
    [
      'Digests are up to 38 minutes late. A flag doubled the jobs a quarter of an hour after the workers had been scaled down to 4.',
      age,
      flag,
      scaled,
      publishedChange,
      published,
    ],
    [
      'digest-scheduler still runs with both replicas.',
      { evidence: 'E5', series: { deployment: 'digest-scheduler' }, statistic: 'last', value: 2 },
      { evidence: 'E5', series: { deployment: 'digest-scheduler' }, statistic: 'change', value: 0 },
    ],
    ['The alert fired at 03:03, 28 minutes after the rollout of the flag.', flag],
    [
      'Latest run (4423, at 03:56) still enqueued 10,800 jobs.',
      { evidence: 'E8', quote: '2026-08-11T03:56:00.000Z level=info msg="digest run" run=4423 users=5400 jobs=10800' },
    ],
    ['Nothing about "out of memory" among the warnings and errors of digest-worker.', { evidence: 'E9', absent: 'out of memory' }],
    [
      'KEDA may scale digest-worker between 4 and 12 replicas.',
      { evidence: 'E7', quote: 'minReplicaCount: 4' },
      { evidence: 'E7', quote: 'maxReplicaCount: 12' },
    ],
    ['Publish rate up 100 %, ack rate up 11 %.', publishedChange, publishedBefore, ackedChange, ackedBefore],
    ['The workers get through just over half of what comes in (20 of 36 per second).', acked, published],
    ['2,160 jobs a minute are now being enqueued, twice as many as before 02:35.', published, publishedBefore, publishedChange],
  ],
}
