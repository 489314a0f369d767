import type { z } from 'zod'
import { type ConfigKey, channelLists, configKeys } from '../config.ts'
import { configSchema } from '../config-schema.ts'

/** The whole of docs/configuration.md, made from the schema: `npm run --silent docs:configuration > docs/configuration.md`. */
export const configurationTable = (): string => `# Configuration

<!-- Made from src/config-schema.ts by: npm run --silent docs:configuration > docs/configuration.md -->

Vigil reads, in this order, and the first that has a value wins:

1. a flag: \`vigil start --http-port 8081\`;
2. a variable: \`VIGIL_HTTP_PORT=8081\`; where a conventional name is honoured too, the \`VIGIL_\` name wins;
3. the file: \`--config FILE\`, else \`VIGIL_CONFIG\`, else \`vigil.yaml\` in the working directory, if there is one;
4. the default.

An empty variable counts as absent. Where the table says "secret", the value may also come from a file that the same name with
\`_FILE\` points to (\`VIGIL_API_TOKEN_FILE=/run/secrets/api-token\`), and it is never printed. Lists on one line have commas between.
Every fault is named at once, and \`vigil doctor\` checks what the values lead to.

## Keys

| key in vigil.yaml | variable | flag | default | meaning |
|---|---|---|---|---|
${configKeys().map(row).join('\n')}

## Short forms

| variable | flag | meaning |
|---|---|---|
${channelLists.map(({ variable, flag, doc }) => `| \`${variable}\` | \`--${flag}\` | ${doc} |`).join('\n')}

## Keys that only the file has

| key | default | meaning |
|---|---|---|
${structured(configSchema, []).join('\n')}

\`vigil.example.yaml\` shows each of them.
`

const row = (key: ConfigKey): string => {
  const names = [key.variable, ...(key.also ?? [])].map((name) => `\`${name}\``).join(', ')
  return `| \`${key.path.join('.')}\` | ${names} | \`--${key.flag}\` | ${shown(key.fallback)} | ${key.doc}${key.secret === true ? ' (secret)' : ''} |`
}

const shown = (value: unknown): string => {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return ''
  return `\`${Array.isArray(value) ? value.join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value)}\``
}

/** Lists and mappings that no variable can hold; the schema describes each. */
const structured = (schema: z.core.$ZodType, path: readonly string[]): string[] => {
  const { description, variable } = ((schema as z.ZodType).meta() ?? {}) as { description?: string; variable?: string }
  const { inner, fallback } = open(schema)
  const { type, shape } = inner._zod.def as { type: string; shape?: Record<string, z.core.$ZodType> }
  if (variable !== undefined) return []
  if (shape !== undefined) return Object.entries(shape).flatMap(([name, child]) => structured(child, [...path, name]))
  return ['array', 'record'].includes(type) ? [`| \`${path.join('.')}\` | ${shown(fallback)} | ${description ?? ''} |`] : []
}

const open = (schema: z.core.$ZodType, fallback?: unknown): { inner: z.core.$ZodType; fallback: unknown } => {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; defaultValue?: unknown }
  return def.innerType === undefined ? { inner: schema, fallback } : open(def.innerType, def.defaultValue ?? fallback)
}
