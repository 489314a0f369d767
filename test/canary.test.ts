import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import pino from 'pino'
import type { Reply } from '../src/demo/model/script.ts'
import { type Answering, surrounded } from './surrounded.ts'
import { until } from './until.ts'
import { callApi } from './vigil.ts'

/** One of each kind that a monitored system leaks, none of them real. */
const canaries = {
  aws: 'AKIACANARYCANARY1234',
  github: 'ghp_CanaryCanaryCanaryCanaryCanaryCana12',
  slack: 'xoxb-111111111111-222222222222-canarycanarycanarycanary',
  password: 'password=canary-hunter2-canary',
  url: 'postgres://shop:canary-hunter3-canary@db/shop',
} as const
const marks = ['AKIACANARYCANARY1234', 'CanaryCanaryCanary', 'canarycanarycanary', 'canary-hunter2', 'canary-hunter3']
const all = Object.values(canaries).join(' ; ')

const use = (id: string, name: string, input: unknown): Reply => ({ content: [{ type: 'tool_use', id, name, input }] })

/** It knows nothing but what it is sent. */
const script = (request: { messages: readonly unknown[]; tools?: readonly { name: string }[] | undefined }): Reply => {
  if (request.tools?.some(({ name }) => name === 'submit_answer'))
    return use('a', 'submit_answer', { answer: 'The data does not say.', claims: [] })
  if (request.messages.length === 1) return use('m', 'query_metrics', { query: 'logins{app="a"}' })
  if (request.messages.length === 3) return use('l', 'query_logs', { query: '{app="a"}' })
  if (request.messages.length === 5) return use('e', 'query_metrics', { query: 'broken{a="1"}' })
  const analysis = {
    verdict: 'inconclusive',
    summary: 'No cause is proven.',
    confidence: 20,
    urgency: 'today',
    cause: null,
    data_gaps: [],
  }
  return use('s', 'submit_analysis', analysis)
}

test('a secret in every source is in no request to the model, no Slack message, no log line, and no row but the evidence store’s own', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })
  const answer: Answering = ({ path, params }, response) => {
    const json = (data: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
    if (path.startsWith('/loki')) {
      const values = Array.from({ length: 30 }, (_, i) => [`${1_795_211_463 + i}000000000`, `try ${i}: ${all}`])
      return void json({
        status: 'success',
        data: { resultType: 'streams', result: [{ stream: { app: 'a', key: canaries.aws }, values }] },
      })
    }
    if (path.endsWith('/rules')) return void json({ status: 'success', data: { groups: [] } })
    if ((params['query'] ?? '').includes('broken'))
      return void json({ status: 'error', errorType: 'execution', error: `failed near ${all}` }, 422)
    json({ status: 'success', data: { resultType: 'vector', result: [{ metric: { key: all }, value: [1_795_211_463, '1'] }] } })
  }
  const { workspace, channel, model, db, url } = await surrounded(t, { script, answer, overrides: { log } })
  const ended = (count: number) =>
    until(
      'investigations end',
      async () => (await db.selectFrom('investigation').select('id').where('ended_at', 'is not', null).execute()).length >= count,
    )

  const alert = {
    status: 'firing',
    labels: { alertname: 'Leak', service: 'checkout', note: all },
    annotations: { summary: `see ${all}`, runbook_url: canaries.url },
    startsAt: new Date().toISOString(),
    generatorURL: '',
  }
  const { status } = await callApi(url, {
    method: 'POST',
    path: '/api/v1/alerts',
    body: { version: '4', status: 'firing', receiver: 'vigil', groupKey: 'g', groupLabels: {}, alerts: [alert] },
  })
  assert.equal(status, 202)
  await ended(1)
  await until('an analysis', () =>
    (workspace.state.channels.get(channel)?.messages ?? []).some((message) => JSON.stringify(message).includes('No proven cause')),
  )
  const [incident] = await db.selectFrom('incident').selectAll().execute()
  await workspace.say({ channel, user: 'ana', text: `@vigil could it be ${all} that leaked here?`, threadTs: incident!.thread_ts! })
  await workspace.say({ channel, user: 'ana', text: `@vigil why does ${all} not work?` })
  await ended(3)

  const told = (workspace.state.channels.get(channel)?.messages ?? []).filter(
    (message) => !message.text.startsWith('<@') && JSON.stringify(message.blocks ?? []) !== '[]',
  )
  const places: Record<string, string> = {
    'requests to the model': model.requests.map(({ text }) => text).join('\n'),
    'Slack messages': JSON.stringify(told),
    'log lines': lines.join('\n'),
  }
  const { rows: tables } = await sql<{
    name: string
  }>`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db)
  for (const { name } of tables) {
    if (OWN_RULES.includes(name)) continue
    const { rows } = await sql<{ row: Record<string, unknown> }>`select to_jsonb(t) as row from ${sql.table(name)} t`.execute(db)
    places[`table ${name}`] = JSON.stringify(rows.map(({ row }) => kept(name, row)))
  }
  assert.ok((places['requests to the model'] ?? '').includes('[redacted:'))
  for (const [place, text] of Object.entries(places))
    for (const mark of marks) assert.equal(text.includes(mark), false, `${mark} in ${place}: ${around(text, mark)}`)
})

/** The alert as it came, what Slack sent, and the answers of data sources: what receipts, fingerprints and buttons are computed from. */
const OWN_RULES = ['alert', 'inbox', 'post']

const kept = (table: string, row: Record<string, unknown>): unknown => {
  if (table === 'evidence') return { ...row, output: null, query: null }
  // By these alerts are joined: they are made of labels, and compared to the byte.
  if (table === 'incident') return { ...row, notice_key: null, group_subject: null, group_key: null, join_key: null }
  // The opened entry is the alert as it came, for the audit.
  if (table === 'timeline' && row['type'] === 'opened') return null
  return row
}

const around = (text: string, mark: string): string => text.slice(Math.max(0, text.indexOf(mark) - 150), text.indexOf(mark) + 60)
