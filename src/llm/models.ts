import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { type Breaker, createBreaker } from './breaker.ts'
import { fallingBack } from './falling-back.ts'
import { type ProviderName, providers } from './index.ts'
import { type Meter, metered } from './metered.ts'
import type { Model } from './model.ts'

/** The models that may think, each already metered and falling back along the configured order. */
export type Models = {
  readonly main: Model | undefined
  /** The cheaper one: gate, classifier, and everything once most of the day's money is gone. */
  readonly small: Model | undefined
  /**
   * By the names of the configuration: `claude/claude-opus-5-5`, `openai/qwen3:32b`; also `main` and `small`. Undefined: unknown or its
   * provider is not configured.
   */
  named(name: string): Model | undefined
}

type ModelsConfig = Pick<Config, 'claude' | 'openai' | 'models'>

export type ModelsOptions = Pick<Context, 'fetch' | 'clock'> & Pick<Meter, 'onCall'>

/**
 * The configured models. Each ladder begins with the model that was asked for and goes on with those of the providers in `models.order`;
 * one that is called by two names has one breaker. A ladder of one step has none: there is nothing to go on to.
 */
export const createModels = (config: ModelsConfig, options: ModelsOptions): Models => {
  const single = remembered((name: string) => singleOf(config, name, options))
  const breakers = new Map<string, Breaker>()
  const breakerOf = ({ id }: Model): Breaker => {
    const known = breakers.get(id) ?? createBreaker(options.clock)
    breakers.set(id, known)
    return known
  }
  const ladder = remembered((key: string): Model | undefined => {
    const names: readonly string[] = JSON.parse(key)
    const [first, ...others] = [...new Set(names)].flatMap((name) => single(name) ?? [])
    return first === undefined || others.length === 0 ? first : fallingBack([first, ...others], { breakerOf })
  })
  const ofSize = (size: Size) => config.models.order.flatMap((provider) => nameOf(config, provider, size) ?? [])
  const ask = (names: readonly string[]) => ladder(JSON.stringify(names))
  const main = ask(ofSize('model'))
  const small = ask(ofSize('small_model'))
  return {
    main,
    small,
    named: (name) => {
      if (name === 'main') return main
      if (name === 'small') return small
      return single(name) === undefined ? undefined : ask([name, ...ofSize('model')])
    },
  }
}

type Size = 'model' | 'small_model'

/** Whether a provider is configured: Claude by its key, the other by its model. */
const isConfigured = ({ claude, openai }: Pick<Config, 'claude' | 'openai'>, provider: ProviderName): boolean =>
  provider === 'claude' ? claude.api_key !== undefined : openai.model !== undefined

/** `claude/claude-haiku-5-5`; without a small model of its own a provider's one model is both. */
export const nameOf = (config: Pick<Config, 'claude' | 'openai'>, provider: ProviderName, size: Size): string | undefined =>
  isConfigured(config, provider) ? `${provider}/${config[provider][size] ?? config[provider].model}` : undefined

/** One model of one provider by its configured name, not metered, with nothing to fall back to; undefined as in `Models.named`. */
export const bareModel = (
  config: Pick<Config, 'claude' | 'openai'>,
  name: string,
  { fetch, clock }: Pick<Context, 'fetch' | 'clock'>,
): Model | undefined => {
  const slash = name.indexOf('/')
  const provider = name.slice(0, Math.max(0, slash))
  const model = name.slice(slash + 1)
  if (!isProvider(provider) || model === '' || !isConfigured(config, provider)) return undefined
  const base = { model, fetch, clock }
  const { claude, openai } = config
  if (provider === 'claude')
    return providers.claude({
      ...base,
      apiKey: claude.api_key ?? '',
      ...(claude.base_url === undefined ? {} : { baseUrl: claude.base_url }),
    })
  return providers.openai({ ...base, apiKey: openai.api_key, baseUrl: openai.base_url, idleMs: openai.silence_seconds * 1000 })
}

const singleOf = (config: ModelsConfig, name: string, options: ModelsOptions): Model | undefined => {
  const model = bareModel(config, name, options)
  return model === undefined ? undefined : metered(model, options)
}

const isProvider = (name: string): name is ProviderName => Object.hasOwn(providers, name)

const remembered = <T>(make: (key: string) => T): ((key: string) => T) => {
  const made = new Map<string, T>()
  return (key) => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key) as T
  }
}
