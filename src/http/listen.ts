import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Clock } from '../context.ts'
import { InputError } from '../errors.ts'

export type Listening = {
  readonly port: number
  /** Accepts nothing new and waits for running requests; after `budgetMs` (default: no limit) their connections are cut. */
  close(budgetMs?: number): Promise<void>
}

type Fetch = Parameters<typeof getRequestListener>[0]

/** Serves `fetch` on a port (0: a free one). Throws InputError when the port cannot be had. `variable` is what the user can change. */
export const listen = async (fetch: Fetch, address: { host: string; port: number; variable: string }, clock: Clock): Promise<Listening> => {
  const server = createServer(
    // A head in 10 s and a body in 60 s: 20 MB over a slow line, and an end for those that drip. Idle connections stay longer than the
    // 60 s after which most load balancers stop using them, so that none is closed under a request.
    { headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 5000 },
    getRequestListener(fetch, { overrideGlobalObjects: false }),
  )
  let closing = false
  server.on('request', (_request, response) => {
    // A connection that was busy when closing began is idle now; nothing else would end it before its time.
    response.once('close', () => closing && server.closeIdleConnections())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address)))
    server.listen(address.port, address.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async (budgetMs) => {
      closing = true
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      server.closeIdleConnections()
      const cancel = budgetMs === undefined ? undefined : clock.after(budgetMs, () => server.closeAllConnections())
      await promise
      cancel?.()
    },
  }
}

const cannotListen = (
  error: NodeJS.ErrnoException,
  { host, port, variable }: { host: string; port: number; variable: string },
): InputError =>
  new InputError(
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use: stop what uses it, or set ${variable} to another.`
      : `Cannot listen on ${host}:${port} (${error.code ?? error.message}): set ${variable} to another.`,
  )
