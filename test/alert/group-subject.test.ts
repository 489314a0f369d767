import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commonLabels, groupStem, groupSubject, hasStem, normalSubject, stemOfKey } from '../../src/alert/group-subject.ts'

const labels = {
  alertname: 'HighErrorRate',
  cluster: 'demo',
  env: 'test',
  instance: '127.0.0.1:19100',
  job: 'checkout',
  route: '/pay',
  service: 'checkout',
  severity: 'critical',
  team: 'payments',
}

test('renders the titles that Alertmanager 0.25 made, with two group labels, one, none and all of them', () => {
  // The first two were recorded from a real one.
  assert.equal(
    groupSubject({ alertname: 'HighErrorRate', service: 'checkout' }, labels),
    'HighErrorRate checkout (demo test 127.0.0.1:19100 checkout /pay critical payments)',
  )
  assert.equal(groupSubject({ alertname: 'Manual' }, { alertname: 'Manual', severity: 'warning' }), 'Manual (warning)')
  assert.equal(groupSubject({}, { alertname: 'Manual', severity: 'warning' }), '(Manual warning)')
  // group_by ['...']: nothing is left for the parentheses.
  assert.equal(groupSubject(labels, labels), 'HighErrorRate demo test 127.0.0.1:19100 checkout /pay checkout critical payments')
  assert.equal(groupSubject({}, {}), '')
})

test('puts alertname first and the others in the order of their names, in both halves', () => {
  assert.equal(groupSubject({ zone: 'z', alertname: 'A', az: 'y' }, { zone: 'z', alertname: 'A', az: 'y', b: '2', a: '1' }), 'A y z (1 2)')
  assert.equal(groupSubject({ team: 't' }, { team: 't', severity: 's', alertname: 'A' }), 't (A s)')
})

test('a label that every object has, such as constructor, is a label like others', () => {
  assert.equal(groupSubject({ alertname: 'A' }, { alertname: 'A', constructor: 'x', toString: 'y' } as never), 'A (x y)')
})

test('of several alerts only what all share stands in the line', () => {
  assert.deepEqual(commonLabels([{ a: '1', b: '2' }, { a: '1', b: '3' }, { a: '1' }]), { a: '1' })
  assert.deepEqual(commonLabels([]), {})
  assert.deepEqual(commonLabels([{ a: '1' }]), { a: '1' })
})

test('white space counts as Slack shows it', () => {
  assert.equal(normalSubject('  A   b\n c\t'), 'A b c')
})

test('the stem of a line is the part that stays while alerts come and go', () => {
  assert.ok(hasStem('A checkout (x y)', 'A checkout'))
  assert.ok(hasStem('A checkout', 'A checkout'))
  assert.ok(!hasStem('A checkout-api (x)', 'A checkout'))
  assert.ok(!hasStem('A (x)', 'A checkout'))
  assert.ok(hasStem('(A x)', ''))
  assert.ok(!hasStem('A (x)', ''))
})

test('reads the stem from the group keys of Alertmanager, whatever stands in their values', () => {
  assert.equal(stemOfKey('{}/{}:{alertname="HighErrorRate", service="checkout"}'), 'HighErrorRate checkout')
  assert.equal(stemOfKey('{}/{team=~"^(?:a|b)$"}:{alertname="A"}'), 'A')
  assert.equal(stemOfKey('{}:{}'), '')
  assert.equal(stemOfKey('{}/{}:{alertname="A:{b=\\"c\\"}", x="} \\\\ {"}'), 'A:{b="c"} } \\ {')
  assert.equal(stemOfKey('{}:{"dotted.name"="v", alertname="A"}'), 'A v')
  for (const none of ['', 'payments', '{}/{}', '{}:{alertname=A}', null]) assert.equal(stemOfKey(none), null)
  assert.equal(stemOfKey('{}/{}:{alertname="A", zone="z", az="y"}'), groupStem({ alertname: 'A', zone: 'z', az: 'y' }))
})
