import type { Model, ModelRequest, ModelTurn } from './model.ts'

/**
 * A call that is made again at once when its refusal shows what the server does not take, and from then on without that. Nothing is
 * conceded twice to the same call, so it ends after as many tries as there are concessions, and each costs one refused request in the
 * life of the process.
 */
export const conceding = <C>(
  call: ConcedingCall<C>,
  concessionFor: (error: unknown, request: ModelRequest) => C | undefined,
): Model['complete'] => {
  const conceded = new Set<C>()
  return async (request, signal) => {
    for (;;) {
      const made: ReadonlySet<C> = new Set(conceded)
      try {
        return await call(request, signal, made)
      } catch (error) {
        const further = concessionFor(error, request)
        if (further === undefined || made.has(further)) throw error
        conceded.add(further)
      }
    }
  }
}

export type ConcedingCall<C> = (request: ModelRequest, signal: AbortSignal, made: ReadonlySet<C>) => Promise<ModelTurn>

/** How a forced tool is asked for in words. */
export const plea = (tool: string): string => `Answer with one call of the tool ${tool} now. Nothing but that call is read.`

/** Whether a refusal is about the tool that was forced. */
export const refusesForce = (said: string): boolean => /tool_choice|forc(e|es|ed|ing) tool/i.test(said)
