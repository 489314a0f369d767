import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dependencyCascade } from '../../../src/investigation/rules/dependency-cascade.ts'
import { evaluate, ruleContract } from '../../contracts/rule.ts'
import { SLOW_ORDERS, shop } from '../../series/shop.ts'
import { inputOf, standsIn } from './shop-input.ts'

const slow = shop({ faults: SLOW_ORDERS })

ruleContract(dependencyCascade, { found: inputOf(slow), nothing: inputOf(shop()) })

test('the cascade leads from the alert to the deepest, and explains all above it', async () => {
  const { findings, cited } = await evaluate(dependencyCascade, inputOf(slow))
  const [finding] = findings
  assert.match(
    finding?.summary ?? '',
    /^web → checkout → orders: orders is the deepest that left its past, latency_seconds .+; nothing that it calls/,
  )
  assert.deepEqual(
    finding?.explains?.map(({ name }) => name),
    ['web', 'checkout'],
  )
  assert.equal(finding?.weight, 0.3)
  assert.deepEqual(
    cited.map(({ source }) => source),
    ['vigil', 'prometheus'],
  )
  assert.equal(cited[0]?.shown, 'web → checkout\ncheckout → orders')
  standsIn(finding?.summary ?? '', cited.map(({ shown }) => shown).join('\n'))
})

test('an alert whose service is not known has no cascade', async () => {
  assert.deepEqual((await evaluate(dependencyCascade, inputOf(slow, { subject: null }))).findings, [])
})
