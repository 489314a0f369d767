import { type App, type ReceiverEvent, SocketModeReceiver } from '@slack/bolt'
import type { Context } from '../context.ts'
import { clientOptions, sdkLog } from './clients.ts'

export type Socket = {
  isConnected(): boolean
  /** Resolves when the socket is closed; what arrived before is still handed on. */
  close(): Promise<void>
}

export type SocketOptions = {
  readonly appToken: string
  /** Called for each envelope; a rejection means that it is not acknowledged, and Slack sends it again. */
  readonly accept: (event: ReceiverEvent) => Promise<void>
  readonly onChange: () => void
}

/** What the receiver tells of an envelope besides its payload. */
export type EnvelopeFacts = { readonly envelopeId: string; readonly envelopeType: string }

/**
 * One connection to Slack that is made again for ever. The SDK's own reconnecting is off: in socket-mode 3.1.0 it leaves 5 s without a
 * connection after each refresh, ends for good after its last try, and throws where nobody can catch it (docs/slack.md).
 */
export const openSocket = (context: Context, options: SocketOptions): Socket => {
  const receiver = receiverOf(context, options)
  const { client } = receiver
  guard(context, client)
  const closing = new AbortController()
  let isConnected = false
  const change = (now: boolean): void => {
    if (isConnected === now) return
    isConnected = now
    options.onChange()
  }
  let ofConnection = 0
  const watch = (mine: number): void => {
    if (!isConnected || mine !== ofConnection) return
    // A peer that fell silent never completes the close handshake, for which the SDK waits 30 s: it has been given up by then.
    if (client['websocket']?.isActive() !== true) hangUp(client)
    context.clock.after(WATCH_MS, () => watch(mine))
  }
  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; ) {
      const began = context.clock.monotonic()
      try {
        const { ended } = await connect(context, client)
        change(true)
        watch(++ofConnection)
        await ended
      } catch (error) {
        context.log.warn({ err: error }, 'no connection to Slack')
      }
      change(false)
      // One that ended at once counts as failed: an app whose Socket Mode was switched off is let in and thrown out again.
      failures = context.clock.monotonic() - began > LASTED_MS ? 0 : failures + 1
      if (failures > 1) await context.clock.sleep(pause(failures), closing.signal).catch(() => undefined)
    }
  }
  const running = run()
  const close = async (): Promise<void> => {
    closing.abort(new Error('closing'))
    hangUp(client)
    // The second time it does not wait for the peer.
    context.clock.after(CLOSE_MS, () => hangUp(client))
    await running
  }
  return { isConnected: () => isConnected, close }
}

/** From 1 s by 1.3 up to 30 s: minutes of absence are too long for an alert, and Slack allows a new connection every second. */
const pause = (failures: number): number => Math.min(30_000, 1000 * 1.3 ** (failures - 2))

const CONNECT_MS = 15_000
const LASTED_MS = 5000
const WATCH_MS = 2000
const CLOSE_MS = 500

type Client = SocketModeReceiver['client']

const receiverOf = (context: Context, { appToken, accept }: SocketOptions): SocketModeReceiver => {
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger: sdkLog(context.log),
    installerOptions: { clientOptions: clientOptions(context) },
    customPropertiesExtractor: ({ envelope_id, type }: { envelope_id?: string; type?: string }): EnvelopeFacts => ({
      envelopeId: envelope_id ?? '',
      envelopeType: type ?? '',
    }),
    processEventErrorHandler: async ({ error }) => {
      context.log.warn({ err: error }, 'an envelope of Slack is not acknowledged')
      return false
    },
  })
  // A stand-in: between the socket and Bolt's app stands the database.
  receiver.init({ processEvent: accept } as unknown as App)
  return receiver
}

/** Resolves when connected, with a promise of the end (in an object, or it would be waited for). Rejects when Slack does not let us in within CONNECT_MS. */
const connect = async (context: Context, client: Client): Promise<{ ended: Promise<void> }> => {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  client.once('disconnected', () => resolve())
  const { promise: late, reject } = Promise.withResolvers<never>()
  const cancel = context.clock.after(CONNECT_MS, () => reject(new Error(`Slack did not let us in within ${CONNECT_MS / 1000} s`)))
  try {
    await Promise.race([client.start(), late])
    return { ended }
  } catch (error) {
    hangUp(client)
    throw error ?? new Error('Slack closed the connection at once')
  } finally {
    cancel()
  }
}

const hangUp = (client: Client): void => {
  client.disconnect().catch(() => undefined)
}

/**
 * socket-mode 3.1.0 reads `payload.event.type` of everything that calls itself an event: `app_rate_limited`, which Slack sends in a
 * storm, has none, and its TypeError would end the process. Here it is acknowledged and logged; garbage is dropped.
 */
const guard = (context: Context, client: Client): void => {
  const handlers = client.listeners('ws_message') as ((data: unknown, isBinary: boolean) => Promise<void>)[]
  client.removeAllListeners('ws_message')
  client.on('ws_message', (data: unknown, isBinary: boolean) => {
    const strange = strangeEnvelope(data)
    if (strange !== null) {
      context.log.warn({ envelope: strange.type }, 'Slack sent something that is no event')
      if (strange.id !== null) client['send'](strange.id).catch(() => undefined)
      return
    }
    for (const handle of handlers)
      Promise.resolve(handle(data, isBinary)).catch((error: unknown) =>
        context.log.warn({ err: error }, 'an envelope of Slack cannot be read'),
      )
  })
}

const strangeEnvelope = (data: unknown): { type: string; id: string | null } | null => {
  let envelope: { type?: unknown; envelope_id?: unknown; payload?: { type?: unknown; event?: { type?: unknown } } } | null
  try {
    envelope = JSON.parse(String(data))
  } catch {
    return { type: 'not JSON', id: null }
  }
  if (typeof envelope !== 'object' || envelope === null) return { type: 'not an object', id: null }
  const id = typeof envelope.envelope_id === 'string' ? envelope.envelope_id : null
  if (envelope.type !== 'events_api') return envelope.type === 'app_rate_limited' ? { type: 'app_rate_limited', id } : null
  return typeof envelope.payload?.event?.type === 'string' ? null : { type: String(envelope.payload?.type ?? 'events_api'), id }
}
