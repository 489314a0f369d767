import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Analysis } from '../../src/investigation/analysis.ts'
import { routeOf } from '../../src/remediation/confidence.ts'
import { agrees, type Case, edgesOf } from '../../src/remediation/edges.ts'

const object = { kind: 'Deployment', namespace: 'shop', name: 'mail' }
const suspect = { object, category: 'bad_deploy', confidence: 'high' }

const analysis = {
  urgency: 'today',
  confidence: 95,
  cause: { text: '1.4.0 of mail', object, category: 'bad_deploy', receipts: [] },
  chain: [],
  partial: false,
} as unknown as Analysis

/** Nothing of it is a case for a person. */
const plain: Case = {
  incident: { severity: 'warning', subject: 'mail' },
  brief: { suspects: [suspect] } as unknown as NonNullable<Case['brief']>,
  analysis,
  target: object,
  runbookMatch: 90,
  failures: 0,
}

const cause = (over: object) => ({ analysis: { ...analysis, cause: { ...analysis.cause, ...over } } as Analysis })
const suspected = (over: object) => ({ brief: { suspects: [{ ...suspect, ...over }] } as unknown as NonNullable<Case['brief']> })

const CASES: readonly (readonly [string, Partial<Case>, readonly RegExp[]])[] = [
  ['no runbook', { runbookMatch: null }, [/^novel/]],
  ['a runbook below 50', { runbookMatch: 49.9 }, [/^novel/]],
  ['a runbook that matches by no number', { runbookMatch: Number.NaN }, [/^novel/]],
  ['no rule that suspects anything', { brief: undefined }, [/^conflicting evidence/]],
  ['another first suspect', suspected({ object: { ...object, name: 'web' } }), [/^conflicting evidence/]],
  ['a suspect of the same name elsewhere', suspected({ object: { ...object, namespace: 'test' } }), [/^conflicting evidence/]],
  ['a suspect that is only likely', suspected({ confidence: 'medium' }), [/^conflicting evidence/]],
  ['another target than the cause', { target: { ...object, name: 'web' } }, [/^it acts on something else/]],
  ['a target of the same name elsewhere', { target: { ...object, namespace: 'test' } }, [/^it acts on something else/]],
  ['urgency now', { analysis: { ...analysis, urgency: 'now' } }, [/^high blast radius: it cannot wait/]],
  ['a payment path', { incident: { severity: 'warning', subject: 'payments' } }, [/^high blast radius: payment/]],
  ['a set with volumes', { target: { ...object, kind: 'StatefulSet' } }, [/^it holds data/]],
  ['a store by its name', { incident: { severity: 'warning', subject: 'redis' } }, [/^it holds data/]],
  ['a cause of no kind', cause({ category: 'unknown' }), [/^the cause is ambiguous/]],
  ['a third failure', { failures: 3 }, [/^more than two attempts failed/]],
  ['a cascade', { analysis: { ...analysis, chain: [1, 2, 3] as unknown as Analysis['chain'] } }, [/^a cascade/]],
  ['confidence below 60', { analysis: { ...analysis, confidence: 59.9 } }, [/^confidence is below 60/]],
  ['confidence that is no number', { analysis: { ...analysis, confidence: Number.NaN } }, [/^confidence is below 60/]],
  ['a partial analysis', { analysis: { ...analysis, partial: true } }, [/^the analysis is partial/]],
  ['a critical alert', { incident: { severity: 'critical', subject: 'mail' } }, [/^critical/]],
  ['no cause', { analysis: { ...analysis, cause: null } }, [/^conflicting evidence/, /^the cause is ambiguous/]],
]

test('each case for a person is one by itself, and where there is none nothing keeps it from being automatic', () => {
  assert.deepEqual(edgesOf(plain), [])
  assert.deepEqual(edgesOf({ ...plain, failures: 2, analysis: { ...analysis, chain: [1, 2] as unknown as Analysis['chain'] } }), [])
  assert.deepEqual(edgesOf({ ...plain, target: { kind: 'Pod', namespace: 'shop', name: 'mail-5b7d8f6c94-x7k2p' } }), [], 'a pod of it')
  for (const [what, over, expected] of CASES) {
    const edges = edgesOf({ ...plain, ...over })
    assert.equal(edges.length, expected.length, `${what}: ${edges.join('; ')}`)
    for (const [i, one] of expected.entries()) assert.match(edges[i] ?? '', one, what)
    const weighed = { enabled: true, confidence: 95, runbookMatch: 90, risk: 'LOW', signalsAgree: true, limit: null, hasApprovers: true }
    assert.equal(routeOf({ ...weighed, edges, thresholds: { confidence: 90, runbookMatch: 85 } }).route, 'approval', what)
  }
  assert.equal(agrees(plain.brief, analysis), true)
})
