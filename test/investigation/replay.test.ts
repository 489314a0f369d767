import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { systemClock } from '../../src/context.ts'
import { systemPrompt } from '../../src/investigation/prompt.ts'
import { checkAnalysis } from '../../src/investigation/receipts/check.ts'
import { compare } from '../../src/investigation/replay/compare.ts'
import { redactedRecord } from '../../src/investigation/replay/file.ts'
import { loadRecorded, type Recorded } from '../../src/investigation/replay/recorded.ts'
import { rerun, type Trial } from '../../src/investigation/replay/rerun.ts'
import { tools } from '../../src/investigation/tools/index.ts'
import { createRedactor } from '../../src/text/redact.ts'
import { metrics, type Stage, stage, submit, turn, use } from './stage.ts'

const same = (text: string): string => text

const cause = (value: number) => ({
  text: `v2 fails with a ratio of ${value}`,
  object: { kind: 'Service', name: 'checkout' },
  category: 'bad_deploy',
  receipts: [{ evidence: 'E1', series: { version: 'v2' }, statistic: 'last', value }],
})

const found = submit({ verdict: 'action_required', summary: 'v2 fails.', confidence: 80, cause: cause(0.25) })

/** Two stored investigations: one that found a cause in metrics and logs, and one that found none. */
const recordTwo = async (t: TestContext): Promise<{ on: Stage; all: Recorded[] }> => {
  const on = await stage(t)
  const asks = turn(metrics('error_ratio{service="checkout"}', 'm'), use('l', 'query_logs', { query: '{service="checkout"}' }))
  await on.play([asks, turn(found)])
  await on.play([asks, turn(submit())])
  return { on, all: await loadRecorded(on.context.db, { last: 10 }) }
}

const judged = async (on: Stage, all: readonly Recorded[], trial: Trial) =>
  Promise.all(all.map(async (one) => compare(one, await rerun(on.context, one, trial, same))))

test('what is stored says the same when nothing is changed: checked again, and run again with the model that answers the same', async (t) => {
  const { on, all } = await recordTwo(t)
  assert.equal(all.length, 2)
  assert.deepEqual(
    (await judged(on, all, {})).map((one) => one.judged),
    ['same', 'same'],
  )
  const model = on.context.models.main ?? assert.fail()
  on.server.script((request) =>
    request.messages.length === 1
      ? turn(metrics('error_ratio{service="checkout"}', 'm'), use('l', 'query_logs', { query: '{service="checkout"}' }))
      : turn({ ...found, id: `s${Math.random()}` } as typeof found),
  )
  const asked = on.source.asked.length
  const again = await rerun(on.context, all.find((one) => one.ended.analysis.cause !== null) ?? assert.fail(), { model }, same)
  assert.equal(again.analysis.cause?.text, 'v2 fails with a ratio of 0.25')
  assert.deepEqual(again.missed, [])
  assert.equal(on.source.asked.length, asked, 'no data source is asked')
})

test('a broken check and a broken tool are regressions; of one that was rated bad it may be better', async (t) => {
  const { on, all } = await recordTwo(t)
  const broken: Trial = { check: (submitted, _evidence, given) => checkAnalysis(submitted, [], given) }
  const withCause = all.filter((one) => one.ended.analysis.cause !== null)
  const [lost] = await judged(on, withCause, broken)
  assert.equal(lost?.judged, 'regression')
  assert.ok(lost?.changes.some((change) => change.startsWith('cause: v2 fails')))
  const [rated] = await judged(
    on,
    withCause.map((one) => ({ ...one, rating: 'bad' as const })),
    broken,
  )
  assert.equal(rated?.judged, 'better')

  const model = on.context.models.main ?? assert.fail()
  on.server.script((request) =>
    request.messages.length === 1
      ? turn(metrics('error_ratio{service="checkout"}', 'm'))
      : turn({ ...found, id: `s${Math.random()}` } as typeof found),
  )
  const empty = tools.map((tool) => ({
    ...tool,
    run: async (...given: Parameters<typeof tool.run>) => {
      const answer = await tool.run(...given)
      return answer.ok ? { ...answer, cited: { ...answer.cited, output: { kind: 'series' as const, series: [] } } } : answer
    },
  }))
  const [tool] = await judged(on, withCause, { model, tools: empty })
  assert.equal(tool?.judged, 'regression')
  const [whole] = await judged(on, withCause, { model, tools })
  assert.equal(
    whole?.changes.some((change) => change.startsWith('cause')),
    false,
    'the tools as they are give the same',
  )
})

test('a changed prompt is sent anew: a model that answers otherwise without a marker is seen to', async (t) => {
  const { on, all } = await recordTwo(t)
  const one = all.find(({ ended }) => ended.analysis.cause !== null) ?? assert.fail()
  const model = on.context.models.main ?? assert.fail()
  on.server.script((request) => {
    const hasMarker = JSON.stringify(request.system).includes('First, do no harm')
    if (request.messages.length === 1) return turn(metrics(hasMarker ? 'error_ratio{service="checkout"}' : 'never_asked{a="b"}', 'm'))
    return turn(hasMarker ? ({ ...found, id: `s${Math.random()}` } as typeof found) : submit())
  })
  const before = await rerun(on.context, one, { model, system: systemPrompt }, same)
  assert.notEqual(before.analysis.cause, null)
  const after = await rerun(on.context, one, { model, system: systemPrompt.replace('First, do no harm', '') }, same)
  assert.equal(after.analysis.cause, null)
  assert.equal(after.missed.length, 1)
  assert.equal(compare(one, after).judged, 'regression')
})

test('an export holds nothing that a model would not be sent, and is replayed from its file by the command line', async (t) => {
  const on = await stage(t)
  await on.play([turn(metrics('error_ratio{service="checkout"}', 'm')), turn(found)], {
    id: await on.open({ annotations: { note: 'ask ana.secret@example.com, password=hunter2hunter2' } }),
  })
  const [one] = await loadRecorded(on.context.db, { last: 1 })
  assert.ok(one !== undefined)
  assert.match(JSON.stringify(one), /ana\.secret@example\.com/)
  const clean = redactedRecord(one, createRedactor({ key: one.incident.id }).redact)
  assert.doesNotMatch(JSON.stringify(clean), /ana\.secret|hunter2/)

  const file = join(tmpdir(), `vigil-replay-${process.pid}.json`)
  writeFileSync(file, JSON.stringify([clean]))
  const printed: string[] = []
  const noted: string[] = []
  const run = (...words: string[]) =>
    runCommandLine(words, {
      env: { VIGIL_CONFIG: '/dev/null' },
      clock: systemClock,
      fetch,
      version: 'test',
      print: (text) => printed.push(text),
      note: (text) => noted.push(text),
      onStop: () => undefined,
      onStray: () => undefined,
    })
  assert.equal(await run('replay', '--file', file), 0)
  assert.match(
    printed[0] ?? '',
    /^same +INC-1 \S+ in \S+\n[\s\S]*1 replayed: 1 same, 0 changed, 0 rated bad and different now, 0 regressions$/,
  )
  writeFileSync(file, JSON.stringify([{ ...clean, evidence: [] }]))
  assert.equal(await run('replay', '--file', file, '--json'), 1)
  assert.equal(JSON.parse(printed[1] ?? '')[0].judged, 'regression')
  assert.equal(await run('replay', '--file', '/nowhere'), 2)
  assert.equal(await run('replay', '--file', file, '--prompt', file), 2)
  assert.match(noted.join('\n'), /\/nowhere cannot be read[\s\S]*There is no model main/)
  assert.ok(readFileSync(file, 'utf8').length > 0)
})
