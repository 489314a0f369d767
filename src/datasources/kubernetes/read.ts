import { readFileSync } from 'node:fs'
import { InputError } from '../../errors.ts'

/** The text of a file that the configuration names; an InputError that names it where it cannot be read. */
export const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    throw new InputError(`cannot read ${path} (${code}): check the path and its permissions`)
  }
}
