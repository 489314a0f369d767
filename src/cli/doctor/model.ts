import { providers } from '../../llm/index.ts'
import { defaultPrices, priceOf, usd } from '../../llm/price.ts'
import { type CheckInput, type Line, said } from './check.ts'

const part = 'Model'

/** One tiny question, and whether the model's price is known: without it no limit on money holds. */
export const checkModel = async ({ config, fetch, clock, signal }: CheckInput): Promise<Line[]> => {
  const { api_key, base_url, model } = config.claude
  if (api_key === undefined) return [{ level: 'note', part, text: 'not configured: answers come from rules only (ANTHROPIC_API_KEY)' }]
  const claude = providers.anthropic({ apiKey: api_key, model, fetch, clock, ...(base_url === undefined ? {} : { baseUrl: base_url }) })
  const price = priceOf(model, { ...defaultPrices, ...config.claude.prices })
  const unpriced: Line[] =
    price !== undefined
      ? []
      : [
          {
            level: 'warning',
            part,
            text: `no price is known for ${model}: the limits on money cannot hold`,
            mend: `vigil.yaml  claude.prices: { ${model}: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 } }`,
          },
        ]
  try {
    const question = { role: 'user', content: [{ type: 'text', text: 'Answer with the word ready.' }] } as const
    const turn = await claude.complete({ system: '', tools: [], messages: [question], max_tokens: 64, force: null }, signal)
    const cost = price === undefined ? '' : `, $${usd(turn.usage, price).toFixed(5)}`
    return [
      { level: 'ok', part, text: `${model} answered in ${(turn.ms / 1000).toFixed(1)} s${cost}; at most $${config.budgets.day.usd} a day` },
      ...unpriced,
    ]
  } catch (error) {
    const reason = signal.aborted ? `${model} gave no answer in time` : said(error)
    return [{ level: 'fault', part, text: reason, mend: 'Vigil starts without it and answers by rules only' }, ...unpriced]
  }
}
