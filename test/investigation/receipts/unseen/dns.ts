import { dnsSentences } from './dns-sentences.ts'
import { course, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-05-19T08:40:00Z', to: '2026-05-19T09:50:00Z' }
const drain = { from: '2026-05-19T09:05:00Z', to: '2026-05-19T09:20:00Z' }
const joined = { from: '2026-05-19T08:59:00Z', to: '2026-05-19T09:04:00Z' }
const slow = { from: '2026-05-19T09:12:00Z', to: '2026-05-19T09:24:00Z' }

/** A ramp that breathes: up and down by so large a part of itself. */
const alive = (value: (at: number) => number, by: number) => (at: number) =>
  value(at) * (1 + by * (0.7 * Math.sin(at / 97) + 0.3 * Math.sin(at / 41)))
const oldNodes = (at: number): number => Math.ceil(ramp(12, 0, drain)(at))

const hx7kp = { namespace: 'kube-system', pod: 'coredns-5d78c9869d-hx7kp' }
const z2vqn = { namespace: 'kube-system', pod: 'coredns-5d78c9869d-z2vqn' }
const of = (app: string) => ({ app, namespace: 'shop' })
const lookup = (name: string): string =>
  `level=error msg="request failed" err="dial tcp: lookup ${name}.shop.svc.cluster.local on 10.96.0.10:53: read udp: i/o timeout"`

export const dns: Unseen = {
  evidence: [
    metric('E1', 'sum by (namespace, pod) (rate(coredns_dns_requests_total[2m]))', window, [
      course(window, 30, hx7kp, alive(ramp(428, 6140, drain), 0.02)),
      course(window, 30, z2vqn, alive(ramp(411, 5980, drain), 0.02)),
    ]),
    metric('E2', 'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container="coredns"}[2m]))', window, [
      course(window, 30, hx7kp, (at) => Math.min(0.998, alive(ramp(0.071, 1.16, drain), 0.02)(at))),
      course(window, 30, z2vqn, (at) => Math.min(0.996, alive(ramp(0.068, 1.12, drain), 0.02)(at))),
    ]),
    metric('E3', 'histogram_quantile(0.99, sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[2m])))', window, [
      course(window, 30, {}, alive(ramp(0.0041, 2.38, slow), 0.05)),
    ]),
    metric(
      'E4',
      'sum by (rcode) (rate(coredns_dns_responses_total[2m])) / ignoring(rcode) group_left sum(rate(coredns_dns_responses_total[2m]))',
      window,
      [
        course(window, 30, { rcode: 'SERVFAIL' }, alive(ramp(0.0002, 0.076, slow), 0.04)),
        course(window, 30, { rcode: 'NXDOMAIN' }, alive(ramp(0.312, 0.312, slow), 0.01)),
      ],
    ),
    metric('E5', 'count by (pool) (kube_node_labels) or vector(0)', window, [
      course(window, 30, { pool: 'general-a' }, oldNodes),
      course(window, 30, { pool: 'general-b' }, (at) => Math.floor(ramp(0, 12, joined)(at))),
    ]),
    metric('E6', 'kube_daemonset_status_desired_number_scheduled{daemonset="node-local-dns"}', window, [
      course(window, 30, { daemonset: 'node-local-dns', namespace: 'kube-system' }, oldNodes),
    ]),
    text(
      'E7',
      'kubernetes',
      'get daemonset/node-local-dns deployment/coredns pods -n kube-system',
      [
        'daemonset/node-local-dns desired=0 current=0 ready=0 nodeSelector=pool:general-a image=k8s-dns-node-cache:1.25.0',
        'deployment/coredns replicas=2 ready=2 image=coredns:v1.12.1 limits cpu=1 memory=170Mi',
        'pod/coredns-5d78c9869d-hx7kp Running ready=1/1 restarts=0 node=gke-system-71cd age=23d',
        'pod/coredns-5d78c9869d-z2vqn Running ready=1/1 restarts=0 node=gke-system-d20e age=23d',
      ].join('\n'),
    ),
    logs('E8', '{namespace="kube-system", app="coredns"}', window, [
      ...lines(
        { count: 412, first: '2026-05-19T09:16:04Z', every: 4.9 },
        { ...hx7kp, app: 'coredns' },
        (i) =>
          `[ERROR] plugin/errors: 2 ${['api.stripe.com', 'sqs.eu-west-1.amazonaws.com', 'hooks.slack.com'][i % 3]}. A: concurrent queries exceeded maximum 1000`,
      ),
      ...lines(
        { count: 377, first: '2026-05-19T09:16:31Z', every: 5.3 },
        { ...z2vqn, app: 'coredns' },
        (i) =>
          `[ERROR] plugin/errors: 2 ${['api.stripe.com', 'sqs.eu-west-1.amazonaws.com', 'hooks.slack.com'][i % 3]}. A: concurrent queries exceeded maximum 1000`,
      ),
      ...lines(
        { count: 9, first: '2026-05-19T09:21:40Z', every: 180 },
        { ...hx7kp, app: 'coredns' },
        (i) => `[WARNING] plugin/health: Local health request to "http://:8080/health" took more than 1s: 1.${41 + i * 3}s`,
      ),
    ]),
    logs('E9', '{namespace="shop"} | level="error"', window, [
      ...lines({ count: 318, first: '2026-05-19T09:15:08Z', every: 6 }, of('checkout'), () => lookup('payments')),
      ...lines({ count: 201, first: '2026-05-19T09:15:40Z', every: 10 }, of('notifications'), () => lookup('mailer')),
      ...lines({ count: 142, first: '2026-05-19T09:16:22Z', every: 14 }, of('cart'), () => lookup('inventory')),
      ...lines({ count: 57, first: '2026-05-19T09:18:05Z', every: 33 }, of('search'), () => lookup('opensearch')),
      ...lines(
        { count: 88, first: '2026-05-19T09:17:10Z', every: 22 },
        of('cart'),
        (i) => `level=error msg="reservation failed" cart=${48_211 + i * 7} err="context deadline exceeded"`,
      ),
    ]),
    metric(
      'E10',
      'sum by (app) (rate(http_requests_total{namespace="shop", code=~"5.."}[2m])) / sum by (app) (rate(http_requests_total{namespace="shop"}[2m]))',
      window,
      [
        course(window, 60, { app: 'checkout' }, alive(ramp(0.0008, 0.117, slow), 0.03)),
        course(window, 60, { app: 'notifications' }, alive(ramp(0.0004, 0.092, slow), 0.03)),
        course(window, 60, { app: 'cart' }, alive(ramp(0.0005, 0.064, slow), 0.03)),
        course(window, 60, { app: 'search' }, alive(ramp(0.0011, 0.031, slow), 0.03)),
        course(window, 60, { app: 'image-proxy' }, alive(ramp(0.0003, 0.0003, slow), 0.1)),
      ],
    ),
    text(
      'E11',
      'atlantis',
      'applies of infra/prod-eu since 2026-05-19T08:00Z',
      [
        '2026-05-19T08:58:20Z apply infra/prod-eu #1873 "general-b: replace general-a by n4-standard-8" by mreyes',
        '  google_container_node_pool.general_b: created, 12 nodes, label pool=general-b',
        '  google_container_node_pool.general_a: destroyed, 12 nodes drained from 09:05:00Z to 09:20:00Z',
        'No other applies.',
      ].join('\n'),
    ),
    text(
      'E12',
      'tempo',
      '7be21f90c4d8a3e15f60b2d97c1e4a08',
      [
        '14 spans, 5.31 s from 2026-05-19T09:33:41.208Z',
        'What its end waited for:',
        '  94 % checkout: dns.lookup payments.shop.svc.cluster.local, 5.01 s',
        '  3 % payments: POST /charges, 170 ms',
        '  1 % checkout: INSERT orders, 62 ms',
        'No span has an error.',
      ].join('\n'),
    ),
  ],
  given: {
    alert: {
      labels: { alertname: 'CoreDNSLatencyHigh', namespace: 'kube-system', job: 'coredns', severity: 'critical' },
      expression: 'histogram_quantile(0.99, sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[2m]))) > 1',
      threshold: 1,
      startsAt: '2026-05-19T09:22:00Z',
      onset: '2026-05-19T09:17:00Z',
      object: { kind: 'Deployment', namespace: 'kube-system', name: 'coredns' },
    },
    now: new Date('2026-05-19T09:50:15Z'),
  },
  trueSentences: dnsSentences,
}
