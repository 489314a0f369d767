import { App, type ReceiverEvent } from '@slack/bolt'
import type { Receive } from '../alert/receive.ts'
import type { Context } from '../context.ts'
import { InputError } from '../errors.ts'
import type { JobHandler } from '../queue/queue.ts'
import { mayBeEager } from './alert-channels.ts'
import { catchUp, readCursors } from './catch-up.ts'
import { clientOptions, type SlackClients, sdkLog } from './clients.ts'
import type { Door } from './door.ts'
import { giveUp } from './give-up.ts'
import type { Identity } from './identity.ts'
import { type Envelope, envelopeOf, keep, markFailed, markHandled, unhandled } from './inbox.ts'
import { register } from './listeners/index.ts'
import { type EnvelopeFacts, openSocket } from './socket.ts'

export type SlackConnection = {
  /** Open sockets; at least one: ready. */
  connected(): number
  /** Closes the sockets and waits for the presses that are being handled; events go on in the queue. */
  close(): Promise<void>
}

export type SlackDoors = {
  readonly receive: Receive
  readonly clients: SlackClients
  readonly identity: Identity
  /** Called with the number of open sockets whenever it changes. */
  readonly onConnected?: (count: number) => void
}

/**
 * Opens the sockets to Slack and starts the workers of the inbox. Everything is in the database before it is acknowledged: events are
 * then handled by a worker, on this replica or another; presses, modals and commands go straight on, because Slack waits 3 s for
 * them, and are replayed by a worker when a crash came between. Resolves when the sockets are on their way; they reconnect for ever.
 */
export const connectSlack = async (context: Context, doors: SlackDoors): Promise<SlackConnection> => {
  const appToken = context.config.slack.app_token
  if (appToken === undefined) throw new InputError('Slack needs slack.app_token (SLACK_APP_TOKEN): the xapp- token under Basic Information')
  const door: Door = { context, clients: doors.clients, identity: doors.identity, receive: doors.receive }
  const app = await boltApp(door)
  await context.queue.work('inbox', inboxWorker(door, app))
  const pressing = new Set<Promise<void>>()
  const accept = (event: ReceiverEvent): Promise<void> => take(door, app, event, pressing)
  const closing = new AbortController()
  // Read before anything can arrive: the first event after a gap moves the cursor past what was missed.
  let since = readCursors(door, closing.signal)
  let count = 0
  const sockets = Array.from({ length: context.config.slack.connections }, () =>
    openSocket(context, { appToken, accept, onChange: () => changed() }),
  )
  const changed = (): void => {
    const before = count
    count = sockets.filter((socket) => socket.isConnected()).length
    context.telemetry.socketsConnected(count)
    doors.onConnected?.(count)
    if (count === 0) since = readCursors(door, closing.signal)
    else if (before === 0) void catchUp(door, since, closing.signal)
  }
  const close = async (): Promise<void> => {
    closing.abort(new Error('closing'))
    await Promise.all(sockets.map((socket) => socket.close()))
    await Promise.all(pressing)
  }
  return { connected: () => count, close }
}

const boltApp = async (door: Door): Promise<App> => {
  const { context, identity } = door
  const { botId, botUserId, teamId } = identity
  const app = new App({
    receiver: { init: () => undefined, start: async () => undefined, stop: async () => undefined },
    // Who Vigil is was asked once; Bolt would ask again with a client that retries.
    authorize: async () => ({ botToken: context.config.slack.bot_token ?? '', botId, botUserId, teamId }),
    deferInitialization: true,
    convoStore: false,
    logger: sdkLog(context.log),
    clientOptions: clientOptions(context),
  })
  register(app, door)
  // Bolt's own handler logs and forgets: the row would count as done.
  app.error(async (error) => {
    throw causeOf(error)
  })
  await app.init()
  return app
}

/** The error that a listener threw, as Bolt has wrapped it; of several the first that may be tried again. */
const causeOf = (error: unknown): unknown => {
  const { original, originals } = error as { original?: unknown; originals?: readonly unknown[] }
  return originals?.find((one) => (one as { retry?: boolean }).retry !== false) ?? originals?.[0] ?? original ?? error
}

/** Persist, acknowledge, handle. A rejection means: not acknowledged. */
const take = async ({ context, identity }: Door, app: App, event: ReceiverEvent, pressing: Set<Promise<void>>): Promise<void> => {
  const { envelopeId, envelopeType } = event.customProperties as EnvelopeFacts
  const raw = { type: envelopeType, id: envelopeId, body: event.body }
  const envelope = envelopeOf(raw, identity, (channel) => mayBeEager(context.config, channel))
  const isNew = envelope !== null && (await keep(context, envelope))
  if (!isNew || envelope.kind === 'event') {
    await event.ack()
    return
  }
  const handled = handleNow(context, app, { envelope, event })
  pressing.add(handled)
  await handled.finally(() => pressing.delete(handled))
}

/** A press whose listener fails is acknowledged or not as far as it came; the delayed job tries again. */
const handleNow = async (context: Context, app: App, { envelope, event }: { envelope: Envelope; event: ReceiverEvent }): Promise<void> => {
  let isAcknowledged = false
  const ack: ReceiverEvent['ack'] = async (answer) => {
    isAcknowledged = true
    await event.ack(answer)
  }
  try {
    await app.processEvent({ ...event, ack })
    // What no listener knows (a link that opens in the browser) is still to be acknowledged.
    if (!isAcknowledged) await ack()
    await markHandled(context, envelope.key)
  } catch (error) {
    context.log.warn({ err: error, key: envelope.key }, 'a press could not be handled; it will be tried again')
    await markFailed(context, envelope.key, error).catch(() => undefined)
  }
}

const inboxWorker = (door: Door, app: App): JobHandler<'inbox'> => ({
  run: async ({ key }) => {
    const envelope = await unhandled(door.context, key)
    if (envelope === undefined) return
    try {
      await app.processEvent({ body: envelope.body, ack: async () => undefined })
    } catch (error) {
      await markFailed(door.context, key, error)
      throw error
    }
    await markHandled(door.context, key)
  },
  giveUp: async ({ key }, error) => giveUp(door, key, error),
})
