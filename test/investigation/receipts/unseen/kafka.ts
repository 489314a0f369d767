import { kafkaSentences } from './kafka-sentences.ts'
import { course, instant, lines, logs, metric, text, type Unseen } from './world.ts'

const window = { from: '2026-03-14T02:00:00Z', to: '2026-03-14T03:10:00Z' }
const clock = (at: string): number => Date.parse(`2026-03-14T${at}Z`) / 1000
const poisoned = clock('02:31:10')
const firstRebalance = clock('02:36:10')

/** Seconds into the present cycle of seven minutes, of which the rebalance takes the first 90 seconds; null before the first. */
const cycle = (at: number): number | null => (at < firstRebalance ? null : (at - firstRebalance) % 420)
const idleLag = (mean: number) => (at: number) => Math.round(mean + (mean / 6) * Math.sin(at / 71))
const healthyLag = (mean: number) => (at: number) => {
  const into = cycle(at)
  if (into === null) return idleLag(mean)(at)
  const piled = into <= 90 ? into * 103 : Math.max(0, 9270 - (into - 90) * 51.5)
  return Math.round(piled) + idleLag(mean)(at)
}
const stuckLag = (at: number): number => (at < poisoned ? idleLag(90)(at) : 90 + (at - poisoned) * 103)
const healthyRate = (phase: number) => (at: number) => {
  const into = cycle(at)
  if (into === null || into > 270) return Math.round(103 + 2 * Math.sin(at / 83 + phase))
  return into <= 90 ? 0 : 154.5
}

const pod = (suffix: string) => ({ pod: `orders-consumer-7c9d8f6b5-${suffix}` })
const stuckPod = { app: 'orders-consumer', namespace: 'orders', pod: 'orders-consumer-7c9d8f6b5-w9rjd' }
const registry = { app: 'schema-registry', namespace: 'kafka' }
const replay = { job: 'orders-replay-20260314', namespace: 'orders' }

export const kafka: Unseen = {
  evidence: [
    metric('E1', 'sum by (partition) (kafka_consumergroup_lag{consumergroup="order-fulfilment", topic="orders.v1"})', window, [
      course(window, 30, { partition: '0' }, healthyLag(96)),
      course(window, 30, { partition: '1' }, healthyLag(120)),
      course(window, 30, { partition: '2' }, healthyLag(84)),
      course(window, 30, { partition: '3' }, stuckLag),
    ]),
    metric('E2', 'sum(rate(kafka_topic_partition_current_offset{topic="orders.v1"}[5m]))', window, [
      course(window, 30, {}, (at) => Math.round(412 + 4 * Math.sin(at / 97))),
    ]),
    metric('E3', 'sum by (pod) (rate(orders_consumed_total{namespace="orders"}[1m]))', window, [
      course(window, 30, pod('h2k4x'), healthyRate(0)),
      course(window, 30, pod('m8qzl'), healthyRate(1)),
      course(window, 30, pod('p5vtn'), healthyRate(2)),
      course(window, 30, pod('w9rjd'), (at) => (at < poisoned ? Math.round(103 + 2 * Math.sin(at / 83 + 3)) : 0)),
    ]),
    logs('E4', '{app="orders-consumer"} |~ "WARN|ERROR|joined group"', window, [
      ...lines(
        { count: 194, first: '2026-03-14T02:31:10Z', every: 12 },
        stuckPod,
        (i) =>
          `level=ERROR msg="SerializationException: error retrieving Avro schema for id 417" partition=orders.v1-3 offset=48211930 attempt=${i + 1}`,
      ),
      ...lines(
        { count: 5, first: '2026-03-14T02:36:10Z', every: 420 },
        stuckPod,
        () =>
          'level=WARN msg="consumer poll timeout has expired: time between calls to poll() was longer than max.poll.interval.ms, leaving group" group=order-fulfilment',
      ),
      ...lines(
        { count: 5, first: '2026-03-14T02:37:40Z', every: 420 },
        stuckPod,
        (i) => `level=INFO msg="Successfully joined group with generation ${812 + i}" group=order-fulfilment assigned=orders.v1-3`,
      ),
    ]),
    logs('E5', '{job="orders-replay-20260314"}', window, [
      ...lines(
        { count: 1, first: '2026-03-14T02:30:41Z', every: 1 },
        replay,
        () => 'INFO replay started by=dana orders=1 source=s3://orders-archive/2024',
      ),
      ...lines(
        { count: 1, first: '2026-03-14T02:31:08Z', every: 1 },
        replay,
        () => 'INFO published order=9f31c2 topic=orders.v1 partition=3 offset=48211930 schema_id=417',
      ),
      ...lines({ count: 1, first: '2026-03-14T02:31:09Z', every: 1 }, replay, () => 'INFO replay finished published=1 failed=0'),
    ]),
    logs('E6', '{app="schema-registry"} |= "GET /schemas/ids"', window, [
      ...lines(
        { count: 194, first: '2026-03-14T02:31:10Z', every: 12 },
        registry,
        () => '10.32.4.19 "GET /schemas/ids/417 HTTP/1.1" 404 49 3ms',
      ),
      ...lines(
        { count: 14, first: '2026-03-14T02:02:30Z', every: 300 },
        registry,
        () => '10.32.7.40 "GET /schemas/ids/522 HTTP/1.1" 200 1841 2ms',
      ),
    ]),
    text(
      'E7',
      'kubernetes',
      'rollout history deployment/orders-consumer -n orders',
      [
        'REVISION  CREATED               IMAGE                                        CHANGE-CAUSE',
        '44        2026-03-09T10:12:07Z  registry.acme.dev/orders-consumer:5.3.1      argo-cd sync',
        '43        2026-02-24T13:40:55Z  registry.acme.dev/orders-consumer:5.3.0      argo-cd sync',
      ].join('\n'),
    ),
    text(
      'E8',
      'kubernetes',
      'get pods -n orders -l app=orders-consumer',
      [
        'NAME                               READY   STATUS    RESTARTS   AGE     NODE',
        'orders-consumer-7c9d8f6b5-h2k4x    1/1     Running   0          4d16h   node-a3',
        'orders-consumer-7c9d8f6b5-m8qzl    1/1     Running   0          4d16h   node-a7',
        'orders-consumer-7c9d8f6b5-p5vtn    1/1     Running   0          4d16h   node-b1',
        'orders-consumer-7c9d8f6b5-w9rjd    1/1     Running   0          4d16h   node-b4',
      ].join('\n'),
    ),
    metric('E9', 'container_memory_working_set_bytes{namespace="orders", container="orders-consumer"}', window, [
      course(window, 30, pod('m8qzl'), () => 641728512),
      course(window, 30, pod('w9rjd'), (at) => 638582784 + Math.round(2097152 * Math.sin(at / 300))),
    ]),
    instant('E10', 'kafka_server_replicamanager_underreplicatedpartitions', '2026-03-14T03:10:00Z', [
      [{ broker: 'kafka-0' }, 0],
      [{ broker: 'kafka-1' }, 0],
      [{ broker: 'kafka-2' }, 0],
    ]),
    text(
      'E11',
      'kafka',
      'consumer-groups --describe --group order-fulfilment',
      [
        'TOPIC      PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG     CONSUMER-ID',
        'orders.v1  0          48377120        48377229        109     orders-consumer-7c9d8f6b5-h2k4x',
        'orders.v1  1          48290554        48290672        118     orders-consumer-7c9d8f6b5-m8qzl',
        'orders.v1  2          48318803        48318880        77      orders-consumer-7c9d8f6b5-p5vtn',
        'orders.v1  3          48211930        48452010        240080  orders-consumer-7c9d8f6b5-w9rjd',
      ].join('\n'),
    ),
    text(
      'E12',
      'kubernetes',
      'get configmap orders-consumer -n orders -o yaml',
      [
        'max.poll.interval.ms: 300000',
        'session.timeout.ms: 45000',
        'on-deserialization-error: retry',
        'retry.max-attempts: -1  # unlimited',
        'retry.backoff: 12s',
        'dead-letter.enabled: false',
        'dead-letter.topic: orders.v1.dlq',
      ].join('\n'),
    ),
  ],
  given: {
    alert: {
      labels: {
        alertname: 'KafkaConsumerLagHigh',
        consumergroup: 'order-fulfilment',
        topic: 'orders.v1',
        namespace: 'orders',
        severity: 'critical',
      },
      expression: 'sum by (consumergroup, topic) (kafka_consumergroup_lag{consumergroup="order-fulfilment", topic="orders.v1"}) > 50000',
      threshold: 50000,
      startsAt: '2026-03-14T02:47:00Z',
      onset: '2026-03-14T02:37:00Z',
      object: { kind: 'Deployment', namespace: 'orders', name: 'orders-consumer' },
    },
    now: new Date('2026-03-14T03:10:20Z'),
  },
  trueSentences: kafkaSentences,
}
