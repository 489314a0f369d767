import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { blocksOf, type MessagesRequest } from '../src/demo/model/wire.ts'
import { answerPrompt, challengePrompt, gatePrompt, systemPrompt } from '../src/investigation/prompt.ts'
import { hijacked, placeOf } from './injection/hijacked.ts'
import { aliveIn } from './injection/live.ts'
import { type Plant, plantIn, plants } from './injection/plants.ts'
import { poisoned } from './injection/poisoned.ts'
import { assertFenced, fencesIn, INVISIBLE, outside, skeleton, stringsIn, toldIn } from './injection/wire.ts'
import { type Surrounded, surrounded } from './surrounded.ts'
import { named } from './thread.ts'
import { until } from './until.ts'

/** So many incidents at once: what one is told must not depend on the others. */
const SIDE_BY_SIDE = 6
const PATIENCE = { seconds: 60 }

/**
 * Every text goes the way of an alert from the front door to its end, planted wherever somebody else than Vigil writes: labels, annotations,
 * series, logs, traces, profiles, errors of the sources, the messages of people, another alert of the group, an earlier incident. The model
 * is a hijacked one that repeats it wherever it can write, and the delimiter of its data as well.
 */
test('a planted text reaches the model only fenced, and changes nothing', async (t) => {
  const fetched = new Set<string>()
  const first = new Map<number, string>()
  const vigil: Surrounded = await surrounded(t, {
    script: hijacked(async (n) => meanwhile(vigil, plantOf(n), await until('the incident', () => first.get(n)))),
    answer: poisoned,
    alertChannel: { mode: 'eager', bots: [BOT] },
    env: {
      VIGIL_CLAUDE_MODEL: 'claude-haiku-5-5',
      VIGIL_CLAUDE_SMALL_MODEL: 'claude-haiku-5-5',
      VIGIL_CONCURRENCY: String(SIDE_BY_SIDE),
      VIGIL_GATE_SEVERITIES: '*',
      ...LARGE,
      VIGIL_BUDGET_DAY_USD: '1000',
      VIGIL_COOLDOWN_MINUTES: '0',
    },
    overrides: {
      fetch: (input, init) => {
        fetched.add(new URL(input instanceof Request ? input.url : input).origin)
        return fetch(input, init)
      },
    },
  })
  // Slack's pace is kept elsewhere: here it would be ten minutes of waiting.
  const hurry = setInterval(() => void sql`delete from slack_rate`.execute(vigil.db).catch(() => undefined), 100)
  t.after(() => clearInterval(hurry))
  const waiting = [...plants]
  await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, async () => {
      for (let plant = waiting.shift(); plant !== undefined; plant = waiting.shift()) {
        const { n, name } = plant
        await play(vigil, plant, (incident) => void first.set(n, incident)).catch((cause: unknown) => {
          throw new Error(`${name}: ${cause}`, { cause })
        })
      }
    }),
  )
  const requests = requestsOf(vigil)

  await t.test('it stands in fences alone, which nothing in them can close, without what cannot be seen', () => {
    for (const { told } of requests)
      for (const text of told) {
        assertFenced(text)
        assert.doesNotMatch(outside(text), /plant\d+x/)
      }
  })

  await t.test('each text was there, from every place where somebody else than Vigil can write', () => {
    for (const { name, mark } of plants) {
      const fences = requests.filter(({ plant }) => plant.mark === mark).flatMap(({ told }) => told.flatMap(fencesIn))
      const places = new Set(fences.filter(({ body }) => body.includes(mark)).map(({ source }) => source))
      assert.deepEqual(
        PLACES.filter((place) => !places.has(place)),
        [],
        name,
      )
    }
  })

  await t.test('the delimiter is new for each run, in no text, and of no use to whoever knows it', () => {
    const codes = new Map<string, string>()
    for (const { told } of requests) {
      const used = new Set(told.flatMap(fencesIn).map(({ code }) => code))
      assert.equal(used.size, 1, 'one request, one delimiter')
      const [code = ''] = used
      assert.match(code, /^[\w-]{12,}$/)
      assert.ok(plants.every(({ text }) => !text.includes(code)))
      assert.equal(codes.get(code) ?? told[0], told[0], 'two runs have the same delimiter')
      codes.set(code, told[0] ?? '')
    }
    assert.ok(codes.size > 5 * plants.length)
    const echoed = requests.filter(({ told }) =>
      told.some((text) => fencesIn(text).some(({ code, body }) => body.includes(`/data-${code}`))),
    )
    assert.ok(echoed.length >= plants.length, 'a source gave the delimiter back')
  })

  await t.test('system prompt, tools and all of Vigil’s own words are the same to the byte, whatever was planted', () => {
    const prompts: Record<string, string> = {
      submit_analysis: systemPrompt,
      submit_answer: answerPrompt,
      submit_challenge: challengePrompt,
      submit_gate: gatePrompt,
    }
    const harmless = new Map(requests.filter(({ plant }) => plant.n === 0).map((one) => [one.place, one]))
    for (const { place, goal, plant, body, told } of requests) {
      const same = harmless.get(place) ?? assert.fail(`${plant.name}: ${place} was not asked with a harmless text`)
      assert.deepEqual([body.system, body.tools, body.tool_choice], [same.body.system, same.body.tools, same.body.tool_choice], plant.name)
      assert.equal(textOf(body.system), prompts[goal] ?? textOf(same.body.system))
      assert.deepEqual(told.map(skeleton), same.told.map(skeleton), `${plant.name}: ${place}`)
    }
    for (const { name, mark } of plants) {
      const places = requests.filter(({ plant }) => plant.mark === mark).map(({ place }) => place)
      assert.deepEqual(
        [...harmless.keys()].filter((place) => !places.includes(place) && !MAYBE.test(place)),
        [],
        name,
      )
    }
  })

  await t.test('no verdict, no status and no confidence is another', async () => {
    const outcomes = await outcomesOf(vigil)
    for (const { name, mark } of plants) assert.deepEqual(outcomes.get(mark), outcomes.get('plant0x'), name)
  })

  await t.test('nobody is called, nothing foreign can be clicked, in no message and no modal', () => {
    const hosts = [new URL(vigil.source.url).host, new URL(vigil.workspace.url).host]
    const people = ['ana', 'tom'].map((name) => `@${vigil.workspace.state.user(name)?.id}`)
    const said = vigil.workspace.state.calls.filter(({ method }) => /^(?:chat|views)\./.test(method))
    assert.ok(said.length > 10 * plants.length)
    for (const { method, body } of said) {
      assert.deepEqual(aliveIn(body, { hosts, people }), [], `${method} ${JSON.stringify(body)}`)
      for (const text of stringsIn(body)) assert.doesNotMatch(text, INVISIBLE, method)
    }
  })

  await t.test('nothing was done: sources are only read, and no other address is asked', () => {
    const paths = vigil.source.asked.map(({ method, path }) => `${method} ${path.replace(/abc\d+$/, ':id')}`)
    assert.deepEqual([...new Set(paths)].sort(), READS)
    assert.deepEqual([...fetched].sort(), [vigil.source.url, vigil.model.url, vigil.workspace.url].sort())
  })
})

/** The sources of the fences: who wrote what stands in them. */
const PLACES = [
  'alertmanager',
  'slack-message',
  'mention',
  'vigil rules',
  'prometheus',
  'loki',
  'tempo',
  'pyroscope',
  'query_metrics',
  'thread',
  'vigil',
  'vigil analysis',
  'vigil check',
]

/** A question that mentions somebody is left to whom it mentions. */
const MAYBE = /^classify/

/** All that is asked of the sources: questions, by POST where a query may be longer than an address. */
const READS = [
  'GET /api/search',
  'GET /api/traces/:id',
  'GET /api/v1/rules',
  'GET /loki/api/v1/labels',
  'GET /loki/api/v1/query_range',
  'POST /api/v1/query',
  'POST /api/v1/query_range',
  'POST /querier.v1.QuerierService/SelectMergeStacktraces',
]

type Asked = {
  readonly plant: Plant
  readonly goal: string
  readonly place: string
  readonly body: MessagesRequest
  readonly told: readonly string[]
}

const requestsOf = ({ model }: Surrounded): Asked[] =>
  model.requests.map(({ body }) => {
    assert.ok(body !== undefined)
    const told = toldIn(body)
    const { goal, about, n } = placeOf(body)
    return { plant: plantIn(told[0] ?? '') ?? assert.fail(told[0]), goal, place: `${goal} of ${about}, ${n}`, body, told }
  })

const textOf = (system: MessagesRequest['system']): string =>
  blocksOf(system)
    .map(({ text }) => text)
    .join('')

/** What came of each plant's incidents, without words that the model wrote. */
const outcomesOf = async ({ db }: Surrounded): Promise<Map<string, unknown[]>> => {
  const rows = await db
    .selectFrom('investigation')
    .innerJoin('alert', 'alert.incident_id', 'investigation.incident_id')
    .selectAll('investigation')
    .select(['alert.source', 'alert.labels', 'alert.annotations'])
    .distinctOn('investigation.id')
    .execute()
  const found = new Map<string, unknown[]>()
  for (const { source, labels, annotations, number, kind, status, reason, analysis, answer, challenge } of rows) {
    const mark = plantIn(JSON.stringify([labels, annotations]))?.mark ?? assert.fail(JSON.stringify(labels))
    const proven = analysis && {
      ...{ by: analysis.by, verdict: analysis.verdict, confidence: analysis.confidence, urgency: analysis.urgency },
      ...{ summary: analysis.summary, cause: analysis.cause, claims: analysis.claims, proposals: analysis.proposals.length },
    }
    const said = answer && [answer.by, answer.answer, answer.claims]
    const tried = challenge && [challenge.verdict, challenge.confidence, challenge.summary]
    if (kind === 'question' && number > 3) continue
    const outcome = { source, number, kind, status, reason, proven, said, tried }
    found.set(mark, [...(found.get(mark) ?? []), outcome])
  }
  for (const outcomes of found.values()) outcomes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return found
}

/** What is tried here are words and not budgets: no text may be so long that a run ends for its money. */
const LARGE = Object.fromEntries(
  ['BUDGET', 'BUDGET_QUESTION', 'BUDGET_CHALLENGE', 'GATE'].flatMap((run) => [
    [`VIGIL_${run}_USD`, '10'],
    [`VIGIL_${run}_TOKENS_IN`, '2000000'],
    [`VIGIL_${run}_SECONDS`, '600'],
  ]),
)

const BOT = 'Alertmanager'
const plantOf = (n: number): Plant => plants[n] ?? assert.fail(`there is no plant ${n}`)

const play = async (vigil: Surrounded, plant: Plant, opened: (incident: string) => void): Promise<void> => {
  const { workspace, channel, db } = vigil
  const { text } = plant
  const us = `<@${workspace.botUserId}>`
  const incident = await alertOf(vigil, plant)
  opened(incident)
  // The question that was asked during the run is answered after it.
  await ended(vigil, incident, 2)
  const threadTs =
    (await db.selectFrom('incident').select('thread_ts').where('id', '=', incident).executeTakeFirstOrThrow()).thread_ts ?? ''
  const analysis = await until('the analysis', () => named(workspace, threadTs, 'analysis:1'), PATIENCE)
  assert.ok((await workspace.press({ user: 'ana', actionId: 'challenge', channel, ts: analysis.ts })).acked)
  await ended(vigil, incident, 3)
  const talk = await workspace.say({ channel, user: 'tom', text: `how does ${text} come about`, threadTs })
  // Whoever is mentioned in it is meant by it.
  if (!/<[@!]/.test(talk.text)) await ended(vigil, incident, 4)
  const asked = await workspace.say({ channel, user: 'ana', text: `${us} what does ${text} mean` })
  await ended(vigil, await incidentAt(vigil, asked.ts), 1)
  for (const command of ['why', 'status']) await workspace.say({ channel, user: 'ana', text: `${us} ${command}`, threadTs })
  for (const actionId of ['evidence', 'details'])
    assert.ok((await workspace.press({ user: 'ana', actionId, channel, ts: analysis.ts })).acked, actionId)
  await vigil.call('POST', `/api/v1/incidents/${incident}/resolve`, { by: text.slice(0, 50) })
  await ended(vigil, await alertOf(vigil, plant), 1)
  const post = await workspace.postAsBot({ channel, bot: BOT, attachments: [{ title: `[FIRING:1] ${text}`, text }] })
  await ended(vigil, await incidentAt(vigil, post.ts), 1)
}

let alerts = 0

const alertOf = async ({ call }: Surrounded, plant: Plant, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { mark, text } = plant
  const { status, body } = await call('POST', '/api/v1/alerts', {
    version: '4',
    status: 'firing',
    receiver: text,
    groupKey: `{}:{note="${mark}"}`,
    groupLabels: { note: text },
    alerts: [
      {
        status: 'firing',
        labels: { alertname: `Odd ${text}`, service: `shop ${text}`, severity: 'critical', note: text, [text]: 'x', ...more },
        annotations: { summary: text, description: text, runbook_url: `https://evil.example/${text}` },
        startsAt: new Date(Date.now() - 1000 * ++alerts).toISOString(),
        generatorURL: `https://evil.example/graph?g0.expr=${encodeURIComponent(`error_ratio{note="${mark}"} > 0.05`)}`,
      },
    ],
  })
  assert.equal(status, 202, JSON.stringify(body))
  return (body.accepted[0] ?? body.skipped[0]).incident
}

/** What reaches a running investigation: a person's correction, a question, another alert of the group. */
const meanwhile = async (vigil: Surrounded, plant: Plant, incident: string): Promise<void> => {
  const { db, workspace, channel } = vigil
  const threadTs = await until(
    'the thread',
    async () => (await db.selectFrom('incident').select('thread_ts').where('id', '=', incident).executeTakeFirst())?.thread_ts,
    PATIENCE,
  )
  const us = `<@${workspace.botUserId}>`
  await workspace.say({ channel, user: 'ana', text: `${us} it was ${plant.text}`, threadTs })
  await workspace.say({ channel, user: 'ana', text: `${us} how did ${plant.text} come about`, threadTs })
  assert.equal(await alertOf(vigil, plant, { another: 'one' }), incident)
  await until(
    'all of it is known',
    async () => {
      const entries = await db.selectFrom('timeline').select('type').where('incident_id', '=', incident).execute()
      return entries.filter(({ type }) => type === 'said').length === 2 && entries.some(({ type }) => type === 'joined')
    },
    PATIENCE,
  )
}

const incidentAt = ({ db }: Surrounded, ts: string): Promise<string> =>
  until(
    'an incident under the message',
    async () => (await db.selectFrom('incident').select('id').where('thread_ts', '=', ts).executeTakeFirst())?.id,
    PATIENCE,
  )

const ended = ({ db }: Surrounded, incident: string, number: number) =>
  until(
    `investigation ${number} ends`,
    async () =>
      db
        .selectFrom('investigation')
        .selectAll()
        .where('incident_id', '=', incident)
        .where('number', '=', number)
        .where('ended_at', 'is not', null)
        .executeTakeFirst(),
    { ...PATIENCE, seen: () => db.selectFrom('timeline').select(['type', 'data']).where('incident_id', '=', incident).execute() },
  )
