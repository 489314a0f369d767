import type { Config } from '../config.ts'
import type { Message, Usage } from '../llm/model.ts'
import { type Price, usd as priceOfUsage } from '../llm/price.ts'

export type Limits = Config['budgets']['investigation'] & { readonly max_tokens: number }

/** What an investigation has used so far; rebuilt from the stored transcript after a crash. */
export type Ledger = {
  toolCalls: number
  failedCalls: number
  tokensIn: number
  tokensOut: number
  usd: number
  modelMs: number
  toolMs: number
  models: string[]
  /** Input tokens of the newest call, cached ones included. */
  lastInput: number
}

export const emptyLedger = (): Ledger => ({
  toolCalls: 0,
  failedCalls: 0,
  tokensIn: 0,
  tokensOut: 0,
  usd: 0,
  modelMs: 0,
  toolMs: 0,
  models: [],
  lastInput: 0,
})

export const addTurn = (ledger: Ledger, turn: { usage: Usage; model: string; ms: number }, price: Price | undefined): void => {
  const input = turn.usage.input + turn.usage.cache_read + turn.usage.cache_write
  ledger.tokensIn += input
  ledger.tokensOut += turn.usage.output
  ledger.usd += price === undefined ? 0 : priceOfUsage(turn.usage, price)
  ledger.modelMs += turn.ms
  ledger.lastInput = input
  if (!ledger.models.includes(turn.model)) ledger.models.push(turn.model)
}

/** Why a model is told to conclude, or is not asked any more. The words are for people. */
export type LimitReached = {
  readonly limit: 'tool_calls' | 'tokens_in' | 'tokens_out' | 'usd' | 'seconds' | 'stopped' | 'rounds'
  readonly reason: string
}

export type Permission =
  | { readonly may: 'ask'; readonly max_tokens: number }
  /** One more answer fits, and it has to be the analysis. */
  | { readonly may: 'conclude'; readonly max_tokens: number; readonly because: LimitReached }
  | { readonly may: 'end'; readonly because: LimitReached }

/**
 * Bytes to a token, low on purpose, so that the estimate is high and no limit is passed by a single call: prose has about four, hexadecimal
 * and digits, of which logs are full, two and less.
 */
const BYTES_PER_TOKEN = 2
const BYTES_PER_NEW_TOKEN = 1.5
/** What a provider adds of its own for a forced tool. */
const OVERHEAD = 500

/**
 * Input tokens of the next call, rather too many than too few: of what the last call had the provider's own count is known, so that only what
 * came since has to be guessed. `fixed` are the bytes of system text and tools.
 */
export const inputOf = (fixed: number, messages: readonly Message[], ledger: Pick<Ledger, 'lastInput'>): number => {
  const answered = messages.findLastIndex((message) => message.role === 'assistant')
  const whole = Math.ceil((fixed + bytesOf(messages)) / BYTES_PER_TOKEN) + OVERHEAD
  if (ledger.lastInput === 0 || answered < 0) return whole
  // A history that was compacted since is smaller than the last call.
  return Math.min(whole, ledger.lastInput + Math.ceil(bytesOf(messages.slice(answered)) / BYTES_PER_NEW_TOKEN) + OVERHEAD)
}

const bytesOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { content }) => sum + Buffer.byteLength(JSON.stringify(content)), 0)

/** Less than this is not enough for an analysis. */
const LEAST_ANSWER = 700
/** Share of the time after which the model is told to conclude, so that its last answer still comes in time. */
const CONCLUDE_AFTER = 0.75
/** Share of the time after which questions are broken off, for the same reason. */
export const QUESTIONS_UNTIL = 0.85
/** After so long people are told what stands until then (milliseconds). */
export const INTERIM_MS = 60_000
/** Rounds of asking; every ordinary round calls a tool, so this only stops a model that does nothing. */
const MAX_ROUNDS = 40

export type Asking = {
  readonly limits: Limits
  readonly ledger: Ledger
  readonly price: Price | undefined
  /** Input tokens that the call would have at most. */
  readonly input: number
  readonly elapsedMs: number
  readonly rounds: number
  readonly stoppedBy: string | null
}

/** Whether one more call fits into every limit, with room behind it for the concluding one. Hard: an estimate that does not fit is not sent. */
export const permit = (asking: Asking): Permission => {
  const { limits, ledger, input } = asking
  const max_tokens = Math.min(limits.max_tokens, limits.tokens_out - ledger.tokensOut)
  const cost = costOf(asking.price, input, max_tokens)
  const over = exceeded(asking, { max_tokens, cost })
  if (over !== undefined) return { may: 'end', because: over }
  const soon = concluding(asking, cost)
  return soon === undefined ? { may: 'ask', max_tokens } : { may: 'conclude', max_tokens, because: soon }
}

type Call = { max_tokens: number; cost: number }

const exceeded = ({ limits, ledger, input, elapsedMs, rounds }: Asking, call: Call): LimitReached | undefined => {
  if (elapsedMs >= limits.seconds * 1000) return { limit: 'seconds', reason: `its ${limits.seconds} s were over` }
  if (ledger.tokensIn + input > limits.tokens_in) return { limit: 'tokens_in', reason: `its ${limits.tokens_in} input tokens were used up` }
  if (call.max_tokens < LEAST_ANSWER) return { limit: 'tokens_out', reason: `its ${limits.tokens_out} output tokens were used up` }
  if (ledger.usd + call.cost > limits.usd) return { limit: 'usd', reason: `its $${limits.usd.toFixed(2)} were used up` }
  if (rounds >= MAX_ROUNDS) return { limit: 'rounds', reason: `it went ${MAX_ROUNDS} rounds without an end` }
  return undefined
}

const concluding = (asking: Asking, cost: number): LimitReached | undefined => {
  const { limits, ledger, input, elapsedMs, stoppedBy } = asking
  if (stoppedBy !== null) return { limit: 'stopped', reason: 'a person stopped it' }
  if (ledger.toolCalls >= limits.tool_calls) return { limit: 'tool_calls', reason: `its ${limits.tool_calls} tool calls were used up` }
  if (elapsedMs >= limits.seconds * 1000 * CONCLUDE_AFTER) return { limit: 'seconds', reason: `its ${limits.seconds} s were nearly over` }
  if (ledger.tokensIn + 2 * input > limits.tokens_in)
    return { limit: 'tokens_in', reason: `its ${limits.tokens_in} input tokens were nearly used up` }
  if (ledger.tokensOut + 2 * limits.max_tokens > limits.tokens_out)
    return { limit: 'tokens_out', reason: `its ${limits.tokens_out} output tokens were nearly used up` }
  if (ledger.usd + 2 * cost > limits.usd) return { limit: 'usd', reason: `its $${limits.usd.toFixed(2)} were nearly used up` }
  return undefined
}

/** The dearest that the call can be: everything newly written to the cache, the whole answer used. */
const costOf = (price: Price | undefined, input: number, output: number): number =>
  price === undefined ? 0 : priceOfUsage({ input: 0, output, cache_read: 0, cache_write: input }, price)
