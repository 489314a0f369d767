import { z } from 'zod'
import { key, text, url } from './key.ts'

const price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cache_read: z.number().min(0),
  cache_write: z.number().min(0),
})

export const claude = z.strictObject({
  api_key: key(text.optional(), {
    variable: 'VIGIL_CLAUDE_API_KEY',
    also: ['ANTHROPIC_API_KEY'],
    secret: true,
    doc: 'Key for Claude; without it Vigil answers by rules only',
  }),
  model: key(text.default('claude-sonnet-5-5'), { variable: 'VIGIL_CLAUDE_MODEL', doc: 'Model of the investigation' }),
  small_model: key(text.default('claude-haiku-5-5'), {
    variable: 'VIGIL_CLAUDE_SMALL_MODEL',
    doc: "Cheaper model: gate, classifier, and everything once most of the day's money is gone",
  }),
  base_url: key(url.optional(), { variable: 'VIGIL_CLAUDE_BASE_URL', also: ['ANTHROPIC_BASE_URL'], doc: "Address of Claude's API" }),
  max_tokens: key(z.number().int().min(256).default(4096), {
    variable: 'VIGIL_CLAUDE_MAX_TOKENS',
    doc: 'Output tokens per answer, of every provider',
  }),
  prices: z
    .record(z.string(), price)
    .default({})
    .describe('US dollars per million tokens by model of any provider, over the built-in table; a model of your own may cost 0'),
})

export const openai = z.strictObject({
  model: key(text.optional(), { variable: 'VIGIL_OPENAI_MODEL', doc: 'Model behind an OpenAI-compatible API; without it there is none' }),
  small_model: key(text.optional(), { variable: 'VIGIL_OPENAI_SMALL_MODEL', doc: 'Its cheaper model; without it the same' }),
  base_url: key(url.default('https://api.openai.com/v1'), {
    variable: 'VIGIL_OPENAI_BASE_URL',
    also: ['OPENAI_BASE_URL'],
    doc: 'Address of the OpenAI-compatible API, with its version',
  }),
  api_key: key(text.optional(), {
    variable: 'VIGIL_OPENAI_API_KEY',
    also: ['OPENAI_API_KEY'],
    secret: true,
    doc: 'Its key; a server of your own needs none',
  }),
  silence_seconds: key(z.number().int().min(5).max(600).default(25), {
    variable: 'VIGIL_OPENAI_SILENCE_SECONDS',
    doc: 'Seconds without a byte after which a call is given up; more where a local model needs longer for its first word',
  }),
})

export const models = z.strictObject({
  order: key(
    z
      .array(z.enum(['claude', 'openai']))
      .min(1, 'needs at least one provider')
      .default(['claude', 'openai']),
    {
      variable: 'VIGIL_MODELS_ORDER',
      doc: 'Providers in the order in which they are asked; those that are not configured are passed over',
    },
  ),
  by_severity: z
    .record(z.string(), text)
    .default({})
    .describe('Model of the investigation by severity: main, small, claude/<model> or openai/<model>'),
})
