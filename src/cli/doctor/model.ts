import type { Model, ModelRequest } from '../../llm/model.ts'
import { bareModel, nameOf as modelName } from '../../llm/models.ts'
import { defaultPrices, priceOf, usd } from '../../llm/price.ts'
import { troubleOf } from '../../llm/trouble.ts'
import { type CheckInput, type Line, said } from './check.ts'

const part = 'Model'

/** One tiny question to each configured model, and whether its price is known: without it no limit on money holds. */
export const checkModel = async (input: CheckInput): Promise<Line[]> => {
  const { order, by_severity } = input.config.models
  const ladder = order.flatMap((provider) => [modelName(input.config, provider, 'model'), modelName(input.config, provider, 'small_model')])
  const names = [...new Set([...ladder, ...Object.values(by_severity)])]
  const asked = names.flatMap((name) => {
    const model = name === undefined ? undefined : bareModel(input.config, name, input)
    return model === undefined ? [] : [checkOne(input, model)]
  })
  if (asked.length > 0) return (await Promise.all(asked)).flat()
  const text = 'not configured: answers come from rules only (ANTHROPIC_API_KEY, or VIGIL_OPENAI_MODEL for an OpenAI-compatible server)'
  return [{ level: 'note', part, text }]
}

const checkOne = async ({ config, signal }: CheckInput, model: Model): Promise<Line[]> => {
  const name = model.id.slice(model.id.indexOf('/') + 1)
  const price = priceOf(name, { ...defaultPrices, ...config.claude.prices })
  const unpriced = price === undefined ? [unpricedLine(model, name)] : []
  try {
    const turn = await model.complete(question(model), signal)
    const cost = price === undefined ? '' : `, $${usd(turn.usage, price).toFixed(5)}`
    const text = `${name} answered in ${(turn.ms / 1000).toFixed(1)} s${cost}; at most $${config.budgets.day.usd} a day`
    const called = !isOpenai(model) || turn.content.some(({ type }) => type === 'tool_use')
    return [{ level: 'ok', part, text }, ...(called ? [] : [toolless(name)]), ...unpriced]
  } catch (error) {
    const late = signal.aborted || troubleOf(error) === 'silent'
    const text = late ? `${name} gave no answer in time` : said(error)
    const loading = late && isOpenai(model) ? '; a local model that is being loaded answers at the second try' : ''
    return [
      { level: 'fault', part, text, mend: `Vigil starts all the same and goes on to the next model, or to rules only${loading}` },
      ...unpriced,
    ]
  }
}

const isOpenai = ({ id }: Model): boolean => id.startsWith('openai/')

/** Claude's models call tools. Whether another one does is what matters most about it, so it is asked to. */
const question = (model: Model): ModelRequest => {
  const asked = (text: string) => [{ role: 'user', content: [{ type: 'text', text }] }] as const
  if (!isOpenai(model)) return { system: '', tools: [], messages: asked('Answer with the word ready.'), max_tokens: 64, force: null }
  const tool = { name: 'ready', description: 'Says that you are ready.', input_schema: { type: 'object', properties: {} } }
  return { system: '', tools: [tool], messages: asked('Say that you are ready.'), max_tokens: 1024, force: tool.name }
}

const toolless = (name: string): Line => ({
  level: 'warning',
  part,
  text: `${name} answered, but did not call the tool that it was asked to call: it cannot investigate like this`,
  mend: 'take a model that calls tools, or switch them on in its server: docs/models.md',
})

const unpricedLine = ({ id }: Model, name: string): Line => ({
  level: 'warning',
  part,
  text: `no price is known for ${name}: the limits on money cannot hold`,
  mend: `vigil.yaml  claude.prices: { '${name}': ${
    id.startsWith('openai/')
      ? '{ input: 0, output: 0, cache_read: 0, cache_write: 0 } }, or what its provider charges'
      : '{ input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 } }'
  }`,
})
