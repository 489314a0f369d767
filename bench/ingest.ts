import { freshDatabase } from '../test/template.ts'
import { requestsPerSecond } from './load.ts'
import { atLeast, compared, inTurns, type Measured } from './measure.ts'
import { startProcess } from './process.ts'
import { startVigil, TOKEN } from './vigil.ts'

const CLIENTS = 32
const SECONDS = 3
const TURNS = 4

/**
 * Alerts per second that are answered after they are in a PostgreSQL with fsync, one a request, 32 clients at a time: Vigil as
 * `vigil start` runs it, its workers included, against a server that inserts a row for each request.
 */
export const ingest = async (): Promise<Measured[]> => {
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()]
  const baseline = await startProcess({ args: ['bench/ingest-baseline.ts'], env: { BENCH_DATABASE_URL: theirs.url ?? '' }, ready: 'ready' })
  const vigil = await startVigil({ VIGIL_DATABASE_URL: ours.url ?? '', VIGIL_LOG_LEVEL: 'info' })
  let n = 0
  const load = { token: TOKEN, clients: CLIENTS, seconds: SECONDS }
  const measure = async (name: string, body: (n: number) => string): Promise<Measured> => {
    const next = (): string => body(n++)
    const rates = await inTurns(
      TURNS,
      () => requestsPerSecond({ ...load, url: `${vigil.api}/api/v1/alerts`, body: next }),
      () => requestsPerSecond({ ...load, url: `http://127.0.0.1:${baseline.line.split(' ')[1]}/`, body: next }),
    )
    return compared(`durable intake, ${CLIENTS} clients, ${name}`, rates, { unit: '/s', digits: 0, aim: atLeast(0.5) })
  }
  try {
    return [
      await measure('one group', (i) => webhook(`checkout-${i}`, 'one')),
      await measure('one alert again and again', () => webhook('checkout', 'same')),
      await measure('each a new incident', (i) => webhook(`service-${i}`, `group-${i}`)),
    ]
  } finally {
    await vigil.stop()
    await baseline.stop()
    await ours.remove()
    await theirs.remove()
  }
}

const webhook = (service: string, group: string): string =>
  JSON.stringify({
    version: '4',
    groupKey: `{}:{group="${group}"}`,
    status: 'firing',
    receiver: 'vigil',
    groupLabels: { alertname: 'HighErrorRate' },
    commonLabels: { alertname: 'HighErrorRate', severity: 'critical' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'HighErrorRate', service, severity: 'critical', namespace: 'shop', group },
        annotations: {
          summary: 'Error ratio 25 % (limit 5 %)',
          description: 'More than 5 % of the requests failed over the last 5 minutes.',
        },
        startsAt: '2026-11-20T21:51:03.568Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: 'http://prometheus:9090/graph?g0.expr=error_ratio+%3E+0.05&g0.tab=1',
      },
    ],
  })
