import { leakSentences } from './leak-sentences.ts'
import { course, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-03-11T18:50:00Z', to: '2026-03-12T03:00:00Z' }
const before = { from: '2026-03-11T06:00:00Z', to: '2026-03-11T18:40:00Z' }
const MiB = 1024 * 1024
const seconds = (at: string): number => Date.parse(at) / 1000
const wobble = (around: number, by: number) => (at: number) => around + by * (0.6 * Math.sin(at / 411) + 0.4 * Math.sin(at / 173))

type Pod = { readonly name: string; readonly node: string; readonly start: string; readonly minutes: number }
const pods: readonly Pod[] = [
  { name: 'recommender-7c9d8b6f4-xk2mq', node: 'gke-prod-n2-4f61', start: '2026-03-11T18:44:00Z', minutes: 128 },
  { name: 'recommender-7c9d8b6f4-b7rlv', node: 'gke-prod-n2-9ac3', start: '2026-03-11T18:45:00Z', minutes: 121 },
  { name: 'recommender-7c9d8b6f4-n4zpt', node: 'gke-prod-n2-4f61', start: '2026-03-11T18:46:00Z', minutes: 134 },
  { name: 'recommender-7c9d8b6f4-wq9jd', node: 'gke-prod-n2-e07b', start: '2026-03-11T18:47:00Z', minutes: 117 },
]
/** How many times the pod was killed by then, and how far it is on the way to the next. */
const lives = ({ start, minutes }: Pod, at: number): number => (at - seconds(start)) / (minutes * 60)
const part = (pod: Pod, at: number): number => lives(pod, at) % 1
const entries = (pod: Pod, at: number): number => Math.round(1_904_000 * part(pod, at))
const killed = (at: number, within: number): boolean => pods.some((pod) => lives(pod, at) > 1 && part(pod, at) * pod.minutes * 60 < within)

const app = (pod: Pod) => ({ app: 'recommender', namespace: 'discovery', pod: pod.name })

export const leak: Unseen = {
  evidence: [
    metric(
      'E1',
      'container_memory_working_set_bytes{namespace="discovery", container="recommender"}',
      window,
      pods.map((pod) =>
        course(window, 60, { container: 'recommender', pod: pod.name }, (at) => Math.round((612 + 1436 * part(pod, at)) * MiB)),
      ),
    ),
    metric('E2', 'max by (version) (recommender:memory_working_set_bytes{version="v3.7.4"})', before, [
      course(before, 120, { version: 'v3.7.4' }, (at) => Math.round(wobble(668, 11)(at) * MiB)),
    ]),
    metric(
      'E3',
      'kube_pod_container_status_restarts_total{namespace="discovery", container="recommender"}',
      window,
      pods.map((pod) => course(window, 60, { container: 'recommender', pod: pod.name }, (at) => Math.floor(lives(pod, at)))),
    ),
    text(
      'E4',
      'kubernetes',
      'rollout history deployment/recommender -n discovery',
      [
        'revision 41 created 2026-03-04T10:15:33Z image registry.shop.internal/discovery/recommender:v3.7.4',
        'revision 42 created 2026-03-11T18:43:51Z image registry.shop.internal/discovery/recommender:v3.8.0, complete at 18:47:26Z, 4/4 replicas',
        'resources (the same in revisions 41 and 42): requests cpu=500m memory=1Gi, limits memory=2Gi',
      ].join('\n'),
    ),
    text(
      'E5',
      'kubernetes',
      'events pods app=recommender -n discovery, newest first',
      [
        '02:49:03 recommender-7c9d8b6f4-b7rlv container recommender terminated reason=OOMKilled exitCode=137, restart 4',
        '02:35:01 recommender-7c9d8b6f4-wq9jd container recommender terminated reason=OOMKilled exitCode=137, restart 4',
        '01:28:04 recommender-7c9d8b6f4-n4zpt container recommender terminated reason=OOMKilled exitCode=137, restart 3',
        '01:08:02 recommender-7c9d8b6f4-xk2mq container recommender terminated reason=OOMKilled exitCode=137, restart 3',
        '00:48:05 recommender-7c9d8b6f4-b7rlv container recommender terminated reason=OOMKilled exitCode=137, restart 3',
      ].join('\n'),
    ),
    logs('E6', '{app="recommender", namespace="discovery"}', window, [
      ...pods.flatMap((pod, nth) =>
        lines({ count: 49, first: `2026-03-11T18:5${nth + 1}:12Z`, every: 600 }, app(pod), (i) => {
          const size = entries(pod, seconds(`2026-03-11T18:5${nth + 1}:12Z`) + i * 600)
          return `level=info msg="feature cache stats" entries=${size} evicted=0`
        }),
      ),
      ...pods.flatMap((pod) =>
        lines(
          { count: Math.floor(lives(pod, seconds(window.to))), first: at(pod, -96), every: pod.minutes * 60 },
          app(pod),
          () => 'level=warn msg="heap above 90% of container limit" limit_mib=2048',
        ),
      ),
      ...pods.flatMap((pod) =>
        lines(
          { count: Math.floor(lives(pod, seconds(window.to))), first: at(pod, 9), every: pod.minutes * 60 },
          app(pod),
          () => 'level=info msg="recommender started" version=v3.8.0 model=als-2026-03 took=7.8s',
        ),
      ),
    ]),
    metric(
      'E7',
      'sum by (app) (rate(http_server_requests_total{status=~"5..", app=~"recommender|storefront"}[2m])) / sum by (app) (…)',
      window,
      [
        course(window, 60, { app: 'recommender' }, (at) => (killed(at, 180) ? 0.0412 : 0.0003 + 0.0001 * Math.sin(at / 411))),
        course(window, 60, { app: 'storefront' }, (at) => 0.0011 + 0.0002 * Math.sin(at / 731)),
      ],
    ),
    metric(
      'E8',
      'feature_cache_entries{app="recommender"}',
      window,
      pods.map((pod) => course(window, 60, { app: 'recommender', pod: pod.name }, (at) => entries(pod, at))),
    ),
    metric('E9', 'sum(rate(http_server_requests_total{app="recommender"}[5m]))', window, [course(window, 60, {}, wobble(412, 9))]),
    text(
      'E10',
      'github',
      'compare discovery/recommender v3.7.4...v3.8.0',
      [
        '3 commits, 6 files changed',
        '4f1c2aa featurecache: replace the LRU by a plain map, to get rid of lock contention',
        '-  store := lru.New[uint64, Features](50_000)',
        '+  store := xsync.NewMap[uint64, Features]()',
        '9b07d3e ranking: log the model version at start',
        'c5510fe ci: bump golangci-lint to 2.9.1',
      ].join('\n'),
    ),
    text(
      'E11',
      'pyroscope',
      'inuse_space app=recommender, 2026-03-11T02:40Z (v3.7.4) compared with 2026-03-12T02:40Z (v3.8.0)',
      [
        'function                                   v3.7.4     v3.8.0',
        'total                                      524 MiB    1330 MiB',
        'discovery/featurecache.(*Store).Put         58 MiB     861 MiB',
        'discovery/model.LoadALS                    361 MiB     359 MiB',
        'net/http.newBufioReader                     22 MiB      21 MiB',
      ].join('\n'),
    ),
    metric('E12', 'node_memory_MemAvailable_bytes{node=~"gke-prod-n2-4f61|gke-prod-n2-9ac3|gke-prod-n2-e07b"}', window, [
      course(window, 60, { node: 'gke-prod-n2-4f61' }, (at) => Math.round(wobble(19_400, 600)(at) * MiB)),
      course(window, 60, { node: 'gke-prod-n2-9ac3' }, (at) => Math.round(wobble(23_100, 500)(at) * MiB)),
      course(window, 60, { node: 'gke-prod-n2-e07b' }, (at) => Math.round(ramp(22_600, 21_900, window)(at) * MiB)),
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'RecommenderRestarting', app: 'recommender', namespace: 'discovery', severity: 'warning' },
      expression: 'sum(increase(kube_pod_container_status_restarts_total{namespace="discovery", container="recommender"}[8h])) > 12',
      threshold: 12,
      startsAt: '2026-03-12T02:36:00Z',
      onset: '2026-03-12T02:35:00Z',
      object: { kind: 'Deployment', namespace: 'discovery', name: 'recommender' },
    },
    now: new Date('2026-03-12T03:00:20Z'),
  },
  trueSentences: leakSentences,
}

/** So many seconds from the moment of the pod's first kill. */
function at({ start, minutes }: Pod, after: number): string {
  return new Date((seconds(start) + minutes * 60 + after) * 1000).toISOString()
}
