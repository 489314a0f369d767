import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, step, text, type Unseen } from './world.ts'

const window = { from: '2026-09-03T10:00:00Z', to: '2026-09-03T11:40:00Z' }
const GiB = 1024 ** 3
const wave = (value: (at: number) => number, share: number, period: number) => (at: number) =>
  value(at) * (1 + share * Math.sin(at / period))
const pileUp = { from: '2026-09-03T10:37:00Z', to: '2026-09-03T11:18:00Z' }
const blocked = '2026-09-03T11:18:30Z'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change' | 'at'

const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })
const of =
  (evidence: string, series?: Record<string, string>, unit?: string) =>
  (statistic: Statistic, value: number, at?: string): Receipt => ({
    evidence,
    ...(series && { series }),
    statistic,
    ...(at && { at }),
    value,
    ...(unit && { unit }),
  })

const memory = (node: string, statistic: Statistic, value: number, at?: string): Receipt =>
  of('E1', { rabbitmq_node: `rabbit@${node}` }, 'GiB')(statistic, value, at)
const limit = (node: string, value: number): Receipt => of('E2', { rabbitmq_node: `rabbit@${node}` }, 'GiB')('last', value)
const renders = of('E3', { queue: 'invoices.render' })
const orders = of('E3', { queue: 'orders.created' })
const readers = of('E4', { queue: 'invoices.render' })
const publishing = of('E5')
const blockedOnes = of('E6', { state: 'blocked' })
const failing = of('E7')
const latency = of('E8')

export const broker: Unseen = {
  evidence: [
    metric('E1', 'rabbitmq_process_resident_memory_bytes', window, [
      course(
        window,
        30,
        { rabbitmq_node: 'rabbit@rmq-0' },
        wave(() => 2.21 * GiB, 0.01, 300),
      ),
      course(window, 30, { rabbitmq_node: 'rabbit@rmq-1' }, wave(ramp(2.84 * GiB, 6.43 * GiB, pileUp), 0.003, 240)),
      course(
        window,
        30,
        { rabbitmq_node: 'rabbit@rmq-2' },
        wave(() => 2.37 * GiB, 0.012, 270),
      ),
    ]),
    instant('E2', 'rabbitmq_resident_memory_limit_bytes', '2026-09-03T11:40:00Z', [
      [{ rabbitmq_node: 'rabbit@rmq-0' }, 6.4 * GiB],
      [{ rabbitmq_node: 'rabbit@rmq-1' }, 6.4 * GiB],
      [{ rabbitmq_node: 'rabbit@rmq-2' }, 6.4 * GiB],
    ]),
    metric('E3', 'sum by (queue) (rabbitmq_queue_messages_ready{vhost="shop"})', window, [
      course(window, 30, { queue: 'invoices.render' }, ramp(180, 1_412_000, pileUp)),
      course(window, 30, { queue: 'orders.created' }, (at) => 40 + Math.round(12 * Math.sin(at / 200))),
      course(window, 30, { queue: 'mail.outbound' }, (at) => 15 + Math.round(6 * Math.sin(at / 140))),
    ]),
    metric('E4', 'sum by (queue) (rabbitmq_queue_consumers{vhost="shop"})', window, [
      course(window, 30, { queue: 'invoices.render' }, step(8, 0, '2026-09-03T10:37:00Z')),
      course(window, 30, { queue: 'orders.created' }, () => 12),
      course(window, 30, { queue: 'mail.outbound' }, () => 4),
    ]),
    metric('E5', 'sum(rate(rabbitmq_channel_messages_published_total{vhost="shop"}[1m]))', window, [
      course(window, 30, {}, wave(step(640, 4, blocked), 0.02, 85)),
    ]),
    metric('E6', 'sum by (state) (rabbitmq_connections_by_state)', window, [
      course(window, 30, { state: 'running' }, step(94, 31, blocked)),
      course(window, 30, { state: 'blocked' }, step(0, 63, blocked)),
    ]),
    metric(
      'E7',
      'sum(rate(http_requests_total{app="order-api",code="504"}[1m])) / sum(rate(http_requests_total{app="order-api"}[1m]))',
      window,
      [course(window, 30, {}, step(0, 0.872, '2026-09-03T11:19:00Z'))],
    ),
    metric('E8', 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{app="order-api"}[1m])))', window, [
      course(window, 30, {}, wave(step(0.142, 10.1, '2026-09-03T11:19:00Z'), 0.01, 60)),
    ]),
    metric('E9', 'rabbitmq_disk_space_available_bytes', window, [
      course(window, 30, { rabbitmq_node: 'rabbit@rmq-1' }, ramp(71.2 * GiB, 68.9 * GiB, pileUp)),
    ]),
    logs('E10', '{app="rabbitmq", namespace="messaging"}', window, [
      ...lines(
        { count: 1, first: '2026-09-03T11:18:24Z', every: 1 },
        { app: 'rabbitmq', pod: 'rmq-1' },
        () => 'warning: memory resource limit alarm set on node rabbit@rmq-1. Publishers will be blocked until this alarm clears',
      ),
      ...lines(
        { count: 63, first: '2026-09-03T11:18:25Z', every: 0.08 },
        { app: 'rabbitmq', pod: 'rmq-1' },
        (i) =>
          `info: connection <0.${2114 + i}.0> (10.42.7.${11 + (i % 6)}:5${1000 + i} -> 10.42.3.18:5672): state blocked, client order-api`,
      ),
      ...lines(
        { count: 8, first: '2026-09-03T10:36:48Z', every: 1 },
        { app: 'rabbitmq', pod: 'rmq-1' },
        (i) =>
          `warning: closing AMQP connection <0.${1877 + i}.0> (10.42.9.${21 + i}:40${112 + i} -> 10.42.3.18:5672, client: invoice-renderer): client unexpectedly closed TCP connection`,
      ),
    ]),
    logs('E11', '{app="order-api"} |~ "ERROR|WARN"', window, [
      ...lines(
        { count: 936, first: '2026-09-03T11:18:41Z', every: 1.3 },
        { app: 'order-api', namespace: 'shop' },
        (i) => `ERROR publish to exchange shop.events failed: confirm not received within 10000 ms order=${7_410_220 + i}`,
      ),
      ...lines(
        { count: 6, first: '2026-09-03T11:18:26Z', every: 1 },
        { app: 'order-api', namespace: 'shop' },
        (i) => `WARN connection order-api-${i} blocked by broker: low on memory`,
      ),
    ]),
    text(
      'E12',
      'kubernetes',
      'describe deployment/invoice-renderer -n billing',
      [
        'Name: invoice-renderer',
        'Namespace: billing',
        'Replicas: 8 desired | 8 updated | 8 total | 0 available | 8 unavailable',
        'Image: registry.acme.io/invoice-renderer:2.8.0 (previous: 2.7.5)',
        'Events:',
        '  10:36:30  ScalingReplicaSet  Scaled down replica set invoice-renderer-58b9c6fd4c from 8 to 0 (strategy Recreate)',
        '  10:36:50  ScalingReplicaSet  Scaled up replica set invoice-renderer-6c5f4d9b77 to 8',
        '  10:37:52  BackOff            Back-off restarting failed container renderer (x8), exit code 1',
      ].join('\n'),
    ),
    logs('E13', '{app="invoice-renderer", namespace="billing"}', window, [
      ...lines(
        { count: 104, first: '2026-09-03T10:36:58Z', every: 35 },
        { app: 'invoice-renderer', namespace: 'billing' },
        (i) => `FATAL cannot start: font bundle /opt/fonts/inter.pack not found (worker ${i % 8})`,
      ),
      ...lines(
        { count: 5, first: '2026-09-03T10:04:10Z', every: 380 },
        { app: 'invoice-renderer', namespace: 'billing' },
        (i) => `INFO rendered batch of ${40 + i * 3} invoices`,
      ),
    ]),
    text(
      'E14',
      'rabbitmq',
      'rabbitmqctl status -n rabbit@rmq-1 (memory breakdown) and list_queues name leader type',
      [
        'total: 6.42 GiB of 6.4 GiB allowed (vm_memory_high_watermark 0.4 of 16 GiB)',
        'quorum_queue_procs: 4.61 GiB (71.8 %)',
        'binary: 0.88 GiB (13.7 %)',
        'connection_readers: 0.09 GiB (1.4 %)',
        'version: RabbitMQ 3.13.7 on Erlang 26.2.5',
        'invoices.render  leader rabbit@rmq-1  quorum  max-length: none',
        'orders.created   leader rabbit@rmq-0  quorum  max-length: 500000',
      ].join('\n'),
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'OrderApiTimeouts', app: 'order-api', namespace: 'shop', severity: 'critical' },
      expression:
        'sum(rate(http_requests_total{app="order-api",code="504"}[1m])) / sum(rate(http_requests_total{app="order-api"}[1m])) > 0.05',
      threshold: 0.05,
      startsAt: '2026-09-03T11:21:00Z',
      onset: '2026-09-03T11:19:00Z',
      object: { kind: 'Deployment', namespace: 'shop', name: 'order-api' },
    },
    now: new Date('2026-09-03T11:40:15Z'),
  },
  trueSentences: [
    [
      'rabbit@rmq-1 reached its memory watermark of 6.4 GiB and raised the alarm at 11:18:24.',
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1'),
      limit('rmq-1', 6.4),
      memory('rmq-1', 'last', 6.448),
    ],
    ['Since 11:18:30 the broker has been blocking 63 connections.', blockedOnes('change', 63), blockedOnes('last', 63)],
    [
      'order-api times out waiting for publisher confirms: 936 errors "confirm not received within 10000 ms".',
      { evidence: 'E11', count: 936, matching: 'confirm not received within 10000 ms' },
    ],
    ['The share of 504s in order-api jumped from 0 to 87.2 % at 11:19.', failing('change', 0.872), failing('last', 0.872)],
    ['Nearly nine in ten order-api requests end in a 504.', failing('last', 0.872)],
    ['504 ratio 87 %, more than 17 times the alert threshold of 5 %.', failing('last', 0.872)],
    [
      'invoices.render has piled up from 180 to 1.41 million messages since 10:37.',
      renders('change', 1411820),
      renders('last', 1412000),
      renders('at', 180, '2026-09-03T10:37:00Z'),
    ],
    [
      'The queue invoices.render lost all 8 of its consumers at 10:37 and nobody has read from it since.',
      readers('change', -8),
      readers('last', 0),
      readers('max', 8),
    ],
    ['No consumer on invoices.render for over an hour.', readers('last', 0), readers('change', -8)],
    [
      'invoice-renderer 2.8.0 cannot start because the font bundle /opt/fonts/inter.pack is missing.',
      quote('E13', 'FATAL cannot start: font bundle /opt/fonts/inter.pack not found'),
      quote('E12', 'Image: registry.acme.io/invoice-renderer:2.8.0 (previous: 2.7.5)'),
    ],
    [
      'The renderer failed 104 times with the same FATAL error, from 10:36:58 until 11:37:03.',
      { evidence: 'E13', count: 104, matching: 'FATAL cannot start: font bundle' },
      quote('E13', 'not found (worker <*>) (2026-09-03T10:36:58Z to 2026-09-03T11:37:03Z)'),
    ],
    ['Last invoices rendered at 10:29:30 (a batch of 52).', quote('E13', '2026-09-03T10:29:30.000Z INFO rendered batch of 52 invoices')],
    [
      'All 8 replicas of invoice-renderer are unavailable.',
      quote('E12', 'Name: invoice-renderer'),
      quote('E12', 'Replicas: 8 desired | 8 updated | 8 total | 0 available | 8 unavailable'),
    ],
    [
      'Since the strategy is Recreate, the old replica set went to 0 at 10:36:30, before the new one (invoice-renderer-6c5f4d9b77) was scaled to 8 at 10:36:50.',
      quote('E12', '10:36:30  ScalingReplicaSet  Scaled down replica set invoice-renderer-58b9c6fd4c from 8 to 0 (strategy Recreate)'),
      quote('E12', '10:36:50  ScalingReplicaSet  Scaled up replica set invoice-renderer-6c5f4d9b77 to 8'),
    ],
    [
      'At 10:37:52 the containers were in back-off with exit code 1.',
      quote('E12', '10:37:52  BackOff            Back-off restarting failed container renderer (x8), exit code 1'),
    ],
    [
      'Memory of rmq-1 rose from 2.85 to 6.45 GiB, while rmq-0 and rmq-2 stayed at about 2.2 and 2.4 GiB.',
      memory('rmq-1', 'change', 3.6),
      memory('rmq-1', 'last', 6.448),
      memory('rmq-0', 'mean', 2.21),
      memory('rmq-2', 'mean', 2.369),
    ],
    ['rmq-1 memory: +3.6 GiB.', memory('rmq-1', 'change', 3.6)],
    [
      'Its memory has more than doubled, from 2.85 GiB to 6.45 GiB.',
      memory('rmq-1', 'at', 2.848, '2026-09-03T10:00:00Z'),
      memory('rmq-1', 'last', 6.448),
    ],
    [
      'rmq-1 began to grow at 10:37, in the same minute in which the consumers of invoices.render dropped from 8 to 0.',
      memory('rmq-1', 'change', 3.6),
      memory('rmq-1', 'at', 2.832, '2026-09-03T10:37:00Z'),
      readers('change', -8),
      readers('last', 0),
    ],
    [
      'The other two nodes are fine: rmq-0 uses 2.2 GiB and rmq-2 2.4 GiB, little more than a third of the limit.',
      memory('rmq-0', 'last', 2.203),
      memory('rmq-2', 'last', 2.395),
      limit('rmq-0', 6.4),
      limit('rmq-2', 6.4),
    ],
    ['Quorum queue processes hold 4.61 GiB, 72 % of the memory of the node.', quote('E14', 'quorum_queue_procs: 4.61 GiB (71.8 %)')],
    [
      'rmq-1 stands at 6.42 of 6.4 GiB allowed (watermark 0.4 of 16 GiB).',
      quote('E14', 'total: 6.42 GiB of 6.4 GiB allowed (vm_memory_high_watermark 0.4 of 16 GiB)'),
    ],
    [
      'Not a connection leak: connection_readers account for just 1.4 % of memory (0.09 GiB).',
      quote('E14', 'connection_readers: 0.09 GiB (1.4 %)'),
    ],
    [
      'invoices.render has no max-length, whereas orders.created is capped at 500,000 messages.',
      quote('E14', 'invoices.render  leader rabbit@rmq-1  quorum  max-length: none'),
      quote('E14', 'orders.created   leader rabbit@rmq-0  quorum  max-length: 500000'),
    ],
    [
      'Only rmq-1 fills up because it is the leader of invoices.render.',
      quote('E14', 'invoices.render  leader rabbit@rmq-1'),
      memory('rmq-1', 'change', 3.6),
      memory('rmq-0', 'change', -0.0234),
      memory('rmq-2', 'change', 0.0462),
      renders('change', 1411820),
    ],
    [
      'Publishing collapsed from about 650 messages per second to 4 at 11:18:30.',
      publishing('at', 651.868, '2026-09-03T11:18:00Z'),
      publishing('at', 4.08, '2026-09-03T11:18:30Z'),
      publishing('change', -641.805),
    ],
    ['Publish rate is practically zero (3.9/s).', publishing('last', 3.93232)],
    [
      'p95 of order-api went from 0.14 s to 10 s, which is exactly the confirm timeout of 10000 ms.',
      latency('change', 9.85885),
      latency('last', 9.99972),
      quote('E11', 'confirm not received within 10000 ms'),
    ],
    ['Worst p95 10.2 s at 11:30:30.', latency('max', 10.2009)],
    [
      'Disk is not the problem: rmq-1 has 68.9 GiB free, only 2.3 GiB less than at 10:00.',
      { evidence: 'E9', statistic: 'last', value: 68.9, unit: 'GiB' },
      { evidence: 'E9', statistic: 'change', value: -2.3, unit: 'GiB' },
    ],
    [
      'orders.created is not backed up; it holds between 28 and 52 messages and kept its 12 consumers.',
      orders('min', 28),
      orders('max', 52),
      { evidence: 'E4', series: { queue: 'orders.created' }, statistic: 'min', value: 12 },
      { evidence: 'E4', series: { queue: 'orders.created' }, statistic: 'max', value: 12 },
    ],
    [
      'mail.outbound looks normal: 21 messages, 4 consumers.',
      { evidence: 'E3', series: { queue: 'mail.outbound' }, statistic: 'last', value: 21 },
      { evidence: 'E4', series: { queue: 'mail.outbound' }, statistic: 'last', value: 4 },
    ],
    [
      'Two thirds of the connections are blocked (63 of 94).',
      blockedOnes('last', 63),
      { evidence: 'E6', series: { state: 'running' }, statistic: 'max', value: 94 },
    ],
    [
      'Running connections dropped from 94 to 31 as 63 were blocked.',
      { evidence: 'E6', series: { state: 'running' }, statistic: 'change', value: -63 },
      { evidence: 'E6', series: { state: 'running' }, statistic: 'last', value: 31 },
      blockedOnes('change', 63),
    ],
    [
      'All of the 63 blocked connections belong to order-api.',
      { evidence: 'E10', count: 63, matching: 'state blocked, client order-api' },
      blockedOnes('last', 63),
    ],
    [
      'order-api logged "blocked by broker: low on memory" at 11:18:26, two seconds after the alarm on rmq-1.',
      quote('E11', 'WARN connection <*> blocked by broker: low on memory (2026-09-03T11:18:26Z to 2026-09-03T11:18:31Z)'),
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1'),
    ],
    [
      'Publishing failed for the first time at 11:18:41, 17 seconds after the alarm.',
      quote('E11', 'ms order=<*> (2026-09-03T11:18:41Z to 2026-09-03T11:38:56Z)'),
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1'),
    ],
    [
      'Eight AMQP connections of invoice-renderer were closed between 10:36:48 and 10:36:55.',
      { evidence: 'E10', count: 8, matching: 'client: invoice-renderer' },
      quote('E10', '(2026-09-03T10:36:48Z to 2026-09-03T10:36:55Z)'),
    ],
    [
      'It took 41 minutes from the loss of the consumers (10:37) to the memory alarm (11:18).',
      readers('change', -8),
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1'),
    ],
    [
      'invoices.render grew by roughly 34,000 messages a minute between 10:37 and 11:18.',
      renders('at', 180, '2026-09-03T10:37:00Z'),
      renders('at', 1412000, '2026-09-03T11:18:00Z'),
    ],
    [
      'The backlog has been flat at 1.41M since 11:18, because nothing more gets published.',
      renders('at', 1412000, '2026-09-03T11:18:00Z'),
      renders('last', 1412000),
      publishing('last', 3.93232),
    ],
    ['No network partition in the RabbitMQ log.', { evidence: 'E10', absent: 'partition' }],
    [
      'The alarm has not cleared so far.',
      { evidence: 'E10', absent: 'alarm cleared' },
      quote('E10', 'memory resource limit alarm set on node rabbit@rmq-1'),
      blockedOnes('last', 63),
    ],
    [
      'Nothing in the order-api log points at its database.',
      { evidence: 'E11', absent: 'database' },
      { evidence: 'E11', absent: 'postgres' },
      { evidence: 'E11', absent: 'sql' },
    ],
    [
      'Timeline: 10:36:30 old renderers stopped → 10:37 no consumers → 11:18:24 memory alarm → 11:19 504s.',
      quote('E12', '10:36:30  ScalingReplicaSet  Scaled down replica set invoice-renderer-58b9c6fd4c from 8 to 0'),
      readers('change', -8),
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1'),
      failing('change', 0.872),
      readers('last', 0),
    ],
    ['Broker version is RabbitMQ 3.13.7 on Erlang 26.2.5.', quote('E14', 'version: RabbitMQ 3.13.7 on Erlang 26.2.5')],
    [
      'The release of invoice-renderer 2.8.0 left invoices.render without consumers, so 1.4 million messages filled the memory of rmq-1 up to the watermark and RabbitMQ blocked the publishers.',
      quote('E12', 'Image: registry.acme.io/invoice-renderer:2.8.0 (previous: 2.7.5)'),
      readers('change', -8),
      readers('last', 0),
      renders('last', 1412000),
      quote('E10', 'memory resource limit alarm set on node rabbit@rmq-1. Publishers will be blocked until this alarm clears'),
      quote('E14', 'quorum_queue_procs: 4.61 GiB (71.8 %)'),
    ],
    [
      'RabbitMQ node rmq-1 has been over its memory watermark since 11:18:24 and blocks 63 publisher connections, so 87 % of order-api requests fail with 504. The memory is taken by invoices.render, whose consumers have been crash-looping since the rollout of 2.8.0.',
      quote('E10', '2026-09-03T11:18:24.000Z warning: memory resource limit alarm set on node rabbit@rmq-1. Publishers will be blocked'),
      memory('rmq-1', 'last', 6.448),
      limit('rmq-1', 6.4),
      blockedOnes('last', 63),
      failing('last', 0.872),
      quote('E14', 'quorum_queue_procs: 4.61 GiB (71.8 %)'),
      renders('last', 1412000),
      quote('E12', 'Image: registry.acme.io/invoice-renderer:2.8.0 (previous: 2.7.5)'),
      quote('E12', 'Back-off restarting failed container renderer (x8), exit code 1'),
    ],
  ],
}
