import { diskSentences } from './disk-sentences.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-07-22T22:00:00Z', to: '2026-07-23T01:00:00Z' }
const gib = 1024 ** 3
const filling = { from: '2026-07-22T22:42:00Z', to: '2026-07-23T00:27:00Z' }
const evicted = Date.parse('2026-07-23T00:27:00Z') / 1000

/** Bytes used on the full node: flat, then the debug logs, then what the eviction gave back and one writer less. */
const usedOnFullNode = (at: number): number => {
  if (at < evicted) return ramp(58 * gib, 92 * gib, filling)(at)
  return ramp(71 * gib, 75.4 * gib, { from: '2026-07-23T00:27:00Z', to: window.to })(at)
}
const node = (suffix: string) => ({ node: `ip-10-40-3-${suffix}` })
const recommender = { app: 'recommender', namespace: 'shop' }
const kubelet = { unit: 'kubelet', node: 'ip-10-40-3-118' }
const logBytes = (until: number, rest: number) => (at: number) => (at < evicted ? ramp(0.4 * gib, until * gib, filling)(at) : rest * gib)
const victims = [
  'recommender-6b7f9c8d4-tq5zn',
  'basket-5d4c7b9f6-xl8rw',
  'search-api-79bd6f5c-mm2kt',
  'mailer-84f6d9b7c-c9vhp',
  'recommender-6b7f9c8d4-8djrs',
]

export const disk: Unseen = {
  evidence: [
    metric('E1', 'node_filesystem_size_bytes{mountpoint="/"} - node_filesystem_avail_bytes{mountpoint="/"}', window, [
      course(window, 60, node('118'), (at) => Math.round(usedOnFullNode(at))),
      course(window, 60, node('121'), () => 55 * gib),
      course(window, 60, node('126'), (at) => Math.round(49 * gib + 0.3 * gib * Math.sin(at / 900))),
    ]),
    metric('E2', 'node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"}', window, [
      course(window, 60, node('118'), (at) => Math.round(1000 - usedOnFullNode(at) / gib / 0.1) / 1000),
      course(window, 60, node('121'), () => 0.45),
    ]),
    metric('E3', 'topk(3, sum by (pod) (kubelet_container_log_filesystem_used_bytes{node="ip-10-40-3-118"}))', window, [
      course(window, 60, { pod: 'recommender-6b7f9c8d4-tq5zn' }, (at) => Math.round(logBytes(20.4, 0)(at))),
      course(window, 60, { pod: 'recommender-6b7f9c8d4-v2ghc' }, (at) =>
        Math.round(ramp(0.4 * gib, 18.8 * gib, { from: '2026-07-22T22:42:00Z', to: window.to })(at)),
      ),
      course(window, 60, { pod: 'basket-5d4c7b9f6-xl8rw' }, (at) => Math.round(logBytes(0.4, 0)(at))),
    ]),
    metric('E4', 'sum by (level) (rate(log_messages_total{app="recommender"}[5m]))', window, [
      course(window, 60, { level: 'debug' }, (at) =>
        at < Date.parse(filling.from) / 1000 ? 0 : 9400 + Math.round(200 * Math.sin(at / 400)),
      ),
      course(window, 60, { level: 'info' }, (at) => 62 + Math.round(3 * Math.sin(at / 700))),
    ]),
    logs('E5', '{unit="kubelet", node="ip-10-40-3-118"} |~ "eviction|image_gc|disk"', window, [
      ...lines(
        { count: 4, first: '2026-07-23T00:11:14Z', every: 300 },
        kubelet,
        (i) =>
          `image_gc_manager: disk usage on image filesystem is over the high threshold, usage=${[87, 88, 90, 91][i]} highThreshold=85 freed=0 bytes`,
      ),
      ...lines(
        { count: 1, first: '2026-07-23T00:25:52Z', every: 1 },
        kubelet,
        () => 'eviction_manager: attempting to reclaim resourceName="ephemeral-storage"',
      ),
      ...lines(
        { count: 5, first: '2026-07-23T00:26:18Z', every: 9 },
        kubelet,
        (i) => `eviction_manager: pod ${victims[i]} evicted successfully`,
      ),
    ]),
    text(
      'E6',
      'kubernetes',
      'events in shop, type Warning, reason Evicted',
      [
        '00:26:18 pod/recommender-6b7f9c8d4-tq5zn Evicted: The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi, available: 8.2Gi. Container recommender was using 20.4Gi, request is 1Gi',
        '00:26:27 pod/basket-5d4c7b9f6-xl8rw Evicted: The node was low on resource: ephemeral-storage. Container basket was using 412Mi, request is 0',
        '00:26:36 pod/search-api-79bd6f5c-mm2kt Evicted: The node was low on resource: ephemeral-storage. Container search-api was using 96Mi, request is 0',
        '00:26:45 pod/mailer-84f6d9b7c-c9vhp Evicted: The node was low on resource: ephemeral-storage. Container mailer was using 51Mi, request is 0',
        '00:26:54 pod/recommender-6b7f9c8d4-8djrs Evicted: The node was low on resource: ephemeral-storage. Container recommender was using 12Mi, request is 1Gi',
      ].join('\n'),
    ),
    text(
      'E7',
      'git',
      'log -p deploy/shop/recommender --since 2026-07-20',
      [
        'commit 5be20d1  2026-07-22T22:38:47Z  l.brandt  "recommender: debug logging to chase missing recommendations"',
        '  values-prod.yaml',
        '-  LOG_LEVEL: info',
        '+  LOG_LEVEL: debug',
      ].join('\n'),
    ),
    text(
      'E8',
      'kubernetes',
      'rollout history deployment/recommender -n shop',
      [
        'rev 58  2026-07-22T22:41:30Z  ghcr.io/acme/recommender:1.27.0  commit 5be20d1',
        'rev 57  2026-07-16T09:12:04Z  ghcr.io/acme/recommender:1.27.0  commit c03d7aa',
      ].join('\n'),
    ),
    text(
      'E9',
      'kubernetes',
      'get --raw /api/v1/nodes/ip-10-40-3-118/proxy/configz',
      [
        'containerLogMaxSize: 20Gi',
        'containerLogMaxFiles: 5',
        'imageGCHighThresholdPercent: 85',
        'evictionHard: nodefs.available<5%',
        'evictionSoft: nodefs.available<10%  gracePeriod 5m',
      ].join('\n'),
    ),
    logs(
      'E10',
      '{app="recommender", pod="recommender-6b7f9c8d4-v2ghc"} |~ "candidate=50|user=70"',
      { from: '2026-07-23T00:55:00Z', to: window.to },
      [
        ...lines(
          { count: 600, first: '2026-07-23T00:55:00Z', every: 0.5 },
          recommender,
          (i) => `DEBUG scorer candidate=${50210 + i} features=[0.113,0.870,0.042] payload=4096B`,
        ),
        ...lines(
          { count: 15, first: '2026-07-23T00:55:10Z', every: 20 },
          recommender,
          (i) => `INFO served user=${7001 + i} items=20 took=${31 + (i % 4)}ms`,
        ),
      ],
    ),
    instant('E11', 'sum by (deployment) (kube_deployment_status_replicas_unavailable{namespace="shop"})', '2026-07-23T01:00:00Z', [
      [{ deployment: 'basket' }, 1],
      [{ deployment: 'mailer' }, 1],
      [{ deployment: 'recommender' }, 2],
      [{ deployment: 'search-api' }, 0],
    ]),
    metric('E12', 'node_filesystem_files_free{mountpoint="/"} / node_filesystem_files{mountpoint="/"}', window, [
      course(window, 60, node('118'), () => 0.93),
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'NodeFilesystemAlmostFull', node: 'ip-10-40-3-118', mountpoint: '/', severity: 'critical' },
      expression: 'node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"} < 0.15',
      threshold: 0.15,
      startsAt: '2026-07-23T00:11:00Z',
      onset: '2026-07-23T00:06:00Z',
      object: { kind: 'Node', name: 'ip-10-40-3-118' },
    },
    now: new Date('2026-07-23T01:00:20Z'),
  },
  trueSentences: diskSentences,
}
