import type { Receive } from '../alert/receive.ts'
import type { Context } from '../context.ts'
import type { SlackClients } from './clients.ts'
import type { Identity } from './identity.ts'

/** What every listener has at hand. */
export type Door = {
  readonly context: Context
  readonly clients: SlackClients
  readonly identity: Identity
  readonly receive: Receive
}
