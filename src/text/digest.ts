import { createHash } from 'node:crypto'
import { PermanentError } from '../errors.ts'

/**
 * One spelling for one value: JSON after RFC 8785 (keys sorted by UTF-16 units, numbers and strings as ECMAScript writes them).
 *
 * Members that are undefined are left out, as JSON does, so that a value read back from the database has the digest it was stored with.
 * Throws PermanentError for whatever JSON would quietly change: undefined elsewhere, NaN, infinities, functions, symbols, big integers,
 * lone surrogates, objects that are not plain (dates, maps), and nesting deeper than 100 (so cycles, too).
 */
export const canonical = (value: unknown): string => write(value, 0)

/** SHA-256 of the canonical form, as 64 hexadecimal digits. What an approval is bound to. Throws as `canonical`. */
export const digest = (value: unknown): string => createHash('sha256').update(canonical(value), 'utf8').digest('hex')

const write = (value: unknown, depth: number): string => {
  if (depth > 100) throw refusal('nesting deeper than 100')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeText(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusal(String(value))
    return JSON.stringify(value)
  }
  // By index: `map` would skip the holes of a sparse array.
  if (Array.isArray(value)) return `[${Array.from(value, (entry: unknown) => write(entry, depth + 1)).join(',')}]`
  if (isPlain(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${writeText(key)}:${write(value[key], depth + 1)}`)
    return `{${members.join(',')}}`
  }
  throw refusal(typeof value === 'object' ? 'an object that is not plain' : typeof value)
}

const writeText = (text: string): string => {
  if (!text.isWellFormed()) throw refusal('text with a lone surrogate')
  return JSON.stringify(text)
}

const isPlain = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const refusal = (what: string): PermanentError => new PermanentError(`No canonical form: ${what}.`)
