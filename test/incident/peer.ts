import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fingerprint } from '../../src/alert/fingerprint.ts'

type Labels = Readonly<Record<string, string>>

/** What a Prometheus and an Alertmanager at one address say, as the test sets it. */
export type PeerState = {
  up: boolean
  alertmanagerUp: boolean
  /** Of every expression, for the series of the alert. */
  value: number | null
  /** Of the newest sample. */
  newest: Date | null
  /** Instead of one series without labels. */
  series: { labels: Labels; value: number }[] | undefined
  valueOf: ((query: string) => number | undefined) | undefined
  /** The whole `data` of an answer, for what is asked beside the alert's expression. */
  dataOf: ((query: string) => unknown) | undefined
  /** Alerting rules that it knows. */
  rules: { name: string; query: string; duration: number }[]
  /** As Thanos says that a store did not take part. */
  warnings: string[]
  /** Runs before a value is answered. */
  beforeAnswer: (() => Promise<void>) | undefined
  /** Fingerprints of what fires in Alertmanager. */
  held: string[]
  groups: { labels: Labels; alerts: { labels: Labels; generatorURL: string }[] }[]
}

export type Peer = { url: string; state: PeerState; reset(): void; close(): Promise<void> }

const fresh = (): PeerState => ({
  up: true,
  alertmanagerUp: true,
  value: null,
  newest: null,
  series: undefined,
  valueOf: undefined,
  dataOf: undefined,
  rules: [],
  warnings: [],
  beforeAnswer: undefined,
  held: [],
  groups: [],
})

/** A Prometheus and an Alertmanager at the wire, for what takes minutes of a real one. */
export const createPeer = async (): Promise<Peer> => {
  const state = fresh()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://peer')
      const form = new URLSearchParams(Buffer.concat(chunks).toString())
      void answer(state, { path: url.pathname, query: form.get('query') ?? '' }, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    reset: () => void Object.assign(state, fresh()),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const answer = async (state: PeerState, { path, query }: { path: string; query: string }, response: ServerResponse): Promise<void> => {
  const say = (body: unknown, status = 200) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  if (path.startsWith('/api/v2/')) {
    if (!state.alertmanagerUp) return void say('no', 503)
    return void say(
      path.endsWith('/groups') ? groupsOf(state) : state.held.map((one) => heldAlert({ alertname: 'A' }, { fingerprint: one })),
    )
  }
  if (!state.up) return void say('no', 503)
  if (path.endsWith('/rules')) {
    const rules = state.rules.map((one) => ({ type: 'alerting', labels: {}, annotations: {}, ...one }))
    return void say({ status: 'success', data: { groups: rules.length === 0 ? [] : [{ name: 'g', interval: 30, rules }] } })
  }
  const now = Date.now() / 1000
  const vector = (list: { labels: Labels; value: number }[]) =>
    say({
      status: 'success',
      warnings: state.warnings,
      data: { resultType: 'vector', result: list.map(({ labels, value }) => ({ metric: labels, value: [now, String(value)] })) },
    })
  if (query.includes('timestamp(')) {
    const parts = query.match(/"vigil_part", "\d+"/g)?.map((_, i) => ({ vigil_part: String(i) })) ?? [{}]
    const seconds = state.newest === null ? null : state.newest.getTime() / 1000
    return void vector(seconds === null ? [] : parts.map((labels) => ({ labels: labels as Labels, value: seconds })))
  }
  await state.beforeAnswer?.()
  const data = state.dataOf?.(query)
  if (data !== undefined) return void say({ status: 'success', data })
  const value = state.valueOf?.(query) ?? state.value
  vector(state.series ?? (value === null ? [] : [{ labels: {}, value }]))
}

const groupsOf = ({ groups }: PeerState) =>
  groups.map(({ labels, alerts }) => ({
    receiver: { name: 'both' },
    labels,
    alerts: alerts.map((alert) => heldAlert(alert.labels, alert)),
  }))

const heldAlert = (labels: Labels, more: { fingerprint?: string; generatorURL?: string }) => ({
  fingerprint: fingerprint(labels),
  labels,
  annotations: {},
  startsAt: '2026-11-20T21:51:03.568Z',
  endsAt: '2036-11-20T21:55:03.568Z',
  updatedAt: '2026-11-20T21:51:03.572Z',
  receivers: [{ name: 'both' }],
  status: { inhibitedBy: [], silencedBy: [], state: 'active' },
  ...more,
})
