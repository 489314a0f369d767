import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Alert } from '../../../src/alert/alert.ts'
import type { Route } from '../../../src/investigation/rules/rule.ts'
import { teamRouting } from '../../../src/investigation/rules/team-routing.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const route: Route = { number: 2, match: ['team="payments"'], channel: 'C0PAY' }
const input = (labels: Record<string, string>, to: Route | null) => ruleInput({ route: to, alert: { labels } as unknown as Alert })

ruleContract(teamRouting, { found: input({ team: 'payments' }, route), nothing: input({}, null) })

const said = async (labels: Record<string, string>, to: Route | null) =>
  (await evaluate(teamRouting, input(labels, to))).findings[0]?.summary

test('the routing decision is a finding that says why', async () => {
  assert.equal(
    await said({ team: 'payments' }, route),
    'It belongs to payments (team="payments"); route 2 (team="payments") sends it to C0PAY.',
  )
  assert.equal(await said({ owner: 'ana' }, null), 'It belongs to ana (owner="ana").')
})
