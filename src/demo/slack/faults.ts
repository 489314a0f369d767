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
  /** Slack is away: HTTP answers 503, sockets are cut. Events of that time are retried as Slack does, then only in the history. */
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
