import { createHash } from 'node:crypto'
import { blocksOf, type MessagesRequest, type WireUsage } from './wire.ts'

/**
 * Counts a request's tokens and what of them the prompt cache gives, as Claude does: prefixes in the order tools, system, messages,
 * remembered where a breakpoint stands, found again from a breakpoint or up to 20 blocks before it. Another model finds nothing;
 * another `tool_choice` or `thinking` finds tools and system but no messages.
 *
 * A token is 4 characters of the block's JSON. Entries never expire and there is no smallest size (Claude: 5 minutes, 512 tokens).
 */
export const promptCache = (): PromptCache => {
  const remembered = new Set<string>()
  return {
    count: (request) => tokens(prefixesOf(request).at(-1)?.chars ?? 0),
    use: (request) => {
      const prefixes = prefixesOf(request)
      const marked = prefixes.flatMap((prefix, index) => (prefix.breakpoint ? [index] : []))
      const found = marked.flatMap((at) => prefixes.slice(Math.max(0, at - LOOKBACK), at + 1)).filter(({ key }) => remembered.has(key))
      const read = Math.max(0, ...found.map(({ chars }) => tokens(chars)))
      const kept = Math.max(read, ...marked.map((at) => tokens(prefixes[at]?.chars ?? 0)))
      for (const at of marked) remembered.add(prefixes[at]?.key ?? '')
      const all = tokens(prefixes.at(-1)?.chars ?? 0)
      return { input_tokens: all - kept, cache_read_input_tokens: read, cache_creation_input_tokens: kept - read }
    },
  }
}

export type PromptCache = {
  /** All tokens of a request. */
  count(request: MessagesRequest): number
  /** The usage of a request that is answered; it leaves its breakpoints in the cache. */
  use(request: MessagesRequest): Omit<WireUsage, 'output_tokens'>
}

/** Blocks from a breakpoint back to the oldest entry that Claude looks for. */
const LOOKBACK = 20

type Prefix = { readonly key: string; readonly chars: number; readonly breakpoint: boolean }

const prefixesOf = (request: MessagesRequest): Prefix[] => {
  const choice = JSON.stringify([request.tool_choice ?? { type: 'auto' }, request.thinking ?? null])
  const parts = [
    ...(request.tools ?? []).map((tool) => part('tool', tool)),
    ...blocksOf(request.system).map((block) => part('system', block)),
    ...request.messages.flatMap(({ role, content }, at) => blocksOf(content).map((block) => part(`${at} ${role} ${choice}`, block))),
  ]
  const last = parts.at(-1)
  if (last && request.cache_control) last.breakpoint = true
  let key = request.model
  let chars = 0
  return parts.map(({ place, text, breakpoint }) => {
    key = createHash('sha256').update(key).update('\n').update(place).update('\n').update(text).digest('base64')
    chars += text.length
    return { key, chars, breakpoint }
  })
}

const part = (place: string, block: { readonly cache_control?: unknown }) => {
  const { cache_control, ...rest } = block
  return { place, text: JSON.stringify(rest), breakpoint: Boolean(cache_control) }
}

const tokens = (chars: number): number => Math.ceil(chars / 4)
