import type { Usage } from './model.ts'

/** US dollars for a million tokens of each bucket. */
export type Price = { readonly input: number; readonly output: number; readonly cache_read: number; readonly cache_write: number }

/** What a call cost, in US dollars. */
export const usd = (usage: Usage, price: Price): number =>
  (usage.input * price.input + usage.output * price.output + usage.cache_read * price.cache_read + usage.cache_write * price.cache_write) /
  1_000_000

/**
 * The price of a model: by its own name, else by the longest name that it begins with (providers answer with dated names, and Ollama's
 * have a size behind a colon). Prices may be kept under the configuration's name, with the provider before a slash. Undefined: not known,
 * and the caller says so instead of showing 0.
 */
export const priceOf = (model: string, prices: Readonly<Record<string, Price>>): Price | undefined => {
  const named = Object.entries(prices).flatMap(([name, price]) => {
    const bare = name.replace(/^(claude|openai)\//, '')
    const fits = [name, bare].filter((one) => model === one || model.startsWith(`${one}-`) || model.startsWith(`${one}:`))
    return fits.map((one) => ({ length: one.length, price }))
  })
  return named.sort((a, b) => b.length - a.length)[0]?.price
}

/** Claude's proportions for a cache that lives 5 minutes: a read costs a tenth of the input, a write a quarter more than it. */
const withCache = (input: number, output: number): Price => ({ input, output, cache_read: input * 0.1, cache_write: input * 1.25 })

/**
 * Defaults in the place of list prices, to be overridden in the configuration. They are not below Claude's list in November 2026
 * (https://platform.claude.com/docs/en/about-claude/pricing), so that a budget which relies on them stops early rather than late.
 */
export const defaultPrices: Readonly<Record<string, Price>> = {
  'claude-haiku-5-5': withCache(1, 5),
  'claude-sonnet-5-5': withCache(3, 15),
  'claude-opus-5-5': withCache(5, 25),
}
