import { existsSync, readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import type { z } from 'zod'
import type { KeyMeta } from './config/key.ts'
import { callbackFaults, describeIssue, modelFaults } from './config-faults.ts'
import { namedBy } from './config-named.ts'
import { type Config, configSchema } from './config-schema.ts'
import { InputError } from './errors.ts'
import { nearest } from './text/nearest.ts'

export type { Config } from './config-schema.ts'

/** Where a configuration comes from: all of it is passed in, so that only main reads the process. */
export type ConfigInput = { env: Readonly<Record<string, string | undefined>>; flags: Readonly<Record<string, string>> }

/**
 * Reads vigil.yaml (`--config`, else VIGIL_CONFIG, else ./vigil.yaml where it exists), the variables and the flags. A flag beats
 * a variable, a variable beats the file, the file beats the default; a VIGIL_ name beats a conventional one.
 * Throws InputError that lists every fault at once, each with the key and how to mend it; values of secrets are never repeated.
 */
export const loadConfig = (input: ConfigInput): Config => {
  const faults: string[] = []
  const raw = readFile(input, faults)
  const keys = configKeys()
  for (const found of keys) apply(raw, found, input, faults)
  applyChannelLists(raw, input, faults)
  faults.push(...unknownFlags(input, keys))
  const parsed = configSchema.safeParse(raw)
  if (!parsed.success) faults.push(...parsed.error.issues.flatMap((issue) => describeIssue(issue, raw, keys)))
  else faults.push(...contradictions(parsed.data))
  const named = parsed.success ? namedBy(parsed.data.actions, { input, keys }, faults) : {}
  if (faults.length > 0 || !parsed.success) {
    throw new InputError(
      `The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n  - ${faults.join('\n  - ')}`,
      faults,
    )
  }
  return { ...parsed.data, named }
}

export type ConfigKey = KeyMeta & { path: readonly string[]; flag: string; type: string; fallback: unknown }

/** Every scalar key with its names, in the order of the schema: what the loader, the documentation and doctor go by. */
export const configKeys = (): ConfigKey[] => {
  const found: ConfigKey[] = []
  walk(configSchema, [], found)
  return found
}

const walk = (schema: z.core.$ZodType, path: readonly string[], found: ConfigKey[]): void => {
  const meta = (schema as z.ZodType).meta() as unknown as KeyMeta | undefined
  const { inner, fallback } = unwrap(schema)
  if (meta?.variable !== undefined) {
    const flag = meta.variable.slice('VIGIL_'.length).toLowerCase().replaceAll('_', '-')
    found.push({ ...meta, path, flag, type: inner._zod.def.type, fallback })
    return
  }
  if (inner._zod.def.type !== 'object') return
  const { shape } = inner._zod.def as z.core.$ZodObjectDef
  for (const [name, child] of Object.entries(shape)) walk(child, [...path, name], found)
}

const unwrap = (schema: z.core.$ZodType): { inner: z.core.$ZodType; fallback: unknown } => {
  const def = schema._zod.def as { type: string; innerType?: z.core.$ZodType; defaultValue?: unknown }
  if (def.innerType === undefined || !['optional', 'default', 'prefault', 'nullable'].includes(def.type))
    return { inner: schema, fallback: undefined }
  const below = unwrap(def.innerType)
  return { inner: below.inner, fallback: def.type === 'default' ? def.defaultValue : below.fallback }
}

const readFile = (input: ConfigInput, faults: string[]): Record<string, unknown> => {
  const named = input.flags['config'] ?? input.env['VIGIL_CONFIG']
  const path = named ?? 'vigil.yaml'
  if (!existsSync(path)) {
    if (named !== undefined) faults.push(`${path}: no such file; --config or VIGIL_CONFIG names it`)
    return {}
  }
  try {
    const value: unknown = parseYaml(readFileSync(path, 'utf8'))
    if (value === null || value === undefined) return {}
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
    faults.push(`${path}: must be a mapping of keys at its top; see vigil.example.yaml`)
  } catch (error) {
    faults.push(`${path}: is not valid YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`)
  }
  return {}
}

const apply = (raw: Record<string, unknown>, found: ConfigKey, input: ConfigInput, faults: string[]): void => {
  const given = input.flags[found.flag] ?? fromVariables(found, input, faults)
  if (given === undefined) return
  set(raw, found.path, convert(given, found.type))
}

const fromVariables = (found: ConfigKey, input: ConfigInput, faults: string[]): string | undefined => {
  for (const name of [found.variable, ...(found.also ?? [])]) {
    const value = input.env[name]
    if (value !== undefined && value !== '') return value
    const file = input.env[`${name}_FILE`]
    if (found.secret !== true || file === undefined || file === '') continue
    try {
      return readFileSync(file, 'utf8').trim()
    } catch {
      faults.push(`${name}_FILE: cannot read the file that it names; check the path and its permissions`)
    }
  }
  return undefined
}

/** A string that is no number stays a string, so that the schema says what it should have been. */
const convert = (value: string, type: string): unknown => {
  if (type === 'number') return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
  if (type === 'boolean') return ['true', '1', 'yes'].includes(value) ? true : ['false', '0', 'no'].includes(value) ? false : value
  if (type === 'array') return commaList(value)
  return value
}

const commaList = (value: string): string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const set = (raw: Record<string, unknown>, path: readonly string[], value: unknown): void => {
  const [head, ...rest] = path
  if (head === undefined) return
  if (rest.length === 0) {
    raw[head] = value
    return
  }
  const child = raw[head]
  const next = typeof child === 'object' && child !== null && !Array.isArray(child) ? (child as Record<string, unknown>) : {}
  raw[head] = next
  set(next, rest, value)
}

/** Not keys of the schema: lists in one line that stand for `slack.alert_channels`. */
export const channelLists = [
  {
    variable: 'VIGIL_ALERT_CHANNELS',
    flag: 'alert-channels',
    doc: 'Channels (ids or #names, with commas between) whose alert messages start an investigation; stands for `slack.alert_channels`',
  },
  {
    variable: 'VIGIL_ALERT_BOTS',
    flag: 'alert-bots',
    doc: 'Bots (ids, with commas between) that are believed in each of VIGIL_ALERT_CHANNELS; `vigil doctor` names those it sees there',
  },
] as const

/** VIGIL_ALERT_CHANNELS and VIGIL_ALERT_BOTS stand for `slack.alert_channels`, each channel believing each of the bots. */
const applyChannelLists = (raw: Record<string, unknown>, input: ConfigInput, faults: string[]): void => {
  const [channels, bots] = channelLists.map(({ flag, variable }) => commaList(input.flags[flag] ?? input.env[variable] ?? ''))
  if (channels === undefined || bots === undefined) return
  if (channels.length === 0) {
    if (bots.length > 0)
      faults.push(
        'VIGIL_ALERT_BOTS (--alert-bots): is read with VIGIL_ALERT_CHANNELS only; in vigil.yaml each of slack.alert_channels has its own bots',
      )
    return
  }
  set(
    raw,
    ['slack', 'alert_channels'],
    channels.map((channel) => ({ channel, bots })),
  )
}

const unknownFlags = (input: ConfigInput, keys: readonly ConfigKey[]): string[] => {
  const known = ['config', ...keys.map((k) => k.flag), ...channelLists.map(({ flag }) => flag)]
  return Object.keys(input.flags)
    .filter((flag) => !known.includes(flag))
    .map((flag) => {
      const meant = nearest(flag, known)
      return `--${flag}: no such option${meant === undefined ? '; see docs/configuration.md' : `; did you mean --${meant}?`}`
    })
}

const contradictions = (config: Config): string[] => {
  const faults: string[] = []
  if (config.shutdown_budget_seconds <= config.drain_seconds) {
    faults.push('shutdown_budget_seconds (VIGIL_SHUTDOWN_BUDGET_SECONDS): must be more than drain_seconds (VIGIL_DRAIN_SECONDS)')
  }
  if ((config.slack.bot_token === undefined) !== (config.slack.app_token === undefined)) {
    faults.push('slack.bot_token and slack.app_token (SLACK_BOT_TOKEN, SLACK_APP_TOKEN): Socket Mode needs both, or none of them')
  }
  const { alert_channels: channels, shadow_channel: trial } = config.slack
  if (trial === undefined && channels.some(({ mode }) => mode === 'shadow')) {
    faults.push(
      'slack.shadow_channel (VIGIL_SLACK_SHADOW_CHANNEL): is missing; a channel of the mode shadow is tried by copies into another channel',
    )
  }
  if (trial !== undefined && channels.some(({ channel }) => channel === trial)) {
    faults.push('slack.shadow_channel (VIGIL_SLACK_SHADOW_CHANNEL): must not be one of slack.alert_channels')
  }
  faults.push(...modelFaults(config), ...callbackFaults(config))
  const names = config.clusters.map((c) => c.name)
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  for (const name of new Set(twice))
    faults.push(`clusters: the name "${name}" is used twice; evidence and actions carry it, so it must be unique`)
  for (const { cluster } of config.heartbeats)
    if (cluster !== undefined && cluster !== 'default' && !names.includes(cluster))
      faults.push(`heartbeats: there is no cluster ${cluster}; there are: ${['default', ...names].join(', ')}`)
  return faults
}
