import type { Case } from '../case.ts'
import { ask, causeFrom, errorRatio, handIn, id, requests } from '../write.ts'

/** What others do to a service. */
export const surroundings: readonly Case[] = [
  {
    name: 'dependency-down',
    title: 'inventory is down, cart fails',
    alert: { alertname: 'CartErrors', service: 'cart', expression: `${errorRatio('cart')} > 0.05`, for: 60, started: 9 },
    courses: [
      ...requests('cart', 60, [0.05, 25, 12]),
      { metric: 'service_up', labels: { service: 'inventory' }, before: 1, after: 0, at: 12 },
    ],
    lines: [
      {
        labels: { service: 'cart' },
        every: 2,
        from: 12,
        line: (n) => `level=error msg="call inventory:8080/reserve: connection refused" trace_id=${id(n)}`,
      },
    ],
    asks: [
      [ask.course(errorRatio('cart'), 'Errors'), ask.logs('{service="cart"}', 'What the errors say')],
      [ask.course('service_up{service="inventory"}', 'Is inventory up?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /call (inventory):8080\/reserve: connection refused/,
          text: ([, name]) => `${name} refuses connections`,
          object: 'inventory',
          category: 'dependency',
        }),
        claims: [...read.moved(0, "cart's error ratio"), ...read.moved(2, 'service_up of inventory')],
        next: ['Look at inventory'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'dependency', object: 'inventory', says: [/inventory/] },
      never: [/cart.*(deploy|bug|leak)/i],
      rules: { firing: true, onset: 11.5 },
    },
  },
  {
    name: 'external',
    title: 'The acquirer answers 503',
    alert: { alertname: 'PaymentsFail', service: 'payments', expression: `${errorRatio('payments')} > 0.05`, for: 60, started: 18 },
    courses: [
      ...requests('payments', 30, [0.02, 10, 21]),
      { metric: 'probe_success', labels: { service: 'blackbox', target: 'https://acquirer.example' }, before: 1, after: 0, at: 21 },
    ],
    lines: [
      {
        labels: { service: 'payments' },
        every: 3,
        from: 21,
        line: (n) => `level=error msg="acquirer.example answered 503 Service Unavailable" charge=${id(n)}`,
      },
    ],
    asks: [
      [ask.course(errorRatio('payments'), 'Errors'), ask.logs('{service="payments"}', 'What the errors say')],
      [ask.course('probe_success{service="blackbox"}', 'Does the probe reach it?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /(acquirer\.example) answered 503 Service Unavailable/,
          text: ([, peer]) => `${peer} answers 503, which is not ours`,
          object: 'acquirer.example',
          category: 'external',
        }),
        claims: [...read.moved(0, "payments' error ratio"), ...read.moved(2, 'The probe of the acquirer')],
        next: ['Ask the acquirer', 'Switch to the second acquirer'],
      }),
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'external', object: 'acquirer.example', says: [/503/] },
      never: [/deploy/i, /payments.*(bug|leak)/i],
      rules: { firing: true, onset: 20.5 },
    },
  },
  {
    name: 'dns',
    title: 'Names of the cluster do not resolve',
    alert: { alertname: 'ProfileErrors', service: 'profile', expression: `${errorRatio('profile')} > 0.05`, for: 60, started: 7 },
    courses: [
      ...requests('profile', 45, [0.05, 9, 10]),
      { metric: 'coredns_servfail_rate', labels: { service: 'coredns' }, before: 0, after: 31, at: 10 },
    ],
    lines: [
      {
        labels: { service: 'profile' },
        every: 3,
        from: 10,
        line: (n) => `level=error msg="lookup avatar.shop.svc.cluster.local: server misbehaving" trace_id=${id(n)}`,
      },
    ],
    asks: [
      [ask.course(errorRatio('profile'), 'Errors'), ask.logs('{service="profile"}', 'What the errors say')],
      [ask.course('coredns_servfail_rate{service="coredns"}', 'Does the name server fail?')],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 1, {
          pattern: /lookup (\S+): server misbehaving/,
          text: ([words]) => `The look-up of names fails with "${words}"`,
          object: 'coredns',
          also: read.moved(2, 'Failed lookups', { service: 'coredns' }),
          category: 'dns',
        }),
        claims: [...read.moved(0, "profile's error ratio"), ...read.moved(2, 'Failed lookups of coredns, a second,')],
        next: ['Look at coredns'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'dns', object: 'coredns', says: [/look-up|misbehaving/] },
      never: [/avatar is down/i],
      rules: { firing: true, onset: 9.5 },
    },
  },
  {
    name: 'traffic-spike',
    title: 'Four times as many requests as usual',
    alert: {
      alertname: 'FrontendSlow',
      service: 'frontend',
      expression: 'frontend_latency_seconds{service="frontend"} > 1',
      for: 60,
      started: 6,
    },
    courses: [
      { metric: 'frontend_latency_seconds', labels: { service: 'frontend' }, before: 0.2, after: 1.9, at: 9 },
      { metric: 'http_requests_rate', labels: { service: 'frontend' }, before: 1200, after: 5100, at: 9 },
    ],
    lines: [
      {
        labels: { service: 'frontend' },
        every: 20,
        from: 9,
        line: (n) => `level=info msg="request rate above forecast" campaign=blackweek n=${n}`,
      },
    ],
    asks: [
      [
        ask.course('frontend_latency_seconds{service="frontend"}', 'Latency'),
        ask.course('http_requests_rate{service="frontend"}', 'Requests'),
        ask.logs('{service="frontend"}', 'What it says'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /request rate above forecast/,
          text: ([words]) => `frontend has more requests than it was made for: "${words}"`,
          object: 'frontend',
          category: 'traffic',
        }),
        claims: [...read.moved(0, 'The latency in seconds'), ...read.moved(1, 'The number of requests a second')],
        next: ['Add replicas of frontend'],
      }),
    expected: {
      verdicts: ['action_required', 'action_suggested'],
      cause: { category: 'traffic', object: 'frontend', says: [/requests|rate/] },
      never: [/deploy/i, /attack/i],
      rules: { firing: true, onset: 9 },
    },
  },
  {
    name: 'retry-storm',
    title: 'Clients retry without pause and hold a service down',
    alert: { alertname: 'PricesErrors', service: 'prices', expression: `${errorRatio('prices')} > 0.2`, for: 60, started: 16 },
    courses: [
      ...requests('prices', 50, [0.1, 120, 19]),
      { metric: 'http_client_retries_rate', labels: { service: 'frontend', target: 'prices' }, before: 0.5, after: 140, at: 19 },
    ],
    lines: [
      {
        labels: { service: 'frontend' },
        every: 2,
        from: 19,
        line: (n) => `level=warn msg="prices failed, retrying at once" attempt=${n % 9} trace_id=${id(n)}`,
      },
    ],
    asks: [
      [
        ask.course(errorRatio('prices'), 'Errors'),
        ask.course('http_client_retries_rate{target="prices"}', 'Retries'),
        ask.logs('{service="frontend"}', 'What its caller says'),
      ],
    ],
    conclude: (read) =>
      handIn({
        cause: causeFrom(read, 2, {
          pattern: /(prices) failed, retrying at once/,
          text: ([words]) => `frontend retries without a pause: "${words}"`,
          object: 'frontend',
          category: 'saturation',
        }),
        claims: [...read.moved(0, "prices' error ratio"), ...read.moved(1, 'The number of retries a second')],
        gaps: ['What made the first request fail: its lines are gone'],
        next: ['Switch retries off in frontend'],
      }),
    expected: {
      verdicts: ['action_required'],
      cause: { category: 'saturation', object: 'frontend', says: [/retr/] },
      never: [/deploy/i],
      gaps: [/first/],
      rules: { firing: true, onset: 18.5 },
    },
  },
]
