import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Reply, Turn } from './script.ts'
import type { MessagesRequest } from './wire.ts'

/** A request as it came. */
export type Asked<Body> = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body to the byte. */
  readonly text: string
  /** The body parsed; undefined when it is not JSON. */
  readonly body: Body | undefined
}

/** Serves on this machine alone; a handler that fails is told to `failed` as long as nothing was answered. */
export const serve = async (handle: Handle, failed: (response: ServerResponse, reason: string) => void, port = 0) => {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else failed(response, `fake model server: ${error instanceof Error ? error.stack : String(error)}`)
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`,
    close: async (): Promise<void> => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export const askedOf = async <Body extends object>(request: IncomingMessage): Promise<Asked<Body>> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  return { path: (request.url ?? '/').split('?')[0] ?? '/', headers: request.headers, text, body: parsed<Body>(text) }
}

const parsed = <Body extends object>(text: string): Body | undefined => {
  try {
    const body: unknown = JSON.parse(text)
    // Only read after the server has looked for faults in it.
    return typeof body === 'object' && body !== null ? (body as Body) : undefined
  } catch {
    return undefined
  }
}

export const send = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** The bytes that were written must arrive before the connection breaks, or the number of events would be chance. */
export const cut = (response: ServerResponse): void => {
  response.write('', () => response.socket?.destroySoon())
}

/** Tool input that is not JSON. */
export const BROKEN = '{"query": "up'

/** The turn of a reply that is not an HTTP error; of broken input, a call of the forced tool or else of the first. */
export const turnOf = (
  chosen: Exclude<Reply, { readonly status: number }>,
  asked: { request: MessagesRequest; forced: string | null; n: number },
): Turn => {
  if ('content' in chosen) return chosen
  if ('turn' in chosen) return chosen.turn
  if (!('brokenJson' in chosen)) return { content: [{ type: 'text', text: 'never heard' }] }
  const name = asked.forced ?? asked.request.tools?.[0]?.name ?? 'tool'
  return { content: [{ type: 'tool_use', id: `toolu_demo_${asked.n}`, name, input: {} }] }
}

/** A text as it streams. */
export const pieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size))
