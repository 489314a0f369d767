import type { Block } from '../model.ts'
import { parseToolInput } from '../tool-input.ts'
import { type CallDelta, jsonOf } from './wire.ts'

/** A tool call as it grows. */
export type Draft = { readonly index: number | undefined; id: string; name: string; json: string; extra: unknown }

/** Adds one piece to the calls. By OpenAI's account the index says to which; what other servers make of it is in `begins`. */
export const addCall = (drafts: Draft[], piece: CallDelta): void => {
  const index = piece.index ?? undefined
  const before = index === undefined ? drafts.at(-1) : drafts.findLast((draft) => draft.index === index)
  let draft = before
  if (draft === undefined || begins(draft, piece)) {
    draft = { index, id: '', name: '', json: '', extra: undefined }
    drafts.push(draft)
  }
  draft.id ||= piece.id ?? ''
  draft.name ||= piece.function?.name ?? ''
  draft.json += argumentsIn(piece)
  draft.extra ??= piece.extra_content
}

/**
 * Whether a piece is the beginning of a call although its index is taken: Ollama gives every call the index 0
 * (https://github.com/ollama/ollama/issues/15457), Gemini gives none at all. Each sends a call whole.
 */
const begins = (before: Draft, piece: CallDelta): boolean => {
  if (piece.id && before.id) return piece.id !== before.id
  const name = piece.function?.name
  if (!name || before.name === '') return false
  return name !== before.name || jsonOf(before.json) !== undefined
}

/** Text by the book; some servers send the object itself. */
const argumentsIn = ({ function: called }: CallDelta): string => {
  const given = called?.arguments
  if (given === undefined || given === null) return ''
  return typeof given === 'string' ? given : JSON.stringify(given)
}

/**
 * The calls as blocks. `taken` is how many calls the history has: a call without an id gets one that is not in it. What the server wants
 * back with a call stands before it, since the loop may give the call another id.
 */
export const blocksOfCalls = (drafts: readonly Draft[], provider: string, taken: number): Block[] =>
  drafts.flatMap(({ id, name, json, extra }, at): Block[] => [
    ...(extra === undefined || extra === null ? [] : [{ type: 'opaque', provider, value: { extra_content: extra } } as const]),
    { type: 'tool_use', id: id === '' ? `call_${taken + at}` : id, name, input: parseToolInput(json) },
  ])
