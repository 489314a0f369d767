import type { z } from 'zod'
import type { ConfigKey } from './config.ts'
import { configSchema } from './config-schema.ts'
import { nearest } from './text/nearest.ts'

/**
 * One fault of the configuration in words for who wrote it: where it stands, what it must be, what it is. Values are repeated
 * only where they cannot be a secret or hold one: of numbers, switches and choices.
 */
export const describeIssue = (issue: z.core.$ZodIssue, raw: unknown, keys: readonly ConfigKey[]): string[] => {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownKey([...path, name]))
  const at = path.join('.')
  const known = keys.find((k) => k.path.join('.') === at)
  const where = `${at === '' ? 'vigil.yaml' : at}${known ? ` (${known.variable})` : ''}`
  return [`${where}: ${rule(issue)}${known?.secret === true ? '' : given(issue, valueAt(raw, issue.path))}`]
}

const unknownKey = (path: readonly string[]): string => {
  const name = path.at(-1) ?? ''
  const meant = nearest(name, keysAt(path.slice(0, -1)))
  return `${path.join('.')}: no such key; ${meant === undefined ? 'see vigil.example.yaml' : `did you mean ${[...path.slice(0, -1), meant].join('.')}?`}`
}

/** The names that the schema has at a place; in a list, those of its items. */
const keysAt = (path: readonly string[]): string[] => {
  let schema: z.core.$ZodType | undefined = configSchema
  for (const step of path) schema = schema === undefined ? undefined : childOf(bare(schema), step)
  const def = schema === undefined ? undefined : (bare(schema)._zod.def as Partial<z.core.$ZodObjectDef>)
  return Object.keys(def?.shape ?? {})
}

const childOf = (schema: z.core.$ZodType, step: string): z.core.$ZodType | undefined => {
  const def = schema._zod.def as { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType }
  return def.shape?.[step] ?? def.element ?? def.valueType
}

const bare = (schema: z.core.$ZodType): z.core.$ZodType => {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType }
  return innerType === undefined ? schema : bare(innerType)
}

const rule = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`
    case 'too_small':
      return issue.origin === 'number' ? `must be at least ${issue.minimum}` : issue.message
    case 'too_big':
      return issue.origin === 'number' ? `must be at most ${issue.maximum}` : issue.message
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`
    default:
      return issue.message
  }
}

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text; put quotes around it',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
}

const given = (issue: z.core.$ZodIssue, value: unknown): string => {
  if (issue.code === 'invalid_type' && ['string', 'object', 'record', 'array'].includes(issue.expected))
    return value === undefined ? ', is missing' : ''
  const shown = ['invalid_type', 'invalid_value'].includes(issue.code) || ('origin' in issue && issue.origin === 'number')
  if (!shown || typeof value === 'object') return ''
  return value === undefined ? ', is missing' : `, is ${JSON.stringify(value)}`
}

const valueAt = (raw: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined), raw)
