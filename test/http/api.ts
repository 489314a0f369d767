import { createReceive } from '../../src/alert/receive.ts'
import type { Context } from '../../src/context.ts'
import { createReadiness, type Readiness } from '../../src/http/readiness.ts'
import { openApi } from '../../src/http/server.ts'
import { testContext } from '../context.ts'

export const TOKEN = 'test-token-of-the-api'

/** `body` is read in so many shapes that a type for each would only repeat the assertions. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Reply = { status: number; headers: Headers; body: any; text: string }

export type TestApi = {
  url: string
  context: Context
  readiness: Readiness
  /** With the token unless `headers` says otherwise; a body that is no string goes as JSON. */
  call(method: string, path: string, more?: { body?: unknown; headers?: Record<string, string> }): Promise<Reply>
  close(): Promise<void>
}

/** The API over real HTTP on a fresh database. */
export const testApi = async (env: Record<string, string> = {}, overrides: Partial<Context> = {}): Promise<TestApi> => {
  const { context, close } = await testContext(
    { VIGIL_API_TOKEN: TOKEN, VIGIL_HTTP_PORT: '0', VIGIL_HTTP_HOST: '127.0.0.1', ...env },
    overrides,
  )
  const readiness = createReadiness()
  const api = await openApi(context, { receive: createReceive(context), readiness })
  const url = `http://127.0.0.1:${api.port}`
  return {
    url,
    context,
    readiness,
    call: async (method, path, { body, headers = { authorization: `Bearer ${TOKEN}` } } = {}) => {
      const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
      const response = await fetch(`${url}${path}`, { method, headers, ...sent })
      const text = await response.text()
      const isJson = text !== '' && (response.headers.get('content-type')?.includes('json') ?? false)
      return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
    },
    close: async () => {
      await api.close()
      await close()
    },
  }
}

/** The webhook that a real Alertmanager 0.25 sent. */
export const webhook = {
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
}

export const firing = (labels: Record<string, string>, more: object = {}) => ({
  status: 'firing',
  labels,
  annotations: {},
  startsAt: '2026-11-20T21:51:03.568Z',
  ...more,
})
