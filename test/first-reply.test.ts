import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { sql } from 'kysely'
import { ALERT, type AllSources, allSources, type Mode, SOURCES, type SourceName } from './sources.ts'
import { surrounded } from './surrounded.ts'
import { named, topLevel, wordsOf } from './thread.ts'
import { until } from './until.ts'
import { webhookOf } from './vigil.ts'

/** Those that a first look at an alert of a webhook asks; Alertmanager is asked what a Slack post lost, Pyroscope by the model alone. */
const ASKED = ['Prometheus', 'Loki', 'Tempo', 'Kubernetes', 'GitHub', 'Argo CD'] as const

/** What a rule finds by one source alone. */
const FOUND_BY: Partial<Record<SourceName, string>> = {
  Prometheus: 'own-expression',
  Loki: 'error-spike',
  Kubernetes: 'service-without-endpoints',
  GitHub: 'recent-deploy',
}

/** From the job's start until the brief is recorded: 2 s for the look and what a busy machine needs to store it. */
const RECORDED_MS = 2300

/** Whose posts are believed. */
const BOT = 'Alertmanager'

type Look = { readonly words: string; readonly rules: readonly string[]; readonly gaps: string; readonly sources: AllSources }

/** The whole product among all its sources. */
const scene = async (t: TestContext, modes: Partial<Record<SourceName, Mode>>) => {
  const sources = await allSources(t)
  Object.assign(sources.mode, modes)
  const vigil = await surrounded(t, {
    script: () => ({ delayMs: 20, blocks: [] }) as never,
    answer: () => undefined,
    env: { ...sources.env, VIGIL_CLAUDE_API_KEY: '', VIGIL_ALERT_BOTS: BOT },
    file: sources.file,
  })
  return { sources, vigil }
}

/** One alert to the whole product, and its first reply. */
const lookAt = async (t: TestContext, modes: Partial<Record<SourceName, Mode>>): Promise<Look> => {
  const { sources, vigil } = await scene(t, modes)
  const began = performance.now()
  const { status } = await vigil.call('POST', '/api/v1/alerts', webhookOf([ALERT], { startsAt: new Date(Date.now() - 5 * 60_000) }))
  assert.equal(status, 202)
  const first = await until('the first reply', () => topLevel(vigil.workspace).map(({ ts }) => named(vigil.workspace, ts, 'first'))[0])
  const took = performance.now() - began
  const { rows } = await sql<{ ms: number }>`
    select extract(epoch from (t.at - j.started_on)) * 1000 as ms from timeline t, pgboss.job j
    where t.type = 'briefed' and j.name = 'brief'`.execute(vigil.db)
  const ms = Number(rows[0]?.ms)
  t.diagnostic(`from POST to the first reply ${Math.round(took)} ms, of them the look ${Math.round(ms)} ms`)
  assert.ok(ms > 0 && ms < RECORDED_MS, `recorded after ${ms} ms`)
  const words = wordsOf(first)
  const [incident] = await vigil.incidents()
  const { findings } = await vigil.report(incident?.id ?? '')
  const gaps = /Could not see: .*/.exec(words)?.[0] ?? ''
  return { words, rules: findings.map(({ rule }) => rule), gaps, sources }
}

describe('the first reply stands within 3 s', { concurrency: 2 }, () => {
  test('with all sources configured and well: what each of them tells stands in it, and nothing is missing', async (t) => {
    const { rules, gaps } = await lookAt(t, {})
    assert.equal(gaps, '')
    assert.deepEqual(
      Object.values(FOUND_BY).filter((rule) => !rules.includes(rule)),
      [],
    )
  })

  for (const mode of ['hangs', 'drips', 'refuses', 'gone'] as const)
    for (const name of ASKED)
      test(`with ${name} that ${mode === 'gone' ? 'ends connections' : mode}: said in one line, and what the others tell stands in it`, async (t) => {
        const { rules, gaps } = await lookAt(t, { [name]: mode })
        const expected = { hangs: /no answer of/, drips: /no answer of/, refuses: / 503 no healthy upstream/, gone: /connection lost/ }[
          mode
        ]
        if (name === 'Argo CD' || name === 'GitHub') assert.ok(rules.includes('own-expression'))
        else assert.match(gaps, expected)
        assert.equal(gaps.split(name).length - 1 <= 1, true, gaps)
        for (const other of ASKED) if (other !== name) assert.ok(!gaps.includes(other), `${other} answered: ${gaps}`)
        const lost = Object.entries(FOUND_BY).filter(([source, rule]) => source !== name && !rules.includes(rule))
        assert.deepEqual(lost, [], gaps)
      })

  test('with all of them hanging: it says so, and claims nothing', async (t) => {
    const { words, rules, gaps } = await lookAt(t, Object.fromEntries(SOURCES.map((name) => [name, 'hangs'])))
    assert.deepEqual(rules, [])
    assert.match(words, /Nothing stands out yet for shop\/checkout/)
    assert.match(gaps, /^[^()]+ \(no answer of (?:(?:Argo CD|GitHub|Kubernetes|Loki|Prometheus|Tempo),? ){3,6}in 2 s, asking again\)$/)
  })

  test('of a post whose labels Alertmanager does not tell: the rules have what is left of the time', async (t) => {
    for (const modes of [{ Alertmanager: 'hangs' }, { Alertmanager: 'hangs', Loki: 'hangs', Prometheus: 'hangs' }] as const) {
      const { vigil } = await scene(t, modes)
      const title = '[FIRING:1] HighErrorRate checkout (shop critical)'
      const attachments = [{ title, title_link: 'http://am/#/alerts?receiver=vigil', fallback: title, text: '', color: 'danger' }]
      const began = performance.now()
      await fetch(vigil.workspace.webhookUrl('alerts', BOT), { method: 'POST', body: JSON.stringify({ attachments }) })
      const first = await until('the first reply', () => {
        const [post] = topLevel(vigil.workspace)
        return post === undefined ? undefined : named(vigil.workspace, post.ts, 'first')
      })
      const took = performance.now() - began
      const { rows } = await sql<{ ms: number; waited: number }>`
        select extract(epoch from (t.at - (select min(received_at) from inbox))) * 1000 as ms, extract(epoch from (o.at - i.started_at)) * 1000 as waited
        from incident i join timeline t on t.incident_id = i.id and t.type = 'briefed' join timeline o on o.incident_id = i.id and o.type = 'opened'`.execute(
        vigil.db,
      )
      const [ms, waited] = [Number(rows[0]?.ms), Number(rows[0]?.waited)]
      t.diagnostic(`from the post to the first reply ${Math.round(took)} ms, of them until recorded ${Math.round(ms)} ms`)
      assert.equal(rows.length, 1)
      assert.ok(waited >= 1000 && waited < 1500, `waited ${waited} ms for Alertmanager`)
      assert.ok(ms < RECORDED_MS + 400, `recorded after ${ms} ms`)
      if (!('Prometheus' in modes)) continue
      // What Alertmanager took is what the rules do not have any more, and it is said as it was.
      const [, seconds] = /no answer of (?:Loki, )?Prometheus in (\d\.?\d?) s/.exec(wordsOf(first)) ?? []
      assert.ok(Math.abs(Number(seconds) * 1000 + waited - 2400) <= 200, `waited ${waited} ms, then ${seconds} s: ${wordsOf(first)}`)
    }
  })

  test('with all of them down: it says what it could not see, a line for each cause', async (t) => {
    const { words, rules, gaps } = await lookAt(t, Object.fromEntries(SOURCES.map((name) => [name, 'gone'])))
    assert.deepEqual(rules, [])
    assert.doesNotMatch(words, /Looked at: .*(expression|logs|nodes)/)
    for (const name of ['Prometheus', 'Loki', 'Tempo', 'Kubernetes']) assert.equal(gaps.split(`${name} at`).length - 1, 1, gaps)
  })
})
