import { TransientError } from '../errors.ts'
import type { Breaker } from './breaker.ts'
import type { FellBack, Model } from './model.ts'
import { type Trouble, troubled, troubleOf, troubleWords } from './trouble.ts'

/**
 * A model that asks the given ones in order until one answers, each time from the first. It goes on at once after overload, rate limits,
 * 5xx, broken streams and silence, and where the key, the bill or the model itself is the trouble; never after a refused request, nor when
 * the signal aborts. A model whose breaker rests is passed over. The turn tells in `fell_back` who gave none, and why.
 *
 * With none left it throws TransientError where one of them may answer later, with the shortest time to wait for that was named; else the
 * first model's PermanentError.
 */
export const fallingBack = (models: readonly [Model, ...Model[]], { breakerOf }: FallingBackOptions): Model => {
  const steps = models.map((model): Step => ({ model, breaker: breakerOf(model) }))
  return {
    id: models[0].id,
    silenceMs: models.reduce((sum, { silenceMs = 0 }) => sum + silenceMs, 0),
    fallsBackTo: models.slice(1).map(({ id }) => id),
    complete: async (request, signal) => {
      const missed: Missed[] = []
      for (const { model, breaker } of steps) {
        const pass = breaker.enter()
        if (pass === undefined) {
          missed.push(resting(model, breaker))
          continue
        }
        try {
          const turn = await model.complete(request, signal)
          pass.succeeded()
          return missed.length === 0 ? turn : { ...turn, fell_back: missed.map(({ from, because }): FellBack => ({ from, because })) }
        } catch (error) {
          const trouble = signal.aborted ? undefined : troubleOf(error)
          if (trouble === undefined || trouble === 'request') {
            pass.left()
            throw error
          }
          pass.failed()
          missed.push({ from: model.id, because: troubleWords[trouble], trouble, error })
        }
      }
      throw nobody(missed)
    },
  }
}

export type FallingBackOptions = {
  /** A model's breaker: the same one wherever the model stands. */
  breakerOf(model: Model): Breaker
}

type Step = { readonly model: Model; readonly breaker: Breaker }

type Missed = FellBack & { readonly trouble: Trouble; readonly error: unknown }

const resting = ({ id }: Model, breaker: Breaker): Missed => {
  const afterMs = breaker.restMs()
  const because = 'failed 3 times within a minute'
  const error = troubled('unavailable', `${id} ${because} and is asked again in ${Math.ceil(afterMs / 1000)} s`, { afterMs })
  return { from: id, because, trouble: 'unavailable', error }
}

const nobody = (missed: readonly Missed[]): unknown => {
  const passing = missed.filter(({ error }) => error instanceof TransientError)
  const first = passing[0] ?? missed[0]
  if (first === undefined || missed.length === 1 || passing.length === 0) return first?.error
  const waits = passing.map(({ error }) => (error instanceof TransientError ? error.afterMs : undefined))
  // One that named no time may answer at the next try, so then there is none to wait for.
  const afterMs = waits.reduce((shortest, wait) => (shortest === undefined || wait === undefined ? undefined : Math.min(shortest, wait)))
  const said = missed.map(({ error }) => (error instanceof Error ? error.message : String(error)))
  return troubled(first.trouble, `No model answered. ${said.join(' ')}`, { from: first.error, afterMs })
}
