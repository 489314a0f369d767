import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { subjectOf } from '../../src/alert/subject.ts'
import { type Clock, type Context, systemClock } from '../../src/context.ts'
import { kubernetes } from '../../src/datasources/kubernetes.ts'
import type { Incident, StoredAlert } from '../../src/db/schema.ts'
import { evaluateAll, numbered } from '../../src/investigation/evaluate.ts'
import { rules } from '../../src/investigation/rules/index.ts'
import { suspectsOf } from '../../src/investigation/suspects.ts'
import { testContext } from '../context.ts'
import { kubeApi } from './api.ts'
import type { FaultCase } from './faults/case.ts'
import { all as first } from './faults/index.ts'
import { all as second } from './faults2/index.ts'
import { score } from './score.ts'

/** What the rules say of a case, with nothing but a Kubernetes API at the wire. */
const look = async (t: TestContext, made: Context, { now, alert, objects, logs }: FaultCase) => {
  const text = Object.entries(logs).flatMap(([key, { current, previous }]) => [
    [key, current.join('\n')] as const,
    [`${key} previous`, previous.join('\n')] as const,
  ])
  const api = await kubeApi(t, { objects, logs: Object.fromEntries(text) })
  const clock: Clock = { ...systemClock, now: () => new Date(now) }
  const sources = { kubernetes: kubernetes({ endpoint: api.url }, { fetch, clock }) }
  const { labels } = alert
  const startsAt = new Date(alert.startsAt)
  const incident = { id: 'i', cluster: 'default', alertname: labels['alertname'], subject: subjectOf(made.config, labels) } as Incident
  const stored = { labels, annotations: {}, source: 'alertmanager', status: 'firing', starts_at: startsAt } as unknown as StoredAlert
  const context: Context = { ...made, clock, sources: () => sources }
  const given = { incident, alert: stored, own: null, similar: [], deploys: [], redact: (words: string) => words, ms: 10_000 }
  const results = await evaluateAll(context, rules, { ...given, onset: new Date(startsAt.getTime() - alert.for * 1000) })
  const { findings } = numbered(0, results)
  return suspectsOf(findings).map(({ object: { kind, name, namespace }, why }) => ({
    object: namespace === undefined ? { kind, name } : { kind, name, namespace },
    summary: why,
  }))
}

const sets = [
  { name: 'the first set, whose misses taught the rules something', all: first, least: { faults: 120, healthy: 30 } },
  { name: 'the second, which nobody has mended anything by', all: second, least: { faults: 60, healthy: 12 } },
]

for (const { name, all, least } of sets)
  test(`of faults written by who had not seen the rules the exact object and cause is named, and healthy clusters accuse nobody: ${name}`, async (t) => {
    const { context, close } = await testContext()
    t.after(close)
    const { exactShare, rightShare, accused, faults, healthy } = await score(all, (one) => look(t, context, one))
    assert.ok(faults >= least.faults && healthy >= least.healthy)
    assert.ok(exactShare >= 0.85, `exact ${exactShare}`)
    assert.ok(rightShare >= 0.95, `right of those named ${rightShare}`)
    assert.equal(accused, 0)
  })
