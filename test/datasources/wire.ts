import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export type Asked = { method: string; path: string; params: Record<string, string>; headers: IncomingMessage['headers'] }
export type Wire = { url: string; asked: Asked[] }

/** A data source at the wire: a real HTTP server on a free port that lives as long as the test. */
export const serve = async (t: TestContext, answer: (asked: Asked, response: ServerResponse, body: string) => void): Promise<Wire> => {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://wire')
      const body = Buffer.concat(chunks).toString()
      const form = new URLSearchParams(body)
      const one = {
        method: request.method ?? '',
        path: url.pathname,
        params: { ...Object.fromEntries(url.searchParams), ...Object.fromEntries(form) },
        headers: request.headers,
      }
      asked.push(one)
      answer(one, response, body)
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

/** Always the same answer. */
export const saying =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  (_: Asked, response: ServerResponse): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
  }
