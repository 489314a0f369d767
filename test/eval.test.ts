import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cases } from '../eval/cases/index.ts'
import { evaluate } from '../eval/main.ts'
import { runCase, runRules } from '../eval/run.ts'
import { ownState } from '../src/investigation/own-state.ts'
import { checkAnalysis } from '../src/investigation/receipts/check.ts'

const named = (name: string) => cases.find((one) => one.name === name) ?? assert.fail(`there is no case ${name}`)

test('every recorded incident is found by what its data says, and the rules see each as it was', async () => {
  assert.ok(cases.length >= 20)
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  const { rows, passed } = await evaluate({ rulesOnly: false })
  assert.deepEqual(
    rows.filter((row) => row.right !== true || row.rules.length > 0 || row.unsupported > 0),
    [],
  )
  assert.equal(passed, true)
})

test('a broken tool, a broken check and a broken rule are seen', async () => {
  const blind = await runCase(named('dns'), {
    tools: (tools) =>
      tools.map((tool) =>
        tool.name !== 'query_logs'
          ? tool
          : {
              ...tool,
              run: async (input, context) => {
                const answer = await tool.run(input, context)
                return answer.ok ? { ...answer, cited: { ...answer.cited, shown: 'nothing' } } : answer
              },
            },
      ),
  })
  assert.equal(blind.score.right, false)
  assert.ok(blind.score.faults.some((fault) => fault.startsWith('names no cause')))
  const strict = await runCase(named('dns'), { check: (submitted, _evidence, given) => checkAnalysis(submitted, [], given) })
  assert.equal(strict.score.right, false)
  assert.ok(strict.score.unsupported > 0)
  const late = await runRules(named('feature-flag'), {
    own: async (asked) => {
      const found = await ownState(asked)
      return found === null ? null : { ...found, onset: asked.alert.starts_at }
    },
  })
  assert.deepEqual(late.faults, ['began 25.0 min ago, expected 31'])
})

test('a case that does not exist is named with those that do', async () => {
  await assert.rejects(evaluate({ names: ['nope'], rulesOnly: true }), /There is no case nope\. There are: bad-deploy/)
})
