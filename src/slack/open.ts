import type { Receive } from '../alert/receive.ts'
import type { Context } from '../context.ts'
import { TransientError } from '../errors.ts'
import { createClients, type SlackClients } from './clients.ts'
import { connectSlack, type SlackConnection } from './connection.ts'
import { type Identity, identify } from './identity.ts'
import { catchUp } from './late.ts'
import { deliver } from './outbox.ts'
import { notify } from './webhook.ts'

export type SlackDoor = { close(): Promise<void> }

export type SlackNeeds = {
  readonly receive: Receive
  /** Null when at least one socket is open, else what is wrong: readiness follows it. */
  readonly onFault: (fault: string | null) => void
}

/**
 * Opens the Slack door: who we are, sockets, and the workers that draw threads. With Slack away it keeps trying, while alerts are
 * accepted and wait in the queue. Without tokens an incoming webhook, where there is one, gets notices; else nothing is shown. Throws
 * InputError for a token that Slack refuses.
 */
export const openSlack = async (context: Context, needs: SlackNeeds): Promise<SlackDoor> => {
  const { bot_token, webhook_url } = context.config.slack
  if (bot_token === undefined) {
    await context.queue.work('deliver', {
      run: async ({ incident }) => (webhook_url === undefined ? undefined : notify(context, webhook_url, incident)),
    })
    return { close: async () => undefined }
  }
  const clients = createClients(context)
  const stopping = new AbortController()
  const known = await tryIdentify(clients)
  if (known !== undefined) {
    const connection = await connect(context, needs, { clients, identity: known })
    return { close: () => connection.close() }
  }
  needs.onFault('Slack does not answer')
  const opening = identifyLater(context, clients, stopping.signal).then((identity) =>
    identity === undefined ? undefined : connect(context, needs, { clients, identity }),
  )
  opening.catch((error: unknown) => context.log.error({ err: error }, 'the Slack door could not be opened'))
  return {
    close: async () => {
      stopping.abort(new Error('closing'))
      const connection = await opening.catch(() => undefined)
      await connection?.close()
    },
  }
}

const tryIdentify = async (clients: SlackClients): Promise<Identity | undefined> => {
  try {
    return await identify(clients)
  } catch (error) {
    if (error instanceof TransientError) return undefined
    throw error
  }
}

const LONGEST_WAIT_MS = 30_000

const identifyLater = async (context: Context, clients: SlackClients, signal: AbortSignal): Promise<Identity | undefined> => {
  for (let wait = 1000; !signal.aborted; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    await context.clock.sleep(wait, signal).catch(() => undefined)
    if (signal.aborted) return undefined
    const identity = await tryIdentify(clients)
    if (identity !== undefined) return identity
  }
  return undefined
}

const connect = async (
  context: Context,
  needs: SlackNeeds,
  slack: { clients: SlackClients; identity: Identity },
): Promise<SlackConnection> => {
  await context.queue.work('deliver', { run: ({ incident }) => deliver(context, slack, incident) })
  await context.queue.work('catch_up', { run: ({ channel }) => catchUp(context, slack, channel) })
  needs.onFault('no socket to Slack is open yet')
  return connectSlack(context, {
    ...slack,
    receive: needs.receive,
    onConnected: (count) => needs.onFault(count === 0 ? 'no socket to Slack is open' : null),
  })
}
