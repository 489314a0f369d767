/** The base of every error that Vigil throws on purpose. A handler needs to know one thing of it: try again or not. */
abstract class VigilError extends Error {
  abstract readonly retry: boolean
}

/** Something outside is not there right now: the same call may go through later. `afterMs` is what the other side asked for. */
export class TransientError extends VigilError {
  readonly retry = true
  readonly afterMs: number | undefined
  constructor(message: string, options: { cause?: unknown; afterMs?: number } = {}) {
    super(message, { cause: options.cause })
    this.name = 'TransientError'
    this.afterMs = options.afterMs
  }
}

/** The same call will fail again: a refusal of the other side, or a broken promise of our own. */
export class PermanentError extends VigilError {
  readonly retry = false
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'PermanentError'
  }
}

/** Somebody gave us something that cannot be used. The message is for that person and ends with how to mend it. */
export class InputError extends VigilError {
  readonly retry = false
  readonly faults: readonly string[]
  constructor(message: string, faults: readonly string[] = []) {
    super(message)
    this.name = 'InputError'
    this.faults = faults
  }
}
