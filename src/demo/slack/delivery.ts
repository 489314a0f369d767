import type { Slack } from './slack.ts'
import type { Delivery, Sockets } from './sockets.ts'
import type { State } from './state.ts'
import type { Timers } from './timers.ts'

/** Un-acknowledged events come again at once, after a minute and after five: https://docs.slack.dev/apis/events-api/#retries . Presses and commands do not. */
const RETRY_MS = [0, 60_000, 300_000]

/** Slack gives an event 3 s to be acknowledged. */
const EVENT_ACK_MS = 3_000

export const createDelivery = (parts: Parts): Pick<Slack, 'event' | 'interact'> => {
  const attempt = async (payload: unknown, retry: number, reason: string | undefined): Promise<void> => {
    const delivery = await parts.sockets.deliver(
      {
        type: 'events_api',
        payload,
        accepts_response_payload: false,
        retry_attempt: retry,
        retry_reason: reason ?? '',
      },
      EVENT_ACK_MS * Math.max(parts.scale, 0.05),
    )
    const wait = RETRY_MS[retry]
    if (delivery.acked || wait === undefined) return
    parts.timers.after(wait * parts.scale, () => void attempt(payload, retry + 1, delivery.reason))
  }
  return {
    event: (event) => void attempt(callbackOf(parts.state, event), 0, undefined),
    interact: (type, payload) => parts.sockets.deliver({ type, payload, accepts_response_payload: true }, parts.ackMs) as Promise<Delivery>,
  }
}

const callbackOf = (state: State, event: Record<string, unknown>): Record<string, unknown> => {
  const { team, app } = state
  const channel = state.channels.get(String(event['channel'] ?? (event['item'] as { channel?: string } | undefined)?.channel))
  return {
    token: 'local-verification-token',
    team_id: team.id,
    context_team_id: team.id,
    api_app_id: app.id,
    event,
    type: 'event_callback',
    event_id: state.nextId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [{ enterprise_id: null, team_id: team.id, user_id: app.botUserId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: channel?.isExtShared === true,
    event_context: state.nextId('4-'),
  }
}

type Parts = { sockets: Sockets; state: State; timers: Timers; scale: number; ackMs: number }
