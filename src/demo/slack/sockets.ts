import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Timers } from './timers.ts'
import { acceptWebSocket, type WebSocketPeer } from './websocket.ts'

/** The open sockets of the app: tickets, hello, delivery to any one of them, acknowledgements, and what can go wrong with them. */
export const createSockets = (options: SocketOptions): Sockets => {
  const pool: Pool = {
    options,
    tickets: new Set(),
    links: [],
    pending: new Map(),
    held: [],
    turn: 0,
    isHeld: false,
    isRefusing: false,
    isSilent: false,
    duplicates: 0,
  }
  return {
    accept: (request, socket) => accept(pool, request, socket),
    deliver: (envelope, ackMs) => deliver(pool, envelope, ackMs),
    ticket: () => {
      const ticket = randomBytes(16).toString('hex')
      pool.tickets.add(ticket)
      return ticket
    },
    count: () => pool.links.length,
    refused: () => pool.isRefusing,
    refuse: (on) => {
      pool.isRefusing = on
    },
    silence: (on) => {
      pool.isSilent = on
    },
    duplicate: (count) => {
      pool.duplicates = count
    },
    hold: (on) => {
      pool.isHeld = on
      if (!on) for (const send of pool.held.splice(0)) send()
    },
    sendRaw: (text) => nextLink(pool)?.peer?.send(text),
    cutAll: () => {
      for (const link of [...pool.links]) link.peer?.cut()
    },
    refresh: (reason, all) => {
      for (const link of pool.links.filter((one) => !one.leaving).slice(0, all ? undefined : 1)) leave(link, reason, options)
    },
  }
}

const accept = (pool: Pool, request: IncomingMessage, socket: Duplex): void => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (pool.isRefusing || !pool.tickets.delete(url.searchParams.get('ticket') ?? '')) {
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
    return
  }
  const link: Link = { leaving: false, peer: undefined }
  const peer = acceptWebSocket(request, socket, {
    message: (text) => received(pool, text),
    pong: () => {},
    closed: () => closed(pool, link),
    answersPing: () => !pool.isSilent,
  })
  if (!peer) return
  link.peer = peer
  if (pool.links.length >= MOST_CONNECTIONS) {
    peer.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets', debug_info: { host: HOST } }))
    peer.close()
    return
  }
  pool.links.push(link)
  peer.send(JSON.stringify(helloOf(pool.links.length, pool.options.appId)))
  keepAlive(pool, link)
}

const deliver = (pool: Pool, envelope: Envelope, ackMs: number): Promise<Delivery> =>
  new Promise((resolve) => {
    if (pool.isHeld) {
      pool.held.push(() => void deliver(pool, envelope, ackMs).then(resolve))
      return
    }
    const link = nextLink(pool)
    if (!link) {
      resolve({ acked: false, reason: 'connection_failed' })
      return
    }
    const id = randomUUID()
    const cancel = pool.options.timers.after(ackMs, () => settle(pool, id, { acked: false, reason: 'timeout' }))
    pool.pending.set(id, { link, resolve, cancel })
    const text = JSON.stringify({ envelope_id: id, ...envelope })
    if (pool.isSilent) return
    link.peer?.send(text)
    if (pool.duplicates === 0) return
    pool.duplicates -= 1
    nextLink(pool)?.peer?.send(text)
  })

const settle = (pool: Pool, id: string, outcome: Delivery): void => {
  const waiting = pool.pending.get(id)
  if (!waiting) return
  pool.pending.delete(id)
  waiting.cancel()
  waiting.resolve(outcome)
}

const closed = (pool: Pool, link: Link): void => {
  const index = pool.links.indexOf(link)
  if (index >= 0) pool.links.splice(index, 1)
  // What was under way on this socket is lost: Slack learns it when the socket closes, not after the 3 s.
  for (const [id, waiting] of pool.pending) if (waiting.link === link) settle(pool, id, { acked: false, reason: 'connection_failed' })
}

const received = (pool: Pool, text: string): void => {
  let message: { envelope_id?: unknown; payload?: unknown } | null
  try {
    message = JSON.parse(text)
  } catch {
    return
  }
  if (typeof message?.envelope_id === 'string') settle(pool, message.envelope_id, { acked: true, payload: message.payload })
}

const MOST_CONNECTIONS = 10
const HOST = 'local-workspace'

/** Slack pings about this often; socket-mode gives up after 30 s without one. */
const PING_EVERY_MS = 10_000

const helloOf = (count: number, appId: string) => ({
  type: 'hello',
  num_connections: count,
  debug_info: { host: HOST, build_number: 1, approximate_connection_time: 18_060 },
  connection_info: { app_id: appId },
})

const keepAlive = (pool: Pool, link: Link): void => {
  if (!pool.links.includes(link)) return
  if (!pool.isSilent) link.peer?.ping()
  pool.options.timers.after(PING_EVERY_MS, () => keepAlive(pool, link))
}

/** Each payload goes to any one connection; in turn, so that a test sees all of them used. One that was told to leave gets nothing more. */
const nextLink = (pool: Pool): Link | undefined => {
  const staying = pool.links.filter((link) => !link.leaving)
  return staying[pool.turn++ % Math.max(1, staying.length)]
}

/** A warning comes about 10 s before the end, a refresh right before it. */
const leave = (link: Link, reason: string, options: SocketOptions): void => {
  link.peer?.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: HOST } }))
  if (reason !== 'warning') link.leaving = true
  options.timers.after((reason === 'warning' ? 10_000 : 1_000) * options.scale, () => link.peer?.close())
}

type Pool = {
  readonly options: SocketOptions
  readonly tickets: Set<string>
  readonly links: Link[]
  readonly pending: Map<string, Pending>
  readonly held: (() => void)[]
  turn: number
  isHeld: boolean
  isRefusing: boolean
  isSilent: boolean
  duplicates: number
}
type Link = { peer: WebSocketPeer | undefined; leaving: boolean }
type Pending = { link: Link; resolve: (outcome: Delivery) => void; cancel: () => void }

export type SocketOptions = { appId: string; timers: Timers; scale: number }

/** What one envelope came to. `reason` is Slack's own word, sent along with the retry. */
export type Delivery = { acked: true; payload: unknown } | { acked: false; reason: 'timeout' | 'connection_failed' }

export type Envelope = { type: 'events_api' | 'interactive' | 'slash_commands'; payload: unknown; accepts_response_payload: boolean } & {
  retry_attempt?: number
  retry_reason?: string
}

export type Sockets = {
  accept(request: IncomingMessage, socket: Duplex): void
  deliver(envelope: Envelope, ackMs: number): Promise<Delivery>
  /** Good for one connection. */
  ticket(): string
  count(): number
  refused(): boolean
  refuse(on: boolean): void
  silence(on: boolean): void
  duplicate(count: number): void
  hold(on: boolean): void
  sendRaw(text: string): void
  cutAll(): void
  refresh(reason: string, all: boolean): void
}
