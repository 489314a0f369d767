import assert from 'node:assert/strict'
import type { Alert } from '../../../src/alert/alert.ts'
import { systemClock } from '../../../src/context.ts'
import type { RuleInput, Surroundings } from '../../../src/investigation/rules/rule.ts'
import type { Series } from '../../../src/series/series.ts'
import type { CallGraph } from '../../../src/traces/call-graph.ts'
import { ruleInput } from '../../contracts/rule.ts'
import { inMemory } from '../../datasources/samples-wire.ts'
import { END, GRAPH, ONSET } from '../../series/shop.ts'

export const shopAlert = (labels: Record<string, string>): Alert =>
  ({ labels: { alertname: 'SlowWeb', ...labels }, expression: 'latency_seconds{service="web"} > 0.2' }) as unknown as Alert

/** Nothing around it but who calls whom. */
export const aroundOf = (callGraph: () => Promise<CallGraph>): Surroundings => ({ ...ruleInput().surroundings, callGraph })

/** What rules are given of an alert about the slow web of the shop. */
export const inputOf = (series: readonly Series[], over: Partial<RuleInput> = {}): Omit<RuleInput, 'cite'> =>
  ruleInput({
    alert: shopAlert({ namespace: 'shop', service: 'web' }),
    subject: 'web',
    onset: new Date(ONSET * 1000),
    clock: { ...systemClock, now: () => new Date(END * 1000) },
    sources: { prometheus: inMemory(series) },
    surroundings: aroundOf(async () => GRAPH),
    ...over,
  })

/** Every number of a summary stands in what is shown. */
export const standsIn = (summary: string, shown: string): void => {
  for (const number of summary.match(/\d[\d.,:]*\d|\d/g) ?? [])
    assert.ok(shown.includes(number), `${number} of: ${summary}\nnot in: ${shown}`)
}
