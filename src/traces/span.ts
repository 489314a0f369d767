/** One span of a trace. Times in milliseconds since the epoch, fractions allowed. */
export type Span = {
  readonly id: string
  /** Null for a root. */
  readonly parent: string | null
  readonly service: string
  readonly name: string
  readonly kind: 'server' | 'client' | 'producer' | 'consumer' | 'internal'
  readonly start: number
  readonly end: number
  /** What its status says; null where it is not an error. */
  readonly error: string | null
  /** Of a client's span: whom it calls, as it says itself. */
  readonly peer?: Peer
}

export type Peer = { readonly name: string; readonly kind: 'database' | 'queue' | 'host' }
