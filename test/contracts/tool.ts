import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { z } from 'zod'
import { type Clock, systemClock } from '../../src/context.ts'
import type { Sources } from '../../src/datasources/sources.ts'
import type { Evidence } from '../../src/investigation/evidence.ts'
import type { Tool, ToolAnswer } from '../../src/investigation/tools/tool.ts'
import { type Asked, saying, serve, type Wire } from '../datasources/wire.ts'

/** What a suite has to know of one tool's data source: how to reach it and what it answers at the wire. */
export type ToolWorld = {
  readonly sources: (endpoint: string) => Sources
  /** A question that may be asked, and answers to it: some, none, and more than the tool's cap. */
  readonly input: Readonly<Record<string, unknown>>
  /** The query that the tool makes of it, where the model does not write one. */
  readonly query?: string
  readonly some: unknown
  readonly none: unknown
  readonly tooMany: unknown
  /** The cap on an answer of the source; default 5. */
  readonly megabytes?: number
  /** Questions that must not reach the data source. */
  readonly refused: readonly Readonly<Record<string, unknown>>[]
}

/** The moment at which every question of these suites is asked. */
const askedAt = new Date('2026-11-20T22:00:00Z')

const clock: Clock = { ...systemClock, now: () => askedAt }

/** Asks as the loop does: through the input's schema. */
export const ask = (tool: Tool, sources: Sources, input: unknown, signal = new AbortController().signal): Promise<ToolAnswer> =>
  tool.run(tool.input.parse(input), { sources, clock, signal, redact: (text) => text, evidence: () => undefined })

/** The evidence of an answer that must be one. */
export const cited = (answer: ToolAnswer): Omit<Evidence, 'id' | 'at'> => {
  assert.ok(answer.ok, answer.ok ? '' : answer.error)
  return answer.cited
}

/** What every tool of src/investigation/tools owes. */
export const toolContract = (tool: Tool, world: ToolWorld): void => {
  const at = async (
    t: TestContext,
    answer: (asked: Asked, response: ServerResponse) => void,
  ): Promise<{ wire: Wire; sources: Sources }> => {
    const wire = await serve(t, answer)
    return { wire, sources: world.sources(wire.url) }
  }

  const { megabytes = 5 } = world
  const written = world.input['query']
  const asks = world.query ?? String(written)

  describe(`the tool ${tool.name}`, () => {
    it('is described to the model completely and the same every time', () => {
      assert.match(tool.name, /^[a-z]+(_[a-z]+)+$/)
      assert.ok(tool.description.length > 40 && tool.description.length < 1000)
      const schema = () =>
        z.toJSONSchema(tool.input, { io: 'input' }) as { properties: Record<string, { description?: string }>; required: string[] }
      for (const [name, property] of Object.entries(schema().properties)) assert.ok(property.description, `${name} has no description`)
      assert.deepEqual(JSON.stringify(schema()), JSON.stringify(schema()))
    })

    it('has a short question of one line for the people who watch', () => {
      const question = (why?: string) => tool.question(tool.input.parse({ ...world.input, ...(why === undefined ? {} : { why }) }))
      assert.equal(question('  Errors\nby version '), 'Errors by version')
      if (written !== undefined) assert.ok(asks.startsWith(question().replace(/…$/, '')))
      assert.ok(question('x'.repeat(500)).length <= 80)
    })

    it('cites what it asked and what came back', async (t) => {
      const { wire, sources } = await at(t, saying(world.some))
      const answer = await ask(tool, sources, world.input)
      const { query, range, output, shown, complete, link } = cited(answer)
      assert.equal(query, asks)
      assert.ok(range && range.to === askedAt.toISOString() && (range.from === null || range.from < range.to))
      assert.ok(
        (output.kind === 'series' && output.series.length > 0) ||
          (output.kind === 'lines' && output.lines.length > 0) ||
          (output.kind === 'objects' && output.objects.length > 0),
      )
      assert.ok(shown.length > 0 && shown.length < 8500)
      assert.equal(complete, true)
      assert.ok(link === undefined || link.startsWith(wire.url))
      assert.ok(answer.ok && answer.summary.length > 0 && answer.summary.length < 40)
      assert.deepEqual(await ask(tool, sources, world.input), answer)
    })

    it('takes no answer for an answer: nothing is there, and that is complete', async (t) => {
      const { sources } = await at(t, saying(world.none))
      const { complete, shown } = cited(await ask(tool, sources, world.input))
      assert.equal(complete, true)
      assert.match(shown, /^0 /)
    })

    it('says when its cap cut the answer', async (t) => {
      const { sources } = await at(t, saying(world.tooMany))
      const { complete, shown } = cited(await ask(tool, sources, world.input))
      assert.equal(complete, false)
      assert.match(shown, /Truncated/)
      assert.ok(shown.length < 8500)
    })

    it('refuses what must not be asked, before anything is asked', async (t) => {
      const { wire, sources } = await at(t, saying(world.some))
      for (const input of world.refused) {
        const answer = await ask(tool, sources, input)
        assert.ok(!answer.ok, `${JSON.stringify(input)} was asked`)
        assert.ok(answer.error.startsWith('Not asked: ') && answer.error.includes(String(input['query'] ?? asks)))
        assert.ok(answer.gap.length > 0 && answer.gap.length < 60)
      }
      assert.equal(wire.asked.length, 0)
    })

    it('turns every failure of its source into an answer that holds the query and what came back', async (t) => {
      const failures: [answer: (asked: Asked, response: ServerResponse) => void, error: RegExp][] = [
        [saying('boom', 500), /500 boom/],
        [saying('<html>Sign in</html>', 200, { 'content-type': 'text/html' }), /HTML, is a login page in front\?/],
        [saying({ unexpected: true }), /unexpected shape/],
        [saying(' '.repeat((megabytes + 1) * 1_000_000)), new RegExp(`more than ${megabytes} MB`)],
        [(_, response) => response.destroy(), /connection lost/],
        [(_, response) => response.writeHead(301, { location: 'http://169.254.169.254/' }).end(), /redirect/],
      ]
      for (const [wire, error] of failures) {
        const { sources } = await at(t, wire)
        const answer = await ask(tool, sources, world.input)
        assert.ok(!answer.ok)
        assert.match(answer.error, error)
        assert.ok(answer.error.includes(asks) && answer.error.length < 600)
        assert.ok(answer.gap.length > 0 && answer.gap.length < 60)
      }
    })

    it('ends at once when the investigation ends', async (t) => {
      const { sources } = await at(t, () => undefined)
      const stop = new AbortController()
      const asked = ask(tool, sources, world.input, stop.signal)
      stop.abort()
      assert.equal((await asked).ok, false)
    })

    it('answers also where its source is not configured', async () => {
      const answer = await ask(tool, {}, world.input)
      assert.ok(!answer.ok && /not configured/.test(answer.error))
    })
  })
}
