import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compact, SQUEEZED, sent } from '../../src/investigation/compact.ts'
import type { Block, Message } from '../../src/llm/model.ts'
import { fence } from '../../src/text/fence.ts'

const nonce = 'abcdefgh'

/** A round: a plan and questions of the model, and their answers of so many characters. */
const round = (n: number, sizes: readonly number[]): Message[] => [
  {
    role: 'assistant',
    content: [
      { type: 'tool_use', id: `p${n}`, name: 'update_plan', input: { hypotheses: [{ text: `plan ${n}`, status: 'ruled_out' }] } },
      ...sizes.map((_, i): Block => ({ type: 'tool_use', id: `q${n}-${i}`, name: 'query_logs', input: { query: `{n="${n}-${i}"}` } })),
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: `p${n}`, content: 'Noted.', is_error: false },
      ...sizes.map(
        (size, i): Block => ({
          type: 'tool_result',
          tool_use_id: `q${n}-${i}`,
          content: `E${n * 10 + i}\n${fence('loki', { query: `{n="${n}-${i}"}`, range: null, answer: 'line "x"\n'.repeat(Math.ceil(size / 9)) }, nonce)}`,
          is_error: false,
        }),
      ),
    ],
  },
]

const first: Message = { role: 'user', content: [{ type: 'text', text: `the alert ${'a'.repeat(3000)}` }] }

const history = (rounds: number, size: number): Message[] => [
  first,
  ...Array.from({ length: rounds }, (_, n) => round(n + 1, [size, size])).flat(),
]

const bytes = (messages: readonly Message[]): string => JSON.stringify(messages)

test('a short history is sent as it is', () => {
  const messages = history(4, 2000)
  assert.equal(sent(messages), messages)
})

test('of a long one the alert, the model’s own words, every call’s answer and its evidence id stay; old answers are short', () => {
  const messages = history(12, 6000)
  const short = sent(messages)
  assert.ok(bytes(short).length < 0.6 * bytes(messages).length)
  assert.deepEqual(short[0], first)
  assert.deepEqual(short.slice(-4), messages.slice(-4), 'the last two rounds are whole')
  for (const [at, message] of messages.entries()) {
    const other = short[at]
    if (message.role === 'assistant') assert.deepEqual(other, message)
    for (const [i, block] of message.content.entries()) {
      const kept = other?.content[i]
      if (block.type !== 'tool_result' || kept?.type !== 'tool_result') continue
      assert.equal(kept.tool_use_id, block.tool_use_id)
      assert.equal(/^E\d+/.exec(kept.content)?.[0], /^E\d+/.exec(block.content)?.[0])
      assert.equal(
        kept.content.match(/<data-abcdefgh source/g)?.length,
        kept.content.match(/<\/data-abcdefgh>/g)?.length,
        'fences are closed',
      )
    }
  }
  assert.match(bytes(short), /\(shortened: open_evidence shows E10 again\)/)
})

test('it is cut in steps: most rounds only add to what was sent before, so that it stays in the cache', () => {
  let before = ''
  let kept = 0
  const rounds = 16
  for (let n = 1; n <= rounds; n++) {
    const now = bytes(sent(history(n, 3000)))
    if (now.startsWith(before.slice(0, -1))) kept += 1
    before = now
  }
  assert.ok(kept >= rounds * 0.6, `${kept} of ${rounds}`)
})

test('a history that did not fit is sent as short as it can be, and compacting twice changes nothing', () => {
  const messages: Message[] = [...history(5, 3000), { role: 'assistant', content: [{ type: 'text', text: '(no answer)' }] }]
  const squeezed: Message[] = [...messages, { role: 'user', content: [{ type: 'text', text: `${SQUEEZED} Conclude now.` }] }]
  assert.ok(bytes(sent(squeezed)).length < 0.7 * bytes(squeezed).length)
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(9000), { maxLength: 4 }), { maxLength: 14 }), fc.nat(80_000), (sizes, from) => {
      const all = [first, ...sizes.flatMap((one, n) => round(n + 1, one))]
      const once = compact(all, from)
      assert.equal(once.length, all.length)
      assert.equal(bytes(compact(once, from)), bytes(once))
      assert.equal(bytes(compact(all, from)), bytes(once))
    }),
    { numRuns: 100 },
  )
})
