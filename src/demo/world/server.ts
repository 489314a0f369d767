import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server on a free port of 127.0.0.1 that can be stopped (connections are refused) and resumed on the same port, slowed and made to fail. */
export const startServer = async (handle: Handle): Promise<Peer> => {
  const faults: { delayMs: number; status: number; count: number } = { delayMs: 0, status: 0, count: 0 }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    answer({ request, handle, faults }).then(
      (made) => send(response, made),
      (error: unknown) => send(response, { status: 500, body: String(error) }),
    )
  }
  let server = await listen(listener, 0)
  const { port } = server.address() as AddressInfo
  let running = true
  return {
    url: `http://127.0.0.1:${port}`,
    isRunning: () => running,
    stop: async () => {
      if (!running) return
      running = false
      await shut(server)
    },
    resume: async () => {
      if (running) return
      server = await listen(listener, port)
      running = true
    },
    delay: (ms) => {
      faults.delayMs = ms
    },
    fail: (status, count) => {
      faults.status = status
      faults.count = count
    },
  }
}

const listen = (listener: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(listener)
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })

const shut = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

type Call = {
  readonly request: IncomingMessage
  readonly handle: Handle
  readonly faults: { delayMs: number; status: number; count: number }
}

const answer = async ({ request, handle, faults }: Call): Promise<Answer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (faults.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.delayMs))
  if (faults.count > 0) {
    faults.count -= 1
    return { status: faults.status, body: `fault on demand: ${faults.status}` }
  }
  const url = new URL(request.url ?? '/', 'http://world')
  const body = Buffer.concat(chunks).toString()
  const params = new URLSearchParams(url.search)
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded'))
    for (const [name, value] of new URLSearchParams(body)) params.append(name, value)
  return handle({
    method: request.method ?? 'GET',
    path: url.pathname,
    params,
    body,
    contentType: request.headers['content-type'] ?? '',
  })
}

const send = (response: ServerResponse, { status, body }: Answer): void => {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json' })
  response.end(isText ? body : JSON.stringify(body))
}

/** `params` are those of the address and, for a form, of the body. */
export type Asked = {
  readonly method: string
  readonly path: string
  readonly params: URLSearchParams
  readonly body: string
  readonly contentType?: string
}

/** A string is sent as plain text, everything else as JSON. */
export type Answer = { readonly status: number; readonly body: unknown }

export type Handle = (asked: Asked) => Answer | Promise<Answer>

export type Peer = {
  readonly url: string
  isRunning(): boolean
  stop(): Promise<void>
  resume(): Promise<void>
  /** Every answer waits that long from now on. */
  delay(ms: number): void
  /** The next `count` requests are answered with `status`. */
  fail(status: number, count: number): void
}
