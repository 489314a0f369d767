import type { Block, Message } from '../llm/model.ts'
import type { LimitReached } from './budget.ts'

/** Characters of a history from which on its older part is sent short. Four make about a token: a quarter of the default input budget a call. */
const COMPACT_FROM = 60_000
/** Rounds (a turn of the model and its answers) at the end that are always sent whole. */
const WHOLE_ROUNDS = 2
/** What stays of an older answer: its number, its question and its first lines. */
const KEPT = 400
/** Answers that are not much longer stay as they are. */
const WORTH = 200

/**
 * What is sent of a history: the whole, until it is long; then older answers of tools are cut to their first lines, which name the evidence
 * that `open_evidence` shows again. The first message with the alert, what the model said itself (its plans and what it handed in among it),
 * and the last two rounds stay whole; every call keeps its answer.
 *
 * Decided by the messages alone and in steps: up to the next step the sent part only grows at its end, so it stays in the provider's cache,
 * and a resumed run sends the same bytes.
 */
export const compact = (messages: readonly Message[], from: number = COMPACT_FROM): readonly Message[] => {
  const until = cutAt(messages, from)
  return until === 0
    ? messages
    : messages.map((message, at) => (at > 0 && at < until && message.role === 'user' ? shortened(message) : message))
}

/** How the message begins that tells the model that its history did not fit: by this it is known, also after a restart. */
export const SQUEEZED = 'The context was full: earlier answers are shortened.'
export const CONTEXT_FULL: LimitReached = { limit: 'tokens_in', reason: "the model's context was full" }

export const isSqueezed = (messages: readonly Message[]): boolean =>
  messages.some(({ role, content }) => role === 'user' && content.some((block) => block.type === 'text' && block.text.startsWith(SQUEEZED)))

/** What a call sends of a history. After it did not fit, all that may be shortened is. */
export const sent = (messages: readonly Message[]): readonly Message[] => compact(messages, isSqueezed(messages) ? 0 : COMPACT_FROM)

/** Messages before this one are sent short. Walked from the beginning, so that a longer history makes the same decisions on its way. */
const cutAt = (messages: readonly Message[], from: number): number => {
  let cut = 0
  let sent = 0
  for (const [at, message] of messages.entries()) {
    sent += sizeOf(message)
    if (message.role !== 'user' || sent < from) continue
    const next = Math.max(cut, at - 2 * WHOLE_ROUNDS + 1)
    if (next <= cut) continue
    cut = next
    sent = messages
      .slice(0, at + 1)
      .reduce((sum, one, i) => sum + sizeOf(i > 0 && i < cut && one.role === 'user' ? shortened(one) : one), 0)
  }
  return cut
}

const sizeOf = ({ content }: Message): number =>
  content.reduce((sum, block) => sum + (block.type === 'tool_result' ? block.content.length : JSON.stringify(block).length), 0)

const shortened = (message: Message): Message => ({ ...message, content: message.content.map(shortBlock) })

const shortBlock = (block: Block): Block => {
  if (block.type !== 'tool_result' || block.content.length <= KEPT + WORTH) return block
  const evidence = /^E\d+/.exec(block.content)?.[0]
  const again = evidence === undefined ? '' : `: open_evidence shows ${evidence} again`
  return { ...block, content: `${headOf(block.content)}…${closing(block.content)}\n(shortened${again})` }
}

/** Never half of a JSON escape: what is cut stays the beginning of a text. */
const headOf = (content: string): string =>
  content
    .slice(0, KEPT)
    .replace(/\\u[0-9a-f]{0,3}$/i, '')
    .replace(/(?<!\\)\\$/, '')

/** The fence that was opened before the cut is closed behind it. */
const closing = (content: string): string => {
  const tag = /<(data-[\w-]+) source=/.exec(content.slice(0, KEPT))?.[1]
  return tag === undefined ? '' : `\n</${tag}>`
}
