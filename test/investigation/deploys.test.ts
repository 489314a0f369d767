import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latest, timelineOf } from '../../src/incident/timeline.ts'
import { brief } from '../../src/investigation/brief.ts'
import { recordDeploys } from '../../src/investigation/deploys.ts'
import { loadRecorded } from '../../src/investigation/replay/recorded.ts'
import { rulesAgain } from '../../src/investigation/replay/rules.ts'
import { duplicateOpen } from '../../src/investigation/rules/duplicate-open.ts'
import { ownExpression } from '../../src/investigation/rules/own-expression.ts'
import { recentDeploy } from '../../src/investigation/rules/recent-deploy.ts'
import { stage, submit, turn } from './stage.ts'

const rules = [ownExpression, duplicateOpen, recentDeploy]

test('a pushed deploy 3 minutes before the onset is the first line, the first suspect and a mark, and a replay finds it again', async (t) => {
  const on = await stage(t)
  const at = new Date((on.source.brokenAt - 180) * 1000)
  const blank = { namespace: null, url: null, message: null, kind: 'deploy', cluster: null } as const
  await recordDeploys(on.context, [
    { ...blank, service: 'checkout', version: 'v2.14.0', previous: 'v2.13.4', commit: 'a39bf2c', author: 'alice', at },
    { ...blank, service: 'search', version: 'v9', previous: 'v8', commit: null, author: 'bob', at: new Date(at.getTime() + 60_000) },
  ])
  const startsAt = new Date(on.context.clock.now().getTime() - 5 * 60_000)
  const id = await on.open({ startsAt, labels: { version: 'v2' } })
  await brief(on.context, id, rules)
  await on.play([turn(submit())], { id })
  const told = latest(await timelineOf(on.context.db, id), 'briefed')?.brief ?? assert.fail('no brief')
  assert.match(told.headline, /^v2\.13\.4 → v2\.14\.0 of checkout by \S+ \(a39bf2c\) went out 3 min before the onset\.$/)
  assert.deepEqual(
    told.suspects?.map(({ object, category, weight }) => [object.name, category, weight]),
    [['checkout', 'bad_deploy', 0.75]],
  )
  assert.deepEqual(told.chart?.marks, [{ at: at.getTime() / 1000, label: 'v2.14.0' }])
  const { evidence } = await on.ended(id)
  const cited = told.findings
    .find(({ rule }) => rule === 'recent-deploy')
    ?.evidence.map((number) => evidence.find((one) => `E${one.number}` === number))
  assert.deepEqual(
    cited?.map((one) => one?.source),
    ['vigil', 'prometheus'],
  )
  assert.match(cited?.[0]?.shown ?? '', /3 min before the onset \(deploy, pushed\)\n.* of search /)

  const [recorded] = await loadRecorded(on.context.db, { last: 1 })
  assert.ok(recorded)
  const again = await rulesAgain(recorded, { rules, clock: on.context.clock, signal: new AbortController().signal })
  assert.deepEqual(
    again.map(({ rule, change }) => `${rule} ${change}`),
    rules.map(({ id: rule }) => `${rule} same`),
  )
})
