import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routeOf, type Weighed } from '../../src/remediation/confidence.ts'
import { ROLLBACK, stage } from './stage.ts'

/** Everything that the protocol asks for. */
const safe: Weighed = {
  enabled: true,
  confidence: 95,
  runbookMatch: 90,
  risk: 'LOW',
  edges: [],
  signalsAgree: true,
  limit: null,
  thresholds: { confidence: 90, runbookMatch: 85 },
  hasApprovers: true,
}

test('it is automatic where everything that the protocol asks for holds, also just above both thresholds', () => {
  for (const over of [{}, { confidence: 90.01, runbookMatch: 85.01 }, { confidence: 100, runbookMatch: 100 }, { hasApprovers: false }])
    assert.deepEqual(routeOf({ ...safe, ...over }), { route: 'automatic', reasons: ['everything that the protocol asks for holds'] })
})

const UNSAFE: readonly (readonly [string, { readonly [K in keyof Weighed]?: unknown }, RegExp])[] = [
  ['confidence exactly 90', { confidence: 90 }, /^confidence 90 is not above 90$/],
  ['confidence that only rounds to more', { confidence: 89.99 }, /^confidence 90 is not above 90$/],
  ['no confidence', { confidence: null }, /^confidence is not known$/],
  ['confidence undefined', { confidence: undefined }, /^confidence is not known$/],
  ['confidence NaN', { confidence: Number.NaN }, /^confidence is not known$/],
  ['confidence infinite', { confidence: Number.POSITIVE_INFINITY }, /^confidence is not known$/],
  ['confidence 101', { confidence: 101 }, /^confidence is not known$/],
  ['confidence as a text', { confidence: '99' }, /^confidence is not known$/],
  ['confidence of 0 to 1', { confidence: 0.99 }, /^confidence 1 is not above 90$/],
  ['negative confidence', { confidence: -95 }, /not above 90$/],
  ['match exactly 85', { runbookMatch: 85 }, /^runbook match 85 is not above 85$/],
  ['no runbook', { runbookMatch: null }, /^no runbook matches$/],
  ['match NaN', { runbookMatch: Number.NaN }, /^runbook match is not known$/],
  ['match 101', { runbookMatch: 101 }, /^runbook match is not known$/],
  ['risk MEDIUM', { risk: 'MEDIUM' }, /^risk is MEDIUM$/],
  ['risk HIGH', { risk: 'HIGH' }, /^risk is HIGH$/],
  ['risk **HIGH**', { risk: '**HIGH**' }, /^risk is not known$/],
  ['risk high', { risk: 'high' }, /^risk is not known$/],
  ['risk low, in small letters', { risk: 'low' }, /^risk is not known$/],
  ['risk " LOW"', { risk: ' LOW' }, /^risk is not known$/],
  ['risk LOW/HIGH', { risk: 'LOW/HIGH' }, /^risk is not known$/],
  ['no risk', { risk: null }, /^risk is not known$/],
  ['risk undefined', { risk: undefined }, /^risk is not known$/],
  ['an edge case', { edges: ['it holds data'] }, /^it holds data$/],
  ['rules that do not agree', { signalsAgree: false }, /^the rules alone do not point at the same thing$/],
  ['a limit', { limit: 'cool-down: …' }, /^cool-down/],
  ['an entry without leave', { enabled: false }, /^its entry does not allow it without a press$/],
]

for (const [what, over, reason] of UNSAFE)
  test(`it is never automatic with ${what}, and that is the one reason named`, () => {
    const asked = { ...safe, ...over } as Weighed
    const { route, reasons } = routeOf(asked)
    assert.equal(route, 'approval')
    assert.equal(reasons.length, 1)
    assert.match(reasons[0] ?? '', reason)
    assert.equal(routeOf({ ...asked, hasApprovers: false }).route, 'escalate')
  })

test('every reason is named, not the first alone', () => {
  const { reasons } = routeOf({ ...safe, enabled: false, confidence: 50, risk: 'HIGH', edges: ['novel', 'partial'], limit: 'frozen' })
  assert.equal(reasons.length, 6)
})

const AUTOMATIC = { actions: [{ kind: 'rollback_workload', automatic: true }] }

test('through the rooms nothing runs without a press while no runbook exists, however sure everybody is', async (t) => {
  const { propose, entries, cluster, context } = await stage(t, { ...AUTOMATIC, remediation: { confidence: 0, runbook_match: 0 } })
  const [card] = await propose(ROLLBACK)
  assert.equal(card?.status, 'awaiting_approval')
  assert.ok(!(await entries()).includes('action_approved'))
  assert.equal((await context.db.selectFrom('approval').selectAll().execute()).length, 0)
  assert.equal(cluster.ledger.length, 0)
})

test('what the model claims of itself counts for nothing: the capped confidence is what is weighed', async (t) => {
  const claimed = { confidence: 40, model_confidence: 99, confidence_why: 'two receipts failed' }
  const { context, propose } = await stage(t, { ...AUTOMATIC, analysis: claimed })
  const [card] = await propose(ROLLBACK)
  assert.equal(card?.status, 'awaiting_approval')
  const entry = await context.db.selectFrom('timeline').select('data').where('type', '=', 'action_proposed').executeTakeFirstOrThrow()
  const reasons = (entry.data as unknown as { reasons: string[] }).reasons
  assert.ok(reasons.includes('confidence 40 is not above 90'), reasons.join('; '))
  assert.ok(reasons.includes('confidence is below 60'))
})
