import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { Clock, Fetch } from '../../context.ts'
import { take } from '../../datasources/line.ts'
import { TransientError } from '../../errors.ts'

/** A conversation with a browser in the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). */
export type Cdp = {
  /** Asks the browser, or with a session one page of it. Throws TransientError with the browser's own words, or when it is gone. */
  call(method: string, params?: object, session?: string): Promise<unknown>
  /** Everything that it says unasked. */
  onEvent(hear: (event: CdpEvent) => void): void
  /** Rejects when the browser is gone, and never else: who waits for an event would not notice. */
  readonly gone: Promise<never>
  close(): void
}

export type CdpEvent = { readonly method: string; readonly params: unknown; readonly session: string | undefined }

export type Network = { readonly fetch: Fetch; readonly clock: Clock; readonly signal: AbortSignal }

/** A browser that is there answers at once. */
const CONNECT_MS = 5000

/**
 * Connects to a browser: `http://host:9222`, where it says itself at which WebSocket it listens, or that WebSocket (`ws://…`). Throws
 * TransientError with what to say of a browser that cannot be reached; its address stands in it without path and query, which may hold a token.
 */
export const openCdp = async (endpoint: string, { clock, signal, ...network }: Network): Promise<Cdp> => {
  const { host } = new URL(endpoint)
  const stop = new AbortController()
  const cancel = clock.after(CONNECT_MS, () => stop.abort())
  const both = AbortSignal.any([signal, stop.signal])
  try {
    return speak(await opened(await addressOf(new URL(endpoint), { ...network, signal: both }), both))
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const why = stop.signal.aborted ? `no answer in ${CONNECT_MS / 1000} s` : cause instanceof Error ? cause.message : String(cause)
    throw new TransientError(`the browser at ${host} cannot be reached: ${why}`)
  } finally {
    cancel()
  }
}

const version = z.object({ webSocketDebuggerUrl: z.url({ protocol: /^wss?$/ }) })

/** The address of its WebSocket. The browser says how itself is called from where it stands: only the path of that holds from here. */
const addressOf = async (endpoint: URL, network: Pick<Network, 'fetch' | 'signal'>): Promise<URL> => {
  if (/^wss?:$/.test(endpoint.protocol)) return endpoint
  const asked = new URL(endpoint)
  asked.pathname = `${endpoint.pathname.replace(/\/$/, '')}/json/version`
  const response = await network.fetch(asked, { redirect: 'error', signal: network.signal })
  const { text } = await take(response, 100_000)
  // Chromium answers those alone who call it by an address, against web pages that make a name of theirs lead to it.
  if (/host header/i.test(text) && isIP(endpoint.hostname) === 0) return addressOf(await byAddress(endpoint), network)
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  const own = new URL(version.parse(JSON.parse(text)).webSocketDebuggerUrl)
  const found = new URL(`${own.pathname}${own.search || endpoint.search}`, endpoint)
  found.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:'
  return found
}

const byAddress = async (endpoint: URL): Promise<URL> => {
  const { address, family } = await lookup(endpoint.hostname)
  const found = new URL(endpoint)
  found.hostname = family === 6 ? `[${address}]` : address
  return found
}

const opened = (address: URL, signal: AbortSignal): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(address)
    const withdraw = (): void => {
      socket.close()
      reject(signal.reason)
    }
    signal.addEventListener('abort', withdraw, { once: true })
    const settle = (end: () => void) => () => {
      signal.removeEventListener('abort', withdraw)
      end()
    }
    socket.addEventListener(
      'open',
      settle(() => resolve(socket)),
      { once: true },
    )
    socket.addEventListener(
      'error',
      settle(() => reject(new Error('its WebSocket cannot be opened'))),
      { once: true },
    )
  })

const answer = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  sessionId: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
})

const speak = (socket: WebSocket): Cdp => {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  const hearing: ((event: CdpEvent) => void)[] = []
  const end = Promise.withResolvers<never>()
  end.promise.catch(() => undefined)
  let last = 0
  let isOpen = true
  socket.addEventListener('message', ({ data }) => {
    const read = answer.safeParse(parsed(data)).data
    if (read?.method !== undefined) for (const hear of hearing) hear({ method: read.method, params: read.params, session: read.sessionId })
    if (read?.id === undefined) return
    const asked = waiting.get(read.id)
    waiting.delete(read.id)
    if (read.error === undefined) asked?.resolve(read.result)
    else asked?.reject(new TransientError(read.error.message.slice(0, 200)))
  })
  const gone = (): void => {
    isOpen = false
    for (const { reject } of [end, ...waiting.values()]) reject(new TransientError('the browser is gone'))
    waiting.clear()
  }
  socket.addEventListener('close', gone)
  return {
    call: (method, params = {}, session) => {
      const asked = Promise.withResolvers<unknown>()
      if (!isOpen) return Promise.reject(new TransientError('the browser is gone'))
      last += 1
      waiting.set(last, asked)
      socket.send(JSON.stringify({ id: last, method, params, ...(session === undefined ? {} : { sessionId: session }) }))
      return asked.promise
    },
    onEvent: (hear) => void hearing.push(hear),
    gone: end.promise,
    close: () => {
      gone()
      socket.close()
    },
  }
}

const parsed = (data: unknown): unknown => {
  try {
    return JSON.parse(String(data))
  } catch {
    return null
  }
}
