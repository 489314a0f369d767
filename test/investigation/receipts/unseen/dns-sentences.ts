import type { Receipt } from '../../../../src/investigation/analysis.ts'
import type { Unseen } from './world.ts'

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'

const of =
  (evidence: string, series?: Record<string, string>) =>
  (statistic: Statistic, value: number, unit?: string): Receipt => ({
    evidence,
    ...(series === undefined ? {} : { series }),
    statistic,
    value,
    ...(unit === undefined ? {} : { unit }),
  })
const at = (evidence: string, series: Record<string, string> | undefined, moment: string, value: number): Receipt => ({
  evidence,
  ...(series === undefined ? {} : { series }),
  statistic: 'at',
  at: moment,
  value,
})
const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })
const count = (evidence: string, n: number, matching: string): Receipt => ({ evidence, count: n, matching })

const hx7kp = { pod: 'coredns-5d78c9869d-hx7kp' }
const z2vqn = { pod: 'coredns-5d78c9869d-z2vqn' }
const [load1, load2] = [of('E1', hx7kp), of('E1', z2vqn)]
const [cpu1, cpu2] = [of('E2', hx7kp), of('E2', z2vqn)]
const p99 = of('E3')
const servfail = of('E4', { rcode: 'SERVFAIL' })
const nxdomain = of('E4', { rcode: 'NXDOMAIN' })
const poolA = of('E5', { pool: 'general-a' })
const poolB = of('E5', { pool: 'general-b' })
const caches = of('E6')
const failing = (app: string) => of('E10', { app })

const selector = quote('E7', 'daemonset/node-local-dns desired=0 current=0 ready=0 nodeSelector=pool:general-a')
const coredns = quote('E7', 'deployment/coredns replicas=2 ready=2 image=coredns:v1.12.1 limits cpu=1 memory=170Mi')
const running1 = quote('E7', 'pod/coredns-5d78c9869d-hx7kp Running ready=1/1 restarts=0 node=gke-system-71cd age=23d')
const running2 = quote('E7', 'pod/coredns-5d78c9869d-z2vqn Running ready=1/1 restarts=0 node=gke-system-d20e age=23d')
const apply = quote('E11', '2026-05-19T08:58:20Z apply infra/prod-eu #1873 "general-b: replace general-a by n4-standard-8" by mreyes')
const created = quote('E11', 'google_container_node_pool.general_b: created, 12 nodes, label pool=general-b')
const drained = quote('E11', 'google_container_node_pool.general_a: destroyed, 12 nodes drained from 09:05:00Z to 09:20:00Z')
const exceeded = count('E8', 789, 'concurrent queries exceeded maximum 1000')
const slowSpan = quote('E12', '94 % checkout: dns.lookup payments.shop.svc.cluster.local, 5.01 s')
const trace = quote('E12', '14 spans, 5.31 s from 2026-05-19T09:33:41.208Z')

export const dnsSentences: Unseen['trueSentences'] = [
  [
    'Replacing node pool general-a by general-b left the cluster without node-local DNS caches, because the DaemonSet still selects pool general-a. Every lookup now lands on two CoreDNS pods, which are pinned at their CPU limit of one core.',
    apply,
    drained,
    selector,
    caches('last', 0),
    coredns,
    cpu1('last', 0.998),
    cpu2('last', 0.996),
  ],
  [
    'node-local-dns selects nodes labelled pool=general-a, but the new nodes carry pool=general-b, so none of them runs a cache and all queries go straight to CoreDNS.',
    selector,
    created,
    caches('last', 0),
    load1('change', 5603.8),
    load2('change', 5463.6),
  ],
  [
    'The node-local-dns DaemonSet went from 12 scheduled pods to none as the old nodes were drained.',
    caches('change', -12),
    caches('last', 0),
    drained,
  ],
  [
    'Since 09:20 not a single node-local-dns pod has been scheduled.',
    caches('change', -12),
    caches('last', 0),
    at('E6', undefined, '2026-05-19T09:20:00Z', 0),
  ],
  [
    'general-a was drained between 09:05 and 09:20; the last of its 12 nodes was gone two minutes before the alert fired.',
    drained,
    poolA('change', -12),
    at('E5', { pool: 'general-a' }, '2026-05-19T09:20:00Z', 0),
  ],
  [
    'All 12 general-b nodes had joined by 09:04, a minute before the drain of general-a began.',
    poolB('change', 12),
    at('E5', { pool: 'general-b' }, '2026-05-19T09:04:00Z', 12),
    drained,
  ],
  ['The cluster did not lose capacity: twelve nodes went and twelve came.', poolA('change', -12), poolB('change', 12)],
  ['mreyes applied infra/prod-eu #1873 at 08:58:20, roughly 24 minutes before the alert.', apply],
  ['Besides #1873 Atlantis lists no other applies to infra/prod-eu.', quote('E11', 'No other applies.'), apply],
  [
    'Queries to hx7kp rose from 422 to about 6,030 per second, and those to z2vqn from 405 to about 5,870.',
    load1('change', 5603.8),
    load1('last', 6025.8),
    load2('change', 5463.6),
    load2('last', 5868.8),
  ],
  [
    'Each CoreDNS pod now answers more than 14 times as many queries as before the drain.',
    load1('min', 419.4),
    load1('last', 6025.8),
    load2('min', 402.8),
    load2('last', 5868.8),
    drained,
  ],
  [
    'The load is spread evenly (6,026 versus 5,869 queries per second), so this is not one hot pod.',
    load1('last', 6025.8),
    load2('last', 5868.8),
  ],
  ['CoreDNS load peaked at 6,256 queries per second on hx7kp at 09:35.', load1('max', 6256.3)],
  [
    'Both CoreDNS pods use their entire CPU limit of 1 core, up from 0.07 cores at 08:40.',
    cpu1('last', 0.998),
    cpu1('change', 0.928),
    cpu2('last', 0.996),
    cpu2('change', 0.929),
    coredns,
  ],
  [
    'hx7kp has been at 0.998 cores, i.e. 99.8 % of its limit, since 09:18.',
    cpu1('max', 0.998),
    cpu1('last', 0.998),
    at('E2', hx7kp, '2026-05-19T09:18:00Z', 0.998),
    coredns,
  ],
  [
    'CPU saturation set in at 09:18, shortly before the drain was finished and four minutes before the alert fired.',
    cpu1('max', 0.998),
    at('E2', hx7kp, '2026-05-19T09:18:00Z', 0.998),
    cpu2('max', 0.996),
    drained,
  ],
  ['The p99 of DNS lookups went from 4 ms to 2.3 s.', p99('change', 2.265, 's'), p99('last', 2.27, 's')],
  [
    'Lookups at the 99th percentile now take 2.27 s, more than twice the threshold of one second; the peak was 2.49 s at 09:35.',
    p99('last', 2.27, 's'),
    p99('max', 2.49, 's'),
  ],
  [
    'p99 lookup latency crossed one second at 09:17, twelve minutes into the drain.',
    at('E3', undefined, '2026-05-19T09:17:00Z', 1.016),
    p99('change', 2.265, 's'),
    drained,
  ],
  [
    'Until 09:12 the p99 had not moved from about 4 ms.',
    at('E3', undefined, '2026-05-19T09:12:00Z', 0.0041),
    p99('change', 2.265, 's'),
    p99('min', 3.9, 'ms'),
  ],
  [
    'SERVFAIL makes up 7.3 % of all answers, whereas it was at 0.02 % at 08:40.',
    servfail('last', 0.0732),
    servfail('change', 0.073),
    servfail('min', 0.0192, '%'),
  ],
  ['At the peak nearly 8 % of the lookups (7.9 %) ended in SERVFAIL.', servfail('max', 7.89, '%')],
  [
    'The NXDOMAIN share is unchanged at 31 %, which speaks against a wrong search domain or a flood of bogus names.',
    nxdomain('last', 0.309),
    nxdomain('min', 0.309),
    nxdomain('max', 0.315),
  ],
  ['CoreDNS rejected 789 upstream queries with "concurrent queries exceeded maximum 1000".', exceeded],
  [
    'The first rejection was logged at 09:16:04, eleven minutes after the drain started.',
    quote('E8', 'concurrent queries exceeded maximum <*> (2026-05-19T09:16:04Z to 2026-05-19T09:49:43Z)'),
    drained,
  ],
  [
    'Rejections continue: the latest, for sqs.eu-west-1.amazonaws.com on z2vqn, dates from 09:49:43.',
    quote(
      'E8',
      '2026-05-19T09:49:43.800Z {pod="coredns-5d78c9869d-z2vqn"} [ERROR] plugin/errors: 2 sqs.eu-west-1.amazonaws.com. A: concurrent queries exceeded maximum 1000',
    ),
  ],
  [
    'hx7kp is so short of CPU that its own health endpoint took more than a second to answer nine times.',
    count('E8', 9, 'Local health request to "http://:8080/health" took more than 1s'),
    quote(
      'E8',
      '2026-05-19T09:45:40.000Z {pod="coredns-5d78c9869d-hx7kp"} [WARNING] plugin/health: Local health request to "http://:8080/health" took more than 1s: 1.65s',
    ),
    cpu1('last', 0.998),
    coredns,
  ],
  ['CoreDNS is not crashing: both pods are ready with zero restarts and have been up for 23 days.', running1, running2],
  ['Nor was CoreDNS itself changed, for its pods are 23 days old and still run v1.12.1.', running1, running2, coredns],
  [
    'No panic and no out-of-memory message appears in the CoreDNS logs.',
    { evidence: 'E8', absent: 'panic' },
    { evidence: 'E8', absent: 'out of memory' },
    { evidence: 'E8', absent: 'OOM' },
  ],
  [
    '718 requests in namespace shop failed with an i/o timeout on 10.96.0.10:53.',
    count('E9', 718, 'on 10.96.0.10:53: read udp: i/o timeout'),
  ],
  [
    'Four services report DNS timeouts: checkout (318), notifications (201), cart (142) and search (57).',
    count('E9', 318, 'lookup payments.shop.svc.cluster.local'),
    count('E9', 201, 'lookup mailer.shop.svc.cluster.local'),
    count('E9', 142, 'lookup inventory.shop.svc.cluster.local'),
    count('E9', 57, 'lookup opensearch.shop.svc.cluster.local'),
    quote(
      'E9',
      '{app="checkout"} level=error msg="request failed" err="dial tcp: lookup payments.shop.svc.cluster.local on 10.96.0.10:53: read udp: i/o timeout"',
    ),
    quote('E9', '{app="notifications"} level=error msg="request failed" err="dial tcp: lookup mailer.shop.svc.cluster.local'),
    quote('E9', '{app="cart"} level=error msg="request failed" err="dial tcp: lookup inventory.shop.svc.cluster.local'),
    quote('E9', '{app="search"} level=error msg="request failed" err="dial tcp: lookup opensearch.shop.svc.cluster.local'),
  ],
  [
    'Checkout accounts for 318 of the 718 failed lookups, or 44 %.',
    count('E9', 318, 'lookup payments.shop.svc.cluster.local'),
    count('E9', 718, 'i/o timeout'),
    quote('E9', '{app="checkout"} level=error msg="request failed" err="dial tcp: lookup payments.shop.svc.cluster.local'),
  ],
  [
    'Nearly nine in ten of the 806 error lines are DNS timeouts.',
    count('E9', 718, 'i/o timeout'),
    quote('E9', '806 lines from 2026-05-19T08:40:00Z to 2026-05-19T09:50:00Z'),
  ],
  [
    'The remaining 88 errors come from cart, whose reservations run into "context deadline exceeded".',
    count('E9', 88, 'context deadline exceeded'),
    quote('E9', '{app="cart"} level=error msg="reservation failed" cart=48820 err="context deadline exceeded"'),
  ],
  [
    "Checkout first failed to resolve payments at 09:15:08, about two minutes before the alert's onset.",
    quote('E9', 'lookup payments.shop.svc.cluster.local on <*>: read udp: <*> … (2026-05-19T09:15:08Z to 2026-05-19T09:46:50Z)'),
  ],
  ['In a sampled checkout trace 5.01 s of 5.31 s (94 %) are spent on resolving payments.shop.svc.cluster.local.', slowSpan, trace],
  [
    'The payments service itself answers promptly: in the sampled trace its POST /charges took only 170 ms.',
    quote('E12', '3 % payments: POST /charges, 170 ms'),
  ],
  [
    'Not the database, since the INSERT into orders took 62 ms whereas the DNS lookup took five seconds.',
    quote('E12', '1 % checkout: INSERT orders, 62 ms'),
    slowSpan,
  ],
  [
    'Checkout is hit hardest, with 11.4 % of its requests failing, followed by notifications with 8.9 %, cart with 6.2 % and search with 3 %.',
    failing('checkout')('last', 11.37, '%'),
    failing('notifications')('last', 8.94, '%'),
    failing('cart')('last', 6.22, '%'),
    failing('search')('last', 3.01, '%'),
  ],
  [
    "Checkout's error ratio jumped from 0.08 % to over 11 % after the node pool change.",
    failing('checkout')('change', 11.3, '%'),
    failing('checkout')('last', 11.37, '%'),
    drained,
  ],
  [
    'image-proxy is not affected: its error ratio stayed at 0.03 % throughout, whereas the four others rose to between 3 % and 11 %.',
    failing('image-proxy')('min', 0.027, '%'),
    failing('image-proxy')('max', 0.033, '%'),
    failing('checkout')('last', 11.37, '%'),
    failing('notifications')('last', 8.94, '%'),
    failing('cart')('last', 6.22, '%'),
    failing('search')('last', 3.01, '%'),
  ],
  [
    'Cart errors peaked at 6.6 % at 09:35, at the same time as CoreDNS load and lookup latency.',
    failing('cart')('max', 6.58, '%'),
    load1('max', 6256.3),
    p99('max', 2.49, 's'),
  ],
  [
    'With only two replicas limited to one core each, CoreDNS cannot carry the roughly 11,900 queries per second that arrive now that the node-local caches are gone.',
    coredns,
    load1('last', 6025.8),
    load2('last', 5868.8),
    cpu1('last', 0.998),
    cpu2('last', 0.996),
    caches('last', 0),
  ],
  [
    'DNS load grew in step with the drain: it began to climb at 09:05 and levelled off at about 6,000 queries per second per pod when the last old node was gone at 09:20.',
    load1('change', 5603.8),
    load2('change', 5463.6),
    load1('last', 6025.8),
    at('E1', hx7kp, '2026-05-19T09:20:00Z', 6024),
    poolA('change', -12),
    drained,
  ],
]
