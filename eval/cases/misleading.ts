import type { Case } from '../case.ts'
import { ask, causeFrom, deployed, errorRatio, handIn, id, requests } from '../write.ts'

/** What looks like something else, like two things, or like nothing. */
export const misleading: readonly Case[] = [
  {
    name: 'red-herring',
    title: 'Another service was deployed just before; the cause is its neighbour',
    alert: { alertname: 'CartErrors', service: 'cart', expression: `${errorRatio('cart')} > 0.05`, for: 60, started: 12 },
    courses: [
      ...requests('cart', 60, [0.05, 20, 15]),
      ...requests('search', 90, [0.1, 0.1, 15]),
      { metric: 'redis_connected', labels: { service: 'cart-redis' }, before: 1, after: 0, at: 15 },
    ],
    lines: [
      { labels: { service: 'search' }, every: 7200, from: 16, to: 15, line: () => 'level=info msg="deploy search: v7.1.0 -> v7.2.0"' },
      {
        labels: { service: 'cart' },
        every: 2,
        from: 15,
        line: (n) => `level=error msg="dial cart-redis:6379: connection refused" trace_id=${id(n)}`,
      },
    ],
    asks: [
      [
        ask.course(errorRatio('cart'), 'Errors'),
        ask.logs('{service="cart"}', 'What the errors say'),
        ask.logs('{service="search"} |= "deploy "', 'Other deploys'),
      ],
      [ask.course('redis_connected{service="cart-redis"}', 'Is Redis there?'), ask.course(errorRatio('search'), 'Is search well?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /dial (cart-redis):6379: connection refused/,
          text: ([, name]) => `${name} refuses connections`,
          object: 'cart-redis',
          category: 'dependency',
        }),
        claims: [...read.moved(0, "cart's error ratio"), ...read.moved(3, 'redis_connected of cart-redis')],
        ruledOut: read.calm(4, 'The error ratio of search'),
        next: ['Look at cart-redis'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'dependency', object: 'cart-redis', says: [/refuses connections|connection refused/] },
      never: [/search.*(caused|broke)/i, /v7\.2\.0 (broke|caused)/i],
      rules: { firing: true, onset: 14.5 },
    },
  },
  {
    name: 'two-faults',
    title: 'A disk fills elsewhere while a deploy breaks cart',
    alert: { alertname: 'CartErrors', service: 'cart', expression: `${errorRatio('cart')} > 0.05`, for: 60, started: 6 },
    courses: [
      ...requests('cart', 60, [0.05, 15, 9]),
      {
        metric: 'node_filesystem_free_ratio',
        labels: { service: 'ledger', mountpoint: '/var/lib/ledger' },
        before: 0.3,
        after: 0.01,
        at: 40,
        over: 38,
      },
    ],
    lines: [
      { labels: { service: 'cart' }, every: 7200, from: 10, to: 9, line: () => 'level=info msg="deploy cart: v3.0.1 -> v3.1.0"' },
      {
        labels: { service: 'cart' },
        every: 2,
        from: 9,
        line: (n) => `level=error msg="panic: nil pointer in Basket.Total" trace_id=${id(n)}`,
      },
      { labels: { service: 'ledger' }, every: 30, from: 5, line: () => 'level=warn msg="disk nearly full" mount=/var/lib/ledger' },
    ],
    asks: [
      [
        ask.course(errorRatio('cart'), 'Errors'),
        ask.logs('{service="cart"}', 'What the errors say'),
        ask.logs('{service="cart"} |= "deploy "', 'Deploys'),
      ],
      [ask.course('node_filesystem_free_ratio{service="ledger"}', 'The disk of ledger')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: deployed,
          text: ([, name, from, to]) => `The deploy of ${name} from ${from} to ${to} broke it`,
          object: 'cart',
          category: 'bad_deploy',
        }),
        claims: [
          ...read.moved(0, "cart's error ratio"),
          ...read.says(1, /panic: nil pointer in Basket\.Total/),
          ...read.moved(3, 'The free share of the disk of ledger'),
        ],
        next: ['Roll back cart', 'The disk of ledger is a second problem: make room'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'bad_deploy', object: 'cart', says: [/v3\.1\.0/] },
      never: [/disk.*(caused|broke|is the cause)/i],
      rules: { firing: true, onset: 8.5 },
    },
  },
  {
    name: 'false-alarm',
    title: 'A log rotation, as every night',
    alert: {
      alertname: 'DiskFilling',
      service: 'web',
      severity: 'warning',
      labels: { mountpoint: '/var/log' },
      expression: 'node_filesystem_used_ratio{service="web"} > 0.8',
      for: 60,
      started: 3,
    },
    courses: [
      { metric: 'node_filesystem_used_ratio', labels: { service: 'web', mountpoint: '/var/log' }, before: 0.74, after: 0.81, at: 5 },
      { metric: 'http_errors_ratio', labels: { service: 'web' }, before: 0.001 },
    ],
    lines: [
      {
        labels: { service: 'web' },
        every: 30,
        from: 5,
        line: () => 'level=info msg="logrotate: compressing access.log.1, the old file is removed after it"',
      },
    ],
    asks: [
      [
        ask.course('node_filesystem_used_ratio{service="web"}', 'Disk'),
        ask.logs('{service="web"}', 'What it says'),
        ask.course('http_errors_ratio{service="web"}', 'Do users see anything?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        verdict: 'no_action',
        cause: causeFrom(read, 1, {
          pattern: /logrotate: compressing access\.log\.1/,
          text: ([words]) => `A rotation of logs: "${words}"`,
          object: 'web',
          category: 'false_alarm',
        }),
        claims: [...read.moved(0, 'The used share of /var/log')],
        ruledOut: read.calm(2, 'Errors that users see, as a ratio'),
      }),
    expected: {
      verdicts: ['no_action'],
      cause: { category: 'false_alarm', object: 'web', says: [/rotat/] },
      never: [/outage/i, /users (are|were) affected/i],
      rules: { firing: true, onset: 5 },
    },
  },
  {
    name: 'missing-data',
    title: 'The exporter is gone, and with it the metric',
    alert: { alertname: 'QueueStuck', service: 'mailer', expression: 'mailer_queue_length{service="mailer"} > 100', for: 60, started: 20 },
    courses: [
      { metric: 'mailer_queue_length', labels: { service: 'mailer' }, before: 20, after: 340, at: 23, gone: 9 },
      { metric: 'up', labels: { service: 'mailer-exporter' }, before: 1, after: 0, at: 9 },
    ],
    lines: [],
    asks: [
      [
        ask.course('mailer_queue_length{service="mailer"}', 'The queue'),
        ask.course('up{service="mailer-exporter"}', 'Is it scraped?'),
        ask.logs('{service="mailer"}', 'What it says'),
      ],
    ],
    conclude: (read) =>
      handIn({
        claims: read.moved(1, 'up of mailer-exporter'),
        gaps: ['The queue itself: mailer_queue_length has no samples since its exporter is gone', 'Logs of mailer: there are none'],
        next: ['Start mailer-exporter', 'Look at the queue by hand'],
      }),
    expected: {
      verdicts: ['inconclusive'],
      cause: null,
      never: [/queue is (empty|well|drained)/i, /resolved|recovered/i],
      gaps: [/no samples|exporter/, /logs/i],
      rules: { firing: null, onset: null },
    },
  },
  {
    name: 'nothing-to-see',
    title: 'Errors without a trace of why',
    alert: { alertname: 'GiftErrors', service: 'gift', expression: `${errorRatio('gift')} > 0.05`, for: 60, started: 10 },
    courses: [...requests('gift', 20, [0.01, 4, 13]), { metric: 'process_cpu_ratio', labels: { service: 'gift' }, before: 0.3 }],
    lines: [{ labels: { service: 'gift' }, every: 5, line: (n) => `level=info msg="request done" trace_id=${id(n)}` }],
    asks: [
      [
        ask.course(errorRatio('gift'), 'Errors'),
        ask.logs('{service="gift"}', 'What it says'),
        ask.logs('{service="gift"} |= "deploy "', 'Deploys'),
        ask.course('process_cpu_ratio{service="gift"}', 'CPU'),
      ],
    ],
    conclude: (read) =>
      handIn({
        claims: read.moved(0, "gift's error ratio"),
        ruledOut: [
          { text: 'A deploy: none is in the logs', receipts: [{ evidence: read.evidence(2), absent: 'deploy ' }] },
          ...read.calm(3, 'The CPU, as a ratio'),
        ],
        gaps: ['Why requests fail: no line says it', 'Traces: none are configured'],
        next: ['Log the error with the request in gift'],
      }),
    expected: {
      verdicts: ['inconclusive'],
      cause: null,
      never: [/deploy (broke|caused)/i, /because of/i],
      gaps: [/no line|Traces/],
      rules: { firing: true, onset: 12.5 },
    },
  },
]
