import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { createReceive } from '../../src/alert/receive.ts'
import { sources } from '../../src/alert/sources/index.ts'
import { type Context, systemClock } from '../../src/context.ts'
import { TransientError } from '../../src/errors.ts'
import { takeOver } from '../../src/incident/incident.ts'
import { briefNow, latest, timelineOf } from '../../src/incident/timeline.ts'
import { amend } from '../../src/investigation/amend.ts'
import { brief } from '../../src/investigation/brief.ts'
import type { Cited } from '../../src/investigation/evidence.ts'
import { storeBrief, takeFirstLook } from '../../src/investigation/first-look.ts'
import type { Rule, RuleFinding } from '../../src/investigation/rules/rule.ts'
import { onlyModel, testContext } from '../context.ts'
import { type Stage, stage } from './stage.ts'

const open = async (context: Context, pod = 'a'): Promise<string> => {
  const labels = { alertname: 'HighErrorRate', service: 'checkout', severity: 'critical', pod }
  const alerts = [{ status: 'firing', labels, annotations: {}, startsAt: '2026-11-20T21:51:03.568Z' }]
  const body = { groupKey: pod, receiver: 'vigil', groupLabels: {}, alerts }
  const received = await createReceive(context)({ alerts: sources.alertmanager.parse(body), post: null, asked: null })
  return received.accepted[0]?.incident ?? assert.fail('the alert opened no incident')
}

const close = async (context: Context): Promise<void> => {
  await context.db
    .updateTable('incident')
    .set({ status: 'resolved', resolved_at: '2026-11-20T22:00:00Z' as never })
    .execute()
  await context.db.updateTable('alert').set({ open: false }).execute()
}

test('without a model the brief ends the waiting investigation and says why, and what could not be seen', async () => {
  const { context, close: end } = await testContext()
  const id = await open(context)
  await brief(context, id)
  const incident = await context.db.selectFrom('incident').selectAll().executeTakeFirstOrThrow()
  const investigation = await context.db.selectFrom('investigation').selectAll().executeTakeFirstOrThrow()
  const entry = latest(await timelineOf(context.db, id), 'briefed')
  const depth = await context.queue.depth()
  await end()
  assert.equal(incident.status, 'analysed')
  assert.equal(investigation.status, 'complete')
  assert.match(investigation.reason ?? '', /no model is configured/)
  assert.ok(investigation.ended_at instanceof Date)
  assert.equal(entry?.brief.next, 'no_model')
  assert.match(entry?.brief.gaps.join() ?? '', /no Prometheus is configured/)
  assert.equal(depth.deliver, 1)
  assert.equal(depth.investigate, 0)
})

test('with a model the incident is investigated, and the findings of the rules have their evidence numbered behind what there was', async () => {
  const model = { id: 'none/never-asked', complete: () => assert.fail('the brief asked the model') }
  const { context, close: end } = await testContext({}, { models: onlyModel(model) })
  const first = await open(context)
  await close(context)
  await context.db
    .updateTable('incident')
    .set({ started_at: '2026-11-01T00:00:00Z' as never, resolved_at: '2026-11-01T01:00:00Z' as never })
    .execute()
  const second = await open(context, 'b')
  const look = await takeFirstLook(context.db, second)
  const kept = { source: 'vigil', query: 'before', range: null, output: { kind: 'text', text: 'x' } as const, shown: 'x', complete: true }
  const row = { range_from: null, range_to: null, output: JSON.stringify(kept.output), link: null }
  const { range: _range, output: _output, ...plain } = kept
  await context.db
    .insertInto('evidence')
    .values({ incident_id: second, number: 1, ...plain, ...row })
    .execute()
  await brief(context, second)
  const entry = latest(await timelineOf(context.db, second), 'briefed')
  const numbers = await context.db.selectFrom('evidence').select('number').where('incident_id', '=', second).orderBy('number').execute()
  const incident = await context.db.selectFrom('incident').selectAll().where('id', '=', second).executeTakeFirstOrThrow()
  const depth = await context.queue.depth()
  await end()
  assert.notEqual(first, second)
  assert.deepEqual(
    look?.similar.map(({ startedAt, resolvedAt }) => [startedAt, resolvedAt]),
    [[new Date('2026-11-01T00:00:00Z'), new Date('2026-11-01T01:00:00Z')]],
  )
  assert.ok(look?.alerts[0]?.starts_at instanceof Date)
  assert.ok(look?.incident.started_at instanceof Date)
  assert.equal(incident.status, 'investigating')
  assert.deepEqual(
    entry?.brief.findings.map((finding) => [finding.rule, finding.evidence]),
    [['duplicate-open', ['E2']]],
  )
  assert.deepEqual(numbers, [{ number: 1 }, { number: 2 }])
  assert.equal(depth.investigate, 1)
})

test('a brief whose incident was taken over writes nothing', async () => {
  const { context, close: end } = await testContext()
  const id = await open(context)
  const look = await takeFirstLook(context.db, id)
  await takeOver(context.db, id)
  const late = {
    incident: id,
    epoch: look?.incident.epoch ?? -1,
    brief: { headline: 'late' } as never,
    onset: new Date(),
    answers: [],
    first: 1,
    endedBecause: 'late',
    recoverAfterSeconds: 1,
  }
  const stored = await context.db.transaction().execute((trx) => storeBrief(context, trx, late))
  const incident = await context.db.selectFrom('incident').selectAll().executeTakeFirstOrThrow()
  const timeline = await timelineOf(context.db, id)
  const depth = await context.queue.depth()
  await end()
  assert.equal(stored, false)
  assert.equal(incident.status, 'open')
  assert.equal(incident.onset, null)
  assert.equal(latest(timeline, 'briefed'), undefined)
  assert.equal(depth.deliver, 0)
})

/** Runs the brief and gives what it stored. */
const briefed = async (on: Stage, id: string, register?: readonly Rule[]) => {
  await brief(on.context, id, register)
  const ended = await on.ended(id)
  return { ...ended, brief: latest(ended.timeline, 'briefed')?.brief ?? assert.fail('no brief was recorded') }
}

const minutesAgo = (on: Stage, minutes: number): Date => new Date(on.context.clock.now().getTime() - minutes * 60_000)

test('the first look says the value against its limit and an onset that lies before the start of the alert by at least its `for`', async (t) => {
  const on = await stage(t)
  const startsAt = minutesAgo(on, 5)
  const told = await briefed(on, await on.open({ startsAt, labels: { version: 'v2' } }))
  assert.equal(told.brief.state, '25 % (limit 5 %)')
  assert.equal(told.brief.onset_seen, true)
  const onset = Date.parse(told.brief.onset ?? '')
  assert.ok(onset - on.source.brokenAt * 1000 < 1000 && onset >= on.source.brokenAt * 1000, 'to the second')
  assert.equal(told.incident.onset?.getTime(), onset)
  assert.deepEqual(told.brief.gaps, [])
  assert.equal(told.brief.findings[0]?.rule, 'own-expression')
  assert.deepEqual(told.brief.findings[0]?.evidence, ['E1', 'E2'])
  assert.equal(told.brief.chart?.limit, 0.05)
  assert.ok((told.brief.chart?.points.length ?? 99) <= 20)
  assert.equal(told.brief.next, 'investigating')
  // Seen later than the rule itself saw it: the rule is right.
  on.source.brokenAt = Math.floor(startsAt.getTime() / 1000) - 30
  const late = await briefed(on, await on.open({ startsAt, labels: { version: 'v2' } }))
  assert.equal(Date.parse(late.brief.onset ?? ''), startsAt.getTime() - 120_000)
})

test('an alert whose rule nobody knows, and one whose expression cannot be asked, are said to be that', async (t) => {
  const on = await stage(t)
  const unknown = await briefed(on, await on.open({ expression: null, labels: { alertname: 'NeverHeardOf' } }))
  assert.deepEqual(unknown.brief.gaps, ["the alert's own expression (Prometheus knows no rule NeverHeardOf)"])
  assert.equal(unknown.brief.state, null)
  on.source.answer = (_, response) => {
    response.writeHead(500).end('out of memory')
    return true
  }
  const broken = await briefed(on, await on.open())
  assert.match(broken.brief.gaps.join(), /Prometheus 500 out of memory/)
  assert.equal(broken.brief.next, 'investigating')
  assert.deepEqual(broken.evidence, [])
})

test('a question of a person has no expression, which is no gap', async (t) => {
  const on = await stage(t)
  const asked = await briefed(on, await on.open({ source: 'mention', expression: null, subject: null }))
  assert.deepEqual(asked.brief.gaps, [])
  assert.equal(on.source.asked.length, 0)
})

test('with a Prometheus that never answers, and a rule that never ends, the brief stands within 3 s and says what it could not see', async (t) => {
  const on = await stage(t)
  on.source.answer = () => true
  const id = await on.open()
  const began = performance.now()
  const told = await briefed(on, id, [
    { ...finding('quick'), id: 'quick' },
    { id: 'slow', looksAt: 'the depths', evaluate: () => new Promise(() => undefined) },
  ])
  const took = performance.now() - began
  assert.ok(took < 3000, `${took} ms`)
  assert.deepEqual(told.brief.gaps, [])
  assert.deepEqual(told.brief.late, [
    { rule: 'own-expression', gap: "the alert's own expression (no answer of Prometheus in 2 s)" },
    { rule: 'slow', gap: 'the depths (no answer in 2 s)' },
  ])
  const { rows } = await sql`select data from pgboss.job where name = 'amend'`.execute(on.context.db)
  assert.deepEqual(rows, [{ data: { incident: id } }])
  assert.deepEqual(
    told.brief.findings.map((one) => one.rule),
    ['quick'],
  )
})

test('what was too slow for the first reply is asked once more, and the brief says it then', async (t) => {
  const on = await stage(t)
  const id = await on.open()
  let asked = 0
  const slow: Rule = {
    ...finding('slow', { object: { kind: 'service', name: 'db' }, category: 'database', weight: 0.8 }),
    id: 'slow',
    looksAt: 'the depths',
  }
  const never: Rule = { id: 'never', looksAt: 'the stars', evaluate: () => new Promise(() => undefined) }
  const register: readonly Rule[] = [
    { ...finding('quick'), id: 'quick' },
    { ...slow, evaluate: (input) => (++asked === 1 ? new Promise(() => undefined) : slow.evaluate(input)) },
    never,
  ]
  const first = await briefed(on, id, register)
  assert.deepEqual(
    first.brief.late?.map(({ rule }) => rule),
    ['slow', 'never'],
  )
  const began = performance.now()
  await amend(on.context, id, register)
  assert.ok(performance.now() - began < 9000)
  const { timeline, evidence } = await on.ended(id)
  const now = briefNow(timeline) ?? assert.fail('nothing was amended')
  assert.deepEqual(now.gaps, ['the stars (no answer in 8 s)'])
  assert.deepEqual(now.late, [])
  assert.deepEqual(now.findings.map(({ rule }) => rule).toSorted(), ['quick', 'slow'])
  assert.equal(now.suspects?.[0]?.object.name, 'db')
  assert.equal(now.headline, now.suspects?.[0]?.why)
  const cited = now.findings.find(({ rule }) => rule === 'slow')?.evidence[0]
  assert.equal(
    evidence.find(({ number }) => `E${number}` === cited)?.query,
    'slow',
    'its evidence is stored under the number that it names',
  )
  // Once is enough: a second job of the same finds nothing left to ask.
  await amend(on.context, id, register)
  assert.equal((await on.ended(id)).timeline.filter(({ type }) => type === 'amended').length, 1)
})

test('a slow source that answers at last gives onset and state, and all rules are asked with them', async (t) => {
  const on = await stage(t)
  on.source.answer = () => true
  const id = await on.open({ labels: { version: 'v2' } })
  const onsets: string[] = []
  const register: readonly Rule[] = [
    {
      id: 'own-expression',
      looksAt: 'the onset',
      evaluate: async ({ onset }) => {
        onsets.push(onset.toISOString())
        return []
      },
    },
  ]
  await briefed(on, id, register)
  delete (on.source as { answer?: unknown }).answer
  await amend(on.context, id, register)
  const now = briefNow((await on.ended(id)).timeline)
  assert.equal(onsets.length, 2)
  assert.notEqual(now?.state, null)
})

const answerOf = (words: string): Cited => ({
  source: 'vigil',
  query: words,
  range: null,
  output: { kind: 'text', text: words },
  shown: words,
  complete: true,
})

const finding = (id: string, over: Partial<RuleFinding> = {}): Rule => ({
  id,
  looksAt: `the ${id}`,
  // Not cited: what a finding rests on is evidence all the same.
  evaluate: () =>
    Promise.resolve([
      { rule: id, severity: 'medium', confidence: 'low', summary: `${id} is so.`, suggestion: 'Look', evidence: [answerOf(id)], ...over },
    ]),
})

test('a rule that throws, at once or later, is a LOW finding; one that cannot see is a gap; the others stand', async (t) => {
  const on = await stage(t)
  const register: Rule[] = [
    {
      id: 'at-once',
      looksAt: 'a',
      evaluate: () => {
        throw new TypeError('undefined is not a function')
      },
    },
    { id: 'later', looksAt: 'b', evaluate: () => Promise.reject(new Error('no such column')) },
    { id: 'no-list', looksAt: 'c', evaluate: () => Promise.resolve(undefined as never) },
    { id: 'blind', looksAt: 'the deploys', evaluate: () => Promise.reject(new TransientError('Kubernetes is away')) },
    finding('fine'),
  ]
  const told = await briefed(on, await on.open({ expression: null, source: 'mention' }), register)
  assert.deepEqual(
    told.brief.findings.map((one) => [one.rule, one.severity, one.evidence]),
    [
      ['fine', 'medium', ['E4']],
      ['at-once', 'low', ['E1']],
      ['later', 'low', ['E2']],
      ['no-list', 'low', ['E3']],
    ],
  )
  assert.deepEqual(told.brief.gaps, ['the deploys (Kubernetes is away)'])
  assert.equal(told.brief.headline, 'fine is so.')
  assert.deepEqual(
    told.evidence.map((one) => one.shown),
    ['TypeError: undefined is not a function', 'Error: no such column', told.evidence[2]?.shown, 'fine'],
  )
})

test('evidence is numbered in the order of the register, each answer once, whoever ends first: the same bytes every time', async (t) => {
  const fixed = new Date('2026-11-20T22:00:00Z')
  const on = await stage(t, {}, { clock: { ...systemClock, now: () => fixed } })
  const shared = answerOf('shared')
  const after = (ms: number, rule: Rule): Rule => ({ ...rule, evaluate: (input) => systemClock.sleep(ms).then(() => rule.evaluate(input)) })
  const register = (first: number): Rule[] => [
    after(first, { ...finding('one', { evidence: [shared] }) }),
    after(60 - first, finding('two', { evidence: [answerOf('two'), shared] })),
    { id: 'gap', looksAt: 'x', evaluate: () => systemClock.sleep(first).then(() => Promise.reject(new TransientError('1'))) },
    { id: 'pag', looksAt: 'y', evaluate: () => systemClock.sleep(60 - first).then(() => Promise.reject(new TransientError('2'))) },
  ]
  const startsAt = minutesAgo(on, 5)
  const runs = []
  for (const first of [0, 60, 30]) {
    const { brief: told, evidence } = await briefed(on, await on.open({ startsAt }), register(first))
    runs.push(JSON.stringify([told, evidence.map(({ number, query, output, shown }) => [number, query, output, shown])]))
  }
  assert.equal(new Set(runs).size, 1)
  assert.deepEqual((JSON.parse(runs[0] ?? '[]') as [{ gaps: string[] }])[0].gaps, ['x (1)', 'y (2)'])
  assert.match(runs[0] ?? '', /"evidence":\["E1"\].*"evidence":\["E2","E1"\]/)
})

test('with the money of the day spent the rules answer alone, the part for critical alerts is kept, and a broken-off run ends too', async (t) => {
  const on = await stage(t, { VIGIL_BUDGET_DAY_USD: '10' })
  const spender = await on.open()
  await on.context.db
    .updateTable('investigation')
    .set({ status: 'complete', usd: 8, ended_at: new Date() })
    .where('incident_id', '=', spender)
    .execute()
  const poor = await briefed(on, await on.open())
  assert.equal(poor.brief.next, 'budget_spent')
  assert.deepEqual([poor.incident.status, poor.investigation.status], ['analysed', 'complete'])
  assert.match(poor.investigation.reason ?? '', /\$8\.00 of \$7\.00 for 24 hours are spent/)
  const critical = await briefed(on, await on.open({ severity: 'critical' }))
  assert.equal(critical.brief.next, 'investigating')
  // The brief of a re-fire takes the incident from a run that had begun before.
  const begun = await on.open()
  await on.context.db.updateTable('investigation').set({ status: 'in_progress' }).where('incident_id', '=', begun).execute()
  assert.equal((await briefed(on, begun)).investigation.status, 'complete')
})

test('a bug of ours in the first look is a gap and a line of the log, not words of an error in the thread', async (t) => {
  const on = await stage(t)
  const sources = () => ({ prometheus: { rules: () => Promise.reject(new TypeError('x is not a function')) } as never })
  const id = await on.open()
  const told = await briefed({ ...on, context: { ...on.context, sources } }, id)
  assert.deepEqual(told.brief.gaps, ["the alert's own expression (Vigil failed here; its log says why)"])
})

test('rules are given the deploys of the cluster and the last 24 hours, newest first, read with everything else', async () => {
  const { context, close: end } = await testContext()
  const id = await open(context)
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000)
  const row = { service: 'checkout', kind: 'deploy' as const, namespace: null }
  await context.db
    .insertInto('deploy')
    .values([
      { ...row, cluster: 'default', version: 'older', at: hours(23) },
      { ...row, cluster: 'default', version: 'newest', commit: 'a39bf2c', author: 'alice', at: hours(1) },
      { ...row, cluster: 'default', version: 'too old', at: hours(25) },
      { ...row, cluster: 'elsewhere', version: 'another cluster', at: hours(1) },
    ])
    .execute()
  const seen: unknown[] = []
  const rule: Rule = {
    id: 'sees',
    looksAt: 'deploys',
    evaluate: async ({ deploys }) => {
      seen.push(...deploys)
      return []
    },
  }
  await brief(context, id, [rule])
  await end()
  assert.deepEqual(
    seen.map((one) => [(one as { version: string }).version, (one as { commit: string | null }).commit]),
    [
      ['newest', 'a39bf2c'],
      ['older', null],
    ],
  )
  assert.ok((seen[0] as { at: Date }).at instanceof Date)
})
