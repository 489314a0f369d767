import pino from 'pino'
import type { Config } from '../config.ts'

export type Logger = pino.Logger

/** Structured JSON on standard output, one line an event. Keys that hold secrets are removed whatever logs them. */
export const createLog = (config: Pick<Config, 'log_level'>): Logger =>
  pino({
    name: 'vigil',
    level: config.log_level,
    redact: { paths: secretPaths, remove: true },
    formatters: { level: (label) => ({ level: label }) },
  })

const secretNames = ['token', 'authorization', 'api_key', 'apiKey', 'password', 'bot_token', 'app_token', 'Authorization']
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
