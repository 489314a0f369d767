import type { ServerResponse } from 'node:http'
import type { TestContext } from 'node:test'
import type { KubeObject } from '../src/kubernetes/state.ts'
import { type Asked, serve, type Wire } from './datasources/wire.ts'
import { kubeAnswers } from './kubernetes/api.ts'
import { object } from './kubernetes/made.ts'

/** Every kind of data source that Vigil can be given, by the name that its gaps use. */
export const SOURCES = ['Prometheus', 'Alertmanager', 'Loki', 'Tempo', 'Pyroscope', 'Kubernetes', 'GitHub', 'Argo CD'] as const
export type SourceName = (typeof SOURCES)[number]

/** `hangs`: takes the question and never answers; `drips`: a byte of the answer now and then; `refuses`: 503; `gone`: ends the connection. */
export type Mode = 'answers' | 'hangs' | 'drips' | 'refuses' | 'gone'

export type AllSources = {
  readonly env: Readonly<Record<string, string>>
  /** For `vigil.yaml`: what no variable sets. */
  readonly file: Readonly<Record<string, unknown>>
  readonly mode: Record<SourceName, Mode>
  readonly wires: Readonly<Record<SourceName, Wire>>
}

/** The alert that these sources know: errors of checkout in the namespace shop, since six minutes. */
export const ALERT = { alertname: 'HighErrorRate', service: 'checkout', namespace: 'shop', severity: 'critical' }
const EXPRESSION = 'sum by (service) (rate(http_requests_total{service="checkout",code=~"5.."}[1m])) > 5'

/** In seconds, and what gives milliseconds. */
type Times = { readonly brokenAt: number; readonly now: () => number }

/** `now`: milliseconds, where the test has a time of its own; `objects`: what the cluster has beside its own. */
type Options = { readonly delayMs?: number; readonly now?: () => number; readonly objects?: readonly KubeObject[] }

/** All data sources, each on a server of its own that answers after `delayMs`, as a busy one on the same network does. */
export const allSources = async (t: TestContext, { delayMs = 20, now = Date.now, objects = [] }: Options = {}): Promise<AllSources> => {
  const mode = Object.fromEntries(SOURCES.map((name) => [name, 'answers'])) as Record<SourceName, Mode>
  const brokenAt = Math.floor(now() / 1000) - 6 * 60
  const answers = answering({ brokenAt, now }, objects)
  const open = (name: SourceName): Promise<Wire> =>
    serve(t, (asked, response) => {
      switch (mode[name]) {
        case 'hangs':
          return
        case 'drips':
          return drip(response)
        case 'refuses':
          return void response.writeHead(503, { 'content-type': 'text/plain' }).end('no healthy upstream')
        case 'gone':
          return void response.destroy()
        case 'answers':
          setTimeout(() => answers[name](asked, response), delayMs)
      }
    })
  const opened = await Promise.all(SOURCES.map(async (name) => [name, await open(name)] as const))
  const wires = Object.fromEntries(opened) as Record<SourceName, Wire>
  return {
    env: {
      VIGIL_PROMETHEUS_ENDPOINT: wires.Prometheus.url,
      VIGIL_ALERTMANAGER_ENDPOINT: wires.Alertmanager.url,
      VIGIL_LOKI_ENDPOINT: wires.Loki.url,
      VIGIL_TEMPO_ENDPOINT: wires.Tempo.url,
      VIGIL_PYROSCOPE_ENDPOINT: wires.Pyroscope.url,
      VIGIL_KUBERNETES_ENDPOINT: wires.Kubernetes.url,
      VIGIL_KUBERNETES_TOKEN: 'k8s-token',
      VIGIL_GITHUB_API: wires.GitHub.url,
      VIGIL_ARGOCD_ENDPOINT: wires['Argo CD'].url,
    },
    file: { github: { repositories: [{ repository: 'shop/checkout', service: 'checkout' }] } },
    mode,
    wires,
  }
}

const drip = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{')
  const timer = setInterval(() => response.write(' '), 100)
  response.on('close', () => clearInterval(timer))
}

type Answers = (asked: Asked, response: ServerResponse) => void

const json =
  (body: (asked: Asked) => unknown): Answers =>
  (asked, response) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body(asked)))

const answering = ({ brokenAt, now }: Times, objects: readonly KubeObject[]): Readonly<Record<SourceName, Answers>> => ({
  Prometheus: json((asked) => prometheus(asked, { brokenAt, now })),
  Alertmanager: json(() => []),
  Loki: json((asked) => loki(asked, brokenAt)),
  Tempo: json((asked) => tempo(asked, brokenAt)),
  Pyroscope: json(() => ({})),
  Kubernetes: kubeAnswers({ objects: [...cluster(brokenAt), ...objects] }),
  GitHub: json(({ path }) => github(path, brokenAt)),
  'Argo CD': json(() => ({ items: [] })),
})

const FAMILIES = [
  'http_requests_total',
  'http_request_duration_seconds_sum',
  'go_goroutines',
  'process_open_fds',
  'db_pool_in_use',
  'queue_length',
]

const prometheus = ({ path, params }: Asked, { brokenAt, now: clock }: Times): unknown => {
  const { query = '', start = '0', end, step = '60', time } = params
  const now = Number(time ?? end ?? clock() / 1000)
  if (path === '/api/v1/rules') {
    const rule = { type: 'alerting', name: ALERT.alertname, query: EXPRESSION, duration: 60, labels: { severity: 'critical' } }
    return { status: 'success', data: { groups: [{ name: 'shop', interval: 15, rules: [rule] }] } }
  }
  if (!path.startsWith('/api/v1/query')) return { status: 'success', data: [] }
  const isRange = path.endsWith('query_range')
  const of = (metric: Record<string, string>, at: (second: number) => number) => {
    const values: [number, string][] = []
    if (isRange || query.endsWith('s]'))
      for (let second = isRange ? Number(start) : now - 7200; second <= now; second += isRange ? Number(step) : 60)
        values.push([second, String(at(second))])
    return values.length > 0 ? { metric, values } : { metric, value: [now, String(at(now))] }
  }
  const result = (rows: unknown[]) => ({
    status: 'success',
    data: { resultType: isRange || query.endsWith('s]') ? 'matrix' : 'vector', result: rows },
  })
  if (query.includes('http_requests_total{service="checkout",code=~"5.."}'))
    return result([of({ service: 'checkout' }, (second) => (second < brokenAt ? 0.2 : 12.4))])
  if (query.startsWith('count by (__name__)')) return result(FAMILIES.map((name) => of({ __name__: name }, () => 4)))
  if (query.startsWith('sum(count_over_time(')) return result([of({}, () => 60)])
  if (query.startsWith('{namespace="shop"') && query.endsWith('s]'))
    return result(
      FAMILIES.flatMap((name) =>
        ['checkout', 'cart', 'search', 'mail'].map((service, i) =>
          of({ __name__: name, namespace: 'shop', service }, (second) =>
            name.endsWith('_total')
              ? second * (i + 1)
              : 10 + (second % 7) + (i === 0 && name === 'db_pool_in_use' && second >= brokenAt ? 60 : 0),
          ),
        ),
      ),
    )
  if (query.includes('traces_service_graph_request_total'))
    return result([of({ client: 'web', server: 'checkout' }, () => 1), of({ client: 'checkout', server: 'cart' }, () => 1)])
  return result([])
}

const loki = ({ path, params }: Asked, brokenAt: number): unknown => {
  if (path.endsWith('/labels')) return { status: 'success', data: ['namespace', 'service'] }
  if (path.includes('/label/')) return { status: 'success', data: ['cart', 'checkout', 'search', 'web'] }
  const { start = '0', end = '0' } = params
  const from = Number(BigInt(start) / 1_000_000_000n)
  const to = Number(BigInt(end) / 1_000_000_000n)
  const values: [string, string][] = []
  for (let second = from; second < to; second += 10) {
    const line =
      second >= brokenAt
        ? `level=error msg="timeout acquiring connection from pool" waited=${second % 9}s`
        : 'level=info msg="order placed"'
    values.unshift([`${second}000000000`, line])
  }
  // Two pods that log at the same moments.
  const result = ['a', 'b'].map((pod) => ({ stream: { namespace: 'shop', service: 'checkout', pod: `checkout-${pod}` }, values }))
  return { status: 'success', data: { resultType: 'streams', result } }
}

const tempo = ({ path, params }: Asked, brokenAt: number): unknown => {
  const id = /\/traces\/(\w+)$/.exec(path)?.[1]
  if (id !== undefined) {
    const start = (Number.parseInt(id.slice(1), 16) || 0) * 1e9
    const span = (spanId: string, service: string, ms: number, parent?: string) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [
        {
          spans: [
            {
              ...{ spanId, name: 'POST /orders', kind: 'SPAN_KIND_SERVER', startTimeUnixNano: String(start), status: {}, attributes: [] },
              endTimeUnixNano: String(start + ms * 1e6),
              ...(parent === undefined ? {} : { parentSpanId: parent }),
            },
          ],
        },
      ],
    })
    return { batches: [span('a1', 'checkout', 900), span('b1', 'cart', 40, 'a1')] }
  }
  const from = Number(params['start'] ?? 0)
  const isSlow = Number(params['end'] ?? 0) > brokenAt
  return {
    traces: Array.from({ length: 24 }, (_, i) => ({
      ...{ traceID: `f${(from + i).toString(16)}`, rootServiceName: 'checkout', rootTraceName: 'POST /orders' },
      ...{ startTimeUnixNano: `${from + i}000000000`, durationMs: isSlow ? 900 + i : 40 + i },
    })),
    metrics: {},
  }
}

const github = (path: string, brokenAt: number): unknown => {
  const at = new Date((brokenAt - 120) * 1000).toISOString()
  if (path.endsWith('/statuses')) return [{ state: 'success', created_at: at }]
  return [{ id: 7, sha: '7'.repeat(40), ref: 'v2.14.0', created_at: at, creator: { login: 'alice' } }]
}

const cluster = (brokenAt: number) => [
  object('Namespace', 'shop'),
  object('Node', 'worker-1', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
  object('Deployment', 'shop/checkout', {
    metadata: { creationTimestamp: new Date((brokenAt - 864_000) * 1000).toISOString() },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'checkout' } },
      template: { spec: { containers: [{ name: 'app', image: 'checkout:1' }] } },
    },
    status: { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1 },
  }),
  object('Service', 'shop/checkout', { spec: { selector: { app: 'checkout' }, ports: [{ port: 80, targetPort: 8080 }] } }),
]
