import type { Clock } from '../context.ts'
import { TransientError } from '../errors.ts'
import type { Model, Usage } from './model.ts'

/** A model that reports each call after it ended, also one that failed. `onCall` must not throw. */
export const metered = (model: Model, meter: Meter): Model => ({
  id: model.id,
  silenceMs: model.silenceMs ?? 0,
  complete: async (request, signal) => {
    const start = meter.clock.monotonic()
    try {
      const turn = await model.complete(request, signal)
      meter.onCall({ model: turn.model, ms: turn.ms, usage: turn.usage, outcome: 'ok' })
      return turn
    } catch (error) {
      // A call that the caller broke off says nothing against the request: the same one may go through later.
      const outcome = error instanceof TransientError || signal.aborted ? 'transient' : 'permanent'
      meter.onCall({ model: model.id, ms: meter.clock.monotonic() - start, usage: none, outcome })
      throw error
    }
  },
})

export type Meter = { readonly clock: Clock; onCall(call: ModelCall): void }

export type ModelCall = {
  /** The model that answered; the asked model's id where none did. */
  readonly model: string
  /** Wall time in milliseconds. */
  readonly ms: number
  /** All zero when the call failed: what a broken stream cost is not known. */
  readonly usage: Usage
  readonly outcome: 'ok' | 'transient' | 'permanent'
}

const none: Usage = { input: 0, output: 0, cache_read: 0, cache_write: 0 }
