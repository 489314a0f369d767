import { InputError, PermanentError, TransientError } from '../../errors.ts'
import type { ToolAnswer } from './tool.ts'

type Failure = Extract<ToolAnswer, { ok: false }>

/** A question that was not asked: its own words are at fault, so the model can mend it. */
export const refused = (query: string, reason: string): Failure => ({
  ok: false,
  error: `Not asked: ${reason}\nThe query was: ${query}`,
  gap: 'a query was refused',
})

/** A question that was asked and got no answer; `source` as people call it. Errors that are not ours are faults of Vigil and go on. */
export const failed = (source: string, query: string, error: unknown): Failure => {
  if (error instanceof TransientError) {
    return { ok: false, error: `${error.message}\nThe query was: ${query}\n${laterHint}`, gap: `no answer from ${source}` }
  }
  if (error instanceof PermanentError || error instanceof InputError) {
    return { ok: false, error: `${error.message}\nThe query was: ${query}`, gap: `${source} refused a query` }
  }
  throw error
}

const laterHint = 'A smaller question may get through; otherwise go on without it and name it as a data gap.'
