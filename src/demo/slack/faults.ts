import type { Sockets } from './sockets.ts'

/** What can be made to go wrong, and what the rest of the workspace asks of it before it answers. */
export const createFaults = (sockets: Sockets): { faults: Faults; disruption: Disruption } => {
  const limits: { method: string; until: number; channel: string | undefined }[] = []
  const failures: { method: string; how: FailHow; left: number }[] = []
  let isDown = false

  const matches = (pattern: string, method: string): boolean => pattern === '*' || pattern === method
  const disruption: Disruption = {
    isDown: () => isDown,
    limited: (method, channel) => {
      const now = performance.now()
      const limit = limits.find((one) => matches(one.method, method) && one.until > now && (one.channel ?? channel) === channel)
      return limit ? Math.max(1, Math.ceil((limit.until - now) / 1000)) : 0
    },
    failure: (method) => {
      const failure = failures.find((one) => one.left > 0 && matches(one.method, method))
      if (failure) failure.left -= 1
      return failure?.how
    },
  }
  const faults: Faults = {
    rateLimit: (method, seconds, channel) => {
      limits.push({ method, until: performance.now() + seconds * 1000, channel })
    },
    failNext: (method, how, count = 1) => {
      failures.push({ method, how, left: count })
    },
    dropConnections: () => sockets.cutAll(),
    refuseConnections: (on) => sockets.refuse(on),
    refresh: (reason = 'refresh_requested', all = false) => sockets.refresh(reason, all),
    duplicateNext: (count) => sockets.duplicate(count),
    holdEvents: () => sockets.hold(true),
    releaseEvents: () => sockets.hold(false),
    down: () => {
      isDown = true
      sockets.refuse(true)
      sockets.cutAll()
    },
    up: () => {
      isDown = false
      sockets.refuse(false)
    },
    silence: (on) => sockets.silence(on),
    sendRaw: (text) => sockets.sendRaw(text),
    clear: () => {
      limits.length = 0
      failures.length = 0
      isDown = false
      sockets.refuse(false)
      sockets.silence(false)
      sockets.duplicate(0)
      sockets.hold(false)
    },
  }
  return { faults, disruption }
}

/** What can be made to go wrong. Each call takes effect at once; methods are Web API names, `*` is all of them. */
export type Faults = {
  /** Answers 429 with `Retry-After: seconds` for that long; with `channel` only for calls that name it. */
  rateLimit(method: string, seconds: number, channel?: string): void
  /**
   * The next `count` (default 1) calls fail. A number is the HTTP status, with nothing done. `cut_before` closes the connection with nothing done, `cut_after_accept` after it was done;
   * `hang` does nothing and never answers; `hang_after_accept` does it and never answers. A text in lower case is an error code, as in `{ ok: false, error }`.
   */
  failNext(method: string, how: FailHow, count?: number): void
  /** Cuts every socket without a close frame. */
  dropConnections(): void
  /** `apps.connections.open` answers 503 and no socket is accepted while this is on. */
  refuseConnections(on: boolean): void
  /** Slack's own refresh: `disconnect` with this reason on one socket or all. */
  refresh(reason?: 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets', all?: boolean): void
  /** The next `count` envelopes arrive twice. */
  duplicateNext(count: number): void
  /** Nothing is sent over the sockets until released; then all of it in order. */
  holdEvents(): void
  releaseEvents(): void
  /** Slack is away: every HTTP call and socket is cut, the page lives on. Events of that time are retried as Slack does, then only in the history. */
  down(): void
  up(): void
  /** Sockets stay open, but nothing comes from them any more: no pong, no ping, no event. */
  silence(on: boolean): void
  /** Sends this text as it is over one socket: garbage, `app_rate_limited`, what a test needs. */
  sendRaw(text: string): void
  /** Takes back everything, also what `failNext` and `rateLimit` have left. */
  clear(): void
}

export type FailHow = number | 'cut_before' | 'cut_after_accept' | 'hang' | 'hang_after_accept' | (string & {})

export type Disruption = {
  isDown(): boolean
  /** Seconds for which this call is to be answered with 429, or 0. */
  limited(method: string, channel: string | undefined): number
  /** How this call is to fail; asking uses one up. */
  failure(method: string): FailHow | undefined
}
