import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { acceptWebSocket, type WebSocketPeer } from '../../src/demo/slack/websocket.ts'

export type Call = { readonly method: string; readonly params: Readonly<Record<string, unknown>> }

/** What the browser says of a page by itself, once it is told to go there; times are seconds since it was told. */
export type Told = readonly (readonly [method: string, params: object])[]

export type Pages = {
  /** Events by the path of the address; what is not there is a good page. */
  readonly [path: string]: Told
}

export const FRAME = 'F1'
const DOCUMENT = { type: 'Document', frameId: FRAME, loaderId: 'L1', requestId: 'L1' }

export const request = (url: string, timestamp = 0): Told[number] => [
  'Network.requestWillBeSent',
  { ...DOCUMENT, request: { url }, timestamp },
]
export const response = (status: number): Told[number] => ['Network.responseReceived', { ...DOCUMENT, response: { status } }]
export const lifecycle = (name: 'load' | 'firstContentfulPaint', timestamp: number): Told[number] => [
  'Page.lifecycleEvent',
  { frameId: FRAME, loaderId: 'L1', name, timestamp },
]
export const goodPage = (url: string): Told => [request(url), response(200), lifecycle('load', 0.4), lifecycle('firstContentfulPaint', 0.2)]

export type FakeBrowser = {
  readonly url: string
  readonly calls: readonly Call[]
  /** Contexts that were made and are not disposed of. */
  readonly contexts: ReadonlySet<string>
  /** What `Host` it was called by, call after call. */
  readonly hosts: readonly (string | undefined)[]
  /** Ends all conversations without a word. */
  cut(): void
  /** Says something unasked. */
  say(text: string): void
}

type More = {
  readonly pages?: Pages
  /** What a function of ours gives back in a page. */
  readonly run?: (params: Readonly<Record<string, unknown>>) => unknown
  /** Answers to other methods; a text is an error, null no answer at all. */
  readonly answers?: Readonly<Record<string, object | string | null>>
}

/** A browser at the wire: as much of the DevTools protocol as a check speaks, as Chromium 156 speaks it. */
export const startBrowser = async (t: TestContext, { pages = {}, run = () => ({}), answers = {} }: More = {}): Promise<FakeBrowser> => {
  const calls: Call[] = []
  const contexts = new Set<string>()
  const hosts: (string | undefined)[] = []
  const peers = new Set<WebSocketPeer>()
  let made = 0
  const isAddress = ({ headers }: IncomingMessage): boolean => /^[\d.]+(:\d+)?$/.test(headers.host ?? '')
  const server = createServer((asked, reply) => {
    hosts.push(asked.headers.host)
    if (!isAddress(asked)) return reply.writeHead(500).end('Host header is specified and is not an IP address or localhost.')
    // As it is called from inside its own container.
    reply.end(JSON.stringify({ Browser: 'Fake/1', webSocketDebuggerUrl: 'ws://10.9.8.7:1/devtools/browser/one' }))
  })
  const answer = (peer: WebSocketPeer, { id, method, params = {}, sessionId }: Asked): void => {
    calls.push({ method, params })
    const own = answers[method]
    const say = (rest: object) => peer.send(JSON.stringify({ id, ...rest, ...(sessionId === undefined ? {} : { sessionId }) }))
    const tell = (events: Told) => {
      for (const [name, of] of events) peer.send(JSON.stringify({ method: name, params: of, sessionId }))
    }
    if (own === null) return
    if (typeof own === 'string') {
      say({ error: { code: -32_000, message: own } })
      return
    }
    if (method === 'Target.createBrowserContext') contexts.add(`C${++made}`)
    if (method === 'Target.disposeBrowserContext') contexts.delete(String(params['browserContextId']))
    if (method === 'Page.navigate') {
      const url = String(params['url'])
      say({ result: own ?? { frameId: FRAME, loaderId: 'L1' } })
      tell(pages[new URL(url).pathname] ?? goodPage(url))
      return
    }
    const results: Readonly<Record<string, unknown>> = {
      'Target.createBrowserContext': { browserContextId: `C${made}` },
      'Target.createTarget': { targetId: 'T1' },
      'Target.attachToTarget': { sessionId: 'S1' },
      'Page.getFrameTree': { frameTree: { frame: { id: FRAME } } },
      'Page.createIsolatedWorld': { executionContextId: 7 },
      'Browser.getVersion': { product: 'Fake/1' },
    }
    const ran = method === 'Runtime.callFunctionOn' ? { result: { value: run(params) } } : {}
    say({ result: own ?? results[method] ?? ran })
  }
  server.on('upgrade', (asked, socket) => {
    if (asked.url !== '/devtools/browser/one' || !isAddress(asked)) return void socket.destroy()
    const peer = acceptWebSocket(asked, socket, {
      message: (text) => answer(peer as WebSocketPeer, JSON.parse(text) as Asked),
      pong: () => undefined,
      closed: () => void peers.delete(peer as WebSocketPeer),
      answersPing: () => true,
    })
    if (peer !== undefined) peers.add(peer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const peer of peers) peer.cut()
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    contexts,
    hosts,
    cut: () => {
      for (const peer of peers) peer.cut()
    },
    say: (text) => {
      for (const peer of peers) peer.send(text)
    },
  }
}

type Asked = {
  readonly id: number
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly sessionId?: string
}
