import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-05-19T16:00:00Z', to: '2026-05-19T17:10:00Z' }
const flood = { from: '2026-05-19T16:24:00Z', to: '2026-05-19T16:44:00Z' }
const gateway = { app: 'edge-gateway', namespace: 'edge' }
const auth = { app: 'auth-api', namespace: 'identity' }

const said = (evidence: string, quote: string): Receipt => ({ evidence, quote })
const counted = (evidence: string, count: number, matching: string): Receipt => ({ evidence, count, matching })
const none = (evidence: string, absent: string): Receipt => ({ evidence, absent })
type Measured = readonly [number, string]
type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change'
const of = (evidence: string, statistic: Statistic, value: number | Measured, series?: Record<string, string>): Receipt => ({
  evidence,
  ...(series === undefined ? {} : { series }),
  statistic,
  ...(typeof value === 'number' ? { value } : { value: value[0], unit: value[1] }),
})

const at429 = { status: '429' }
const at200 = { status: '200' }
const at503 = { status: '503' }
const next = { client_version: '8.3.0' }
const previous = { client_version: '8.2.4' }
const web = { client_version: 'web' }
const limited = of('E1', 'last', 1640, at429)
const limitedChange = of('E1', 'change', 1638, at429)
const shed = of('E1', 'last', 105, at503)
const nextRate = of('E2', 'last', 1861, next)
const rollout = said('E3', '2026-05-19T16:20:00Z mobile-android 8.3.0 rollout raised from 5 % to 100 % by t.okafor')
const staged = said('E3', '2026-05-19T09:05:00Z mobile-android 8.3.0 staged rollout 5 %')
const newClient = said('E4', '+++ 8.3.0 LoginClient.kt')
const oldPolicy = said('E4', '-  retry = RetryPolicy(maxAttempts = 3, backoff = Exponential(base = 500.ms, cap = 30.s))')
const newPolicy = said('E4', '+  retry = RetryPolicy(maxAttempts = 12, backoff = None)')
const podA = { pod: 'auth-api-6c9f7d-4kxtz' }
const podB = { pod: 'auth-api-6c9f7d-8wq2m' }
const podC = { pod: 'auth-api-6c9f7d-pl5vn' }
const cpu = [of('E6', 'last', [94, '%'], podA), of('E6', 'last', [91, '%'], podB), of('E6', 'last', [93, '%'], podC)]
const slow = of('E7', 'last', [1.92, 's'], { quantile: '0.95' })
const limit = said('E8', 'config: minute=30 limit_by=device policy=redis error_code=429 retry_after=60')
const trace = said('E9', 'trace 5be1c07a 16:41:07 android/8.3.0 POST /v1/login, 12 attempts in 3.4 s')
const first = said('E9', 'attempt 1 edge-gateway 1.91 s -> auth-api 1.88 s (bcrypt.compare 0.24 s, queue.wait 1.61 s) 503')
const second = said('E9', 'attempt 2 edge-gateway 1.12 s -> auth-api 1.10 s (queue.wait 1.08 s) 503')
const others = said('E9', 'attempts 3 to 12 edge-gateway 4 ms each 429')
const queueFull = counted('E14', 230, 'request queue full')

export const retryStorm: Unseen = {
  evidence: [
    metric('E1', 'sum by (status) (rate(gateway_requests_total{route="login"}[2m]))', window, [
      course(window, 60, { status: '200' }, ramp(410, 368, flood)),
      course(window, 60, { status: '429' }, ramp(2, 1640, flood)),
      course(window, 60, { status: '503' }, ramp(0, 105, { from: '2026-05-19T16:36:00Z', to: '2026-05-19T16:44:00Z' })),
    ]),
    metric('E2', 'sum by (client_version) (rate(gateway_requests_total{route="login"}[2m]))', window, [
      course(window, 60, { client_version: '8.2.4' }, ramp(350, 210, flood)),
      course(window, 60, { client_version: '8.3.0' }, ramp(20, 1861, flood)),
      course(window, 60, { client_version: 'web' }, () => 42),
    ]),
    text(
      'E3',
      'releases',
      'releases of mobile-android since 2026-05-12',
      [
        '2026-05-12T09:30:00Z mobile-android 8.2.4 rollout 100 %',
        '2026-05-19T09:05:00Z mobile-android 8.3.0 staged rollout 5 %',
        '2026-05-19T16:20:00Z mobile-android 8.3.0 rollout raised from 5 % to 100 % by t.okafor',
      ].join('\n'),
    ),
    text(
      'E4',
      'git',
      'diff 8.2.4..8.3.0 -- net/src/main/kotlin/LoginClient.kt',
      [
        '--- 8.2.4 LoginClient.kt',
        '+++ 8.3.0 LoginClient.kt',
        '-  retry = RetryPolicy(maxAttempts = 3, backoff = Exponential(base = 500.ms, cap = 30.s))',
        '+  retry = RetryPolicy(maxAttempts = 12, backoff = None)',
        '   timeout = 10.s',
        '   honourRetryAfter = false',
      ].join('\n'),
    ),
    logs('E5', '{app="edge-gateway"} |= "login"', window, [
      ...lines(
        { count: 1340, first: '2026-05-19T16:25:04Z', every: 2 },
        gateway,
        (i) => `level=warn msg="rate limit exceeded" route=login status=429 client=android/8.3.0 device=${(i * 7919) % 99991}`,
      ),
      ...lines(
        { count: 43, first: '2026-05-19T16:27:10Z', every: 60 },
        gateway,
        (i) => `level=warn msg="rate limit exceeded" route=login status=429 client=android/8.2.4 device=${(i * 6007) % 99991}`,
      ),
      ...lines(
        { count: 79, first: '2026-05-19T16:37:20Z', every: 25 },
        gateway,
        () => 'level=error msg="upstream overloaded" route=login upstream=auth-api status=503',
      ),
    ]),
    metric('E6', 'sum by (pod) (rate(container_cpu_usage_seconds_total{app="auth-api"}[2m])) / 2', window, [
      course(window, 60, { pod: 'auth-api-6c9f7d-4kxtz' }, ramp(0.36, 0.94, flood)),
      course(window, 60, { pod: 'auth-api-6c9f7d-8wq2m' }, ramp(0.34, 0.91, flood)),
      course(window, 60, { pod: 'auth-api-6c9f7d-pl5vn' }, ramp(0.35, 0.93, flood)),
    ]),
    metric('E7', 'histogram_quantile by (quantile) (rate(http_server_duration_seconds_bucket{app="auth-api",route="login"}[2m]))', window, [
      course(window, 60, { quantile: '0.5' }, ramp(0.045, 0.31, flood)),
      course(window, 60, { quantile: '0.95' }, ramp(0.18, 1.92, flood)),
    ]),
    text(
      'E8',
      'gateway',
      'plugin rate-limiting, route login',
      [
        'name: rate-limiting',
        'config: minute=30 limit_by=device policy=redis error_code=429 retry_after=60',
        'updated: 2026-02-03T10:11:00Z by k.lindqvist',
      ].join('\n'),
    ),
    text(
      'E9',
      'tempo',
      'trace 5be1c07a',
      [
        'trace 5be1c07a 16:41:07 android/8.3.0 POST /v1/login, 12 attempts in 3.4 s',
        '  attempt 1 edge-gateway 1.91 s -> auth-api 1.88 s (bcrypt.compare 0.24 s, queue.wait 1.61 s) 503',
        '  attempt 2 edge-gateway 1.12 s -> auth-api 1.10 s (queue.wait 1.08 s) 503',
        '  attempts 3 to 12 edge-gateway 4 ms each 429',
      ].join('\n'),
    ),
    text(
      'E10',
      'kubernetes',
      'describe hpa auth-api -n identity',
      [
        'Reference: Deployment/auth-api',
        'Metrics: cpu 93% / 60%',
        'Min replicas: 3',
        'Max replicas: 3',
        'Deployment pods: 3 current / 3 desired',
        'ScalingLimited True TooManyReplicas the desired replica count is more than the maximum replica count',
      ].join('\n'),
    ),
    metric('E11', 'pg_stat_activity_count{datname="auth"}', window, [
      course(window, 60, { instance: 'auth-db-0' }, (at) => 22 + (Math.floor(at / 60) % 3)),
    ]),
    metric('E12', 'count(count by (device) (rate(gateway_requests_total{route="login"}[10m]) > 0))', window, [
      course(window, 60, {}, (at) => Math.round(51_200 + 260 * Math.sin(at / 310))),
    ]),
    instant('E13', 'increase(kube_pod_container_status_restarts_total{namespace="identity"}[2h])', '2026-05-19T17:10:00Z', [
      [{ pod: 'auth-api-6c9f7d-4kxtz' }, 0],
      [{ pod: 'auth-api-6c9f7d-8wq2m' }, 0],
      [{ pod: 'auth-api-6c9f7d-pl5vn' }, 0],
    ]),
    logs('E14', '{app="auth-api"} |~ "warn|error"', window, [
      ...lines(
        { count: 230, first: '2026-05-19T16:35:30Z', every: 9 },
        auth,
        (i) => `level=error msg="request queue full" depth=256 waited_ms=${1400 + ((i * 37) % 500)}`,
      ),
      ...lines(
        { count: 9, first: '2026-05-19T16:03:00Z', every: 420 },
        auth,
        () => 'level=warn msg="password hash older than policy, rehashing"',
      ),
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'GatewayTooMany429', route: 'login', namespace: 'edge', severity: 'warning' },
      expression: 'sum(rate(gateway_requests_total{route="login",status="429"}[2m])) > 100',
      threshold: 100,
      startsAt: '2026-05-19T16:31:00Z',
      onset: '2026-05-19T16:26:00Z',
      object: { kind: 'Deployment', namespace: 'edge', name: 'edge-gateway' },
    },
    now: new Date('2026-05-19T17:10:15Z'),
  },
  trueSentences: [
    ['429s on the login route climbed from 2/s to 1,640/s between 16:24 and 16:44.', limitedChange, limited],
    ['429s began to climb within five minutes of the rollout of 8.3.0 to 100 %.', limitedChange, rollout],
    ['t.okafor raised the rollout of mobile-android 8.3.0 from 5 % to 100 % at 16:20.', rollout],
    ['8.3.0 drops the exponential backoff and raises maxAttempts from 3 to 12.', newClient, oldPolicy, newPolicy],
    ['The old client backed off exponentially, from 500 ms up to 30 s; the new one retries at once.', oldPolicy, newPolicy],
    ['The app also ignores Retry-After (honourRetryAfter = false).', said('E4', 'honourRetryAfter = false')],
    [
      'Requests from 8.3.0 rose from 20/s to 1,861/s, while web stayed at 42/s.',
      of('E2', 'change', 1841, next),
      nextRate,
      of('E2', 'last', 42, web),
      of('E2', 'change', 0, web),
    ],
    ['8.3.0 sends almost nine times as many login requests as 8.2.4 (1,861/s vs 210/s).', nextRate, of('E2', 'last', 210, previous)],
    ['Web unchanged at 42 req/s.', of('E2', 'min', 42, web), of('E2', 'max', 42, web)],
    [
      'Traffic from 8.2.4 fell from 350 to 210 requests per second as phones moved over to 8.3.0.',
      of('E2', 'change', -140, previous),
      of('E2', 'last', 210, previous),
      of('E2', 'change', 1841, next),
    ],
    [
      'The gateway logged 1,340 rate-limit rejections for android/8.3.0, against only 43 for android/8.2.4.',
      counted('E5', 1340, 'client=android/8.3.0'),
      counted('E5', 43, 'client=android/8.2.4'),
      counted('E5', 1383, 'rate limit exceeded'),
    ],
    ['79 "upstream overloaded" errors on edge-gateway, the first at 16:37:20.', counted('E5', 79, 'upstream overloaded')],
    [
      'auth-api is running hot: all three pods between 91 % and 94 % CPU, up from about 35 %.',
      ...cpu,
      of('E6', 'min', [36, '%'], podA),
      of('E6', 'min', [34, '%'], podB),
      of('E6', 'min', [35, '%'], podC),
    ],
    [
      'p95 login latency went from 180 ms to 1.92 s, more than a tenfold increase.',
      slow,
      of('E7', 'min', [180, 'ms'], { quantile: '0.95' }),
    ],
    [
      'Median is up too, 45 ms → 310 ms.',
      of('E7', 'min', [45, 'ms'], { quantile: '0.5' }),
      of('E7', 'last', [310, 'ms'], { quantile: '0.5' }),
    ],
    [
      'HPA is pinned: 3 of 3 replicas, CPU 93 % against a target of 60 %.',
      said('E10', 'Metrics: cpu 93% / 60%'),
      said('E10', 'Max replicas: 3'),
      said('E10', 'Deployment pods: 3 current / 3 desired'),
    ],
    [
      'auth-api cannot scale out because the HPA has a maximum of three replicas, which is also its minimum.',
      said('E10', 'Max replicas: 3'),
      said('E10', 'Min replicas: 3'),
      said('E10', 'Reference: Deployment/auth-api'),
    ],
    [
      'The request queue of auth-api is full: 230 errors since 16:35:30, at a depth of 256.',
      queueFull,
      said('E14', 'msg="request queue full" depth=256'),
    ],
    ['The first "request queue full" came at 16:35:30, about a quarter of an hour after the rollout.', queueFull, rollout],
    ['In trace 5be1c07a, one login from android/8.3.0 made 12 attempts in 3.4 s.', trace],
    [
      'Its first two attempts reached auth-api and got a 503; the other ten were rejected by the gateway with 429 in 4 ms each.',
      first,
      second,
      others,
    ],
    ['Of the 1.88 s the first attempt spent in auth-api, 1.61 s was queueing and only 0.24 s bcrypt.', first],
    ['The second attempt spent practically all of its 1.10 s waiting in the queue.', second],
    ['A rejected retry costs the gateway 4 ms, whereas the first attempt spent 1.88 s in auth-api.', others, first],
    ['The limit is 30 requests a minute per device, enforced with 429 and retry_after=60.', limit],
    [
      'Not the rate-limit config: it was last changed on 3 February, by k.lindqvist.',
      said('E8', 'updated: 2026-02-03T10:11:00Z by k.lindqvist'),
    ],
    [
      'Not a traffic surge: the number of distinct devices stayed at about 51k the whole time.',
      of('E12', 'min', 50940),
      of('E12', 'max', 51460),
    ],
    [
      'Device count barely moved (+230 on 51,165), so the extra requests are retries.',
      of('E12', 'change', 230),
      { evidence: 'E12', statistic: 'at', at: '2026-05-19T16:00:00Z', value: 51165 },
      trace,
    ],
    ['Not the database: auth-db-0 held between 22 and 24 connections throughout.', of('E11', 'min', 22), of('E11', 'max', 24)],
    [
      'No container restarts in identity over the past two hours.',
      of('E13', 'last', 0, podA),
      of('E13', 'last', 0, podB),
      of('E13', 'last', 0, podC),
    ],
    ['Nothing in the auth-api logs about postgres or timeouts.', none('E14', 'postgres'), none('E14', 'timeout')],
    [
      'Successful logins slipped by about 10 %, from 410/s to 368/s.',
      of('E1', 'max', 410, at200),
      of('E1', 'last', 368, at200),
      of('E1', 'change', -42, at200),
    ],
    ['503s appeared after 16:36 and have held at 105/s since 16:44.', of('E1', 'change', 105, at503), shed],
    ['429s run at more than 16 times the threshold of 100/s.', limited],
    ['For every successful login, the gateway rejects more than four requests.', limited, of('E1', 'last', 368, at200)],
    [
      '8.3.0 had been out at 5 % since 09:05 without trouble: at 16:00 it made 20 requests per second and 429s stood at 2/s.',
      staged,
      { evidence: 'E2', series: next, statistic: 'at', at: '2026-05-19T16:00:00Z', value: 20 },
      { evidence: 'E1', series: at429, statistic: 'at', at: '2026-05-19T16:00:00Z', value: 2 },
    ],
    ['The staged rollout ran for a little over seven hours before it was opened to everyone.', staged, rollout],
    [
      'auth-api-6c9f7d-4kxtz is the busiest pod at 94 % CPU, but the other two are at 91 % and 93 %, so it is not a single bad pod.',
      ...cpu,
    ],
    ['No recovery so far: 429s have sat at their peak of 1,640/s since 16:44.', of('E1', 'max', 1640, at429), limited],
    [
      'The nine password rehash warnings are noise; they started at 16:03, before the rollout.',
      counted('E14', 9, 'password hash older than policy, rehashing'),
      rollout,
    ],
    ['The alert fired 11 minutes after the rollout went to 100 %.', rollout],
    ['Not client timeouts: p95 is 1.92 s, far below the 10 s timeout of the app.', slow, said('E4', 'timeout = 10.s')],
    [
      '8.3.0 removed the backoff from login retries (up to 12 attempts with no delay), so once it was rolled out to 100 % its clients hammered the gateway.',
      newClient,
      newPolicy,
      oldPolicy,
      rollout,
      nextRate,
    ],
    ['The retries that get past the rate limit saturate auth-api: every pod above 90 % CPU, p95 at 1.9 s.', ...cpu, slow, trace],
    [
      'Android release 8.3.0 retries logins up to 12 times without backoff, and its rollout to 100 % at 16:20 drove 429s to 1,640/s. auth-api is saturated at three replicas, with a p95 of 1.9 s.',
      newClient,
      newPolicy,
      rollout,
      limited,
      said('E10', 'Max replicas: 3'),
      slow,
      ...cpu,
    ],
    [
      'Retry storm from android 8.3.0. Gateway blocks most of it (1,640/s), yet auth-api still sheds 105 req/s as 503.',
      nextRate,
      newPolicy,
      limited,
      shed,
    ],
  ],
}
