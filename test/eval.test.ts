import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cases } from '../eval/cases/index.ts'
import { type Asked, evaluate, type Row } from '../eval/main.ts'
import { checkAnalysis } from '../src/investigation/receipts/check.ts'
import { rules } from '../src/investigation/rules/index.ts'
import { command } from './cli/process.ts'

test('every recorded incident is found by what its data says, and replayed from its recording without a difference', async (t) => {
  assert.ok(cases.length >= 20)
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-eval-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'recorded.json.gz')
  const { status, out, err } = await command(['eval', '--record', file, '--json'])
  assert.equal(status, 0, out + err)
  assert.deepEqual(
    (JSON.parse(out) as Row[]).map(({ name, right, unsupported, rules: silent }) => ({ name, right, unsupported, silent })),
    cases.map(({ name, lies = [] }) => ({ name, right: true, unsupported: lies.length, silent: [] })),
    'every lie is set apart, and everything else is shown',
  )
  const again = await command(['replay', '--file', file])
  assert.equal(again.status, 0)
  assert.match(again.out, new RegExp(`\n${cases.length} replayed: ${cases.length} same, 0 changed,.* 0 regressions$`), again.out)
})

test('the rules alone see each recorded incident as it was', async () => {
  const { status, out } = await command(['eval', '--rules-only'])
  assert.equal(status, 0, out)
  assert.match(out, new RegExp(`\nrules: ${cases.length} of ${cases.length} right$`))
})

const faultsOf = async (asked: Asked): Promise<string> => {
  const { rows, passed } = await evaluate(asked)
  assert.equal(passed, false)
  return rows.flatMap(({ rules: silent, faults, invented }) => [...silent, ...faults, ...invented]).join('\n')
}

test('a broken tool, a check that believes and a broken rule are seen', async () => {
  const blind: Asked['tools'] = (tools) =>
    tools.map((tool) => ({
      ...tool,
      run: async (input, context) => {
        const answer = await tool.run(input, context)
        return answer.ok && tool.name === 'query_logs' ? { ...answer, cited: { ...answer.cited, shown: 'nothing' } } : answer
      },
    }))
  assert.match(await faultsOf({ names: ['dns'], tools: blind }), /names no cause/)
  assert.match(
    await faultsOf({ names: ['dns'], check: (submitted, _evidence, given) => checkAnalysis(submitted, [], given) }),
    /names no cause/,
  )
  const believing: Asked['check'] = (submitted, evidence, given) => {
    const checked = checkAnalysis(submitted, evidence, given)
    return { analysis: { ...checked.analysis, claims: submitted.claims, unsupported: [] }, failures: [] }
  }
  assert.match(await faultsOf({ names: ['bad-deploy'], check: believing }), /shows what has no proof: The error rate/)
  const late = rules.map((rule) =>
    rule.id === 'own-expression'
      ? { ...rule, evaluate: (input: Parameters<typeof rule.evaluate>[0]) => rule.evaluate({ ...input, own: null }) }
      : rule,
  )
  assert.match(
    await faultsOf({ names: ['feature-flag'], rules: late, rulesOnly: true }),
    /nothing is found about the alert's own expression/,
  )
})

test('a case that does not exist is named with those that do', async () => {
  const { status, err } = await command(['eval', '--cases', 'nope, dns'])
  assert.equal(status, 2)
  assert.match(err, /There is no case nope\. There are: bad-deploy/)
})
