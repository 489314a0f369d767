import { type LogLevel, SocketModeClient } from '@slack/socket-mode'
import { WebClient } from '@slack/web-api'
import type { Workspace, WorkspaceOptions } from '../../../src/demo/slack/contract.ts'
import { startWorkspace } from '../../../src/demo/slack/workspace.ts'

/** What comes over the wire, as untyped as JSON.parse gives it. */
export type Wire = ReturnType<typeof JSON.parse>

/** What the socket client hands to its listeners. */
export type Received = {
  type: string
  body: Wire
  ack: (payload?: Record<string, unknown>) => Promise<void>
  retry_num?: number
  retry_reason?: string
}

/** Slack's own clients against a workspace of its own; everything is closed when the test ends. */
export const connect = async (
  t: { after(fn: () => Promise<void>): void },
  options: WorkspaceOptions & { sockets?: number; acks?: boolean } = {},
) => {
  const { sockets: count = 1, acks = true, ...given } = options
  const workspace = await startWorkspace({ rates: false, retryScale: 0.05, ...given })
  const web = webClient(workspace)
  const received: Received[] = []
  const sockets: SocketModeClient[] = []
  const connected = new Set<SocketModeClient>()
  t.after(async () => {
    // socket-mode 3.1.0 rejects unhandled when it is stopped in the middle of a reconnect.
    workspace.faults.clear()
    await until(() => connected.size === sockets.length, 'all clients connected before they are stopped')
    await Promise.all(sockets.map((socket) => socket.disconnect()))
    await workspace.close()
  })
  for (let index = 0; index < count; index += 1) {
    const socket = new SocketModeClient({
      appToken: workspace.appToken,
      logLevel: 'error' as LogLevel,
      logger: silent,
      clientPingTimeout: 200,
      clientOptions: { slackApiUrl: workspace.apiUrl, retryConfig: { retries: 50, minTimeout: 50, maxTimeout: 50 } },
    })
    socket.on('slack_event', async (event: Received) => {
      received.push(event)
      if (acks) await event.ack()
    })
    socket.on('connected', () => connected.add(socket))
    socket.on('close', () => connected.delete(socket))
    await socket.start()
    sockets.push(socket)
  }
  return { workspace, web, received, sockets, events: () => received.map((one) => one.body.event).filter(Boolean) }
}

export const webClient = (workspace: Workspace, options: Record<string, unknown> = {}): WebClient =>
  new WebClient(workspace.botToken, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    timeout: 1000,
    ...options,
  })

const silent = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => 'error' as LogLevel,
  setName: () => {},
}

/** Waits until it holds, 3 s at most. */
export const until = async <T>(find: () => T | undefined | false, what: string): Promise<T> => {
  const end = Date.now() + 3000
  while (Date.now() < end) {
    const found = find()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`never: ${what}`)
}

/** Past the types of the clients, which forbid the very payloads that are to be refused. */
export const loose = (value: unknown): Wire => value

/** The error code of Slack's answer. */
export const codeOf = (error: Wire): string => error?.data?.error ?? error?.code ?? String(error)
