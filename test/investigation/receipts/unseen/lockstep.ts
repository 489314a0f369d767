import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-05-20T03:30:00Z', to: '2026-05-20T04:30:00Z' }
const unix = (at: string) => Date.parse(at) / 1000
const restart = unix('2026-05-20T04:00:00Z')
const wave = (value: (at: number) => number, share: number, period: number) => (at: number) =>
  value(at) * (1 + share * Math.sin(at / period))

/** Every three minutes all workers come back and ask for their configuration again; each wave is a little smaller. */
const herd = (at: number) => {
  if (at < restart) return 3.2
  const since = (at - restart) % 180
  const peak = 864 - 9 * Math.floor((at - restart) / 180)
  return since < 60 ? peak : since < 90 ? peak / 3 : 21
}
const threads = (quiet: number) => (at: number) => {
  if (at < restart) return quiet
  return (at - restart) % 180 < 120 ? 200 : 143
}
const ready = (at: number) => {
  if (at < restart) return 120
  return Math.max(0, 1 + Math.floor((at - unix('2026-05-20T04:03:47Z')) / 61))
}

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change' | 'at'

const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })
const of =
  (evidence: string, series?: Record<string, string>) =>
  (statistic: Statistic, value: number, at?: string): Receipt => ({
    evidence,
    ...(series && { series }),
    statistic,
    ...(at && { at }),
    value,
  })

const requests = of('E1')
const first = of('E2', { pod: 'config-service-5d84c7f9bb-8kzrt' })
const second = of('E2', { pod: 'config-service-5d84c7f9bb-qv2nl' })
const workers = of('E3', { deployment: 'ingest-worker' })
const scheduler = of('E3', { deployment: 'ingest-scheduler' })
const backlog = of('E4')
const latency = of('E5')
const firstCpu = of('E6', { pod: 'config-service-5d84c7f9bb-8kzrt' })
const secondCpu = of('E6', { pod: 'config-service-5d84c7f9bb-qv2nl' })
const sessions = of('E7')

export const lockstep: Unseen = {
  evidence: [
    metric('E1', 'sum(rate(http_server_requests_seconds_count{app="config-service"}[30s]))', window, [course(window, 30, {}, herd)]),
    metric('E2', 'tomcat_threads_busy_threads{app="config-service"}', window, [
      course(window, 30, { pod: 'config-service-5d84c7f9bb-8kzrt' }, threads(3)),
      course(window, 30, { pod: 'config-service-5d84c7f9bb-qv2nl' }, threads(2)),
    ]),
    metric('E3', 'kube_deployment_status_replicas_ready{namespace="pipeline"}', window, [
      course(window, 30, { deployment: 'ingest-worker' }, ready),
      course(window, 30, { deployment: 'ingest-scheduler' }, () => 2),
    ]),
    metric('E4', 'sum(queue_depth{queue="ingest"})', window, [
      course(window, 30, {}, wave(ramp(1140, 52600, { from: '2026-05-20T04:00:00Z', to: '2026-05-20T04:30:00Z' }), 0.002, 75)),
    ]),
    metric('E5', 'histogram_quantile(0.99, sum by (le) (rate(http_server_requests_seconds_bucket{app="config-service"}[1m])))', window, [
      course(window, 30, {}, wave(step(0.038, 9.6, '2026-05-20T04:00:30Z'), 0.03, 65)),
    ]),
    metric('E6', 'sum by (pod) (rate(container_cpu_usage_seconds_total{container="config-service"}[1m]))', window, [
      course(window, 30, { pod: 'config-service-5d84c7f9bb-8kzrt' }, wave(step(0.07, 0.46, '2026-05-20T04:00:30Z'), 0.05, 55)),
      course(window, 30, { pod: 'config-service-5d84c7f9bb-qv2nl' }, wave(step(0.06, 0.44, '2026-05-20T04:00:30Z'), 0.05, 45)),
    ]),
    metric('E7', 'pg_stat_activity_count{datname="config",state="active"}', window, [
      course(window, 30, { datname: 'config', state: 'active' }, step(2, 20, '2026-05-20T04:00:30Z')),
    ]),
    logs('E8', '{app="ingest-worker"} |~ "ERROR|INFO boot"', window, [
      ...lines(
        { count: 684, first: '2026-05-20T04:00:41Z', every: 2.5 },
        { app: 'ingest-worker', namespace: 'pipeline' },
        (i) =>
          `ERROR boot: could not load configuration after 3 attempts: read timed out (10000 ms) url=http://config-service:8888/ingest/prod doc=${i % 14}`,
      ),
      ...lines(
        { count: 26, first: '2026-05-20T04:03:47Z', every: 61 },
        { app: 'ingest-worker', namespace: 'pipeline' },
        (i) => `INFO boot: configuration loaded, 14 documents in ${7 + (i % 3)} s`,
      ),
    ]),
    logs('E9', '{app="config-service"} |~ "WARN|ERROR"', window, [
      ...lines(
        { count: 318, first: '2026-05-20T04:00:33Z', every: 5 },
        { app: 'config-service', namespace: 'platform' },
        (i) =>
          `ERROR o.a.t.util.threads.ThreadPoolExecutor: RejectedExecutionException: max threads 200 reached, queue capacity 100 exhausted [exec-${i % 200}]`,
      ),
      ...lines(
        { count: 92, first: '2026-05-20T04:00:52Z', every: 19 },
        { app: 'config-service', namespace: 'platform' },
        (i) =>
          `WARN c.z.hikari.pool.HikariPool: config-db - Connection is not available, request timed out after 5000ms (total=10, active=10, idle=0, waiting=${170 + (i % 20)})`,
      ),
    ]),
    text(
      'E10',
      'kubernetes',
      'describe cronjob/recycle-workers -n pipeline',
      [
        'Name: recycle-workers',
        'Schedule: 0 4 * * *',
        'Image: registry.acme.io/ops/recycle:1.9.0',
        'Command: kubectl delete pod -l app=ingest-worker --wait=false',
        'Last Schedule Time: 2026-05-20T04:00:00Z',
        'Events:',
        '  04:00:00  SuccessfulCreate  Created job recycle-workers-29654160',
        '  04:00:11  SawCompletedJob   Saw completed job: recycle-workers-29654160, condition: Complete',
      ].join('\n'),
    ),
    text(
      'E11',
      'gitlab',
      'merge request !1877 ops/cluster-jobs',
      [
        'Merge request !1877: Simplify nightly worker recycling (merged 2026-05-19T15:26:08Z by t.lindqvist)',
        '-  image: registry.acme.io/ops/recycle:1.8.2',
        '+  image: registry.acme.io/ops/recycle:1.9.0',
        '-  command: recycle --selector app=ingest-worker --batch 10 --pause 90s',
        '+  command: kubectl delete pod -l app=ingest-worker --wait=false',
      ].join('\n'),
    ),
    text(
      'E12',
      'kubernetes',
      'events -n pipeline --field-selector involvedObject.kind=Pod',
      [
        '04:00:03  Killing   120 pods of ingest-worker: Stopping container worker (x120)',
        '04:00:09  Scheduled 120 pods of ingest-worker assigned to 15 nodes (x120)',
        '04:01:14  BackOff   Back-off restarting failed container worker (x97)',
        '04:29:31  BackOff   Back-off restarting failed container worker (x94)',
        'No events of type FailedScheduling, Evicted, OOMKilled or ErrImagePull',
      ].join('\n'),
    ),
    instant('E13', 'topk(3, kube_pod_container_status_restarts_total{namespace="pipeline"})', '2026-05-20T04:30:00Z', [
      [{ pod: 'ingest-worker-74b6d9c8df-zm5xt' }, 9],
      [{ pod: 'ingest-worker-74b6d9c8df-p2hwj' }, 9],
      [{ pod: 'ingest-worker-74b6d9c8df-c8tlv' }, 8],
    ]),
    text(
      'E14',
      'kubernetes',
      'rollout history deployment/config-service -n platform',
      [
        'REVISION  TIME                  IMAGE',
        '31        2026-04-28T09:12:40Z  registry.acme.io/config-service:3.4.1',
        '2 of 2 pods ready, 0 restarts, server.tomcat.threads.max=200, spring.datasource.hikari.maximum-pool-size=10',
        'container config-service: cpu limit 2, memory limit 1536Mi',
      ].join('\n'),
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'IngestBacklogGrowing', queue: 'ingest', namespace: 'pipeline', severity: 'page' },
      expression: 'sum(queue_depth{queue="ingest"}) > 10000',
      threshold: 10000,
      startsAt: '2026-05-20T04:10:30Z',
      onset: '2026-05-20T04:05:30Z',
      object: { kind: 'Deployment', namespace: 'pipeline', name: 'ingest-worker' },
    },
    now: new Date('2026-05-20T04:30:12Z'),
  },
  trueSentences: [
    [
      'The CronJob recycle-workers deleted all 120 ingest-worker pods at once at 04:00.',
      quote('E10', 'Command: kubectl delete pod -l app=ingest-worker --wait=false'),
      quote('E10', 'Last Schedule Time: 2026-05-20T04:00:00Z'),
      quote('E12', '04:00:03  Killing   120 pods of ingest-worker: Stopping container worker (x120)'),
      quote('E10', 'Name: recycle-workers'),
    ],
    [
      'Merge request !1877 replaced the batched recycling (10 pods at a time, 90 s pause) with one kubectl delete for every ingest-worker pod.',
      quote('E11', 'Merge request !1877: Simplify nightly worker recycling'),
      quote('E11', '-  command: recycle --selector app=ingest-worker --batch 10 --pause 90s'),
      quote('E11', '+  command: kubectl delete pod -l app=ingest-worker --wait=false'),
    ],
    [
      'Requests to config-service jumped from 3.2 to 864 per second at 04:00.',
      requests('min', 3.2),
      requests('max', 864),
      requests('at', 864, '2026-05-20T04:00:00Z'),
    ],
    ['At its peak config-service received 864 req/s, 270 times the normal 3.2.', requests('max', 864), requests('min', 3.2)],
    [
      'Both config-service pods have hit the maximum of 200 busy threads.',
      first('max', 200),
      second('max', 200),
      quote('E14', 'server.tomcat.threads.max=200'),
    ],
    ['Threads 200/200 on config-service-5d84c7f9bb-8kzrt as of 04:30.', first('last', 200), quote('E14', 'server.tomcat.threads.max=200')],
    [
      'config-service has rejected 318 requests since 04:00:33 because its thread pool was exhausted (RejectedExecutionException).',
      { evidence: 'E9', count: 318, matching: 'RejectedExecutionException' },
      quote('E9', '(2026-05-20T04:00:33Z to 2026-05-20T04:26:58Z)'),
      quote('E9', 'RejectedExecutionException: max threads 200 reached, queue capacity 100 exhausted'),
    ],
    [
      'Besides the 200 threads, the accept queue of 100 is used up as well.',
      quote('E9', 'max threads 200 reached, queue capacity 100 exhausted'),
    ],
    [
      'Workers fail to boot because reading their configuration times out after 10 s; this was logged 684 times.',
      { evidence: 'E8', count: 684, matching: 'could not load configuration' },
      quote('E8', 'ERROR boot: could not load configuration after 3 attempts: read timed out (10000 ms)'),
    ],
    ['Only 26 of 120 workers are ready.', workers('last', 26), workers('max', 120)],
    [
      'Half an hour after the restart just over a fifth of the workers (26 of 120) have come back.',
      workers('last', 26),
      workers('max', 120),
      quote('E10', 'Last Schedule Time: 2026-05-20T04:00:00Z'),
    ],
    [
      'ingest-worker went from 120 ready pods to none at 04:00, and the first one was back at 04:04.',
      workers('at', 120, '2026-05-20T03:59:30Z'),
      workers('at', 0, '2026-05-20T04:00:00Z'),
      workers('at', 1, '2026-05-20T04:04:00Z'),
    ],
    [
      'The ingest backlog grew from 1.1k to 52.5k messages within 30 minutes.',
      backlog('at', 1138.87, '2026-05-20T04:00:00Z'),
      backlog('last', 52495.1),
    ],
    [
      'It has been growing by about 1,700 messages a minute since 04:00.',
      backlog('change', 51353.8),
      backlog('at', 1138.87, '2026-05-20T04:00:00Z'),
      backlog('last', 52495.1),
    ],
    ['Backlog is more than five times the alert threshold of 10,000.', backlog('last', 52495.1)],
    [
      'The queue passed 10k at 04:05:30, five and a half minutes after the workers were restarted.',
      backlog('change', 51353.8),
      backlog('at', 10560, '2026-05-20T04:05:30Z'),
      quote('E10', '04:00:00  SuccessfulCreate  Created job recycle-workers-29654160'),
    ],
    ['p99 of config-service went from 39 ms to 9.5 s.', latency('change', 9.4352), latency('last', 9.47394)],
    ['p99 peaked at 9.9 s at 04:05.', latency('max', 9.88785), latency('at', 9.88785, '2026-05-20T04:05:00Z')],
    [
      'CPU is not the bottleneck: config-service uses 0.47 and 0.43 cores per pod, against a limit of 2.',
      firstCpu('last', 0.465686),
      secondCpu('last', 0.431579),
      quote('E14', 'container config-service: cpu limit 2'),
    ],
    [
      'Neither config-service pod ever used more than 0.5 cores, a quarter of its limit.',
      firstCpu('max', 0.482999),
      secondCpu('max', 0.461985),
      quote('E14', 'container config-service: cpu limit 2'),
    ],
    [
      'The database pool is saturated: active connections went from 2 to 20 at 04:00:30, which is all that two pods with 10 connections each can open.',
      sessions('change', 18),
      sessions('last', 20),
      quote('E14', '2 of 2 pods ready, 0 restarts, server.tomcat.threads.max=200, spring.datasource.hikari.maximum-pool-size=10'),
    ],
    [
      'Hikari complained 92 times that no connection to config-db was available within 5000 ms.',
      { evidence: 'E9', count: 92, matching: 'Connection is not available' },
      quote('E9', 'config-db - Connection is not available, request timed out after 5000ms'),
    ],
    [
      'Threads are stuck waiting for a database connection (active=10, idle=0, waiting=181).',
      quote('E9', 'Connection is not available, request timed out after 5000ms (total=10, active=10, idle=0, waiting=181)'),
    ],
    [
      'On each pod 200 threads compete for 10 connections, a ratio of 20 to 1.',
      quote('E14', 'server.tomcat.threads.max=200, spring.datasource.hikari.maximum-pool-size=10'),
    ],
    [
      'The herd comes back every three minutes: 864 req/s at 04:00, 855 at 04:03, 846 at 04:06.',
      requests('at', 864, '2026-05-20T04:00:00Z'),
      requests('at', 855, '2026-05-20T04:03:00Z'),
      requests('at', 846, '2026-05-20T04:06:00Z'),
    ],
    [
      'Waves shrink only slowly, from 864 req/s at 04:00 to 774 at 04:30.',
      requests('at', 864, '2026-05-20T04:00:00Z'),
      requests('at', 774, '2026-05-20T04:30:00Z'),
    ],
    [
      'Between two waves the busy threads drop to 143 per pod, still far above the usual 2 or 3.',
      first('at', 143, '2026-05-20T04:02:00Z'),
      second('at', 143, '2026-05-20T04:02:00Z'),
      first('min', 3),
      second('min', 2),
    ],
    [
      '97 pods were in back-off at 04:01:14, and 94 still were at 04:29:31.',
      quote('E12', '04:01:14  BackOff   Back-off restarting failed container worker (x97)'),
      quote('E12', '04:29:31  BackOff   Back-off restarting failed container worker (x94)'),
    ],
    [
      '94 workers crash-looping.',
      quote('E12', '04:29:31  BackOff   Back-off restarting failed container worker (x94)'),
      workers('change', -94),
    ],
    ['ingest-scheduler is unaffected with both replicas ready all along.', scheduler('min', 2), scheduler('max', 2)],
    [
      'Not a config-service release: 3.4.1 has been running since 28 April.',
      quote('E14', '31        2026-04-28T09:12:40Z  registry.acme.io/config-service:3.4.1'),
    ],
    ['config-service itself did not crash: 2 of 2 pods ready, 0 restarts.', quote('E14', '2 of 2 pods ready, 0 restarts')],
    [
      'No OOM kills, evictions or image pull errors among the pods in pipeline.',
      quote('E12', 'No events of type FailedScheduling, Evicted, OOMKilled or ErrImagePull'),
    ],
    [
      'Scheduling was quick: all 120 pods had a node at 04:00:09, six seconds after the kill.',
      quote('E12', '04:00:03  Killing   120 pods of ingest-worker'),
      quote('E12', '04:00:09  Scheduled 120 pods of ingest-worker assigned to 15 nodes (x120)'),
    ],
    [
      'Ruled out: cluster capacity. The pods were spread over 15 nodes at 04:00:09 and there is no FailedScheduling event.',
      quote('E12', '04:00:09  Scheduled 120 pods of ingest-worker assigned to 15 nodes (x120)'),
      quote('E12', 'No events of type FailedScheduling'),
    ],
    [
      'The unluckiest workers have restarted nine times already (zm5xt, p2hwj).',
      { evidence: 'E13', series: { pod: 'ingest-worker-74b6d9c8df-zm5xt' }, statistic: 'last', value: 9 },
      { evidence: 'E13', series: { pod: 'ingest-worker-74b6d9c8df-p2hwj' }, statistic: 'last', value: 9 },
    ],
    [
      'ingest-worker-74b6d9c8df-c8tlv: 8 restarts.',
      { evidence: 'E13', series: { pod: 'ingest-worker-74b6d9c8df-c8tlv' }, statistic: 'last', value: 8 },
    ],
    [
      'The job recycle-workers-29654160 finished after 11 seconds, at 04:00:11.',
      quote('E10', '04:00:00  SuccessfulCreate  Created job recycle-workers-29654160'),
      quote('E10', '04:00:11  SawCompletedJob   Saw completed job: recycle-workers-29654160, condition: Complete'),
    ],
    [
      '!1877 was merged by t.lindqvist on 19 May at 15:26; the 04:00 run was the first one with it.',
      quote('E11', 'Merge request !1877: Simplify nightly worker recycling (merged 2026-05-19T15:26:08Z by t.lindqvist)'),
      quote('E10', 'Schedule: 0 4 * * *'),
      quote('E10', 'Last Schedule Time: 2026-05-20T04:00:00Z'),
    ],
    [
      'Successful boots are rare: 26 against 684 failures.',
      { evidence: 'E8', count: 26, matching: 'configuration loaded' },
      { evidence: 'E8', count: 684, matching: 'could not load configuration' },
    ],
    [
      'The first worker gave up at 04:00:41, about half a minute after the pods had been scheduled.',
      quote('E8', 'url=http:<*> doc=<*> (2026-05-20T04:00:41Z to 2026-05-20T04:29:08Z)'),
      quote('E12', '04:00:09  Scheduled 120 pods of ingest-worker'),
    ],
    [
      'A worker that gets through needs about 8 s to load its 14 documents.',
      quote('E8', 'INFO boot: configuration loaded, 14 documents in 8 s'),
    ],
    [
      'Nothing about memory pressure in the config-service log.',
      { evidence: 'E9', absent: 'OutOfMemory' },
      { evidence: 'E9', absent: 'GC overhead' },
    ],
    [
      'Until 04:00 all was quiet: 3.2 req/s, p99 at 38 ms, two or three busy threads per pod.',
      requests('at', 3.2, '2026-05-20T03:59:30Z'),
      latency('at', 0.0384, '2026-05-20T03:59:30Z'),
      first('at', 3, '2026-05-20T03:59:30Z'),
      second('at', 2, '2026-05-20T03:59:30Z'),
    ],
    [
      'The switch of recycle-workers from ops/recycle:1.8.2 with --batch 10 to a plain kubectl delete in 1.9.0 makes all workers start in lockstep, and config-service cannot serve them all at once.',
      quote('E11', '-  image: registry.acme.io/ops/recycle:1.8.2'),
      quote('E11', '+  image: registry.acme.io/ops/recycle:1.9.0'),
      quote('E11', '-  command: recycle --selector app=ingest-worker --batch 10 --pause 90s'),
      quote('E11', '+  command: kubectl delete pod -l app=ingest-worker --wait=false'),
      quote('E9', 'max threads 200 reached, queue capacity 100 exhausted'),
      quote('E10', 'Name: recycle-workers'),
    ],
    [
      'The nightly recycle-workers job killed all 120 ingest workers at 04:00:03, and their simultaneous start overwhelmed config-service. Its 200 threads per pod are busy, 94 workers keep crashing and the ingest backlog has reached 52k.',
      quote('E10', 'Name: recycle-workers'),
      quote('E12', '04:00:03  Killing   120 pods of ingest-worker: Stopping container worker (x120)'),
      first('last', 200),
      second('last', 200),
      quote('E12', '04:29:31  BackOff   Back-off restarting failed container worker (x94)'),
      backlog('last', 52495.1),
      requests('change', 770.8),
    ],
  ],
}
