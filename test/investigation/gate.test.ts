import assert from 'node:assert/strict'
import { test } from 'node:test'
import { force } from '../../src/investigation/force.ts'
import { investigate } from '../../src/investigation/investigate.ts'
import { gatePrompt, systemPrompt } from '../../src/investigation/prompt.ts'
import { metrics, type Stage, stage, submit, turn, use } from './stage.ts'

const GATED = { VIGIL_GATE_SEVERITIES: 'high' }
const never = new AbortController().signal

/** Lets Prometheus remember that the alert fired so often in the days before, each time for so many seconds. */
const fired = (on: Stage, times: number, seconds: number): void => {
  on.source.answer = ({ path, params }, response) => {
    if (!path.endsWith('/query_range') || !(params['query'] ?? '').startsWith('count(ALERTS')) return false
    const [end, step] = [Number(params['end']), Number(params['step'])]
    const values = Array.from({ length: times }, (_, i) => i + 1).flatMap((day) =>
      Array.from({ length: Math.round(seconds / step) }, (_, n) => [end - day * 20_000 + n * step, '1']),
    )
    const body = {
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: {}, values: values.sort((a, b) => Number(a[0]) - Number(b[0])) }] },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    return true
  }
}

/** Besides: the ratio reached `high` in each of those times, and is 0.02 between them. */
const reached = (on: Stage, times: number, { seconds, high }: { seconds: number; high: (day: number) => number }): void => {
  fired(on, times, seconds)
  const alerts = on.source.answer
  on.source.answer = ({ path, params, ...rest }, response) => {
    if (!path.endsWith('/query_range') || params['query'] !== 'error_ratio' || params['step'] !== '120')
      return alerts?.({ path, params, ...rest }, response) === true
    const [start, end] = [Number(params['start']), Number(params['end'])]
    const values = Array.from({ length: Math.floor((end - start) / 120) + 1 }, (_, n) => {
      const at = start + n * 120
      const day = Math.ceil((end - at) / 20_000)
      const isHigh = day >= 1 && day <= times && at - (end - day * 20_000) < seconds
      return [at, String(isHigh ? high(day) : 0.02)]
    })
    const data = { resultType: 'matrix', result: [{ metric: {}, values }] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'success', data }))
    return true
  }
}

const gate = (decision: string, reason: string, receipts: object[] = []) => use('gate', 'submit_gate', { decision, reason, receipts })

const systems = (on: Stage) => on.server.requests.map(({ body }) => JSON.stringify(body?.system).includes('You stand at the gate'))

test('an alert that is ignored with proof is not investigated, says why, and is investigated all the same when a person says so', async (t) => {
  const on = await stage(t, GATED)
  const quiet = gate('ignore', 'The error ratio of v1 is 0.02', [
    { evidence: 'E2', series: { version: 'v1' }, statistic: 'last', value: 0.02 },
  ])
  const ended = await on.play((request) => turn(request.messages.length === 1 ? metrics() : quiet))
  assert.deepEqual(systems(on), [true, true])
  assert.equal(ended.investigation.status, 'complete')
  assert.match(ended.investigation.reason ?? '', /^gate: The error ratio/)
  assert.equal(ended.incident.status, 'analysed')
  assert.equal(ended.turns.length, 0)
  const gated = ended.timeline.find((entry) => entry.type === 'gated')
  assert.deepEqual(gated?.type === 'gated' && [gated.decision, gated.evidence], ['ignore', ['E2']])
  assert.ok(ended.investigation.tokens_in > 0, 'what the gate used counts')

  on.server.script([turn(submit())])
  assert.deepEqual(await force(on.context, ended.id, 'U1'), { forced: true, past: 'gate' })
  assert.deepEqual(await force(on.context, ended.id, 'U2'), { forced: false, reason: 'running' })
  await investigate(on.context, ended.id, never)
  const after = await on.ended(ended.id)
  assert.equal(after.investigation.number, 2)
  assert.equal(after.investigation.analysis?.by, 'model')
})

test('to leave an alert alone needs proof: without it, with a false one or without an answer it is investigated', async (t) => {
  const on = await stage(t, GATED)
  const cases = {
    'no receipt': gate('ignore', 'Nothing is wrong'),
    'a false number': gate('ignore', 'The error ratio of v1 is 0.5', [
      { evidence: 'E2', series: { version: 'v1' }, statistic: 'last', value: 0.5 },
    ]),
    'an invented quote': gate('auto_resolve', 'It says "all good"', [{ evidence: 'E2', quote: 'all good' }]),
    nonsense: use('gate', 'submit_gate', { decision: 'perhaps' }),
  }
  for (const [name, answer] of Object.entries(cases)) {
    const ended = await on.play((request) => {
      if (JSON.stringify(request.system).includes(gatePrompt.slice(0, 40)))
        return turn(request.messages.length === 1 ? metrics() : ({ ...answer, id: `g${request.messages.length}` } as typeof answer))
      assert.ok(JSON.stringify(request.system).includes(systemPrompt.slice(0, 40)))
      return turn(submit())
    })
    assert.equal(ended.investigation.status, 'complete', name)
    assert.equal(ended.investigation.analysis?.by, 'model', name)
    const gated = ended.timeline.find((entry) => entry.type === 'gated')
    assert.equal(gated?.type === 'gated' && gated.decision, 'triage', name)
  }
})

test('a gate whose model cannot be asked lets the alert through, and one without configuration does not exist', async (t) => {
  const on = await stage(t, GATED)
  const ended = await on.play((request) =>
    JSON.stringify(request.system).includes('You stand at the gate') ? { status: 400, message: 'no' } : turn(submit()),
  )
  assert.equal(ended.investigation.analysis?.by, 'model')
  const open = await stage(t)
  const plain = await open.play([turn(submit())])
  assert.equal(
    plain.timeline.some((entry) => entry.type === 'gated'),
    false,
  )
})

test('what usually goes by itself is waited for, and is over when its expression says so', async (t) => {
  const on = await stage(t, { ...GATED, VIGIL_GATE_WAIT_MINUTES: '15' })
  fired(on, 12, 360)
  const id = await on.open({ labels: { version: 'v2' } })
  await investigate(on.context, id, never)
  const waiting = await on.ended(id)
  assert.equal(on.server.requests.length, 0, 'no model was asked')
  assert.equal(waiting.investigation.status, 'pending')
  const entry = waiting.timeline.find((one) => one.type === 'waiting')
  assert.match(entry?.type === 'waiting' ? entry.reason : '', /12 of 12 times in 14 days it was over within 6 min \(median 6 min\)/)
  // Asked again before the time is over: nothing happens.
  await investigate(on.context, id, never)
  assert.equal((await on.ended(id)).investigation.status, 'pending')

  await on.context.db
    .updateTable('timeline')
    .set({ data: JSON.stringify({ ...entry, id: undefined, until: new Date(Date.now() - 1000).toISOString() }) })
    .where('type', '=', 'waiting')
    .execute()
  await on.context.db.updateTable('alert').set({ expression: 'error_ratio > 0.5' }).execute()
  await investigate(on.context, id, never)
  const over = await on.ended(id)
  assert.equal(over.investigation.status, 'complete')
  assert.equal(over.investigation.analysis?.verdict, 'no_action')
  assert.match(over.investigation.analysis?.summary ?? '', /^It went by itself/)
  const better = over.timeline.find((one) => one.type === 'better_rule')
  assert.deepEqual(
    better?.type === 'better_rule' && [better.rule.now, better.rule.better, better.rule.fired, better.rule.would_have_fired],
    ['for: 2m', 'for: 10m', 12, 0],
  )
})

test('where no longer `for` would help, the threshold is named that would have spared people', async (t) => {
  const on = await stage(t)
  reached(on, 20, { seconds: 8000, high: (day) => (day % 10 === 0 ? 0.09 : 0.064) })
  const nothing = use('submit', 'submit_analysis', {
    verdict: 'no_action',
    summary: 'It is usual.',
    confidence: 50,
    urgency: 'can_wait',
    cause: null,
  })
  const ended = await on.play([turn(nothing)])
  const found = ended.timeline.find((entry) => entry.type === 'better_rule')
  assert.ok(found?.type === 'better_rule', JSON.stringify(ended.timeline))
  const { change, now, better, fired: times, would_have_fired: left } = found.rule
  assert.deepEqual([change, now, better, times, left], ['threshold', '> 0.05', '> 0.07', 20, 2])
  const evidence = ended.evidence.find(({ number }) => `E${number}` === found.evidence)
  assert.equal(evidence?.query, 'error_ratio')
})

test('whoever does not want to wait does not have to, and what still fires after the wait is investigated', async (t) => {
  const on = await stage(t, GATED)
  fired(on, 8, 240)
  const pressed = await on.open()
  await investigate(on.context, pressed, never)
  assert.deepEqual(await force(on.context, pressed, 'U1'), { forced: true, past: 'waiting' })
  on.server.script([turn(submit())])
  await investigate(on.context, pressed, never)
  assert.equal((await on.ended(pressed)).investigation.analysis?.by, 'model')

  const id = await on.open()
  await investigate(on.context, id, never)
  const entry = (await on.ended(id)).timeline.find((one) => one.type === 'waiting')
  await on.context.db
    .updateTable('timeline')
    .set({ data: JSON.stringify({ ...entry, id: undefined, until: new Date(Date.now() - 1000).toISOString() }) })
    .where('type', '=', 'waiting')
    .where('incident_id', '=', id)
    .execute()
  on.server.script([turn(submit())])
  await investigate(on.context, id, never)
  assert.equal((await on.ended(id)).investigation.analysis?.by, 'model')
})

test('an alert that usually stays, or came too seldom to tell, is not waited for', async (t) => {
  const on = await stage(t, GATED)
  for (const [times, seconds] of [
    [12, 7200],
    [4, 240],
    [0, 0],
  ] as const) {
    fired(on, times, seconds)
    const ended = await on.play((request) =>
      JSON.stringify(request.system).includes('You stand at the gate') ? turn(gate('triage', 'it may be real')) : turn(submit()),
    )
    assert.equal(
      ended.timeline.some((entry) => entry.type === 'waiting'),
      false,
      `${times} times`,
    )
    assert.equal(ended.investigation.analysis?.by, 'model')
  }
})
