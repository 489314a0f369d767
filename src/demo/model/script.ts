import { setTimeout as sleep } from 'node:timers/promises'
import type { Block, StopReason } from '../../llm/model.ts'
import type { MessagesRequest } from './wire.ts'

/** What the fake answers: a list is taken one by one, a function sees the request and how many were answered before (from 0). */
export type Script = readonly Reply[] | ((request: MessagesRequest, n: number) => Reply | Promise<Reply>)

export type Reply = Turn | Fault

export type Turn = {
  readonly content: readonly Block[]
  /** Without it: `tool_use` when the content calls a tool, else `end_turn`. */
  readonly stop?: StopReason
  /** Milliseconds before the first byte. */
  readonly delayMs?: number
  /** Milliseconds between events. */
  readonly perEventMs?: number
}

export type Fault =
  /** An HTTP error; `retryAfter` in seconds. */
  | { readonly status: number; readonly retryAfter?: number; readonly message?: string }
  /** The connection breaks after so many events. */
  | { readonly cutAfterEvents: number; readonly turn: Turn }
  /** The stream begins and says nothing for so many milliseconds, then it breaks. */
  | { readonly silence: number }
  /** The turn calls a tool (the forced one, else the first) with input that is not JSON. */
  | { readonly brokenJson: true }
  /** The stream begins and then carries `event: error` of this type. */
  | { readonly errorEvent: string }

/** The reply for a request. A list that has run out is a refusal that says so, not a repetition. */
export const replyOf = async (script: Script, request: MessagesRequest, n: number): Promise<Reply> => {
  if (typeof script === 'function') return script(request, n)
  return script[n] ?? { status: 400, message: `the script has no turn ${n + 1}` }
}

/** Waits, or returns at once when the reader has gone. */
export const pause = async (ms: number | undefined, gone: AbortSignal): Promise<void> => {
  if (ms) await sleep(ms, undefined, { signal: gone, ref: false }).catch(() => undefined)
}
