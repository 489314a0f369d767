import { type App, type AppOverrides, startApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import type { Db } from '../src/db/connection.ts'
import type { Incident } from '../src/db/schema.ts'
import { incidentReport } from '../src/incident/report.ts'
import { freshDatabase } from './template.ts'

export const TOKEN = 'road-test-api-token'

// biome-ignore lint/suspicious/noExplicitAny: read in so many shapes that a type for each would only repeat the assertions
export type Answer = { status: number; body: any; ms: number }

export type RunningVigil = {
  app: App
  db: Db
  url: string
  /** The API with its token; objects go as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Answer>
  incidents(): Promise<Incident[]>
  /** The incident about a subject, in full, as the API tells it. */
  report(id: string): Promise<NonNullable<Awaited<ReturnType<typeof incidentReport>>>>
  close(): Promise<void>
}

/** The whole product in this process, on a database of its own, started by the same `startApp` as in production. */
export const startVigil = async (env: Readonly<Record<string, string>>, overrides: AppOverrides = {}): Promise<RunningVigil> => {
  const made = await freshDatabase()
  const config = loadConfig({
    env: {
      VIGIL_CONFIG: '/dev/null',
      VIGIL_API_TOKEN: TOKEN,
      VIGIL_HTTP_PORT: '0',
      VIGIL_HTTP_HOST: '127.0.0.1',
      VIGIL_ADMIN_PORT: '0',
      VIGIL_ADMIN_HOST: '127.0.0.1',
      VIGIL_LOG_LEVEL: process.env['VIGIL_TEST_LOG'] ?? 'silent',
      ...env,
      ...(made.url === undefined ? {} : { VIGIL_DATABASE_URL: made.url }),
    },
    flags: {},
  })
  const app = await startApp(config, { ...overrides, ...(made.embedded === undefined ? {} : { embedded: made.embedded }) })
  const { db } = app.context
  const url = `http://127.0.0.1:${app.ports.api}`
  return {
    app,
    db,
    url,
    call: (method, path, body) => callApi(url, { method, path, body }),
    incidents: () => db.selectFrom('incident').selectAll().orderBy('number').execute(),
    report: async (id) => {
      const report = await incidentReport(db, id)
      if (report === undefined) throw new Error(`there is no incident ${id}`)
      return report
    },
    close: async () => {
      await app.close(1000)
      await made.remove()
    },
  }
}

export const callApi = async (url: string, { method, path, body }: { method: string; path: string; body?: unknown }): Promise<Answer> => {
  const began = performance.now()
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), ms: performance.now() - began }
}

/** An Alertmanager webhook with these alerts, all firing or all resolved, grouped by alertname and service. */
export const webhookOf = (
  alerts: readonly Readonly<Record<string, string>>[],
  { status = 'firing', startsAt = new Date() }: { status?: 'firing' | 'resolved'; startsAt?: Date } = {},
) => ({
  version: '4',
  receiver: 'vigil',
  status,
  groupKey: `{}:{alertname="${alerts[0]?.['alertname']}", service="${alerts[0]?.['service']}"}`,
  groupLabels: { alertname: alerts[0]?.['alertname'], service: alerts[0]?.['service'] },
  alerts: alerts.map((labels) => ({
    status,
    labels,
    annotations: { summary: `${labels['service']} is not well` },
    startsAt: startsAt.toISOString(),
    endsAt: status === 'firing' ? '0001-01-01T00:00:00Z' : new Date().toISOString(),
    generatorURL: '',
  })),
})
