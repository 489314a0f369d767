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
  base_url: key(url.optional(), { variable: 'VIGIL_CLAUDE_BASE_URL', also: ['ANTHROPIC_BASE_URL'], doc: "Address of Claude's API" }),
  max_tokens: key(z.number().int().min(256).default(4096), { variable: 'VIGIL_CLAUDE_MAX_TOKENS', doc: 'Output tokens per answer' }),
  prices: z.record(z.string(), price).default({}).describe('US dollars per million tokens by model, over the built-in table'),
})
