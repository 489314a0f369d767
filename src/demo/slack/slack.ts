import type { Disruption } from './faults.ts'
import type { Rates } from './rates.ts'
import type { Delivery, Sockets } from './sockets.ts'
import type { State } from './state.ts'
import type { Timers } from './timers.ts'

/** What the parts of the workspace share: the first argument of each of them. */
export type Slack = {
  readonly state: State
  readonly settings: Settings
  readonly timers: Timers
  readonly sockets: Sockets
  readonly disruption: Disruption
  readonly rates: Rates
  /** By trigger id. A trigger opens one view, within 3 s. */
  readonly triggers: Map<string, Trigger>
  /** By the last part of the response_url. Good for 5 uses in 30 min. */
  readonly responseUrls: Map<string, ResponseUrl>
  /** Incoming webhooks by the last part of their address. */
  readonly webhooks: Map<string, { channel: string; bot: string }>
  /** Sends an event to the app if it is there, and again if nobody acknowledges it. */
  event(event: Record<string, unknown>): void
  /** Sends a press, a submission or a command, once. */
  interact(type: 'interactive' | 'slash_commands', payload: Record<string, unknown>): Promise<Delivery>
}

export type Settings = {
  /** Known once the server listens. */
  url: string
  botToken: string
  appToken: string
  scopes: ReadonlySet<string>
  ackMs: number
  retryScale: number
}

export type Trigger = { at: number; used: boolean; user: string; viewId?: string }
export type ResponseUrl = { at: number; uses: number; channel: string; user: string; ts?: string; threadTs?: string }
