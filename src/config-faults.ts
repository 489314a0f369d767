import type { z } from 'zod'
import type { ConfigKey } from './config.ts'
import { type Config, configSchema } from './config-schema.ts'
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

/** What of the models cannot work together, each with its mend. */
export const modelFaults = ({ claude, openai, models }: Pick<Config, 'claude' | 'openai' | 'models'>): string[] => {
  const faults: string[] = []
  if (openai.small_model !== undefined && openai.model === undefined)
    faults.push('openai.small_model (VIGIL_OPENAI_SMALL_MODEL): is read with openai.model only; set VIGIL_OPENAI_MODEL too')
  if (openai.model !== undefined && openai.api_key === undefined && URL.parse(openai.base_url)?.hostname === 'api.openai.com')
    faults.push(
      'openai.api_key (VIGIL_OPENAI_API_KEY): api.openai.com wants one; for a server of your own set openai.base_url (VIGIL_OPENAI_BASE_URL)',
    )
  if (new Set(models.order).size < models.order.length)
    faults.push('models.order (VIGIL_MODELS_ORDER): names a provider twice; name each once, in the order in which they are to be asked')
  const configured = { claude: claude.api_key !== undefined, openai: openai.model !== undefined }
  for (const [severity, name] of Object.entries(models.by_severity)) {
    const fault = namedFault(name, configured)
    if (fault !== undefined) faults.push(`models.by_severity.${severity}: ${fault}`)
  }
  return faults
}

/** With no provider at all there are rules only, whatever the names say: so a key may come and go. */
const namedFault = (name: string, configured: { claude: boolean; openai: boolean }): string | undefined => {
  if (name === 'main' || name === 'small') return undefined
  const provider = /^(claude|openai)\/./.exec(name)?.[1]
  if (provider === undefined) return `must be main, small, claude/<model> or openai/<model>, is ${JSON.stringify(name)}`
  if (!configured.claude && !configured.openai) return undefined
  if (provider === 'claude' && !configured.claude) return 'names a model of Claude, which has no key; set VIGIL_CLAUDE_API_KEY'
  if (provider === 'openai' && !configured.openai)
    return 'names a model of the OpenAI-compatible provider, which is not configured; set VIGIL_OPENAI_MODEL'
  return undefined
}

/** Who reports later must know where: an address that a request brought along would be anybody's. */
export const callbackFaults = ({ actions, http }: Pick<Config, 'actions' | 'http'>): string[] =>
  actions.flatMap(({ callback }, i) =>
    callback === true && http.public_url === undefined
      ? [`actions.${i}.callback: needs http.public_url (VIGIL_HTTP_PUBLIC_URL), the address under which the remediator reaches this API`]
      : [],
  )
