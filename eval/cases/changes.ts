import type { Case } from '../case.ts'
import { ask, causeFrom, deployed, errorRatio, handIn, id, requests } from '../write.ts'

/** What somebody changed: a version, a setting, a flag, a schema. */
export const changes: readonly Case[] = [
  {
    name: 'bad-deploy',
    title: 'A deploy cuts the database pool of checkout',
    alert: { alertname: 'HighErrorRate', service: 'checkout', expression: `${errorRatio('checkout')} > 0.05`, for: 120, started: 10 },
    courses: [
      ...requests('checkout', 40, [0.02, 0.02, 20], { version: 'v2.13.4' }),
      ...requests('checkout', 40, [0.02, 9, 14], { version: 'v2.14.0' }),
      { metric: 'db_pool_max', labels: { service: 'checkout', version: 'v2.14.0' }, before: 10 },
      { metric: 'pg_stat_activity_count', labels: { service: 'payments-db' }, before: 41 },
    ],
    lines: [
      {
        labels: { service: 'checkout', level: 'info' },
        every: 7200,
        from: 15,
        to: 14,
        line: () => 'level=info msg="deploy checkout: v2.13.4 -> v2.14.0" change="DB_POOL_MAX 50 -> 10"',
      },
      {
        labels: { service: 'checkout', level: 'error' },
        every: 3,
        from: 14,
        line: (n) => `level=error msg="timeout acquiring connection from pool" trace_id=${id(n)}`,
      },
    ],
    asks: [
      [
        ask.course('sum by (version) (rate(http_requests_total{service="checkout",code="500"}[5m]))', 'Errors by version'),
        ask.logs('{service="checkout"} |= "deploy "', 'Was anything deployed?'),
      ],
      [
        ask.logs('{service="checkout",level="error"}', 'What the errors say'),
        ask.course('pg_stat_activity_count{service="payments-db"}', 'Is the database busy?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: deployed,
          text: ([, name, from, to]) => `The deploy of ${name} from ${from} to ${to} broke it`,
          object: 'checkout',
          category: 'bad_deploy',
        }),
        claims: [
          ...read.moved(0, 'The error rate of v2.14.0', { version: 'v2.14.0' }),
          ...read.says(2, /timeout acquiring connection from pool/),
        ],
        ruledOut: read.calm(3, 'The database, by its connections'),
        next: ['Roll back checkout'],
      }),
    lies: [{ text: 'The error rate of v2.14.0 is 27.5', question: 0 }],
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'bad_deploy', object: 'checkout', says: [/v2\.14\.0/] },
      never: [/database is (down|slow|overloaded)/i, /traffic (spike|increase)/i],
      rules: { firing: true, onset: 12 },
    },
  },
  {
    name: 'config-change',
    title: 'A reload gives the gateway a timeout that is too short',
    alert: { alertname: 'GatewayTimeouts', service: 'gateway', expression: `${errorRatio('gateway')} > 0.02`, for: 60, started: 20 },
    courses: [
      ...requests('gateway', 100, [0.1, 12, 24]),
      { metric: 'http_request_duration_seconds', labels: { service: 'orders', quantile: '0.99' }, before: 3.6 },
    ],
    lines: [
      {
        labels: { service: 'gateway' },
        every: 7200,
        from: 25,
        to: 24,
        line: () => 'level=warn msg="configuration reloaded" changed="upstream_timeout: 30s -> 3s" by=config-sync',
      },
      {
        labels: { service: 'gateway' },
        every: 5,
        from: 24,
        line: (n) => `level=error msg="upstream orders timed out after 3s" request=${id(n)}`,
      },
    ],
    asks: [
      [ask.course(errorRatio('gateway'), 'Errors'), ask.logs('{service="gateway"}', 'What the gateway says')],
      [
        ask.logs('{service="gateway"} |= "reloaded"', 'Was it configured anew?'),
        ask.course('http_request_duration_seconds{service="orders"}', 'Is orders slower?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /upstream_timeout: (\S+) -> (\d+s)/,
          text: ([, from, to]) => `The gateway's upstream_timeout was changed from ${from} to ${to}`,
          object: 'gateway',
          category: 'config_change',
        }),
        claims: [...read.moved(0, "The gateway's error ratio"), ...read.says(1, /upstream orders timed out after 3s/)],
        ruledOut: read.calm(3, 'Slower answers of orders'),
        next: ['Set upstream_timeout back'],
      }),
    lies: [{ text: 'The logs say "upstream payments timed out after 3s"', question: 1, quote: 'upstream orders timed out after 3s' }],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'config_change', object: 'gateway', says: [/upstream_timeout/] },
      never: [/orders (is|are) (down|slower)/i],
      rules: { firing: true, onset: 23.5 },
    },
  },
  {
    name: 'feature-flag',
    title: 'A flag switches on a slow ranking',
    alert: {
      alertname: 'SearchSlow',
      service: 'search',
      severity: 'warning',
      labels: { quantile: '0.99' },
      expression: 'search_latency_seconds{service="search",quantile="0.99"} > 1',
      for: 300,
      started: 25,
    },
    courses: [
      { metric: 'search_latency_seconds', labels: { service: 'search', quantile: '0.99' }, before: 0.31, after: 2.4, at: 31 },
      { metric: 'feature_flag_enabled', labels: { service: 'search', flag: 'ranker_v2' }, before: 0, after: 1, at: 31 },
      { metric: 'process_cpu_ratio', labels: { service: 'search' }, before: 0.41 },
    ],
    lines: [
      {
        labels: { service: 'search' },
        every: 7200,
        from: 31,
        to: 30,
        line: () => 'level=info msg="flag ranker_v2 switched on" by=experiments share=100%',
      },
    ],
    asks: [
      [
        ask.course('search_latency_seconds{service="search"}', 'Latency'),
        ask.logs('{service="search"}', 'What search says'),
        ask.course('process_cpu_ratio{service="search"}', 'CPU'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /flag (\w+) switched on/,
          text: ([, flag]) => `The flag ${flag} was switched on`,
          object: 'search',
          category: 'feature_flag',
        }),
        claims: read.moved(0, 'The 99th percentile in seconds'),
        ruledOut: read.calm(2, 'More work for the CPU, as a ratio'),
        next: ['Switch the flag off'],
      }),
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'feature_flag', object: 'search', says: [/ranker_v2/] },
      never: [/deploy/i],
      rules: { firing: true, onset: 31 },
    },
  },
  {
    name: 'slow-database',
    title: 'A migration locks a table',
    alert: { alertname: 'OrdersSlow', service: 'orders', expression: 'orders_latency_seconds{service="orders"} > 2', for: 120, started: 8 },
    courses: [
      { metric: 'orders_latency_seconds', labels: { service: 'orders' }, before: 0.2, after: 6.5, at: 11 },
      { metric: 'pg_locks_count', labels: { service: 'orders-db', mode: 'AccessExclusiveLock' }, before: 0, after: 1, at: 11 },
      { metric: 'http_requests_rate', labels: { service: 'orders' }, before: 80 },
    ],
    lines: [
      {
        labels: { service: 'orders-db' },
        every: 7200,
        from: 11,
        to: 10,
        line: () => "LOG: statement: ALTER TABLE orders ADD COLUMN channel text NOT NULL DEFAULT 'web'",
      },
      {
        labels: { service: 'orders-db' },
        every: 10,
        from: 11,
        line: (n) => `LOG: process ${4000 + n} still waiting for RowExclusiveLock on relation orders`,
      },
    ],
    asks: [
      [ask.course('orders_latency_seconds{service="orders"}', 'Latency'), ask.logs('{service="orders-db"}', 'What the database says')],
      [
        ask.course('http_requests_rate{service="orders"}', 'More requests?'),
        ask.logs('{service="orders-db"} |= "statement"', 'Which statement?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 3, {
          pattern: /ALTER TABLE orders ADD COLUMN (\w+)/,
          text: ([words]) => `The migration "${words}" locks the table`,
          object: 'orders-db',
          category: 'database',
        }),
        claims: [
          ...read.moved(0, 'The latency of orders in seconds'),
          ...read.says(1, /still waiting for RowExclusiveLock on relation orders/),
        ],
        ruledOut: read.calm(2, 'More requests, a second'),
        next: ['Ask who runs the migration, and cancel it'],
      }),
    lies: [
      {
        text: 'No process waits for RowExclusiveLock on relation orders',
        question: 1,
        quote: 'still waiting for RowExclusiveLock on relation orders',
      },
    ],
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'database', object: 'orders-db', says: [/ALTER TABLE/] },
      never: [/traffic/i, /deploy/i],
      rules: { firing: true, onset: 11 },
    },
  },
  {
    name: 'scheduled-job',
    title: 'The nightly backup makes the ledger slow',
    alert: {
      alertname: 'LedgerSlow',
      service: 'ledger',
      severity: 'warning',
      expression: 'ledger_latency_seconds{service="ledger"} > 0.5',
      for: 120,
      started: 4,
    },
    courses: [
      { metric: 'ledger_latency_seconds', labels: { service: 'ledger' }, before: 0.05, after: 0.8, at: 7 },
      { metric: 'disk_io_time_ratio', labels: { service: 'ledger' }, before: 0.2, after: 0.97, at: 7 },
    ],
    lines: [
      {
        labels: { service: 'backup' },
        every: 7200,
        from: 8,
        to: 7,
        line: () => 'level=info msg="cron backup of ledger started" size=410GiB',
      },
    ],
    asks: [
      [
        ask.course('ledger_latency_seconds{service="ledger"}', 'Latency'),
        ask.course('disk_io_time_ratio{service="ledger"}', 'Disk'),
        ask.logs('{service="backup"}', 'Does a job run?'),
      ],
    ],
    conclude: (read) =>
      handIn({
        verdict: 'action_suggested',
        cause: causeFrom(read, 2, {
          pattern: /cron (backup of ledger) started/,
          text: ([, job]) => `The ${job} was started`,
          object: 'backup',
          category: 'scheduled_job',
        }),
        claims: [...read.moved(0, 'The latency of ledger in seconds'), ...read.moved(1, "The share of time that ledger's disk is busy")],
        next: ['Limit the backup'],
      }),
    lies: [{ text: 'The backup of ledger was started at 03:12:00Z', question: 2, quote: 'cron backup of ledger started' }],
    expected: {
      verdicts: ['action_suggested', 'no_action'],
      cause: { category: 'scheduled_job', object: 'backup', says: [/backup/] },
      never: [/traffic/i, /deploy/i],
      rules: { firing: true, onset: 7 },
    },
  },
]
