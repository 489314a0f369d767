import { once } from 'node:events'
import { createServer } from 'node:http'
import { systemClock } from '../src/context.ts'
import { loki } from '../src/datasources/loki.ts'
import { prometheus } from '../src/datasources/prometheus.ts'
import { startModelServer } from '../src/demo/model/server.ts'
import { sent } from '../src/investigation/compact.ts'
import { inputSchema } from '../src/investigation/goal/goal.ts'
import { evidenceText, systemPrompt } from '../src/investigation/prompt.ts'
import { tools } from '../src/investigation/tools/index.ts'
import { anthropic } from '../src/llm/anthropic.ts'
import type { Message, ToolSpec, Usage } from '../src/llm/model.ts'
import { logAnswers } from './answers/logs.ts'
import { metricAnswers } from './answers/metrics.ts'
import { NOW, type Recorded } from './answers/recorded.ts'
import { atMost, counted, type Measured } from './measure.ts'

/** Characters to a token, as the fake model server counts. */
const TOKEN = 4

export type Shown = Recorded & { readonly shown: string; readonly ratio: number }

/** Each recorded answer through its tool, over the wire: what the model is shown of it, and how much of the raw answer that is. */
export const showAll = async (): Promise<Shown[]> => {
  const found: Shown[] = []
  for (const one of [...logAnswers, ...metricAnswers]) {
    const answer = await ask(one)
    found.push({ ...one, shown: answer, ratio: answer.length / one.body.length })
  }
  return found
}

const clock = { ...systemClock, now: () => NOW }

const ask = async ({ tool: name, input, body }: Recorded): Promise<string> => {
  const server = createServer((_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const options = { endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, fetch, clock }
  try {
    const tool = tools.find((one) => one.name === name)
    if (tool === undefined) throw new Error(`there is no tool ${name}`)
    const context = {
      sources: { loki: loki(options), prometheus: prometheus(options) },
      clock,
      signal: new AbortController().signal,
      redact: (text: string) => text,
      evidence: () => undefined,
    }
    const answer = await tool.run(tool.input.parse(input), context)
    if (!answer.ok) throw new Error(answer.error)
    return answer.cited.shown
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const ROUNDS = 8
const CALLS = 2

/**
 * Tokens of eight rounds with two questions each, by the fake model server's own count of its cache: input 1, read 0.1, written 1.25; against
 * the same messages sent anew each time without a cache (`resent`), and those with the raw answers in them (`raw`).
 */
export const tokensOfRounds = async (): Promise<{ aware: number; resent: number; raw: number }> => {
  const answers = await showAll()
  const server = await startModelServer({ script: () => ({ content: [{ type: 'text', text: 'go on' }] }) })
  const model = anthropic({ apiKey: server.apiKey, baseUrl: server.url, model: 'claude-haiku-5-5', fetch, clock: systemClock })
  const specs: ToolSpec[] = tools.map(({ name, description, input }) => ({ name, description, input_schema: inputSchema(input) }))
  const nonce = 'benchbench'
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: firstText }] }]
  let [aware, resent, raw, rawSoFar] = [0, 0, 0, 0]
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const request = { system: systemPrompt, tools: specs, messages: sent(messages), max_tokens: 4096, force: null }
      const { usage } = await model.complete(request, new AbortController().signal)
      aware += weighed(usage)
      resent += usage.input + usage.cache_read + usage.cache_write
      raw += (systemPrompt.length + JSON.stringify(specs).length + firstText.length + rawSoFar) / TOKEN
      const asked = answers.slice(round * CALLS, (round + 1) * CALLS)
      const uses = asked.map(({ tool, input }, i) => ({ type: 'tool_use', id: `q${round}_${i}`, name: tool, input }) as const)
      const results = asked.map(({ shown, input }, i) => {
        const evidence = {
          id: `E${round * CALLS + i + 1}` as const,
          source: 'source',
          query: String(input['query']),
          range: null,
          shown,
          complete: true,
        }
        const content = evidenceText({ ...evidence, at: NOW.toISOString(), output: { kind: 'text', text: '' } }, nonce)
        return { type: 'tool_result', tool_use_id: `q${round}_${i}`, content, is_error: false } as const
      })
      messages.push({ role: 'assistant', content: uses }, { role: 'user', content: results })
      rawSoFar += JSON.stringify(uses).length + asked.reduce((sum, { body }) => sum + body.length, 0)
    }
  } finally {
    await server.close()
  }
  return { aware, resent, raw }
}

const weighed = ({ input, cache_read, cache_write }: Usage): number => input + 0.1 * cache_read + 1.25 * cache_write

/** As long as an alert with its labels, annotations and what the rules found. */
const firstText = `It is ${NOW.toISOString()}.\n\nThis alert fires:\n${'labels, annotations, expression, findings and their evidence. '.repeat(60)}`

export const context = async (): Promise<Measured[]> => {
  const all = await showAll()
  const shown = all.reduce((sum, one) => sum + one.shown.length, 0)
  const raw = all.reduce((sum, one) => sum + one.body.length, 0)
  const lost = all.filter((one) => !one.decisive.test(one.shown))
  const { aware, resent, raw: rawTokens } = await tokensOfRounds()
  return [
    {
      name: `tool output against the raw answer, ${all.length} answers`,
      ours: `${shown} characters`,
      baseline: `${raw} characters`,
      value: shown / raw,
      aim: atMost(0.1),
    },
    counted('of them without the decisive line', lost.length, atMost(0, ''), lost.map(({ name }) => name).join(', ')),
    {
      name: `tokens of ${ROUNDS} rounds by the cache's prices, against sending the same anew`,
      ours: aware.toFixed(0),
      baseline: resent.toFixed(0),
      value: aware / resent,
      aim: atMost(0.4),
    },
    {
      name: 'the same against sending raw answers anew',
      ours: aware.toFixed(0),
      baseline: rawTokens.toFixed(0),
      value: aware / rawTokens,
      aim: null,
    },
  ]
}
