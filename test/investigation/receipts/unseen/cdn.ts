import type { Receipt } from '../../../../src/investigation/analysis.ts'
import { course, instant, lines, logs, metric, ramp, text, type Unseen } from './world.ts'

const window = { from: '2026-02-17T18:50:00Z', to: '2026-02-17T19:50:00Z' }
const expiry = { from: '2026-02-17T19:14:00Z', to: '2026-02-17T19:19:30Z' }
const pods = { from: '2026-02-17T19:14:00Z', to: '2026-02-17T19:50:00Z' }
const wave = (value: (at: number) => number, share: number, period: number) => (at: number) =>
  value(at) * (1 + share * Math.sin(at / period))
const hpa = (at: number) => (at < Date.parse('2026-02-17T19:18:30Z') / 1000 ? 6 : at < Date.parse('2026-02-17T19:23:00Z') / 1000 ? 9 : 12)

type Statistic = 'last' | 'min' | 'max' | 'mean' | 'change' | 'at'

const quote = (evidence: string, words: string): Receipt => ({ evidence, quote: words })
const of =
  (evidence: string, series?: Record<string, string>) =>
  (statistic: Statistic, value: number, at?: string): Receipt => ({
    evidence,
    ...(series && { series }),
    statistic,
    ...(at && { at }),
    value,
  })

const release = quote('E10', '88        2026-02-17T19:12:20Z  registry.acme.io/storefront:5.31.0')
const hit = of('E1')
const products = of('E2', { path_group: 'product-pages' })
const catalog = of('E2', { path_group: 'api-catalog' })
const assets = of('E2', { path_group: 'static-assets' })
const edge = of('E3')
const origin = of('E4', { service: 'storefront' })
const egress = of('E5', { service: 'storefront' })
const cpu = (pod: string, statistic: Statistic, value: number): Receipt =>
  of('E6', { pod: `storefront-6f7c9d8b5-${pod}` })(statistic, value)
const latency = of('E7')

export const cdn: Unseen = {
  evidence: [
    metric('E1', 'sum(rate(fastly_rt_hits_total[1m])) / sum(rate(fastly_rt_requests_total[1m]))', window, [
      course(window, 30, {}, wave(ramp(0.941, 0.216, expiry), 0.004, 130)),
    ]),
    metric('E2', 'sum by (path_group) (rate(edge_hits_total[1m])) / sum by (path_group) (rate(edge_requests_total[1m]))', window, [
      course(window, 30, { path_group: 'product-pages' }, ramp(0.926, 0.011, expiry)),
      course(window, 30, { path_group: 'api-catalog' }, ramp(0.884, 0.007, expiry)),
      course(
        window,
        30,
        { path_group: 'static-assets' },
        wave(() => 0.987, 0.001, 90),
      ),
    ]),
    metric('E3', 'sum(rate(fastly_rt_requests_total[1m]))', window, [
      course(
        window,
        30,
        {},
        wave(() => 6820, 0.015, 210),
      ),
    ]),
    metric('E4', 'sum by (service) (rate(origin_http_requests_total{namespace="shop"}[1m]))', window, [
      course(window, 30, { service: 'storefront' }, wave(ramp(398, 5310, expiry), 0.01, 170)),
      course(
        window,
        30,
        { service: 'media' },
        wave(() => 212, 0.02, 110),
      ),
    ]),
    metric('E5', 'sum by (service) (rate(origin_transmit_bytes_total{namespace="shop"}[1m]))', window, [
      course(window, 30, { service: 'storefront' }, wave(ramp(36.4e6, 487e6, expiry), 0.008, 150)),
      course(
        window,
        30,
        { service: 'media' },
        wave(() => 58.2e6, 0.015, 120),
      ),
    ]),
    metric('E6', 'sum by (pod) (rate(container_cpu_usage_seconds_total{pod=~"storefront-6f7c9d8b5-(2xkqp|h9w4m|tl7vz)"}[1m]))', pods, [
      course(pods, 30, { pod: 'storefront-6f7c9d8b5-2xkqp' }, wave(ramp(0.58, 3.71, expiry), 0.006, 80)),
      course(pods, 30, { pod: 'storefront-6f7c9d8b5-h9w4m' }, wave(ramp(0.61, 3.64, expiry), 0.006, 95)),
      course(pods, 30, { pod: 'storefront-6f7c9d8b5-tl7vz' }, wave(ramp(0.55, 3.78, expiry), 0.006, 70)),
    ]),
    metric('E7', 'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{service="storefront"}[1m])))', window, [
      course(window, 30, {}, wave(ramp(0.168, 1.84, { from: '2026-02-17T19:15:00Z', to: '2026-02-17T19:21:00Z' }), 0.02, 60)),
    ]),
    metric('E8', 'kube_deployment_status_replicas{namespace="shop",deployment="storefront"}', window, [
      course(window, 30, { deployment: 'storefront' }, hpa),
    ]),
    logs('E9', '{app="storefront", namespace="shop"} |~ "level=(warn|error)"', window, [
      ...lines(
        { count: 412, first: '2026-02-17T19:18:04Z', every: 4 },
        { app: 'storefront', namespace: 'shop', level: 'error' },
        (i) => `level=error msg="request queue full, shedding load" status=503 queue=${256 + (i % 3)} route=/product/:slug`,
      ),
      ...lines(
        { count: 57, first: '2026-02-17T19:16:12Z', every: 33 },
        { app: 'storefront', namespace: 'shop', level: 'warn' },
        (i) => `level=warn msg="event loop lag ${180 + ((i * 37) % 260)}ms" worker=${i % 4}`,
      ),
      ...lines(
        { count: 3, first: '2026-02-17T18:53:20Z', every: 610 },
        { app: 'storefront', namespace: 'shop', level: 'warn' },
        () => 'level=warn msg="image variant missing, serving placeholder"',
      ),
    ]),
    text(
      'E10',
      'kubernetes',
      'rollout history deployment/storefront -n shop',
      [
        'REVISION  TIME                  IMAGE                               CHANGE-CAUSE',
        '87        2026-02-12T10:04:51Z  registry.acme.io/storefront:5.30.4  fix price rounding on bundles',
        '88        2026-02-17T19:12:20Z  registry.acme.io/storefront:5.31.0  move response headers to middleware v2',
        'deployment "storefront" successfully rolled out at 2026-02-17T19:14:05Z (6 of 6 pods updated)',
        'container storefront: cpu limit 4, memory limit 2Gi',
      ].join('\n'),
    ),
    text(
      'E11',
      'github',
      'compare 5.30.4...5.31.0 acme/storefront',
      [
        '3 commits, 7 files changed, author: j.okafor',
        '--- a/src/server/headers.ts',
        '+++ b/src/server/headers.ts',
        "-  response.setHeader('Cache-Control', 'public, max-age=300, stale-while-revalidate=60')",
        "-  response.setHeader('Surrogate-Key', keysOf(page))",
        "+  response.setHeader('Surrogate-Key', keysOf(page))",
        '+  // caching headers: see middleware v2',
        '--- a/src/server/middleware-v2.ts',
        '+++ b/src/server/middleware-v2.ts',
        "+  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private, no-store')",
      ].join('\n'),
    ),
    text(
      'E12',
      'http-probe',
      'HEAD https://www.acme.io/product/oak-desk from 3 regions at 2026-02-17T19:41:10Z',
      [
        'fra  200  cache-control: private, no-store  x-cache: MISS  age: 0  x-served-by: cache-fra-19134  ttfb 1.79 s',
        'iad  200  cache-control: private, no-store  x-cache: MISS  age: 0  x-served-by: cache-iad-2044   ttfb 1.86 s',
        'sin  200  cache-control: private, no-store  x-cache: MISS  age: 0  x-served-by: cache-sin-1811   ttfb 2.04 s',
      ].join('\n'),
    ),
    text(
      'E13',
      'fastly',
      'service events 2026-02-16T00:00:00Z to 2026-02-17T19:50:00Z',
      [
        'service shop-edge, active version 214, activated 2026-02-03T09:30:12Z',
        'purge-all events: 0',
        'surrogate-key purges: 18 (last 2026-02-17T17:22:40Z)',
        'shielding: enabled (FRA), unchanged',
        'provider status: all systems operational',
      ].join('\n'),
    ),
    instant('E14', 'sum by (code) (rate(origin_http_requests_total{service="storefront"}[5m]))', '2026-02-17T19:50:00Z', [
      [{ code: '200' }, 5120],
      [{ code: '304' }, 41],
      [{ code: '503' }, 134],
    ]),
  ],
  given: {
    alert: {
      labels: { alertname: 'OriginEgressHigh', service: 'storefront', namespace: 'shop', severity: 'critical' },
      expression: 'sum by (service) (rate(origin_transmit_bytes_total{namespace="shop"}[1m])) > 250e6',
      threshold: 250e6,
      startsAt: '2026-02-17T19:22:00Z',
      onset: '2026-02-17T19:17:00Z',
      object: { kind: 'Deployment', namespace: 'shop', name: 'storefront' },
    },
    now: new Date('2026-02-17T19:50:20Z'),
  },
  trueSentences: [
    [
      'The CDN hit ratio fell from about 94 % to 22 % between 19:14 and 19:20 UTC.',
      hit('change', -0.721),
      hit('at', 0.94, '2026-02-17T19:14:00Z'),
      hit('at', 0.215, '2026-02-17T19:20:00Z'),
    ],
    ['Hit ratio 21.6 %, was 93.8 % an hour ago.', hit('last', 0.216), hit('change', -0.721)],
    [
      'Release 5.31.0 dropped the "Cache-Control: public, max-age=300" header, so the CDN no longer keeps product pages.',
      quote('E11', "-  response.setHeader('Cache-Control', 'public, max-age=300, stale-while-revalidate=60')"),
      quote('E10', 'registry.acme.io/storefront:5.31.0  move response headers to middleware v2'),
      products('last', 0.011),
    ],
    [
      'Origin egress of storefront climbed to 487 MB/s, nearly twice the 250 MB/s threshold.',
      egress('last', 486976000),
      egress('change', 450313000),
    ],
    ['Egress is up 13-fold, from 36.7 MB/s to 487 MB/s.', egress('at', 36662900, '2026-02-17T18:50:00Z'), egress('last', 486976000)],
    ['Peak egress was 491 MB/s at 19:22:30.', egress('max', 490896000)],
    [
      'Egress crossed 250 MB/s at about 19:17, three minutes after 5.31.0 was fully rolled out.',
      egress('at', 280834000, '2026-02-17T19:17:00Z'),
      egress('change', 450313000),
      quote('E10', 'successfully rolled out at 2026-02-17T19:14:05Z (6 of 6 pods updated)'),
      release,
    ],
    [
      'Edge traffic did not change: the CDN served about 6.8k requests per second throughout.',
      edge('min', 6717.81),
      edge('max', 6922.19),
      edge('mean', 6820.41),
    ],
    [
      'Not a traffic surge: edge requests stayed between 6,718 and 6,922 req/s over the whole hour.',
      edge('min', 6717.81),
      edge('max', 6922.19),
    ],
    ['Static assets are unaffected, with a hit ratio of 98.8 %.', assets('last', 0.98786), assets('change', 0.00107)],
    [
      'Only pages and API lost their caching: product-pages went from 92.6 % to 1.1 % and api-catalog from 88.4 % to 0.7 %, while static-assets held at 98.7 %.',
      products('change', -0.915),
      products('last', 0.011),
      catalog('change', -0.877),
      catalog('last', 0.007),
      assets('mean', 0.987),
    ],
    [
      'Page caching is effectively off: 1.1 % hits on product pages, 0.7 % on the catalog API.',
      products('last', 0.011),
      catalog('last', 0.007),
    ],
    [
      'The three storefront pods sampled burn 3.6 to 3.8 cores each, up from roughly 0.6 at start.',
      cpu('2xkqp', 'last', 3.72592),
      cpu('2xkqp', 'change', 3.14432),
      cpu('h9w4m', 'last', 3.62407),
      cpu('h9w4m', 'change', 3.01381),
      cpu('tl7vz', 'last', 3.77043),
      cpu('tl7vz', 'change', 3.22319),
    ],
    [
      'CPU of storefront-6f7c9d8b5-tl7vz climbed from 0.55 to 3.77 cores, which is 94 % of its limit of 4.',
      cpu('tl7vz', 'min', 0.547233),
      cpu('tl7vz', 'last', 3.77043),
      quote('E10', 'container storefront: cpu limit 4'),
    ],
    [
      'CPU per pod rose by 3.0 to 3.2 cores.',
      cpu('2xkqp', 'change', 3.14432),
      cpu('h9w4m', 'change', 3.01381),
      cpu('tl7vz', 'change', 3.22319),
    ],
    ['p95 latency of storefront went from 167 ms to 1.84 s.', latency('change', 1.67363), latency('last', 1.84056)],
    [
      'Latency is now 11 times what it was before the release (1.84 s vs. 0.17 s).',
      latency('last', 1.84056),
      latency('at', 0.166927, '2026-02-17T18:50:00Z'),
      release,
    ],
    ['p95 peaked at 1.88 s.', latency('max', 1.87674)],
    [
      'The HPA doubled storefront from 6 to 12 replicas by 19:23, yet the sampled pods still sit at 3.6 cores or more.',
      { evidence: 'E8', statistic: 'change', value: 6 },
      { evidence: 'E8', statistic: 'last', value: 12 },
      cpu('2xkqp', 'last', 3.72592),
      cpu('h9w4m', 'last', 3.62407),
      cpu('tl7vz', 'last', 3.77043),
    ],
    [
      'storefront scaled out 6 → 9 → 12; 12 is where it has been since 19:23.',
      { evidence: 'E8', statistic: 'min', value: 6 },
      { evidence: 'E8', statistic: 'at', at: '2026-02-17T19:20:00Z', value: 9 },
      { evidence: 'E8', statistic: 'at', at: '2026-02-17T19:23:00Z', value: 12 },
      { evidence: 'E8', statistic: 'last', value: 12 },
    ],
    [
      'storefront shed load 412 times with "request queue full".',
      { evidence: 'E9', count: 412, matching: 'request queue full, shedding load' },
    ],
    [
      'The first rejected requests were logged at 19:18:04, four minutes after the rollout completed at 19:14:05.',
      quote('E9', 'shedding load" status=<*> queue=<*> route=<*>:slug (2026-02-17T19:18:04Z to 2026-02-17T19:45:28Z)'),
      quote('E10', 'successfully rolled out at 2026-02-17T19:14:05Z'),
    ],
    [
      'Of some 5,300 origin requests per second, 134 are answered with 503 (2.5 %).',
      { evidence: 'E14', series: { code: '503' }, statistic: 'last', value: 134 },
      origin('last', 5309.71),
    ],
    [
      '503s: 134/s; 200s: 5,120/s.',
      { evidence: 'E14', series: { code: '503' }, statistic: 'last', value: 134 },
      { evidence: 'E14', series: { code: '200' }, statistic: 'last', value: 5120 },
    ],
    [
      'The release went out at 19:12:20, the hit ratio began to drop at 19:14 and the alert fired at 19:22.',
      release,
      hit('change', -0.721),
      hit('at', 0.94, '2026-02-17T19:14:00Z'),
    ],
    ['The drop began within two minutes of the deploy.', release, hit('change', -0.721), hit('at', 0.876, '2026-02-17T19:14:30Z')],
    [
      'A HEAD request to a product page gets "cache-control: private, no-store" and x-cache: MISS in all three regions (fra, iad, sin).',
      quote('E12', 'fra  200  cache-control: private, no-store  x-cache: MISS'),
      quote('E12', 'iad  200  cache-control: private, no-store  x-cache: MISS'),
      quote('E12', 'sin  200  cache-control: private, no-store  x-cache: MISS'),
    ],
    [
      'Time to first byte is 1.79 s in fra and 2.04 s in sin.',
      quote('E12', 'x-served-by: cache-fra-19134  ttfb 1.79 s'),
      quote('E12', 'x-served-by: cache-sin-1811   ttfb 2.04 s'),
    ],
    [
      'No purge-all was issued, and the last surrogate-key purge dates from 17:22:40, almost two hours before the drop.',
      quote('E13', 'purge-all events: 0'),
      quote('E13', 'surrogate-key purges: 18 (last 2026-02-17T17:22:40Z)'),
      hit('change', -0.721),
    ],
    [
      'Not the edge configuration: version 214 has been active since 3 February.',
      quote('E13', 'active version 214, activated 2026-02-03T09:30:12Z'),
    ],
    ['Ruled out: a Fastly outage. The provider reports all systems operational.', quote('E13', 'provider status: all systems operational')],
    ['Shielding is enabled and was not changed.', quote('E13', 'shielding: enabled (FRA), unchanged')],
    [
      'media is healthy: egress flat at around 58 MB/s.',
      { evidence: 'E5', series: { service: 'media' }, statistic: 'mean', value: 58175600 },
      { evidence: 'E5', series: { service: 'media' }, statistic: 'change', value: 731741 },
    ],
    [
      'Storefront sends 487 MB/s, about eight times as much as media (59 MB/s).',
      egress('last', 486976000),
      { evidence: 'E5', series: { service: 'media' }, statistic: 'last', value: 59073000 },
    ],
    ['Origin requests to storefront rose from 395 to 5,310 per second.', origin('change', 4914.59), origin('last', 5309.71)],
    [
      'Nearly four in five edge requests now reach the storefront origin (5,310 of 6,740 per second).',
      origin('last', 5309.71),
      edge('last', 6739.74),
    ],
    [
      'Load has plateaued: the origin has been taking around 5.3k req/s since 19:20.',
      origin('at', 5358.87, '2026-02-17T19:20:00Z'),
      origin('max', 5363.01),
      origin('last', 5309.71),
    ],
    [
      'No out-of-memory or database errors in the storefront log.',
      { evidence: 'E9', absent: 'OutOfMemory' },
      { evidence: 'E9', absent: 'heap' },
      { evidence: 'E9', absent: 'database' },
    ],
    [
      'The old max-age was 300 seconds, which fits the five and a half minutes it took the hit ratio to decay (19:14:00 to 19:19:30).',
      quote('E11', "'public, max-age=300, stale-while-revalidate=60'"),
      hit('at', 0.94, '2026-02-17T19:14:00Z'),
      hit('at', 0.215, '2026-02-17T19:19:30Z'),
    ],
    [
      'middleware-v2.ts now marks every response without a Cache-Control header as "private, no-store".',
      quote('E11', '+++ b/src/server/middleware-v2.ts'),
      quote('E11', "+  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'private, no-store')"),
    ],
    [
      'Root cause: the header refactoring in 5.31.0 removed Cache-Control from src/server/headers.ts, and the new default "private, no-store" makes pages uncacheable.',
      quote('E11', '+++ b/src/server/headers.ts'),
      quote('E11', "-  response.setHeader('Cache-Control', 'public, max-age=300, stale-while-revalidate=60')"),
      quote('E11', "response.setHeader('Cache-Control', 'private, no-store')"),
      quote('E10', 'storefront:5.31.0  move response headers to middleware v2'),
    ],
    ['The change is small: 3 commits, 7 files, by j.okafor.', quote('E11', '3 commits, 7 files changed, author: j.okafor')],
    ['Surrogate-Key is still being set in the new code.', quote('E11', "+  response.setHeader('Surrogate-Key', keysOf(page))")],
    [
      'Event loop lag was reported 57 times, beginning at 19:16:12.',
      { evidence: 'E9', count: 57, matching: 'event loop lag' },
      quote('E9', 'level=warn msg="event loop lag <*>" worker=<*> (2026-02-17T19:16:12Z to 2026-02-17T19:47:00Z)'),
    ],
    [
      'The three "image variant missing" warnings are unrelated, since the first of them (18:53:20) predates the release.',
      { evidence: 'E9', count: 3, matching: 'image variant missing' },
      quote('E9', 'image variant missing, serving placeholder" (2026-02-17T18:53:20Z to 2026-02-17T19:13:40Z)'),
      release,
    ],
    [
      'Shed requests are product pages (route /product/:slug), rejected with status 503.',
      quote('E9', 'msg="request queue full, shedding load" status=503 queue=256 route=/product/:slug'),
      { evidence: 'E9', count: 412, matching: 'route=/product/:slug' },
    ],
    [
      'Revision 87 (storefront:5.30.4, from 12 February) is the last one that still sent the header.',
      quote('E10', '87        2026-02-12T10:04:51Z  registry.acme.io/storefront:5.30.4'),
      release,
      quote('E11', "-  response.setHeader('Cache-Control', 'public, max-age=300, stale-while-revalidate=60')"),
    ],
    [
      'Release 5.31.0, deployed at 19:12:20, lost the Cache-Control header and the CDN hit ratio collapsed from 94 % to 22 %. Storefront now takes 13 times its usual requests (5,310 instead of 395 per second) and sheds some of them with 503.',
      release,
      quote('E11', "-  response.setHeader('Cache-Control', 'public, max-age=300, stale-while-revalidate=60')"),
      hit('change', -0.721),
      hit('last', 0.216),
      origin('change', 4914.59),
      origin('last', 5309.71),
      quote('E9', 'msg="request queue full, shedding load" status=503'),
    ],
  ],
}
