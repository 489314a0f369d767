import type { Case } from '../case.ts'
import { ask, causeFrom, errorRatio, handIn, id, requests } from '../write.ts'

/** What a cluster does to its programs, and what is over before anybody looks. */
export const clusters: readonly Case[] = [
  {
    name: 'pending-pods',
    title: 'A deployment is scaled up and its pods find no place',
    alert: {
      alertname: 'PodsPending',
      service: 'thumbnails',
      severity: 'warning',
      expression: 'sum(kube_pod_status_phase{service="thumbnails",phase="Pending"}) > 0',
      for: 300,
      started: 9,
    },
    courses: [
      { metric: 'kube_pod_status_phase', labels: { service: 'thumbnails', phase: 'Pending' }, before: 0, after: 5, at: 15 },
      { metric: 'kube_pod_status_phase', labels: { service: 'thumbnails', phase: 'Running' }, before: 6 },
      { metric: 'kube_deployment_spec_replicas', labels: { service: 'thumbnails' }, before: 6, after: 11, at: 15 },
      { metric: 'kube_node_status_ready', labels: { service: 'cluster', node: 'ip-10-0-3-2' }, before: 1 },
    ],
    lines: [
      {
        labels: { service: 'events' },
        every: 20,
        from: 15,
        line: () => 'Warning FailedScheduling pod/thumbnails-5f6b 0/9 nodes are available: 9 Insufficient nvidia.com/gpu',
      },
    ],
    asks: [
      [
        ask.course('sum by (phase) (kube_pod_status_phase{service="thumbnails"})', 'Pods by phase'),
        ask.logs('{service="events"} |= "thumbnails"', 'What the scheduler says'),
        ask.course('kube_deployment_spec_replicas{service="thumbnails"}', 'Was it scaled?'),
      ],
      [ask.now('sum(kube_node_status_ready{service="cluster"})', 'Are the nodes ready?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /FailedScheduling pod\/(thumbnails-\w+) 0\/9 nodes are available: 9 Insufficient (\S+)/,
          text: ([, pod, what]) => `${pod} finds no place: Insufficient ${what}`,
          object: 'thumbnails',
          category: 'scheduling',
        }),
        claims: [
          ...read.moved(0, 'The number of pods that are Pending', { phase: 'Pending' }),
          ...read.moved(2, 'The number of wanted replicas of thumbnails'),
        ],
        next: ['Add a node with a GPU, or scale thumbnails back'],
      }),
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'scheduling', or: ['saturation'], object: 'thumbnails', says: [/Insufficient/] },
      never: [/node (is|was) (down|not ready)/i, /crash/i],
      rules: { firing: true, onset: 15 },
    },
  },
  {
    name: 'network-policy',
    title: 'A policy isolates a namespace, so calls run into time-outs and nothing is down',
    alert: { alertname: 'InvoiceErrors', service: 'invoices', expression: `${errorRatio('invoices')} > 0.05`, for: 60, started: 14 },
    courses: [
      ...requests('invoices', 30, [0.02, 12, 17]),
      { metric: 'http_requests_total', labels: { service: 'tax', code: '200' }, before: 25, after: 0.4, at: 17, counter: true },
      { metric: 'service_up', labels: { service: 'tax' }, before: 1 },
    ],
    lines: [
      {
        labels: { service: 'invoices' },
        every: 3,
        from: 17,
        line: (n) => `level=error msg="dial tcp 10.0.7.14:8080: i/o timeout" peer=tax trace_id=${id(n)}`,
      },
      {
        labels: { service: 'audit' },
        every: 7200,
        from: 18,
        to: 17,
        line: () => 'level=info msg="networkpolicy default-deny-ingress created in namespace finance" user=terraform',
      },
      { labels: { service: 'tax' }, every: 9, line: (n) => `level=info msg="rates reloaded" version=${n % 7}` },
    ],
    asks: [
      [
        ask.course(errorRatio('invoices'), 'Errors'),
        ask.logs('{service="invoices"}', 'What the errors say'),
        ask.logs('{service="audit"}', 'Who changed what?'),
      ],
      [
        ask.course('service_up{service="tax"}', 'Is tax up?'),
        ask.course('sum(rate(http_requests_total{service="tax"}[5m]))', 'What reaches tax?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /networkpolicy (\S+) created in namespace (\S+)"/,
          text: ([, policy, space]) => `The networkpolicy ${policy} was created in namespace ${space}`,
          object: 'default-deny-ingress',
          category: 'network',
        }),
        claims: [
          ...read.moved(0, 'The error ratio of invoices'),
          ...read.says(1, /dial tcp 10\.0\.7\.14:8080: i\/o timeout/),
          ...read.moved(4, 'The number of requests a second that reach tax'),
        ],
        ruledOut: read.calm(3, 'tax itself, by service_up'),
        next: ['Allow invoices in default-deny-ingress'],
      }),
    lies: [{ text: 'The logs of invoices say "connection refused by tax"', question: 1, quote: 'connection refused by tax' }],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'network', or: ['config_change'], object: 'default-deny-ingress', says: [/default-deny-ingress/] },
      never: [/tax (is|was) down/i, /deploy/i],
      rules: { firing: true, onset: 16.5 },
    },
  },
  {
    name: 'replica-lag',
    title: 'A long transaction holds back the replica that orders reads from',
    alert: {
      alertname: 'ReplicaLag',
      service: 'orders-db',
      expression: 'max(pg_replication_lag_seconds{service="orders-db"}) > 60',
      for: 120,
      started: 11,
    },
    courses: [
      {
        metric: 'pg_replication_lag_seconds',
        labels: { service: 'orders-db', replica: 'orders-db-1' },
        before: 0.4,
        after: 900,
        at: 14,
        over: 14,
      },
      {
        metric: 'pg_stat_activity_max_tx_seconds',
        labels: { service: 'orders-db', replica: 'orders-db-1' },
        before: 2,
        after: 870,
        at: 14,
        over: 14,
      },
      { metric: 'pg_wal_bytes_rate', labels: { service: 'orders-db' }, before: 1_200_000 },
    ],
    lines: [
      {
        labels: { service: 'orders-db' },
        every: 60,
        from: 13,
        line: () =>
          'LOG: recovery still waiting after 30000.113 ms: recovery conflict on snapshot, held by pid 4711 (SELECT * FROM order_line)',
      },
    ],
    asks: [
      [
        ask.course('pg_replication_lag_seconds{service="orders-db"}', 'Lag'),
        ask.course('pg_stat_activity_max_tx_seconds{service="orders-db"}', 'The longest transaction'),
        ask.logs('{service="orders-db"}', 'What the database says'),
      ],
      [ask.course('pg_wal_bytes_rate{service="orders-db"}', 'More writes than usual?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /recovery conflict on snapshot, held by (pid \d+)/,
          text: ([words, pid]) => `A transaction of ${pid} holds the replica back: "${words}"`,
          object: 'orders-db',
          category: 'database',
        }),
        claims: [...read.moved(0, 'The lag in seconds'), ...read.moved(1, 'The longest transaction in seconds')],
        ruledOut: read.calm(3, 'Bytes that are written a second'),
        next: ['End the transaction on orders-db-1'],
      }),
    lies: [{ text: 'The lag is 4321 seconds', question: 0 }],
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'database', object: 'orders-db', says: [/4711|snapshot|transaction/] },
      never: [/more writes (than|caused)/i, /deploy/i],
      rules: { firing: true, onset: 13 },
    },
  },
  {
    name: 'over-already',
    title: 'A provider failed for some minutes and is back before anybody looks',
    alert: { alertname: 'SmsErrors', service: 'sms', severity: 'warning', expression: `${errorRatio('sms')} > 0.05`, for: 60, started: 25 },
    courses: [
      { metric: 'http_requests_total', labels: { service: 'sms', code: '200' }, before: 20, counter: true },
      { metric: 'http_requests_total', labels: { service: 'sms', code: '503' }, before: 0.01, after: 6, at: 28, back: 9, counter: true },
    ],
    lines: [
      {
        labels: { service: 'sms' },
        every: 4,
        from: 28,
        to: 9,
        line: (n) => `level=error msg="gateway.sms.example answered 503" trace_id=${id(n)}`,
      },
      { labels: { service: 'sms' }, every: 4, from: 9, line: (n) => `level=info msg="sent" trace_id=${id(n)}` },
    ],
    asks: [
      [
        ask.course(errorRatio('sms'), 'Errors'),
        ask.logs('{service="sms"} |= "answered"', 'What the errors said'),
        ask.now(errorRatio('sms'), 'And now?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        verdict: 'no_action',
        cause: causeFrom(read, 1, {
          pattern: /(gateway\.sms\.example) answered 503/,
          text: ([words]) => words,
          object: 'gateway.sms.example',
          category: 'external',
        }),
        claims:
          read.last(2) === undefined
            ? []
            : [
                {
                  text: `The error ratio is ${read.last(2)} now`,
                  kind: 'observation',
                  receipts: read.calm(2, '').flatMap(({ receipts }) => receipts),
                },
              ],
      }),
    expected: {
      verdicts: ['no_action'],
      cause: { category: 'external', or: ['dependency'], object: 'gateway.sms.example', says: [/503/] },
      never: [/deploy/i, /still (fails|failing)/i],
      rules: { firing: false, onset: null, says: [/healthy side/] },
    },
  },
]
