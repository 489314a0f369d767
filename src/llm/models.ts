import type { Config } from '../config.ts'
import type { Context } from '../context.ts'
import { providers } from './index.ts'
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

export type ModelsOptions = Pick<Context, 'fetch' | 'clock'> & Pick<Meter, 'onCall'>

export const createModels = (config: Pick<Config, 'claude'>, { fetch, clock, onCall }: ModelsOptions): Models => {
  const { api_key, base_url, model } = config.claude
  const claude = (name: string): Model | undefined =>
    api_key === undefined
      ? undefined
      : metered(
          providers.anthropic({ apiKey: api_key, model: name, fetch, clock, ...(base_url === undefined ? {} : { baseUrl: base_url }) }),
          { clock, onCall },
        )
  const main = claude(model)
  const small = main
  return {
    main,
    small,
    named: (name) => {
      if (name === 'main') return main
      if (name === 'small') return small
      return name.startsWith('claude/') ? claude(name.slice('claude/'.length)) : undefined
    },
  }
}
