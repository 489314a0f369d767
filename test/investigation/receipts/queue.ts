import type { Receipt } from '../../../src/investigation/analysis.ts'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import type { Given } from '../../../src/investigation/receipts/check.ts'
import type { LogLine } from '../../../src/logs/line.ts'
import type { Labels, Series } from '../../../src/series/series.ts'

/** A fifth incident: a node is lost, and with it most consumers of a queue. */
const day = '2026-06-21'
const at = (c: string) => Date.parse(`${day}T${c}Z`) / 1000
const from = at('09:00:00')
const mk = (labels: Labels, f: (t: number) => number): Series => ({
  labels,
  points: Array.from({ length: 121 }, (_, i): [number, number] => [from + i * 60, f(from + i * 60)]),
})
const n = (x: number) => String(Number(x.toPrecision(4)))
const sh = (all: readonly Series[]) =>
  `${all.length} series\n` +
  all
    .map(({ labels, points }) => {
      const v = points.map(([, value]) => value)
      return `{${Object.entries(labels)
        .map(([k, x]) => `${k}="${x}"`)
        .join(
          ', ',
        )}}: last ${n(v.at(-1)!)} at 11:00:00, first ${n(v[0]!)}, min ${n(Math.min(...v))}, max ${n(Math.max(...v))}, mean ${n(v.reduce((a, b) => a + b, 0) / v.length)}`
    })
    .join('\n')
const range = { from: `${day}T09:00:00Z`, to: `${day}T11:00:00Z` }
const metric = (id: Evidence['id'], query: string, series: readonly Series[]): Evidence => ({
  id,
  at: `${day}T11:00:04Z`,
  source: 'prometheus',
  query,
  range,
  output: { kind: 'series', series },
  shown: sh(series),
  complete: true,
})
const text = (id: Evidence['id'], source: string, query: string, shown: string): Evidence => ({
  id,
  at: `${day}T11:00:05Z`,
  source,
  query,
  range: null,
  output: { kind: 'text', text: shown },
  shown,
  complete: true,
})
const lines = ([count, first, every]: readonly [number, string, number], line: (i: number) => string, labels: Labels): LogLine[] =>
  Array.from({ length: count }, (_, i) => ({ at: new Date((at(first) + i * every) * 1000).toISOString(), line: line(i), labels }))
const logs = (id: Evidence['id'], query: string, all: readonly LogLine[], shown: string): Evidence => ({
  id,
  at: `${day}T11:00:06Z`,
  source: 'loki',
  query,
  range,
  output: { kind: 'lines', lines: all },
  shown,
  complete: true,
})
const step = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : b)
const ramp = (a: number, b: number, w: string) => (t: number) => (t < at(w) ? a : a + ((b - a) * (t - at(w))) / (at('11:00:00') - at(w)))
const spike = (a: number, b: number, w: string, e: string) => (t: number) => (t < at(w) || t >= at(e) ? a : b)
export const evidence: readonly Evidence[] = [
  metric('E1', 'rabbitmq_queue_messages_ready{queue="invoices"}', [mk({ queue: 'invoices' }, ramp(140, 18400, '09:40:00'))]),
  metric('E2', 'rabbitmq_queue_consumers{queue=~"invoices|emails"}', [
    mk({ queue: 'invoices' }, step(12, 3, '09:39:00')),
    mk({ queue: 'emails' }, () => 6),
  ]),
  metric('E3', 'sum(rate(rabbitmq_queue_messages_published_total{queue="invoices"}[5m]))', [mk({}, () => 24.6)]),
  metric('E4', 'sum(rate(rabbitmq_queue_messages_acked_total{queue="invoices"}[5m]))', [mk({}, step(24.5, 20.7, '09:39:00'))]),
  logs(
    'E5',
    '{app="invoice-worker"}',
    [
      ...lines(
        [9, '09:38:41', 11],
        (i) => `panic: runtime error: invalid memory address or nil pointer dereference [recovered] goroutine ${i}`,
        { app: 'invoice-worker', pod: 'invoice-worker-5d4f7c9b8-r7k2m' },
      ),
      ...lines([640, '09:39:02', 7], (i) => `level=warn msg="lost connection to broker" host=rabbit-1 attempt=${i}`, {
        app: 'invoice-worker',
        pod: 'invoice-worker-5d4f7c9b8-q9t4z',
      }),
    ],
    '9 x panic: runtime error: invalid memory address or nil pointer dereference [recovered] goroutine <*>\n640 x level=warn msg="lost connection to broker" host=rabbit-1 attempt=<*>',
  ),
  text(
    'E6',
    'kubernetes',
    'events -n billing',
    '09:38:40 Warning BackOff pod/invoice-worker-5d4f7c9b8-r7k2m Back-off restarting failed container\n09:38:12 Normal Scheduled Successfully assigned billing/invoice-worker-5d4f7c9b8-r7k2m to node-7\n09:37:55 Warning NodeNotReady node/node-4 Node is not ready\n09:41:10 Normal TaintManagerEviction pod/invoice-worker-5d4f7c9b8-abcde deleting pod',
  ),
  metric('E7', 'node_load1 / on (instance) count by (instance) (node_cpu_seconds_total{mode="idle"})', [
    mk({ instance: 'node-7' }, spike(0.4, 2.6, '09:45:00', '09:52:00')),
    mk({ instance: 'node-4' }, () => 0),
  ]),
  metric('E8', 'kube_node_status_condition{condition="Ready",status="true"}', [
    mk({ node: 'node-4' }, step(1, 0, '09:37:00')),
    mk({ node: 'node-7' }, () => 1),
  ]),
  text(
    'E9',
    'vigil',
    'similar incidents of invoice-worker',
    'INC-310 2026-05-30 node-2 NotReady, consumers down to 4, resolved in 35 min by draining node-2\nINC-288 2026-04-11 publish spike, no action',
  ),
  metric('E10', 'rabbitmq_disk_space_available_bytes{instance="rabbit-1"}', [mk({ instance: 'rabbit-1' }, () => 64_424_509_440)]),
  metric('E11', 'histogram_quantile(0.9, sum by (le) (rate(invoice_processing_seconds_bucket[10m])))', [
    mk({}, step(1.9, 2.1, '09:50:00')),
  ]),
  text('E12', 'vigil', 'deploys of invoice-worker in the last 48 h', 'no deploys of invoice-worker in the last 48 h'),
  logs('E13', '{app="rabbitmq"} |= "memory alarm"', [], 'no lines'),
]
export const given: Given = {
  alert: {
    labels: { alertname: 'InvoiceQueueBacklog', queue: 'invoices', app: 'invoice-worker', namespace: 'billing', severity: 'warning' },
    expression: 'rabbitmq_queue_messages_ready{queue="invoices"} > 5000',
    threshold: 5000,
    startsAt: `${day}T10:20:00Z`,
    onset: `${day}T10:02:00Z`,
    object: { kind: 'Deployment', namespace: 'billing', name: 'invoice-worker' },
  },
  now: new Date(`${day}T11:00:20Z`),
}
const q: Receipt = { evidence: 'E1', statistic: 'last', value: 18400 },
  qc: Receipt = { evidence: 'E1', statistic: 'change', value: 18260 }
const c: Receipt = { evidence: 'E2', series: { queue: 'invoices' }, statistic: 'last', value: 3 },
  cc: Receipt = { evidence: 'E2', series: { queue: 'invoices' }, statistic: 'change', value: -9 },
  ce: Receipt = { evidence: 'E2', series: { queue: 'emails' }, statistic: 'last', value: 6 }
const pub: Receipt = { evidence: 'E3', statistic: 'mean', value: 24.6 },
  ack: Receipt = { evidence: 'E4', statistic: 'last', value: 20.7 },
  ackc: Receipt = { evidence: 'E4', statistic: 'change', value: -3.8 }
const panic: Receipt = { evidence: 'E5', count: 9, matching: 'nil pointer dereference' },
  panicq: Receipt = { evidence: 'E5', quote: 'panic: runtime error: invalid memory address or nil pointer dereference' },
  lost: Receipt = { evidence: 'E5', count: 640, matching: 'lost connection to broker' },
  lostq: Receipt = { evidence: 'E5', quote: 'msg="lost connection to broker" host=rabbit-1' }
const bo: Receipt = {
    evidence: 'E6',
    quote: '09:38:40 Warning BackOff pod/invoice-worker-5d4f7c9b8-r7k2m Back-off restarting failed container',
  },
  sched: Receipt = { evidence: 'E6', quote: 'Successfully assigned billing/invoice-worker-5d4f7c9b8-r7k2m to node-7' },
  nr: Receipt = { evidence: 'E6', quote: '09:37:55 Warning NodeNotReady node/node-4 Node is not ready' },
  ev: Receipt = { evidence: 'E6', quote: 'TaintManagerEviction pod/invoice-worker-5d4f7c9b8-abcde deleting pod' }
const load: Receipt = { evidence: 'E7', series: { instance: 'node-7' }, statistic: 'max', value: 2.6 },
  loadl: Receipt = { evidence: 'E7', series: { instance: 'node-7' }, statistic: 'last', value: 0.4 }
const rdy: Receipt = { evidence: 'E8', series: { node: 'node-4' }, statistic: 'last', value: 0 },
  rdy7: Receipt = { evidence: 'E8', series: { node: 'node-7' }, statistic: 'min', value: 1 }
const inc: Receipt = {
    evidence: 'E9',
    quote: 'INC-310 2026-05-30 node-2 NotReady, consumers down to 4, resolved in 35 min by draining node-2',
  },
  inc2: Receipt = { evidence: 'E9', quote: 'INC-288 2026-04-11 publish spike, no action' }
const disk: Receipt = { evidence: 'E10', statistic: 'last', value: 60, unit: 'GiB' }
const p90: Receipt = { evidence: 'E11', statistic: 'last', value: 2.1, unit: 's' },
  p90c: Receipt = { evidence: 'E11', statistic: 'change', value: 0.2, unit: 's' }
const nodep: Receipt = { evidence: 'E12', quote: 'no deploys of invoice-worker in the last 48 h' },
  noal: Receipt = { evidence: 'E13', absent: 'memory alarm' }
/** True sentences with the receipts that show them. */
export const trueSentences: readonly (readonly [string, ...Receipt[]])[] = [
  ['The invoices queue has piled up to 18,400 messages.', q],
  ['Backlog on invoices: 18.4k and rising.', qc],
  ['The backlog is 3.7 times what the alert tolerates (5,000).', q],
  ['Messages ready in invoices multiplied more than a hundredfold, from 140 to 18,400.', qc],
  ['The queue started to fill at 09:40.', qc],
  ['It has been filling for an hour and twenty minutes.', qc],
  ['Over the last 80 minutes the queue gained some 228 messages a minute.', qc],
  ['Three quarters of the consumers of invoices are gone: 3 of 12 are left.', cc],
  ['The number of consumers fell from a dozen to three at 09:39.', cc],
  ['invoices lost nine consumers.', cc],
  ['Only a quarter of the original consumers is still connected.', cc],
  ['emails kept all six of its consumers.', ce],
  ['invoices has half as many consumers as emails (3 against 6).', c, ce],
  ['Producers publish a steady 24.6 messages per second.', pub],
  ['Publishing did not increase; it averaged 24.6/s.', pub],
  ['Acknowledgements dropped from 24.5/s to 20.7/s.', ackc],
  ['Consumers acknowledge 20.7 messages a second while 24.6 come in, a shortfall of 3.9 per second.', ack, pub],
  ['Throughput is down by about 16 %.', ackc],
  ['The workers handle 84 % of what is published.', ack, pub],
  ['Nine panics were logged from 09:38:41 on.', panic],
  ['invoice-worker crashed with a nil pointer dereference.', panicq],
  ['The worker panics: "invalid memory address or nil pointer dereference".', panicq],
  ['640 times a worker lost its connection to the broker.', lost],
  ['The broker connection to rabbit-1 was lost.', lostq],
  ['Workers keep losing rabbit-1: 640 warnings, the first at 09:39:02.', lost, lostq],
  ['Disconnects began 21 seconds after the first panic.', lost, panic],
  ['r7k2m went into back-off at 09:38:40.', bo],
  ['Kubernetes put the container of invoice-worker-5d4f7c9b8-r7k2m into back-off.', bo],
  ['That pod was placed on node-7 at 09:38:12.', sched],
  ['node-4 became NotReady at 09:37:55.', nr],
  ['node-4 dropped out 45 seconds before the back-off.', nr, bo],
  ['The node failure predates the loss of consumers (09:39) by a minute.', nr, cc],
  ['At 09:41:10 the taint manager evicted invoice-worker-5d4f7c9b8-abcde.', ev],
  ['The eviction came a bit over three minutes after node-4 went NotReady.', ev, nr],
  ['node-7 briefly saw a load of 2.6 per core.', load],
  ['Load on node-7 peaked at 2.6 per core and is back to 0.4.', load, loadl],
  ['The load spike on node-7 lasted from 09:45 to 09:52.', load],
  ['node-4 is not ready (0), node-7 is.', rdy, rdy7],
  ['node-7 was Ready throughout.', rdy7],
  ['node-4 has been unready since 09:37.', rdy],
  ['INC-310 looked the same: node-2 went NotReady and consumers fell to four.', inc],
  ['Last time, on 30 May, draining the node fixed it within 35 minutes.', inc],
  ['That was about three weeks ago.', inc],
  ['INC-288 was a publish spike and needed no action.', inc2],
  ['rabbit-1 has 60 GiB of disk left.', disk],
  ['Disk is no concern, with some 64 GB free on rabbit-1.', disk],
  ['Nine out of ten invoices are processed within 2.1 s.', p90],
  ['p90 processing time is practically unchanged at 2.1 s (1.9 s before).', p90c],
  ['Processing itself got only a tenth slower.', p90c],
  ['Processing time grew by a mere 0.2 s.', p90c],
  ['invoice-worker was last deployed more than 48 hours ago.', nodep],
  ['A deploy can be excluded: there was none in two days.', nodep],
  ['No deploys in the past 48 h.', nodep],
  ['RabbitMQ raised no memory alarm.', noal],
  ["There is no trace of a memory alarm in the broker's log.", noal],
  ['The threshold of 5,000 was crossed at 10:02.', q],
  ['The alert fired 18 minutes after the threshold was crossed.', q],
  ['The alert went off 40 minutes ago.', q],
  ['From the first consumer loss to the alert it took 41 minutes.', cc],
  ['With three consumers each handling about 6.9 messages per second the queue cannot drain.', c, ack],
]

const by = (start: string): readonly Receipt[] => {
  const [, ...receipts] = trueSentences.find(([text]) => text.startsWith(start))!
  return receipts
}

/** What the same receipts do not show. */
export const lies: readonly (readonly [string, readonly Receipt[]])[] = [
  ['The invoices queue has drained to 18,400 messages.', by('The invoices queue')],
  ['The invoices queue has piled up to 184,000 messages.', by('The invoices queue')],
  ['Backlog on invoices: 18.4k and falling.', by('Backlog')],
  ['The backlog is 37 times what the alert tolerates (5,000).', by('The backlog is')],
  ['Messages ready in invoices went from 18,400 to 140.', by('Messages')],
  ['The queue started to fill at 10:40.', by('The queue started')],
  ['The emails queue has piled up to 18,400 messages.', by('The invoices queue')],
  ['A quarter of the consumers of invoices are gone.', by('Three quarters')],
  ['The number of consumers rose from three to a dozen at 09:39.', by('The number')],
  ['The number of consumers fell from a dozen to three at 10:39.', by('The number')],
  ['invoices lost three consumers.', by('invoices lost')],
  ['emails lost all six of its consumers.', by('emails kept')],
  ['invoices has twice as many consumers as emails (3 against 6).', by('invoices has')],
  ['invoices has 6 consumers, emails 3.', by('invoices has')],
  ['Producers publish a steady 24.6 messages per minute.', by('Producers')],
  ['Publishing increased; it averaged 24.6/s.', by('Publishing')],
  ['Acknowledgements rose from 20.7/s to 24.5/s.', by('Acknowledgements')],
  ['Consumers acknowledge 24.6 messages a second while 20.7 come in.', by('Consumers ack')],
  ['Throughput is up by about 16 %.', by('Throughput')],
  ['The workers handle 48 % of what is published.', by('The workers')],
  ['Nine panics were logged until 09:38:41.', by('Nine')],
  ['invoice-worker did not crash.', by('invoice-worker crashed')],
  ['emails-worker panicked with a nil pointer dereference.', by('invoice-worker crashed')],
  ['The connection to rabbit-2 was lost.', by('The broker')],
  ['The connection to rabbit-1 was restored.', by('The broker')],
  ['rabbit-1 never lost its connection.', by('The broker')],
  ['Disconnects began 21 seconds before the first panic.', by('Disconnects')],
  ['Disconnects began 21 minutes after the first panic.', by('Disconnects')],
  ['abcde went into back-off at 09:38:40.', by('r7k2m')],
  ['That pod was placed on node-4 at 09:38:12.', by('That pod')],
  ['node-7 became NotReady at 09:37:55.', by('node-4 became')],
  ['node-4 became Ready at 09:37:55.', by('node-4 became')],
  ['node-4 dropped out 45 seconds after the back-off.', by('node-4 dropped')],
  ['The node failure happened a minute after the loss of consumers (09:39).', by('The node failure')],
  ['At 09:41:10 the taint manager evicted node-4.', by('At 09:41:10')],
  ['The eviction came a bit over three minutes before node-4 went NotReady.', by('The eviction')],
  ['Load on node-7 averaged 2.6 per core.', by('node-7 briefly')],
  ['Load on node-4 peaked at 2.6 per core.', by('node-7 briefly')],
  ['Load on node-7 is at 2.6 per core now.', by('Load on')],
  ['The load spike on node-7 lasted from 09:45 to 10:52.', by('The load')],
  ['node-7 is not ready (0), node-4 is.', by('node-4 is not')],
  ['node-7 was never Ready.', by('node-7 was')],
  ['node-4 has been ready since 09:37.', by('node-4 has')],
  ['INC-310 looked the same: node-4 went NotReady.', by('INC-310')],
  ['INC-310 was resolved by draining node-7.', by('INC-310')],
  ['Last time, on 30 May, draining the node fixed it within 3 minutes.', by('Last time')],
  ['INC-288 was a publish spike and was fixed by draining node-2.', by('INC-288')],
  ['rabbit-1 has used 60 GiB of disk.', by('rabbit-1')],
  ['rabbit-1 has 6 GiB of disk left.', by('rabbit-1')],
  ['Nine out of ten invoices take longer than 2.1 s.', by('Nine out')],
  ['p99 processing time is 2.1 s.', by('p90')],
  ['Processing time shrank by 0.2 s.', by('Processing time')],
  ['Processing got twice as slow.', by('Processing itself')],
  ['invoice-worker was deployed 48 hours ago.', by('invoice-worker was')],
  ['invoice-worker was deployed in the last 48 h.', by('No deploys')],
  ['RabbitMQ raised a memory alarm.', by('RabbitMQ')],
  ['The threshold of 5,000 was crossed at 09:02.', by('The threshold')],
  ['The threshold of 50,000 was crossed at 10:02.', by('The threshold')],
  ['The alert fired 18 minutes before the threshold was crossed.', by('The alert fired')],
  ['The alert went off four hours ago.', by('The alert went')],
  ['All consumers of invoices are gone.', by('Three quarters')],
  ['No consumer of invoices is left.', by('Three quarters')],
]
