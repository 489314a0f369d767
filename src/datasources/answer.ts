import { z } from 'zod'
import { PermanentError } from '../errors.ts'

/** An answer in the shape that the source's API documents; a PermanentError that names the place where it is not. */
export const parsed = <T>(source: string, shape: z.ZodType<T>, body: unknown): T => {
  const result = shape.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new PermanentError(`${source} answered in an unexpected shape at ${issue?.path.join('.') || 'the top'}: is the endpoint right?`)
}

/** A time as APIs write it, RFC 3339 with its zone. */
export const writtenTime = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
