import { type AnthropicOptions, anthropic } from './anthropic.ts'
import type { Model } from './model.ts'
import { type OpenaiOptions, openaiCompatible } from './openai-compatible.ts'

/** The register of providers, by the name that the configuration uses. */
export const providers: {
  readonly claude: (options: AnthropicOptions) => Model
  readonly openai: (options: OpenaiOptions) => Model
} = { claude: anthropic, openai: openaiCompatible }

export type ProviderName = keyof typeof providers
