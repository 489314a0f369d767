import type { Case } from '../case.ts'
import { ask, causeFrom, errorRatio, handIn, id, requests } from '../write.ts'

const GiB = 1024 ** 3

/** What ran out: memory, disk, threads, a certificate. */
export const resources: readonly Case[] = [
  {
    name: 'memory-leak',
    title: 'One pod leaks until it is killed',
    alert: {
      alertname: 'PodMemoryHigh',
      service: 'recommender',
      severity: 'warning',
      expression: 'max by (service) (container_memory_working_set_bytes{service="recommender"}) > 1.7e9',
      for: 300,
      started: 12,
    },
    courses: [
      {
        metric: 'container_memory_working_set_bytes',
        labels: { service: 'recommender', pod: 'recommender-a' },
        before: 0.6 * GiB,
        after: 1.9 * GiB,
        at: 55,
        over: 55,
      },
      { metric: 'container_memory_working_set_bytes', labels: { service: 'recommender', pod: 'recommender-b' }, before: 0.6 * GiB },
      { metric: 'container_spec_memory_limit_bytes', labels: { service: 'recommender' }, before: 2 * GiB },
    ],
    lines: [
      {
        labels: { service: 'recommender' },
        every: 60,
        from: 55,
        line: (n) => `level=warn msg="model cache not evicted" entries=${10_000 + 400 * n} pod=recommender-a`,
      },
    ],
    asks: [
      [
        ask.course('container_memory_working_set_bytes{service="recommender"}', 'Memory by pod'),
        ask.logs('{service="recommender"}', 'What it says'),
      ],
      [ask.now('container_spec_memory_limit_bytes{service="recommender"}', 'Its limit')],
    ],
    conclude: (read) =>
      handIn({
        verdict: 'action_suggested',
        cause: causeFrom(read, 1, {
          pattern: /model cache not evicted" entries=\d+ pod=(recommender-a)/,
          text: ([, pod]) => `The model cache of ${pod} is not evicted`,
          object: 'recommender',
          category: 'memory',
        }),
        claims: [...read.moved(0, 'The memory of recommender-a in bytes', { pod: 'recommender-a' })],
        ruledOut: read.calm(0, 'All pods alike: recommender-b in bytes', { pod: 'recommender-b' }),
        next: ['Restart recommender-a; that hides the leak and does not mend it'],
      }),
    lies: [{ text: 'The memory of recommender-b is three times what it was', question: 0 }],
    expected: {
      verdicts: ['action_suggested', 'action_required'],
      cause: { category: 'memory', object: 'recommender', says: [/cache .*not evicted/] },
      never: [/traffic/i, /deploy/i],
      rules: { firing: true, onset: null },
    },
  },
  {
    name: 'disk-full',
    title: 'The write-ahead log fills its disk',
    alert: {
      alertname: 'LedgerWritesFail',
      service: 'ledger',
      expression: 'sum(rate(ledger_writes_failed_total{service="ledger"}[5m])) > 0.5',
      for: 60,
      started: 5,
    },
    courses: [
      { metric: 'ledger_writes_failed_total', labels: { service: 'ledger' }, before: 0, after: 8, at: 7, counter: true },
      {
        metric: 'node_filesystem_avail_bytes',
        labels: { service: 'ledger', mountpoint: '/var/lib/ledger' },
        before: 12 * GiB,
        after: 0,
        at: 50,
        over: 43,
      },
    ],
    lines: [
      {
        labels: { service: 'ledger' },
        every: 2,
        from: 7,
        line: (n) => `E wal.go:88] write /var/lib/ledger/wal/${id(n)}.log: no space left on device`,
      },
    ],
    asks: [[ask.course('node_filesystem_avail_bytes{service="ledger"}', 'Free disk'), ask.logs('{service="ledger"}', 'What it says')]],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /no space left on device/,
          text: ([words]) => `Writes of ledger fail with "${words}"`,
          object: 'ledger',
          category: 'disk',
        }),
        claims: [...read.moved(0, 'The free bytes of the disk')],
        next: ['Make room in /var/lib/ledger or grow the volume'],
      }),
    lies: [{ text: '12 GiB of the disk are free', question: 1, quote: 'no space left on device' }],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'disk', object: 'ledger', says: [/no space left/] },
      never: [/database/i],
      rules: { firing: true, onset: null },
    },
  },
  {
    name: 'saturation',
    title: 'All worker threads are busy',
    alert: {
      alertname: 'PaymentsSlow',
      service: 'payments',
      expression: 'payments_queue_seconds{service="payments"} > 1',
      for: 120,
      started: 14,
    },
    courses: [
      { metric: 'payments_queue_seconds', labels: { service: 'payments' }, before: 0.02, after: 4.2, at: 17 },
      { metric: 'worker_threads_busy', labels: { service: 'payments' }, before: 70, after: 200, at: 18 },
      { metric: 'worker_threads_max', labels: { service: 'payments' }, before: 200 },
      { metric: 'http_requests_rate', labels: { service: 'payments' }, before: 50 },
    ],
    lines: [
      {
        labels: { service: 'payments' },
        every: 4,
        from: 17,
        line: (n) => `level=warn msg="all worker threads busy, request queued" waiting=${n % 90}`,
      },
    ],
    asks: [
      [
        ask.course('payments_queue_seconds{service="payments"}', 'Waiting'),
        ask.course('worker_threads_busy{service="payments"}', 'Busy threads'),
        ask.logs('{service="payments"}', 'What it says'),
      ],
      [ask.course('http_requests_rate{service="payments"}', 'More requests?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /all worker threads busy/,
          text: ([words]) => `payments is at its limit: "${words}"`,
          object: 'payments',
          category: 'saturation',
        }),
        claims: [...read.moved(0, 'The wait in seconds'), ...read.moved(1, 'The number of busy threads')],
        ruledOut: read.calm(3, 'More requests, a second'),
        gaps: ['What the threads wait for: no traces'],
        next: ['Take a thread dump of payments'],
      }),
    lies: [{ text: 'The wait in seconds has fallen', question: 0 }],
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'saturation', object: 'payments', says: [/threads busy/] },
      never: [/traffic (spike|increase)/i],
      gaps: [/traces|thread/i],
      rules: { firing: true, onset: 17 },
    },
  },
  {
    name: 'certificate',
    title: 'The certificate of auth has expired',
    alert: { alertname: 'LoginFails', service: 'edge', expression: `${errorRatio('edge')} > 0.1`, for: 60, started: 11 },
    courses: [
      ...requests('edge', 30, [0.1, 20, 14]),
      { metric: 'ssl_cert_not_after_seconds_left', labels: { service: 'auth' }, before: 86_400, after: -840, at: 14 },
    ],
    lines: [
      {
        labels: { service: 'edge' },
        every: 2,
        from: 14,
        line: (n) => `[warn] TLS error: certificate has expired peer=auth.internal:443 stream=${n}`,
      },
    ],
    asks: [
      [
        ask.course(errorRatio('edge'), 'Errors'),
        ask.logs('{service="edge"}', 'What edge says'),
        ask.now('ssl_cert_not_after_seconds_left{service="auth"}', 'Until when is it valid?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /certificate has expired peer=(auth\.internal)/,
          text: ([, peer]) => `The certificate of ${peer} has expired`,
          object: 'auth',
          category: 'certificate',
        }),
        claims: read.moved(0, "edge's error ratio"),
        next: ['Renew the certificate of auth'],
      }),
    lies: [{ text: 'The certificate of auth is valid for 30 more days', question: 2 }],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'certificate', object: 'auth', says: [/expired/] },
      never: [/edge is (down|overloaded)/i, /deploy/i],
      rules: { firing: true, onset: 13.5 },
    },
  },
]
