import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../src/context.ts'
import { prometheus } from '../../../src/datasources/prometheus.ts'
import type { RuleInput } from '../../../src/investigation/rules/rule.ts'
import { saturation } from '../../../src/investigation/rules/saturation.ts'
import { evaluate, ruleContract, ruleInput } from '../../contracts/rule.ts'

const NOW_S = Date.parse('2026-11-20T22:00:00Z') / 1000

type Values = Readonly<Record<string, number>>

/** Metrics of checkout by name, now and before the onset. */
const input = (now: Values, before: Values): Omit<RuleInput, 'cite'> => {
  const result = Object.entries(now).map(([name, value]) => ({
    metric: { __name__: name, service: 'checkout' },
    values: [...(before[name] === undefined ? [] : [[NOW_S - 1200, String(before[name])]]), [NOW_S, String(value)]],
  }))
  const fetch = (async () => Response.json({ data: { resultType: 'matrix', result } })) as unknown as typeof globalThis.fetch
  return ruleInput({ sources: { prometheus: prometheus({ endpoint: 'http://prometheus', fetch, clock: systemClock }) } })
}

const pool = (active: number, max: number): Values => ({ hikaricp_connections_active: active, hikaricp_connections_max: max })

ruleContract(saturation, { found: input(pool(10, 10), pool(3, 10)), nothing: input(pool(3, 10), pool(3, 10)) })

const said = async (now: Values, before: Values) => (await evaluate(saturation, input(now, before))).findings[0]

test('a pool at its limit that was not is named, whatever its metrics are called', async () => {
  assert.equal(
    (await said(pool(10, 10), pool(3, 10)))?.summary,
    'checkout is at its limit: hikaricp_connections_active 10 of 10 (100 %), 30 % ten minutes before the onset.',
  )
  const files = await said({ process_open_fds: 1020, process_max_fds: 1024 }, { process_open_fds: 90, process_max_fds: 1024 })
  assert.match(files?.summary ?? '', /process_open_fds 1,020 of 1,024/)
})

test('one that was as full before, one without a maximum, and a limit of one accuse nobody', async () => {
  assert.equal(await said(pool(10, 10), pool(9, 10)), undefined)
  assert.equal(await said({ queue_length: 900 }, { queue_length: 1 }), undefined)
  assert.equal(await said(pool(1, 1), pool(0, 1)), undefined)
})
