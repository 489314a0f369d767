import assert from 'node:assert/strict'
import { test } from 'node:test'
import { belongs, type Known } from '../../src/remediation/belongs.ts'
import type { Target } from '../../src/remediation/offer.ts'

const known: Known = { incident: { subject: 'checkout' }, labels: { namespace: 'shop', pod: 'mail-0' }, brief: undefined, analysis: null }
const target = (kind: string, name: string, namespace = 'shop'): Target => ({ kind, namespace, name })

test('what belongs to an incident bears its names, and what only begins alike does not', () => {
  const own = [
    target('Deployment', 'checkout'),
    target('Pod', 'checkout-6c9f4d7b8b-x7k2p'),
    target('Pod', 'checkout-x7k2p'),
    target('Pod', 'checkout-12'),
    target('Pod', 'checkout-29384760-x7k2p'),
    target('Pod', 'mail-0'),
    target('StatefulSet', 'mail'),
  ]
  for (const one of own) assert.ok(belongs(one, known), one.name)
  const others = [
    target('Pod', 'checkout-db-0'),
    target('Pod', 'checkout-db-x7k2p'),
    target('Pod', 'checkout-worker-6c9f4d7b8b-x7k2p'),
    target('Pod', 'checkout-worker-x7k2p'),
    target('Pod', 'checkout-'),
    target('Pod', 'checkout2-6c9f4d7b8b-x7k2p'),
    target('Deployment', 'checkout-db'),
    target('Deployment', 'mai'),
    target('Deployment', 'checkout', 'test'),
    target('Pod', 'checkout-12', 'test'),
    { kind: 'Node', name: 'mail' },
    { kind: 'Alert', name: 'checkout' },
  ]
  for (const one of others) assert.ok(!belongs(one, known), `${one.kind} ${one.name}`)
  // In no namespace that is known any object of the name would do.
  const { namespace: _, ...unplaced } = known.labels
  assert.ok(!belongs(target('Deployment', 'checkout'), { ...known, labels: unplaced }))
})
