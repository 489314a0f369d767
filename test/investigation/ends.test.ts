import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reply } from '../../src/demo/model/script.ts'
import type { MessagesRequest } from '../../src/demo/model/wire.ts'
import { blocksOf } from '../../src/demo/model/wire.ts'
import { investigate } from '../../src/investigation/investigate.ts'
import type { Block, StopReason } from '../../src/llm/model.ts'
import { assertValid, type Ended, fastClock, metrics, type Stage, stage, submit, text, use } from './stage.ts'

const never = new AbortController().signal

const GATED = { VIGIL_GATE_SEVERITIES: 'high' }

const GOALS = ['analysis', 'answer', 'challenge', 'gate'] as const
type GoalName = (typeof GOALS)[number]

const STOPS: readonly StopReason[] = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'refusal',
  'pause_turn',
  'stop_sequence',
  'model_context_window_exceeded',
]

/** What is handed in, by goal: as it should be, and without proof. */
const HANDED: Readonly<Record<GoalName, { readonly good: object; readonly unproven: object }>> = {
  analysis: {
    good: { verdict: 'inconclusive', summary: 'No cause is proven.', confidence: 20, urgency: 'today', cause: null },
    unproven: {
      ...{ verdict: 'action_required', summary: 'It has 77 errors.', confidence: 90, urgency: 'now', cause: null },
      claims: [{ text: 'It has 77 errors.', kind: 'observation', receipts: [{ evidence: 'E1', quote: '77' }] }],
    },
  },
  answer: {
    good: { answer: 'The data does not say.', claims: [] },
    unproven: { answer: 'It has 77 errors.', claims: [] },
  },
  challenge: {
    good: { verdict: 'stands', summary: 'It holds.', confidence: 80 },
    unproven: {
      ...{ verdict: 'refuted', summary: 'It has 77 errors.', confidence: 1 },
      objections: [{ against: 'cause', text: 'It has 77 errors', receipts: [{ evidence: 'E1', quote: '77' }] }],
    },
  },
  gate: {
    good: { decision: 'triage', reason: 'it may be real' },
    unproven: { decision: 'ignore', reason: 'It has 77 errors', receipts: [{ evidence: 'E1', quote: '77' }] },
  },
}

let calls = 0
const handIn = (goal: GoalName, input: object): Block => use(`h${++calls}`, `submit_${goal}`, input)

/** What a turn can hold. Each time anew, so that nothing is a repetition by accident. */
const CONTENTS: Readonly<Record<string, (goal: GoalName) => readonly Block[]>> = {
  nothing: () => [],
  'text alone': () => [text('I wonder.')],
  'one question': () => [metrics()],
  '40 questions': () => Array.from({ length: 40 }, () => metrics()),
  'an unknown tool': () => [use(`u${++calls}`, 'rm_rf', { path: '/' })],
  'an input that cannot be used': () => [use(`w${++calls}`, 'query_metrics', { query: 7 })],
  'an input that was cut': () => [use(`j${++calls}`, 'query_metrics', { __broken_json: '{"query":"up{' })],
  'a megabyte of input': () => [use(`b${++calls}`, 'query_logs', { query: 'x'.repeat(1_000_000) })],
  'what cannot be read': (goal) => [handIn(goal, { verdict: 'guilty' })],
  'what is not proven': (goal) => [handIn(goal, HANDED[goal].unproven)],
  'what is handed in beside questions': (goal) => [metrics(), handIn(goal, HANDED[goal].good), use(`u${++calls}`, 'rm_rf', {})],
  'what is handed in unproven beside questions, and twice': (goal) => [
    metrics(),
    handIn(goal, HANDED[goal].unproven),
    handIn(goal, HANDED[goal].good),
    metrics(),
  ],
}

const isGate = (request: MessagesRequest | undefined): boolean => JSON.stringify(request?.system ?? '').includes('You stand at the gate')

/** An incident whose next run is for that goal. */
const openFor = async (on: Stage, goal: GoalName): Promise<string> => {
  // Its own severity lets an alert pass the gate, or not.
  const id = await on.open({ severity: goal === 'gate' ? 'high' : 'low' })
  const row = on.context.db.updateTable('investigation').where('incident_id', '=', id)
  // What stands open is looked at again by itself.
  if (goal === 'answer' || goal === 'challenge')
    await on.context.db.updateTable('incident').set({ status: 'analysed' }).where('id', '=', id).execute()
  if (goal === 'answer') {
    const question = { text: 'which version fails?', user: 'U1', name: 'ana', channel: 'C1', ts: '1.1' }
    await row.set({ kind: 'question', question: JSON.stringify(question) }).execute()
  }
  if (goal === 'challenge') {
    const analysis = { ...known, summary: 'v2 fails.', claims: [], by: 'model' }
    await row.set({ status: 'complete', ended_at: new Date(), analysis: JSON.stringify(analysis) }).execute()
    await on.context.db
      .insertInto('investigation')
      .values({ id: `${id}-challenge`, incident_id: id, number: 2, kind: 'challenge', about: 1 })
      .execute()
  }
  return id
}

const known = {
  ...{ verdict: 'action_required', confidence: 80, urgency: 'now', cause: { text: 'v2 fails', category: 'bad_deploy', receipts: [] } },
  ...{ chain: [], ruled_out: [], data_gaps: [], next_steps: [], proposals: [], partial: false, partial_reason: null },
  ...{ unsupported: [], model_confidence: 80, confidence_why: null, recomputed: 1 },
}

/** Runs the goal with a model that answers like that for ever, or only first; behind the gate comes an analysis of one turn. */
const played = async (on: Stage, goal: GoalName, reply: (n: number) => Reply) => {
  const id = await openFor(on, goal)
  const from = { requests: on.server.requests.length, asked: on.source.asked.length, at: on.context.clock.monotonic() }
  let n = 0
  on.server.script((request) => (goal === 'gate' && !isGate(request) ? { content: [submit()] } : reply(n++)))
  await investigate(on.context, id, never)
  const ended = await on.ended(id)
  const requests = on.server.requests.slice(from.requests).filter(({ body }) => goal !== 'gate' || isGate(body))
  const questions = on.source.asked.slice(from.asked).filter(({ params }) => params['query']?.startsWith('error_ratio{n='))
  return { ended, requests, questions: questions.length, ms: on.context.clock.monotonic() - from.at }
}

type Played = Awaited<ReturnType<typeof played>>

const limitsOf = ({ context: { config } }: Stage, goal: GoalName) => {
  const { budgets, gate } = config
  return { analysis: budgets.investigation, answer: budgets.question, challenge: budgets.challenge, gate }[goal]
}

const assertBounded = (on: Stage, goal: GoalName, { ended, requests, questions, ms }: Played): void => {
  const limits = limitsOf(on, goal)
  assert.ok(requests.length >= 1 && requests.length <= 25, `${requests.length} requests`)
  assert.ok(questions <= limits.tool_calls, `${questions} questions of ${limits.tool_calls}`)
  assert.ok(ms <= (limits.seconds + (goal === 'gate' ? 180 : 0)) * 1000, `${ms} ms`)
  if (goal === 'gate') {
    const gated = ended.timeline.find((entry) => entry.type === 'gated')
    assert.ok(gated?.type === 'gated' && gated.spending.tokens_in <= limits.tokens_in && gated.spending.tool_calls <= limits.tool_calls)
    return
  }
  const answers = ended.turns.filter(({ role }) => role === 'assistant')
  assert.equal(answers.length, requests.length, 'every answer is stored')
  let [tokensIn, tokensOut] = [0, 0]
  for (const [at, { usage }] of answers.entries()) {
    assert.ok(usage !== null)
    const input = usage.input + usage.cache_read + usage.cache_write
    assert.ok(tokensIn + input <= limits.tokens_in, `call ${at} goes beyond ${limits.tokens_in} input tokens`)
    assert.ok(
      tokensOut + (requests[at]?.body?.max_tokens ?? 0) <= limits.tokens_out,
      `call ${at} may go beyond ${limits.tokens_out} output tokens`,
    )
    tokensIn += input
    tokensOut += usage.output
  }
  assert.deepEqual([ended.investigation.tokens_in, ended.investigation.tokens_out], [tokensIn, tokensOut])
  assert.ok(ended.investigation.tool_calls <= limits.tool_calls)
}

/** What people read of it: an outcome, and why it is partial where it is. */
const assertUseful = (goal: GoalName, { investigation, timeline, incident }: Ended): void => {
  assert.ok(['complete', 'failed', 'max_turns', 'budget_exceeded'].includes(investigation.status), investigation.status)
  assert.notEqual(investigation.ended_at, null)
  const { analysis, answer, challenge } = investigation
  switch (goal) {
    case 'analysis':
      assertWords(analysis?.summary, analysis)
      assert.equal(incident.status, 'analysed')
      return
    case 'answer':
      assertWords(answer?.answer, answer)
      return
    case 'challenge':
      assert.ok(analysis !== null && analysis.confidence <= known.confidence)
      assertWords(challenge?.summary, challenge)
      return
    case 'gate': {
      const gated = timeline.find((entry) => entry.type === 'gated')
      assert.equal(gated?.type === 'gated' && gated.decision, 'triage', 'nothing was proved')
      assert.match(gated?.type === 'gated' ? gated.reason : '', /^.{10,}/)
      // An answer of a megabyte has used up the investigation's own tokens.
      if (analysis?.by === 'rules') assert.match(investigation.reason ?? '', /output tokens were used up/)
      else assert.equal(investigation.status, 'complete', 'it is investigated')
    }
  }
}

const assertWords = (words: string | undefined, outcome: { partial: boolean; partial_reason: string | null } | null): void => {
  assert.match(words ?? '', /^[A-Z].{5,}/)
  if (outcome?.partial === true) assert.match(outcome.partial_reason ?? '', /^(?:the|its|it|a) .{8,}/)
}

/** On the wire and in the thread: each call has one answer, in the very next turn; nothing stays open that was shown as begun. */
const assertAnswered = ({ ended, requests }: Played): void => {
  assertValid(ended)
  for (const { body } of requests)
    for (const [at, { role, content }] of (body?.messages ?? []).entries()) {
      if (role !== 'assistant') continue
      const ids = blocksOf(content).flatMap(({ type, id }) => (type === 'tool_use' ? [id] : []))
      const next = blocksOf(body?.messages[at + 1]?.content).flatMap(({ type, tool_use_id: id }) => (type === 'tool_result' ? [id] : []))
      assert.deepEqual(next, ids)
      assert.equal(new Set(ids).size, ids.length)
    }
  const { timeline } = ended
  const called = (type: 'tool_started' | 'tool_answered') => timeline.flatMap((entry) => (entry.type === type ? [entry.call] : [])).sort()
  assert.deepEqual(called('tool_answered'), called('tool_started'))
}

const whole = async (on: Stage, goal: GoalName, reply: (n: number) => Reply): Promise<Played> => {
  const one = await played(on, goal, reply)
  assertBounded(on, goal, one)
  assertUseful(goal, one.ended)
  assertAnswered(one)
  return one
}

const named = (name: string, cause: unknown): never => {
  throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
}

for (const goal of GOALS)
  test(`${goal}: whatever a model answers for ever, it ends within its limits, with words and a valid history`, async (t) => {
    const on = await stage(t, GATED)
    for (const stop of STOPS)
      for (const [name, content] of Object.entries(CONTENTS))
        await whole(on, goal, () => ({ content: content(goal), stop })).catch((cause) => named(`${stop}, ${name}`, cause))
  })

test('one odd turn costs no conclusion: the model’s own is taken', async (t) => {
  const on = await stage(t, GATED)
  for (const goal of GOALS)
    for (const [name, content] of Object.entries(CONTENTS)) {
      // So long an answer uses up what may be written.
      if (name === 'a megabyte of input') continue
      const good = { content: [handIn(goal, HANDED[goal].good)] }
      const { ended } = await whole(on, goal, (n) => (n === 0 ? { content: content(goal) } : good)).catch((cause) =>
        named(`${goal}, ${name}`, cause),
      )
      const { status, analysis, answer, challenge } = ended.investigation
      const isPartial = { analysis: analysis?.partial, answer: answer?.partial, challenge: challenge?.partial, gate: false }[goal]
      assert.ok(status === 'complete' || (isPartial === true && status === 'max_turns'), `${goal}, ${name}: ${status}`)
      assert.notEqual(answer?.by, 'rules', `${goal}, ${name}`)
      assert.notEqual(goal === 'challenge' ? 'model' : (analysis?.by ?? 'model'), 'rules', `${goal}, ${name}`)
    }
})

const DOWN: Readonly<Record<string, Reply>> = {
  '500': { status: 500 },
  '529': { status: 529 },
  '429 for an hour': { status: 429, retryAfter: 3600 },
  'a refused key': { status: 401 },
  'a broken stream': { cutAfterEvents: 1, turn: { content: [text('I')] } },
  silence: { silence: 100_000 },
}

test('a provider that is down from the start: the rules answer within 60 s, for every goal, the gate’s patience counted', async (t) => {
  const clock = fastClock(14)
  const on = await stage(t, GATED, { clock })
  for (const goal of GOALS)
    for (const [name, reply] of Object.entries(DOWN)) {
      const id = await openFor(on, goal)
      on.server.script(() => reply)
      const from = clock.monotonic()
      await investigate(on.context, id, never)
      const ms = clock.monotonic() - from
      assert.ok(ms < 60_000, `${goal}, ${name}: ${Math.round(ms)} ms`)
      const { investigation, calls } = await on.ended(id)
      assert.equal(investigation.status, 'failed')
      assert.equal(calls.length, 0)
      const outcome = { analysis: investigation.analysis, answer: investigation.answer, challenge: investigation.challenge }
      const { partial, partial_reason: reason } = outcome[goal === 'gate' ? 'analysis' : goal] ?? assert.fail(`${goal}, ${name}: nothing`)
      assert.equal(partial, true)
      assert.match(reason ?? '', /^the model could not be asked: .*Claude/, `${goal}, ${name}`)
      if (goal !== 'challenge') assert.equal((investigation.analysis ?? investigation.answer)?.by, 'rules')
      else assert.equal(investigation.analysis?.confidence, known.confidence, 'what stood stands')
    }
})
