import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../postgres.ts'
import { hasProgram } from '../template.ts'
import { until } from '../until.ts'

const PROGRAMS = ['prometheus', 'prometheus-alertmanager']

/** What a test passes as `skip`: false, or which programs are missing. */
export const missingPeers = (): string | false => {
  const missing = PROGRAMS.filter((name) => !hasProgram(name))
  return missing.length > 0 && `not on this machine: ${missing.join(', ')} (apt-get install prometheus prometheus-alertmanager)`
}

/** How the alerts of one service reach Vigil. `lossless`: Slack alone, by the template of docs/alertmanager.md. */
export type Way = 'slack' | 'slack-with-resolved' | 'webhook' | 'both' | 'lossless'

export type Shop = {
  /** Its own exporter, and the way of its alerts. */
  readonly services: Readonly<Record<string, Way>>
  /** Slack's incoming webhook of the alert channel. */
  readonly slackUrl: string
  readonly vigil: { readonly url: string; readonly token: string }
}

/** Seconds between scrapes and evaluations, and the `for` of the rules. */
export const EVERY = 1
export const FOR = 2

export type Peers = {
  readonly prometheusUrl: string
  readonly alertmanagerUrl: string
  /** The share of failing requests that the service's gauge tells from now on: the rule HighErrorRate. */
  setErrors(service: string, ratio: number): void
  /** The share of requests that the service counts as failed from now on: the rule FailingRequests, over a rate. */
  setFailing(service: string, ratio: number): void
  /** The service is gone with its metrics; its port refuses connections. */
  killService(service: string): Promise<void>
  reviveService(service: string): Promise<void>
  killPrometheus(): Promise<void>
  startPrometheus(): Promise<void>
  ask(path: string): Promise<unknown>
  alerts(): Promise<AlertmanagerAlert[]>
  close(): Promise<void>
}

export type AlertmanagerAlert = {
  fingerprint: string
  labels: Record<string, string>
  startsAt: string
  endsAt: string
  generatorURL: string
}

/** Debian's Prometheus and Alertmanager over one exporter a service, everything once a second, in a directory that `close` removes. */
export const startPeers = async (shop: Shop): Promise<Peers> => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-peers-'))
  const ports = { prometheus: await freePort(), alertmanager: await freePort() }
  const exporters = new Map<string, Exporter>()
  for (const service of Object.keys(shop.services)) exporters.set(service, await startExporter())
  writeFileSync(join(directory, 'rules.yml'), JSON.stringify(rules))
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify(prometheusConfig(exporters, ports.alertmanager)))
  writeFileSync(join(directory, 'alertmanager.yml'), JSON.stringify(alertmanagerConfig(shop)))
  const url = { prometheus: `http://127.0.0.1:${ports.prometheus}`, alertmanager: `http://127.0.0.1:${ports.alertmanager}` }
  const prometheus = program(directory, `${url.prometheus}/-/ready`, [
    'prometheus',
    '--config.file=prometheus.yml',
    '--storage.tsdb.path=tsdb',
    `--web.listen-address=127.0.0.1:${ports.prometheus}`,
    // The default of a minute would have Alertmanager wait for four before it calls an alert of a dead Prometheus resolved.
    '--rules.alert.resend-delay=1s',
    '--log.level=error',
  ])
  const alertmanager = program(directory, `${url.alertmanager}/-/ready`, [
    'prometheus-alertmanager',
    '--config.file=alertmanager.yml',
    '--storage.path=am',
    `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
    '--cluster.listen-address=',
    '--log.level=error',
  ])
  await Promise.all([alertmanager.start(), prometheus.start()])
  const exporter = (service: string): Exporter => {
    const found = exporters.get(service)
    if (found === undefined) throw new Error(`there is no service ${service}`)
    return found
  }
  const ask = async (path: string): Promise<unknown> => (await fetch(`${url.prometheus}${path}`)).json()
  return {
    prometheusUrl: url.prometheus,
    alertmanagerUrl: url.alertmanager,
    setErrors: (service, ratio) => exporter(service).setGauge(ratio),
    setFailing: (service, ratio) => exporter(service).setFailing(ratio),
    killService: (service) => exporter(service).stop(),
    reviveService: (service) => exporter(service).start(),
    killPrometheus: prometheus.kill,
    startPrometheus: prometheus.start,
    ask,
    alerts: async () => (await fetch(`${url.alertmanager}/api/v2/alerts`)).json() as Promise<AlertmanagerAlert[]>,
    close: async () => {
      await Promise.all([prometheus.kill(), alertmanager.kill(), ...[...exporters.values()].map((one) => one.stop())])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The rule that was recorded from a real Prometheus in the captures, and one over a rate. Both labels and annotations are templated there. */
const rules = {
  groups: [
    {
      name: 'demo',
      rules: [
        {
          alert: 'HighErrorRate',
          expr: 'demo_error_ratio > 0.05',
          for: `${FOR}s`,
          labels: { severity: 'critical' },
          annotations: {
            summary: 'Error ratio {{ $value | humanizePercentage }} of {{ $labels.service }}',
            description: '{{ $labels.service }} error ratio above 5% for 2s',
            runbook_url: 'https://runbooks.example.com/high-error-rate',
          },
        },
        {
          alert: 'FailingRequests',
          expr: 'sum by (service) (rate(demo_requests_total{code="500"}[5s])) / sum by (service) (rate(demo_requests_total[5s])) > 0.5',
          for: `${FOR}s`,
          labels: { severity: 'warning' },
          annotations: { summary: '{{ $value | humanizePercentage }} of the requests of {{ $labels.service }} fail' },
        },
      ],
    },
  ],
}

const prometheusConfig = (exporters: ReadonlyMap<string, Exporter>, alertmanagerPort: number) => ({
  global: {
    scrape_interval: `${EVERY}s`,
    scrape_timeout: `${EVERY}s`,
    evaluation_interval: `${EVERY}s`,
    external_labels: { cluster: 'demo' },
  },
  alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
  rule_files: ['rules.yml'],
  scrape_configs: [
    {
      job_name: 'shop',
      static_configs: [...exporters].map(([service, { port }]) => ({
        targets: [`127.0.0.1:${port}`],
        labels: { service, team: 'payments' },
      })),
    },
  ],
})

const alertmanagerConfig = ({ services, slackUrl, vigil }: Shop) => {
  const slack = { api_url: slackUrl, channel: '#alerts' }
  const webhook = {
    url: `${vigil.url}/api/v1/alerts`,
    send_resolved: true,
    http_config: { authorization: { type: 'Bearer', credentials: vigil.token } },
  }
  const fingerprints = 'vigil {{ range .Alerts }}{{ .Fingerprint }} {{ end }}'
  const receivers: Record<Way, object> = {
    slack: { slack_configs: [slack] },
    'slack-with-resolved': { slack_configs: [{ ...slack, send_resolved: true }] },
    webhook: { webhook_configs: [webhook] },
    both: { slack_configs: [slack], webhook_configs: [webhook] },
    lossless: {
      slack_configs: [
        {
          ...slack,
          send_resolved: true,
          title: '[{{ .Status | toUpper }}] Somebody should look at this',
          callback_id: fingerprints,
          footer: fingerprints,
        },
      ],
    },
  }
  return {
    route: {
      receiver: 'webhook',
      group_by: ['alertname', 'service'],
      group_wait: '1s',
      group_interval: '2s',
      repeat_interval: '1h',
      routes: Object.entries(services).map(([service, way]) => ({ matchers: [`service="${service}"`], receiver: way })),
    },
    receivers: Object.entries(receivers).map(([name, receiver]) => ({ name, ...receiver })),
  }
}

type Program = { start(): Promise<void>; kill(): Promise<void> }

/** `kill` is SIGKILL: nothing is said to anybody. */
const program = (directory: string, readyUrl: string, [name = '', ...args]: readonly string[]): Program => {
  let child: ChildProcess | undefined
  return {
    start: async () => {
      let words = ''
      child = spawn(name, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
      child.stderr?.on('data', (chunk: Buffer) => {
        words += chunk.toString()
      })
      const ready = async () => {
        if (child?.exitCode != null) throw new Error(`${name} ended at once:\n${words}`)
        const response = await fetch(readyUrl).catch(() => undefined)
        await response?.arrayBuffer()
        return response?.ok
      }
      await until(`${name} is ready`, ready, { seconds: 20, seen: () => words })
    },
    kill: async () => {
      const running = child
      child = undefined
      if (running === undefined || running.exitCode !== null) return
      const exited = new Promise((resolve) => running.once('exit', resolve))
      running.kill('SIGKILL')
      await exited
    },
  }
}

type Exporter = {
  readonly port: number
  setGauge(ratio: number): void
  setFailing(ratio: number): void
  start(): Promise<void>
  stop(): Promise<void>
}

/** Requests a second that it pretends to serve. */
const LOAD = 40

const startExporter = async (): Promise<Exporter> => {
  const port = await freePort()
  const state = { gauge: 0, failing: 0, ok: 0, failed: 0, counted: performance.now() }
  const count = () => {
    const now = performance.now()
    const served = ((now - state.counted) / 1000) * LOAD
    state.counted = now
    state.failed += served * state.failing
    state.ok += served * (1 - state.failing)
  }
  const page = (): string => {
    count()
    return [
      '# TYPE demo_error_ratio gauge',
      `demo_error_ratio{route="/pay"} ${state.gauge}`,
      '# TYPE demo_requests_total counter',
      `demo_requests_total{code="200"} ${state.ok.toFixed(3)}`,
      `demo_requests_total{code="500"} ${state.failed.toFixed(3)}`,
      '',
    ].join('\n')
  }
  let server: Server | undefined
  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server = createServer((_request, response) => {
        response.setHeader('content-type', 'text/plain; version=0.0.4')
        response.end(page())
      })
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => resolve())
    })
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      if (server === undefined) return resolve()
      server.close(() => resolve())
      server.closeAllConnections()
      server = undefined
    })
  await start()
  return {
    port,
    setGauge: (ratio) => {
      state.gauge = ratio
    },
    setFailing: (ratio) => {
      count()
      state.failing = ratio
    },
    start,
    stop,
  }
}
