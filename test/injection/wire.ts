import assert from 'node:assert/strict'
import { blocksOf, type MessagesRequest } from '../../src/demo/model/wire.ts'

/** A fence as it stands on the wire. */
export type Fence = { readonly code: string; readonly source: string; readonly body: string }

const FENCE = /<data-([\w-]{8,64}) source=("(?:[^"\\\n]|\\.)*")>\n([^\n]*)\n<\/data-\1>/g

/** Every text that a request tells the model; what the model said itself is its own. */
export const toldIn = (request: MessagesRequest): string[] =>
  request.messages
    .filter(({ role }) => role === 'user')
    .flatMap(({ content }) => blocksOf(content))
    .map((block) => (block.type === 'text' ? (block.text ?? '') : String(block.content)))

export const fencesIn = (text: string): Fence[] =>
  [...text.matchAll(FENCE)].map(([, code = '', source = '', body = '']) => ({ code, source: JSON.parse(source) as string, body }))

/** What stands outside of the fences: Vigil's own words, which must not depend on any data. */
export const outside = (text: string): string => text.replaceAll(FENCE, (_, _code, source) => `[fence of ${source}]`)

/** Fails where a fence is open, closed twice, holds what could close it, or holds what is no JSON (but for its cut end). */
export const assertFenced = (text: string): void => {
  assert.doesNotMatch(outside(text), /<\/?data-/, 'a delimiter stands outside of its fence')
  for (const { body } of fencesIn(text)) {
    assert.doesNotMatch(body, /<\/?data/i)
    // Compaction cuts an old answer and says so.
    if (body.endsWith('…')) continue
    for (const inner of stringsIn(JSON.parse(body))) assert.doesNotMatch(inner, INVISIBLE, JSON.stringify(inner))
  }
}

/** Control characters but for line breaks and tabs, bidirectional ones, zero width, tags, variation selectors, half characters. */
export const INVISIBLE =
  /(?![\n\t])\p{Cc}|\p{Cs}|\u00ad|\u061c|[\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f]|[\ufe00-\ufe0d]|\ufeff|[\ufffe\uffff]|[\u{e0000}-\u{e01ef}]/u

/** Names of fields too. */
export const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)])
}

/** Moments differ from run to run, by nature; and what is long is shortened sooner. */
export const skeleton = (text: string): string =>
  outside(text)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g, 'MOMENT')
    .replaceAll(/\n\(shortened(?:: open_evidence shows E\d+ again)?\)/g, '')
