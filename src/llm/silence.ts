import type { Clock, Fetch } from '../context.ts'
import { troubled } from './trouble.ts'

/** Claude sends a ping every few seconds also while it thinks, so that this is long; and a minute holds two such waits (SAFETY T10). */
export const SILENCE_MS = 25_000

/**
 * Runs a call that ends when `signal` aborts, and in silence: after `idleMs` (25 s unless told) without a byte over the `fetch` that it is
 * given. Throws the signal's reason, TransientError for silence, else what the call throws.
 */
export const listenedTo = async <T>(
  listener: Listener,
  signal: AbortSignal,
  call: (fetch: Fetch, signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted()
  const idleMs = listener.idleMs ?? SILENCE_MS
  const silence = silenceAfter(listener.clock, idleMs)
  try {
    return await call(listening(listener.fetch, silence.heard), AbortSignal.any([signal, silence.signal]))
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (silence.signal.aborted) throw troubled('silent', `${listener.who} sent nothing for ${idleMs / 1000} s`)
    throw error
  } finally {
    silence.end()
  }
}

export type Listener = {
  /** Whom the error names. */
  readonly who: string
  readonly fetch: Fetch
  readonly clock: Clock
  /** Milliseconds without a byte after which a call is given up. */
  readonly idleMs?: number
}

const silenceAfter = (clock: Clock, ms: number): { signal: AbortSignal; heard: () => void; end: () => void } => {
  const controller = new AbortController()
  const wait = () => clock.after(ms, () => controller.abort())
  let cancel = wait()
  let ended = false
  return {
    signal: controller.signal,
    heard: () => {
      if (ended) return
      cancel()
      cancel = wait()
    },
    end: () => {
      ended = true
      cancel()
    },
  }
}

/** Life is listened for at the bytes: pings and comments never get further up. */
const listening =
  (network: Fetch, onBytes: () => void): Fetch =>
  async (input, init) => {
    const response = await network(input, init)
    onBytes()
    if (!response.body) return response
    const ear = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, out) => {
        onBytes()
        out.enqueue(chunk)
      },
    })
    const { status, statusText, headers } = response
    return new Response(response.body.pipeThrough(ear), { status, statusText, headers })
  }
