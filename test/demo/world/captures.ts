/** What a real Prometheus 2.42 and a real Alertmanager 0.25 answered and sent: shortened to the parts that shapes are compared with. */
export const promQuery = {
  status: 'success',
  data: {
    resultType: 'vector',
    result: [
      {
        metric: {
          __name__: 'demo_error_ratio',
          instance: '127.0.0.1:19100',
          job: 'checkout',
          route: '/pay',
          service: 'checkout',
          team: 'payments',
        },
        value: [1795211466.586, '0.25'],
      },
    ],
  },
} as const

export const promScalar = { status: 'success', data: { resultType: 'scalar', result: [1795211466.607, '42'] } } as const

export const promEmpty = { status: 'success', data: { resultType: 'vector', result: [] } } as const

export const promRange = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { code: '200', instance: '127.0.0.1:19100', job: 'checkout', service: 'checkout', team: 'payments' },
        values: [
          [1795211463, '496.503'],
          [1795211464, '696.6514999999999'],
        ],
      },
    ],
  },
} as const

export const promBuildinfo = {
  status: 'success',
  data: {
    version: '2.42.0+ds',
    revision: '2.42.0+ds-5+deb12u1',
    branch: 'debian/sid',
    buildUser: 'team+pkg-go@tracker.debian.org',
    buildDate: '20260604-00:58:54',
    goVersion: 'go1.19.8',
  },
} as const

export const promLabels = { status: 'success', data: ['__name__', 'alertname', 'alertstate'] } as const

export const promAlert = {
  labels: {
    alertname: 'HighErrorRate',
    instance: '127.0.0.1:19100',
    job: 'checkout',
    route: '/pay',
    service: 'checkout',
    severity: 'critical',
    team: 'payments',
  },
  annotations: {
    description: 'checkout error ratio above 5% for 2s',
    runbook_url: 'https://runbooks.example.com/high-error-rate',
    summary: 'Error ratio 25% on 127.0.0.1:19100',
  },
  state: 'firing',
  activeAt: '2026-11-20T21:51:01.568674523Z',
  value: '2.5e-01',
} as const

export const promRule = {
  state: 'firing',
  name: 'HighErrorRate',
  query: 'demo_error_ratio > 0.05',
  duration: 2,
  keepFiringFor: 0,
  labels: { severity: 'critical' },
  annotations: {
    description: 'checkout error ratio above 5% for 2s',
    runbook_url: 'https://runbooks.example.com/high-error-rate',
    summary: 'Error ratio {{ $value | humanizePercentage }} on {{ $labels.instance }}',
  },
  alerts: [],
  health: 'ok',
  evaluationTime: 0.00069509,
  lastEvaluation: '2026-11-20T21:51:06.568955717Z',
  type: 'alerting',
} as const

export const promRuleGroup = {
  name: 'demo',
  file: 'rules.yml',
  rules: [],
  interval: 1,
  limit: 0,
  evaluationTime: 0.000806201,
  lastEvaluation: '2026-11-20T21:51:06.568940895Z',
} as const

export const promTarget = {
  discoveredLabels: {
    __address__: '127.0.0.1:19100',
    __metrics_path__: '/metrics',
    __scheme__: 'http',
    __scrape_interval__: '1s',
    __scrape_timeout__: '1s',
    job: 'checkout',
    service: 'checkout',
    team: 'payments',
  },
  labels: { instance: '127.0.0.1:19100', job: 'checkout', service: 'checkout', team: 'payments' },
  scrapePool: 'checkout',
  scrapeUrl: 'http://127.0.0.1:19100/metrics',
  globalUrl: 'http://vm:19100/metrics',
  lastError: '',
  lastScrape: '2026-11-20T21:51:06.015782168Z',
  lastScrapeDuration: 0.002418626,
  health: 'up',
  scrapeInterval: '1s',
  scrapeTimeout: '1s',
} as const

export const promErrors = [
  {
    path: '/api/v1/query?query=sum(',
    status: 400,
    body: { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis' },
  },
  {
    path: '/api/v1/query_range?query=up&start=0&end=1795211466&step=1',
    status: 400,
    body: {
      status: 'error',
      errorType: 'bad_data',
      error: 'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    },
  },
] as const

export const amAlert = {
  annotations: {
    description: 'checkout error ratio above 5% for 2s',
    runbook_url: 'https://runbooks.example.com/high-error-rate',
    summary: 'Error ratio 25% on 127.0.0.1:19100',
  },
  endsAt: '2026-11-20T21:55:03.568Z',
  fingerprint: 'c93e8764508c8151',
  receivers: [{ name: 'default-slack' }, { name: 'both' }],
  startsAt: '2026-11-20T21:51:03.568Z',
  status: { inhibitedBy: [], silencedBy: [], state: 'active' },
  updatedAt: '2026-11-20T21:51:03.572Z',
  generatorURL: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
  labels: {
    alertname: 'HighErrorRate',
    cluster: 'demo',
    env: 'test',
    instance: '127.0.0.1:19100',
    job: 'checkout',
    route: '/pay',
    service: 'checkout',
    severity: 'critical',
    team: 'payments',
  },
} as const

export const amGroup = { alerts: [], labels: { alertname: 'HighErrorRate', service: 'checkout' }, receiver: { name: 'both' } } as const

export const amStatus = {
  cluster: { peers: [], status: 'disabled' },
  config: { original: 'shortened' },
  uptime: '2026-11-20T21:50:55.915Z',
  versionInfo: {
    branch: 'debian/sid',
    buildDate: '20230409-09:50:43',
    buildUser: 'team+pkg-go@tracker.debian.org',
    goVersion: 'go1.19.8',
    revision: '0.25.0-1+b4',
    version: '0.25.0',
  },
} as const

export const amSilence = {
  id: '42e591c3-20b0-40f7-b2f2-6515cf3efe48',
  status: { state: 'active' },
  updatedAt: '2026-11-20T21:51:06.709Z',
  comment: 'test',
  createdBy: 'vigil',
  endsAt: '2026-11-20T21:52:06.706Z',
  matchers: [{ isEqual: true, isRegex: false, name: 'alertname', value: 'Nope' }],
  startsAt: '2026-11-20T21:51:06.709Z',
} as const

export const slackFiring = {
  channel: '#alerts-default',
  username: 'Alertmanager',
  attachments: [
    {
      title: '[FIRING:1] HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)',
      title_link: 'http://vm:19093/#/alerts?receiver=default-slack',
      text: '',
      fallback:
        '[FIRING:1] HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments) | http://vm:19093/#/alerts?receiver=default-slack',
      callback_id: '',
      footer: '',
      color: 'danger',
      mrkdwn_in: ['fallback', 'pretext', 'text'],
    },
  ],
} as const

export const webhookFiring = {
  receiver: 'both',
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: {
        alertname: 'HighErrorRate',
        cluster: 'demo',
        env: 'test',
        instance: '127.0.0.1:19100',
        job: 'checkout',
        route: '/pay',
        service: 'checkout',
        severity: 'critical',
        team: 'payments',
      },
      annotations: {
        description: 'checkout error ratio above 5% for 2s',
        runbook_url: 'https://runbooks.example.com/high-error-rate',
        summary: 'Error ratio 25% on 127.0.0.1:19100',
      },
      startsAt: '2026-11-20T21:51:03.568Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://vm:19090/graph?g0.expr=demo_error_ratio+%3E+0.05&g0.tab=1',
      fingerprint: 'c93e8764508c8151',
    },
  ],
  groupLabels: { alertname: 'HighErrorRate', service: 'checkout' },
  commonLabels: {
    alertname: 'HighErrorRate',
    cluster: 'demo',
    env: 'test',
    instance: '127.0.0.1:19100',
    job: 'checkout',
    route: '/pay',
    service: 'checkout',
    severity: 'critical',
    team: 'payments',
  },
  commonAnnotations: {
    description: 'checkout error ratio above 5% for 2s',
    runbook_url: 'https://runbooks.example.com/high-error-rate',
    summary: 'Error ratio 25% on 127.0.0.1:19100',
  },
  externalURL: 'http://vm:19093',
  version: '4',
  groupKey: '{}/{}:{alertname="HighErrorRate", service="checkout"}',
  truncatedAlerts: 0,
} as const
