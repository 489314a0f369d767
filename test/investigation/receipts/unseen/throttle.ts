import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-05-19T08:30:00Z', to: '2026-05-19T10:00:00Z' }

const restless =
  (value: (at: number) => number, share: number, phase = 0) =>
  (at: number) =>
    value(at) * (1 + share * Math.sin(at / 73 + phase))

const busy = { from: '2026-05-19T09:12:00Z', to: '2026-05-19T09:20:00Z' }

const query = { service: 'search-query' }
const kx2lp = { pod: 'search-query-6d9f7c84b-kx2lp' }
const w8r5t = { pod: 'search-query-6d9f7c84b-w8r5t' }

const p95: Receipt = { evidence: 'E1', series: query, statistic: 'last', value: 0.878, unit: 's' }
const p95Peak: Receipt = { evidence: 'E1', series: query, statistic: 'max', value: 0.894, unit: 's' }
const p95Change: Receipt = { evidence: 'E1', series: query, statistic: 'change', value: 0.66, unit: 's' }
const p95Before: Receipt = { evidence: 'E1', series: query, statistic: 'at', at: '2026-05-19T08:30:00Z', value: 0.218, unit: 's' }
const suggestPeak: Receipt = { evidence: 'E1', series: { service: 'search-suggest' }, statistic: 'max', value: 47.8, unit: 'ms' }

const throttledK: Receipt = { evidence: 'E2', series: kx2lp, statistic: 'last', value: 59.5, unit: '%' }
const throttledKChange: Receipt = { evidence: 'E2', series: kx2lp, statistic: 'change', value: 56.3, unit: '%' }
const throttledW: Receipt = { evidence: 'E2', series: w8r5t, statistic: 'last', value: 64.7, unit: '%' }
const throttledWChange: Receipt = { evidence: 'E2', series: w8r5t, statistic: 'change', value: 62, unit: '%' }
const throttledB: Receipt = { evidence: 'E2', series: { pod: 'search-query-6d9f7c84b-b4jzn' }, statistic: 'max', value: 2.64, unit: '%' }
const throttledM: Receipt = { evidence: 'E2', series: { pod: 'search-query-6d9f7c84b-m9vqd' }, statistic: 'max', value: 3.19, unit: '%' }

const node: Receipt = { evidence: 'E3', series: { node: 'worker-14' }, statistic: 'last', value: 98.7, unit: '%' }
const nodeBefore: Receipt = { evidence: 'E3', series: { node: 'worker-14' }, statistic: 'min', value: 46.3, unit: '%' }
const nodeChange: Receipt = { evidence: 'E3', series: { node: 'worker-14' }, statistic: 'change', value: 52.4, unit: '%' }
const node09: Receipt = { evidence: 'E3', series: { node: 'worker-09' }, statistic: 'last', value: 44.4, unit: '%' }
const node21: Receipt = { evidence: 'E3', series: { node: 'worker-21' }, statistic: 'last', value: 51.8, unit: '%' }

const batch: Receipt = { evidence: 'E4', series: { pod: 'embed-batch-29653450-7zq4n' }, statistic: 'last', value: 8.41 }
const batchChange: Receipt = { evidence: 'E4', series: { pod: 'embed-batch-29653450-7zq4n' }, statistic: 'change', value: 8.41 }
const cpuK: Receipt = { evidence: 'E4', series: kx2lp, statistic: 'last', value: 1.97 }
const cpuKChange: Receipt = { evidence: 'E4', series: kx2lp, statistic: 'change', value: 0.55 }
const cpuW: Receipt = { evidence: 'E4', series: w8r5t, statistic: 'last', value: 1.98 }

const placedK: Receipt = { evidence: 'E5', quote: 'search-query-6d9f7c84b-kx2lp 1/1 Running 0 7d worker-14' }
const placedW: Receipt = { evidence: 'E5', quote: 'search-query-6d9f7c84b-w8r5t 1/1 Running 0 7d worker-14' }
const placedB: Receipt = { evidence: 'E5', quote: 'search-query-6d9f7c84b-b4jzn 1/1 Running 0 7d worker-09' }
const placedM: Receipt = { evidence: 'E5', quote: 'search-query-6d9f7c84b-m9vqd 1/1 Running 0 7d worker-21' }
const scheduled: Receipt = {
  evidence: 'E6',
  quote: '2026-05-19T09:10:04Z Normal Scheduled Successfully assigned ml/embed-batch-29653450-7zq4n to worker-14',
}
const pulled: Receipt = { evidence: 'E6', quote: 'Successfully pulled image "registry.acme.dev/ml/embed-batch:3.8.0" in 46.2s' }
const containerUp: Receipt = { evidence: 'E6', quote: '2026-05-19T09:10:53Z Normal Started Started container embed' }
const requests: Receipt = { evidence: 'E7', quote: 'Requests: cpu: 250m, memory: 2Gi' }
const limits: Receipt = { evidence: 'E7', quote: 'Limits: memory: 4Gi' }
const slow: Receipt = { evidence: 'E8', count: 274, matching: 'slow query' }
const slowTimes: Receipt = { evidence: 'E8', quote: '2026-05-19T09:15:06Z to 2026-05-19T09:56:03Z' }
const load: Receipt = { evidence: 'E9', statistic: 'mean', value: 312 }
const loadLeast: Receipt = { evidence: 'E9', statistic: 'min', value: 307 }
const loadMost: Receipt = { evidence: 'E9', statistic: 'max', value: 317 }
const took: Receipt = { evidence: 'E10', statistic: 'mean', value: 38, unit: 'ms' }
const tookMost: Receipt = { evidence: 'E10', statistic: 'max', value: 38.8, unit: 'ms' }
const tookChange: Receipt = { evidence: 'E10', statistic: 'change', value: -0.44, unit: 'ms' }
const rollout: Receipt = { evidence: 'E11', quote: '41 2026-05-12T09:44:07Z registry.acme.dev/search/query:5.22.1 2' }
const rolloutBefore: Receipt = { evidence: 'E11', quote: '40 2026-04-28T13:05:19Z registry.acme.dev/search/query:5.21.0 2' }
const restarts: Receipt[] = ['kx2lp', 'w8r5t', 'b4jzn', 'm9vqd'].map(
  (name): Receipt => ({ evidence: 'E12', series: { pod: `search-query-6d9f7c84b-${name}` }, statistic: 'last', value: 0 }),
)

export const noisyNeighbour: Unseen = {
  evidence: [
    metric(
      'E1',
      'histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket{namespace="search"}[5m])))',
      window,
      [
        course(window, 60, { service: 'search-query' }, restless(ramp(0.212, 0.868, busy), 0.03)),
        course(
          window,
          60,
          { service: 'search-suggest' },
          restless(() => 0.046, 0.04, 2),
        ),
      ],
    ),
    metric(
      'E2',
      'sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{namespace="search", container="query"}[5m])) / sum by (pod) (rate(container_cpu_cfs_periods_total{namespace="search", container="query"}[5m]))',
      window,
      [
        course(window, 60, { pod: 'search-query-6d9f7c84b-kx2lp' }, restless(ramp(0.031, 0.584, busy), 0.05)),
        course(window, 60, { pod: 'search-query-6d9f7c84b-w8r5t' }, restless(ramp(0.027, 0.617, busy), 0.05, 1)),
        course(
          window,
          60,
          { pod: 'search-query-6d9f7c84b-b4jzn' },
          restless(() => 0.024, 0.1, 2),
        ),
        course(
          window,
          60,
          { pod: 'search-query-6d9f7c84b-m9vqd' },
          restless(() => 0.029, 0.1, 3),
        ),
      ],
    ),
    metric('E3', '1 - avg by (node) (rate(node_cpu_seconds_total{mode="idle", pool="general"}[5m]))', window, [
      course(window, 60, { node: 'worker-14' }, ramp(0.463, 0.987, { from: '2026-05-19T09:11:00Z', to: '2026-05-19T09:16:00Z' })),
      course(
        window,
        60,
        { node: 'worker-09' },
        restless(() => 0.441, 0.02),
      ),
      course(
        window,
        60,
        { node: 'worker-21' },
        restless(() => 0.508, 0.02, 1),
      ),
    ]),
    metric('E4', 'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{node="worker-14"}[5m]))', window, [
      course(
        window,
        60,
        { namespace: 'ml', pod: 'embed-batch-29653450-7zq4n' },
        ramp(0, 8.41, { from: '2026-05-19T09:11:00Z', to: '2026-05-19T09:16:00Z' }),
      ),
      course(window, 60, { namespace: 'search', pod: 'search-query-6d9f7c84b-kx2lp' }, ramp(1.42, 1.97, busy)),
      course(window, 60, { namespace: 'search', pod: 'search-query-6d9f7c84b-w8r5t' }, ramp(1.38, 1.98, busy)),
      course(window, 60, { namespace: 'monitoring', pod: 'node-exporter-xx9kd' }, () => 0.04),
    ]),
    text(
      'E5',
      'kubernetes',
      'get pods -n search -o wide',
      [
        'NAME                           READY  STATUS   RESTARTS  AGE  NODE',
        'search-query-6d9f7c84b-kx2lp   1/1    Running  0         7d   worker-14',
        'search-query-6d9f7c84b-w8r5t   1/1    Running  0         7d   worker-14',
        'search-query-6d9f7c84b-b4jzn   1/1    Running  0         7d   worker-09',
        'search-query-6d9f7c84b-m9vqd   1/1    Running  0         7d   worker-21',
      ].join('\n'),
    ),
    text(
      'E6',
      'kubernetes',
      'events -n ml job/embed-batch-29653450',
      [
        '2026-05-19T09:10:02Z Normal SuccessfulCreate Created pod: embed-batch-29653450-7zq4n',
        '2026-05-19T09:10:04Z Normal Scheduled Successfully assigned ml/embed-batch-29653450-7zq4n to worker-14',
        '2026-05-19T09:10:51Z Normal Pulled Successfully pulled image "registry.acme.dev/ml/embed-batch:3.8.0" in 46.2s',
        '2026-05-19T09:10:53Z Normal Started Started container embed',
      ].join('\n'),
    ),
    text(
      'E7',
      'kubernetes',
      'describe job/embed-batch-29653450 -n ml',
      [
        'Name: embed-batch-29653450',
        'Controlled By: CronJob/embed-batch',
        'Parallelism: 1',
        'Image: registry.acme.dev/ml/embed-batch:3.8.0',
        'Requests: cpu: 250m, memory: 2Gi',
        'Limits: memory: 4Gi',
        'Environment: EMBED_THREADS=16',
        'Node-Selectors: pool=general',
      ].join('\n'),
    ),
    logs('E8', '{namespace="search", app="search-query"} |~ "slow|deadline"', window, [
      ...lines(
        { count: 274, first: '2026-05-19T09:15:06Z', every: 9 },
        { namespace: 'search', app: 'search-query' },
        (i) =>
          `level=warn msg="slow query" pod=search-query-6d9f7c84b-${i % 2 === 0 ? 'kx2lp' : 'w8r5t'} stage=rank took_ms=${820 + ((i * 37) % 400)}`,
      ),
      ...lines(
        { count: 38, first: '2026-05-19T09:18:41Z', every: 60 },
        { namespace: 'search', app: 'search-query' },
        (i) => `level=error msg="rank: context deadline exceeded" pod=search-query-6d9f7c84b-w8r5t request_id=rq-${7100 + i * 13}`,
      ),
    ]),
    metric('E9', 'sum(rate(http_requests_total{namespace="search", service="search-query"}[5m]))', window, [
      course(
        window,
        60,
        {},
        restless(() => 312, 0.015),
      ),
    ]),
    metric(
      'E10',
      'sum(rate(opensearch_search_took_seconds_sum{cluster="search-main"}[5m])) / sum(rate(opensearch_search_took_seconds_count{cluster="search-main"}[5m]))',
      window,
      [
        course(
          window,
          60,
          {},
          restless(() => 0.038, 0.02),
        ),
      ],
    ),
    text(
      'E11',
      'kubernetes',
      'rollout history deployment/search-query -n search',
      [
        'REVISION  DEPLOYED              IMAGE                                  CPU LIMIT',
        '40        2026-04-28T13:05:19Z  registry.acme.dev/search/query:5.21.0  2',
        '41        2026-05-12T09:44:07Z  registry.acme.dev/search/query:5.22.1  2',
      ].join('\n'),
    ),
    instant(
      'E12',
      'sum by (pod) (increase(kube_pod_container_status_restarts_total{namespace="search", container="query"}[2h]))',
      window.to,
      [
        [{ pod: 'search-query-6d9f7c84b-kx2lp' }, 0],
        [{ pod: 'search-query-6d9f7c84b-w8r5t' }, 0],
        [{ pod: 'search-query-6d9f7c84b-b4jzn' }, 0],
        [{ pod: 'search-query-6d9f7c84b-m9vqd' }, 0],
      ],
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'SearchLatencyP95High', service: 'search-query', namespace: 'search', severity: 'page' },
      expression:
        'histogram_quantile(0.95, sum by (le, service) (rate(http_request_duration_seconds_bucket{namespace="search"}[5m]))) > 0.5',
      threshold: 0.5,
      startsAt: '2026-05-19T09:21:00Z',
      onset: '2026-05-19T09:16:00Z',
      object: { kind: 'Deployment', namespace: 'search', name: 'search-query' },
    },
    now: new Date('2026-05-19T10:00:12Z'),
  },
  trueSentences: [
    [
      'p95 latency of search-query climbed from about 0.21 s to 0.85 s between 09:12 and 09:20 and has not come back down since.',
      p95Change,
      { evidence: 'E1', series: query, statistic: 'at', at: '2026-05-19T09:12:00Z', value: 0.206, unit: 's' },
      { evidence: 'E1', series: query, statistic: 'at', at: '2026-05-19T09:20:00Z', value: 0.845, unit: 's' },
      p95,
    ],
    ['search-query p95 at 878 ms, four times the 218 ms it had at 08:30.', p95, p95Before],
    ['p95 peaked at 0.894 s, almost 80 % over the 0.5 s threshold.', p95Peak],
    ['search-suggest, in the same namespace, is not affected: its p95 never went above 48 ms.', suggestPeak],
    [
      'Two of the four search-query pods are being throttled in about 60 to 65 % of their CFS periods, whereas the other two stay below 4 %.',
      throttledK,
      throttledW,
      throttledB,
      throttledM,
    ],
    ['Throttling: kx2lp 3 % → 60 %, w8r5t 3 % → 65 %.', throttledKChange, throttledK, throttledWChange, throttledW],
    [
      'The search-query pods on worker-09 and worker-21 are hardly throttled at all (at most 3.2 % of periods).',
      throttledB,
      throttledM,
      placedB,
      placedM,
    ],
    ['Both throttled pods, kx2lp and w8r5t, sit on worker-14.', placedK, placedW, throttledK, throttledW],
    ['worker-14 is at 98.7 % CPU.', node],
    ['CPU utilisation of worker-14 more than doubled within five minutes, from 46 % to 99 %.', nodeChange, nodeBefore, node],
    ['Other nodes fine: worker-09 at 44 %, worker-21 at 52 %.', node09, node21],
    [
      'The pod embed-batch-29653450-7zq4n was assigned to worker-14 at 09:10:04 and its container started at 09:10:53.',
      scheduled,
      containerUp,
    ],
    ['The batch pod burns 8.4 cores on worker-14, up from zero before 09:11.', batch, batchChange, scheduled],
    ['embed-batch has a memory limit but no CPU limit, and requests just 250m.', limits, requests],
    [
      'The job runs with EMBED_THREADS=16 although it requests only a quarter of a core.',
      { evidence: 'E7', quote: 'EMBED_THREADS=16' },
      requests,
    ],
    ['It uses more than 30 times the CPU it asked for (8.41 cores against 250m).', batch, requests],
    [
      'search-query pods on worker-14 run into their limit of 2 cores: kx2lp uses 1.97 and w8r5t 1.98.',
      cpuK,
      cpuW,
      rollout,
      placedK,
      placedW,
    ],
    ['CPU usage of kx2lp rose by 0.55 to 1.97 cores.', cpuKChange, cpuK],
    ['No increase in traffic; the request rate held steady at about 312 per second.', load, loadLeast, loadMost],
    ['Not load: 307 to 317 req/s the whole time.', loadLeast, loadMost],
    ['OpenSearch itself is not slower: it takes 38 ms on average, which has not changed over the window.', took, tookChange],
    ['Ruled out: the OpenSearch backend, whose mean query time never exceeded 39 ms.', tookMost],
    ['No recent deploy of search-query; revision 41 (5.22.1) has been running since 12 May.', rollout],
    ['The last rollout was a week ago, on 2026-05-12 at 09:44.', rollout],
    [
      '274 slow query warnings since 09:15, all of them in the rank stage.',
      slow,
      { evidence: 'E8', count: 274, matching: 'stage=rank' },
      slowTimes,
    ],
    ['The first slow query was logged at 09:15:06, about four minutes after the batch container had started.', slowTimes, containerUp],
    [
      '38 requests on w8r5t died with "context deadline exceeded".',
      { evidence: 'E8', count: 38, matching: 'context deadline exceeded" pod=search-query-6d9f7c84b-w8r5t' },
    ],
    [
      'Half of the slow queries come from kx2lp, the other half from w8r5t.',
      { evidence: 'E8', count: 137, matching: 'slow query" pod=search-query-6d9f7c84b-kx2lp' },
      { evidence: 'E8', count: 137, matching: 'slow query" pod=search-query-6d9f7c84b-w8r5t' },
      slow,
    ],
    ['There is no slow query from b4jzn or m9vqd.', { evidence: 'E8', absent: 'b4jzn' }, { evidence: 'E8', absent: 'm9vqd' }],
    ['No search-query container has restarted in the last two hours.', ...restarts],
    ['Restarts: 0 on all four pods.', ...restarts],
    [
      'The ml job embed-batch landed on worker-14 at 09:10 without a CPU limit and took the node from 46 % to 99 % CPU.',
      scheduled,
      limits,
      nodeChange,
      node,
      nodeBefore,
    ],
    [
      'search-query is slow (p95 0.88 s) because the batch job saturates worker-14, where two of its pods run. The pods on the other nodes are healthy.',
      p95,
      node,
      batch,
      throttledK,
      throttledW,
      throttledB,
      throttledM,
    ],
    ['worker-14 CPU 46 → 99 % from 09:11 to 09:16.', nodeChange, nodeBefore, node],
    ['embed-batch: 0 → 8.41 cores, 09:11–09:16.', batchChange, batch],
    ['Throttling on kx2lp is up 56 percentage points.', throttledKChange],
    ['The CPU of worker-14 began to climb at 09:11, and the latency of search-query followed a minute later.', nodeChange, p95Change],
    ['Pulling the image took 46.2 s, so the container was up 49 seconds after it had been scheduled.', pulled, scheduled, containerUp],
    [
      'The job runs registry.acme.dev/ml/embed-batch:3.8.0 and belongs to the CronJob embed-batch.',
      { evidence: 'E7', quote: 'Controlled By: CronJob/embed-batch' },
      { evidence: 'E7', quote: 'Image: registry.acme.dev/ml/embed-batch:3.8.0' },
    ],
    ['Its node selector is merely pool=general.', { evidence: 'E7', quote: 'Node-Selectors: pool=general' }],
    ['worker-14 is 54 points busier than worker-09.', node, node09],
    ['The batch pod takes more than twice as much CPU as both search-query pods on that node together.', batch, cpuK, cpuW],
    ['Latency has been above 0.5 s for 44 minutes and shows no sign of recovery (0.88 s now).', p95Change, p95],
    ['The alert fired at 09:21, ten minutes after the batch container came up.', containerUp],
    [
      'The latest slow query, at 09:56:03 on w8r5t, took 921 ms.',
      {
        evidence: 'E8',
        quote: '2026-05-19T09:56:03.000Z level=warn msg="slow query" pod=search-query-6d9f7c84b-w8r5t stage=rank took_ms=921',
      },
    ],
    ['Between revisions 40 and 41 the CPU limit did not change; it is 2 in both.', rollout, rolloutBefore],
  ],
}
