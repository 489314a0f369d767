import type { Clock, Fetch } from '../context.ts'
import { anthropic } from './anthropic.ts'
import type { Model } from './model.ts'

/** What every provider is made from. */
export type ProviderOptions = {
  readonly apiKey: string
  /** Without it: the provider's own address. */
  readonly baseUrl?: string
  readonly model: string
  readonly fetch: Fetch
  readonly clock: Clock
}

/** The register of providers, by the name that the configuration uses. */
export const providers: { readonly anthropic: (options: ProviderOptions) => Model } = { anthropic }
