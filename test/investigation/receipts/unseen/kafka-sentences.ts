import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

const pod = (suffix: string) => ({ pod: `orders-consumer-7c9d8f6b5-${suffix}` })
const lagAt = (partition: string, at: string, value: number): Receipt => ({
  evidence: 'E1',
  series: { partition },
  statistic: 'at',
  at: `2026-03-14T${at}Z`,
  value,
})
const lagLast = (partition: string, value: number): Receipt => ({ evidence: 'E1', series: { partition }, statistic: 'last', value })
const lagChange: Receipt = { evidence: 'E1', series: { partition: '3' }, statistic: 'change', value: 239979 }
const rateAt = (suffix: string, at: string, value: number): Receipt => ({
  evidence: 'E3',
  series: pod(suffix),
  statistic: 'at',
  at: `2026-03-14T${at}Z`,
  value,
})
const rateLast = (suffix: string, value: number): Receipt => ({ evidence: 'E3', series: pod(suffix), statistic: 'last', value })
const ready = (suffix: string): Receipt => ({ evidence: 'E8', quote: `orders-consumer-7c9d8f6b5-${suffix}    1/1     Running   0` })
const underReplicated = (broker: string): Receipt => ({ evidence: 'E10', series: { broker }, statistic: 'last', value: 0 })
const errors: Receipt = { evidence: 'E4', count: 194, matching: 'SerializationException' }
const timeouts: Receipt = { evidence: 'E4', count: 5, matching: 'consumer poll timeout has expired' }
const published: Receipt = {
  evidence: 'E5',
  quote: '2026-03-14T02:31:08.000Z INFO published order=9f31c2 topic=orders.v1 partition=3 offset=48211930 schema_id=417',
}

export const kafkaSentences: Unseen['trueSentences'] = [
  [
    'Partition 3 holds practically the whole backlog: 240,080 messages at 03:10, while the other three are below 120.',
    lagLast('3', 240080),
    lagLast('0', 91),
    lagLast('1', 114),
    lagLast('2', 79),
  ],
  ['Lag on partition 3 of orders.v1 climbed from 101 to about 240k between 02:00 and 03:10 UTC.', lagChange, lagLast('3', 240080)],
  [
    'At 02:31:00 partition 3 was still healthy with a lag of 104; thirty seconds later it stood at 2,150.',
    lagAt('3', '02:31:00', 104),
    lagAt('3', '02:31:30', 2150),
  ],
  [
    'When the alert fired at 02:47, the stuck partition was already 97,940 messages behind, almost twice the threshold.',
    lagAt('3', '02:47:00', 97940),
  ],
  ['Since then that number has grown roughly two and a half times, to 240k.', lagAt('3', '02:47:00', 97940), lagLast('3', 240080)],
  ['Partition 3 passed 60k at 02:41 and 116k at 02:50.', lagAt('3', '02:41:00', 60860), lagAt('3', '02:50:00', 116480)],
  ['The backlog on partition 3 alone is nearly five times the alert threshold of 50,000.', lagLast('3', 240080)],
  [
    'Partitions 0, 1 and 2 spiked to about 8.4k at 02:38, then drained to around a hundred by 02:41.',
    { evidence: 'E1', series: { partition: '0' }, statistic: 'max', value: 8352 },
    { evidence: 'E1', series: { partition: '1' }, statistic: 'max', value: 8380 },
    { evidence: 'E1', series: { partition: '2' }, statistic: 'max', value: 8338 },
    lagAt('1', '02:41:00', 104),
  ],
  [
    'The lag of partition 0 is a sawtooth: 8,352 at 02:38, back to 84 by 02:50, up again to 8,348 at 02:52.',
    lagAt('0', '02:38:00', 8352),
    lagAt('0', '02:50:00', 84),
    lagAt('0', '02:52:00', 8348),
  ],
  [
    'The healthy partitions recover after each rebalance; partition 1 ended the window at 114, where it began at 135.',
    lagLast('1', 114),
    { evidence: 'E1', series: { partition: '1' }, statistic: 'change', value: -21 },
  ],
  [
    'Not a traffic surge: producers wrote a steady 408 to 416 messages a second throughout.',
    { evidence: 'E2', statistic: 'min', value: 408 },
    { evidence: 'E2', statistic: 'max', value: 416 },
  ],
  [
    'Inflow to orders.v1 did not move (412/s on average), so the lag comes from the consuming side.',
    { evidence: 'E2', statistic: 'mean', value: 412 },
    { evidence: 'E2', statistic: 'change', value: -2 },
  ],
  [
    'orders-consumer-7c9d8f6b5-w9rjd stopped consuming at 02:31:30: from 103 messages/s to zero.',
    rateAt('w9rjd', '02:31:00', 103),
    rateAt('w9rjd', '02:31:30', 0),
  ],
  [
    'Pod w9rjd has not consumed a single message since 02:31:30 and its rate is still 0 at 03:10.',
    rateAt('w9rjd', '02:31:30', 0),
    { evidence: 'E3', series: pod('w9rjd'), statistic: 'last', value: 0 },
    { evidence: 'E11', quote: '240080  orders-consumer-7c9d8f6b5-w9rjd' },
  ],
  [
    'The other three consumers still do 101 to 103 messages a second each.',
    rateLast('h2k4x', 103),
    rateLast('m8qzl', 101),
    rateLast('p5vtn', 101),
  ],
  [
    'With w9rjd out, a quarter of the consuming capacity is gone: one of four pods reads nothing.',
    { evidence: 'E3', series: pod('w9rjd'), statistic: 'last', value: 0 },
    rateLast('h2k4x', 103),
    rateLast('m8qzl', 101),
    rateLast('p5vtn', 101),
  ],
  [
    'During the first rebalance all four pods were at zero (02:37).',
    rateAt('h2k4x', '02:37:00', 0),
    rateAt('m8qzl', '02:37:00', 0),
    rateAt('p5vtn', '02:37:00', 0),
    rateAt('w9rjd', '02:37:00', 0),
  ],
  [
    'Once the group had settled at 02:38, h2k4x caught up at 154.5 messages/s, i.e. 1.5 times its usual 103.',
    rateAt('h2k4x', '02:38:00', 154.5),
    rateLast('h2k4x', 103),
  ],
  [
    'The consumer has failed on the same message 194 times since 02:31:10.',
    errors,
    { evidence: 'E4', quote: '(2026-03-14T02:31:10Z to 2026-03-14T03:09:46Z)' },
  ],
  [
    'Every retry ends in a SerializationException because schema id 417 cannot be retrieved.',
    { evidence: 'E4', quote: 'SerializationException: error retrieving Avro schema for id 417' },
    errors,
  ],
  ['The poison message sits on partition 3 at offset 48211930.', { evidence: 'E4', quote: 'partition=orders.v1-3 offset=48211930' }],
  [
    'At 03:09:46 w9rjd was on attempt 194 at offset 48,211,930, with no progress.',
    {
      evidence: 'E4',
      quote:
        '2026-03-14T03:09:46.000Z level=ERROR msg="SerializationException: error retrieving Avro schema for id 417" partition=orders.v1-3 offset=48211930 attempt=194',
    },
    { evidence: 'E11', quote: 'orders.v1  3          48211930' },
  ],
  [
    'The committed offset of partition 3 equals the offset of the bad message, 48211930, whereas the log end is at 48452010.',
    { evidence: 'E11', quote: 'orders.v1  3          48211930        48452010        240080' },
    published,
  ],
  [
    'Five times w9rjd overran max.poll.interval.ms and left the group, first at 02:36:10, last at 03:04:10.',
    timeouts,
    { evidence: 'E4', quote: '(2026-03-14T02:36:10Z to 2026-03-14T03:04:10Z)' },
  ],
  [
    'The first poll timeout came five minutes after the first deserialisation error, which is exactly max.poll.interval.ms (300,000 ms).',
    { evidence: 'E4', quote: '(2026-03-14T02:31:10Z to 2026-03-14T03:09:46Z)' },
    { evidence: 'E4', quote: '(2026-03-14T02:36:10Z to 2026-03-14T03:04:10Z)' },
    { evidence: 'E12', quote: 'max.poll.interval.ms: 300000' },
  ],
  [
    'It rejoined five times as well and was handed partition 3 again each time.',
    { evidence: 'E4', count: 5, matching: 'Successfully joined group' },
    { evidence: 'E4', count: 5, matching: 'assigned=orders.v1-3' },
  ],
  [
    'The group is at generation 816 after the last rejoin at 03:05:40.',
    { evidence: 'E4', quote: '2026-03-14T03:05:40.000Z level=INFO msg="Successfully joined group with generation 816"' },
  ],
  [
    'The last rebalance took 90 s, from the poll timeout at 03:04:10 to the rejoin at 03:05:40.',
    { evidence: 'E4', quote: '(2026-03-14T02:36:10Z to 2026-03-14T03:04:10Z)' },
    { evidence: 'E4', quote: '(2026-03-14T02:37:40Z to 2026-03-14T03:05:40Z)' },
  ],
  [
    'The replay job published order 9f31c2 to partition 3 with schema id 417 at 02:31:08, two seconds before the first error.',
    published,
    { evidence: 'E4', quote: '(2026-03-14T02:31:10Z to 2026-03-14T03:09:46Z)' },
  ],
  [
    'orders-replay-20260314 was started by dana at 02:30:41 for one order out of the 2024 archive.',
    { evidence: 'E5', quote: '2026-03-14T02:30:41.000Z INFO replay started by=dana orders=1 source=s3://orders-archive/2024' },
  ],
  [
    'The replay job itself saw nothing wrong: published=1, failed=0, done at 02:31:09.',
    { evidence: 'E5', quote: '2026-03-14T02:31:09.000Z INFO replay finished published=1 failed=0' },
  ],
  [
    'The schema registry answered all 194 lookups of id 417 with a 404.',
    { evidence: 'E6', count: 194, matching: '"GET /schemas/ids/417 HTTP/1.1" 404' },
    { evidence: 'E6', count: 194, matching: '/schemas/ids/417' },
  ],
  [
    'Schema id 417 does not exist in the registry, while id 522 is served without trouble (14 × HTTP 200).',
    { evidence: 'E6', quote: '"GET /schemas/ids/417 HTTP/1.1" 404' },
    { evidence: 'E6', count: 14, matching: '"GET /schemas/ids/522 HTTP/1.1" 200' },
  ],
  [
    'The registry is up and quick; it returned its 404 within 3 ms, and no request ended in a 503.',
    { evidence: 'E6', quote: '"GET /schemas/ids/417 HTTP/1.1" 404 49 3ms' },
    { evidence: 'E6', absent: '" 503' },
  ],
  [
    'No rollout is involved: orders-consumer has run 5.3.1 since 9 March.',
    { evidence: 'E7', quote: '44        2026-03-09T10:12:07Z  registry.acme.dev/orders-consumer:5.3.1' },
  ],
  [
    'The last deploy of orders-consumer (revision 44, 5.3.0 → 5.3.1) was on 2026-03-09, five days before the incident.',
    { evidence: 'E7', quote: '44        2026-03-09T10:12:07Z  registry.acme.dev/orders-consumer:5.3.1' },
    { evidence: 'E7', quote: 'registry.acme.dev/orders-consumer:5.3.0' },
  ],
  [
    'All four pods are Running with zero restarts, so this is a stuck loop and not a crash loop.',
    ready('h2k4x'),
    ready('m8qzl'),
    ready('p5vtn'),
    ready('w9rjd'),
  ],
  [
    'w9rjd runs on node-b4 and reports ready (1/1), which is why Kubernetes never replaced it.',
    { evidence: 'E8', quote: 'orders-consumer-7c9d8f6b5-w9rjd    1/1     Running   0          4d16h   node-b4' },
  ],
  [
    'Memory is not the problem: w9rjd stayed between 607 and 611 MiB.',
    { evidence: 'E9', series: pod('w9rjd'), statistic: 'min', value: 607, unit: 'MiB' },
    { evidence: 'E9', series: pod('w9rjd'), statistic: 'max', value: 611, unit: 'MiB' },
  ],
  [
    'The working set of m8qzl is unchanged at 612 MiB.',
    { evidence: 'E9', series: pod('m8qzl'), statistic: 'last', value: 612, unit: 'MiB' },
    { evidence: 'E9', series: pod('m8qzl'), statistic: 'change', value: 0 },
  ],
  [
    'The brokers are healthy; kafka-0, kafka-1 and kafka-2 have no under-replicated partitions.',
    underReplicated('kafka-0'),
    underReplicated('kafka-1'),
    underReplicated('kafka-2'),
  ],
  [
    'The consumer retries a message it cannot deserialise every 12 s without limit, and its dead-letter queue is switched off.',
    { evidence: 'E12', quote: 'on-deserialization-error: retry' },
    { evidence: 'E12', quote: 'retry.max-attempts: -1  # unlimited' },
    { evidence: 'E12', quote: 'retry.backoff: 12s' },
    { evidence: 'E12', quote: 'dead-letter.enabled: false' },
  ],
  [
    'A dead-letter topic, orders.v1.dlq, is configured, but dead-letter.enabled is false.',
    { evidence: 'E12', quote: 'dead-letter.topic: orders.v1.dlq' },
    { evidence: 'E12', quote: 'dead-letter.enabled: false' },
  ],
  [
    'Cause: a replayed order with the unknown schema id 417 blocks partition 3, because orders-consumer retries it forever instead of moving it to the DLQ.',
    published,
    { evidence: 'E6', quote: '"GET /schemas/ids/417 HTTP/1.1" 404' },
    { evidence: 'E12', quote: 'retry.max-attempts: -1  # unlimited' },
    { evidence: 'E12', quote: 'dead-letter.enabled: false' },
  ],
  [
    'One undecodable message stopped partition 3 at 02:31. Its lag is now 240,080, and each poll timeout (five so far) kicks w9rjd out of the group and forces a rebalance.',
    errors,
    rateAt('w9rjd', '02:31:30', 0),
    lagLast('3', 240080),
    timeouts,
  ],
  [
    'Nothing in the consumer logs points at the network: no disconnects, no "connection refused".',
    { evidence: 'E4', absent: 'disconnect' },
    { evidence: 'E4', absent: 'connection refused' },
  ],
]
