import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectRef } from '../../src/investigation/analysis.ts'
import type { Finding } from '../../src/investigation/rules/rule.ts'
import { suspectsOf } from '../../src/investigation/suspects.ts'

const finding = (rule: string, object: ObjectRef, weight: number, over: Partial<Finding> = {}): Finding => ({
  rule,
  severity: 'medium',
  confidence: 'medium',
  summary: `${rule} says ${object.name}.`,
  suggestion: 'Look',
  category: 'dependency',
  object,
  weight,
  evidence: ['E1'],
  ...over,
})

const named = (findings: readonly Finding[]): [string, number, number][] =>
  suspectsOf(findings).map(({ object, weight, rules }) => [`${object.kind} ${object.namespace ?? ''}/${object.name}`, weight, rules.length])

test('what logs call a service, metrics a service of a namespace and Kubernetes a deployment or its pod is one suspect', () => {
  const found = [
    finding('error-spike', { kind: 'service', name: 'orders' }, 0.5),
    finding('what-changed', { kind: 'service', namespace: 'shop', name: 'orders' }, 0.5),
    finding('stuck-rollout', { kind: 'Deployment', namespace: 'shop', name: 'orders' }, 0.6),
    finding('pod-oom', { kind: 'Pod', namespace: 'shop', name: 'orders-7d4f5b99fd-ktwc6' }, 0.5),
  ]
  assert.deepEqual(named(found), [['Deployment shop/orders', 0.95, 4]])
  assert.deepEqual(named(found.toReversed()), named(found))
})

test('a name that stands in two namespaces is two things, and one without a namespace neither of them', () => {
  const found = [
    finding('a', { kind: 'service', name: 'orders' }, 0.5),
    finding('b', { kind: 'service', namespace: 'shop', name: 'orders' }, 0.6),
    finding('c', { kind: 'service', namespace: 'test', name: 'orders' }, 0.7),
  ]
  assert.equal(named(found).length, 3)
})

test('other kinds of one name are other things', () => {
  const found = [
    finding('a', { kind: 'Node', name: 'orders' }, 0.5),
    finding('b', { kind: 'service', name: 'orders' }, 0.5),
    finding('c', { kind: 'Secret', name: 'orders' }, 0.5),
  ]
  assert.equal(named(found).length, 3)
})

test('what a stronger suspect explains is no longer one, unless much speaks for it; a weaker one explains nothing away', () => {
  const web: ObjectRef = { kind: 'service', name: 'web' }
  const orders: ObjectRef = { kind: 'service', namespace: 'shop', name: 'orders' }
  const explains = [{ kind: 'Deployment', namespace: 'shop', name: 'web' }]
  assert.deepEqual(named([finding('a', web, 0.6), finding('b', orders, 0.65, { explains })]), [['service shop/orders', 0.65, 1]])
  assert.deepEqual(
    named([finding('a', web, 0.7), finding('b', orders, 0.75, { explains })]).map(([name]) => name),
    ['service shop/orders', 'service /web'],
  )
  assert.deepEqual(named([finding('a', web, 0.8), finding('b', orders, 0.65, { explains })])[0], ['service /web', 0.8, 1])
})

test('nobody is accused below two fifths, without a category or without an object', () => {
  const { object: _, ...thing } = finding('a', { kind: 'service', name: 'x' }, 0.9)
  const { category: __, ...fact } = finding('a', { kind: 'service', name: 'x' }, 0.9)
  assert.deepEqual(suspectsOf([thing, fact, finding('b', { kind: 'service', name: 'y' }, 0.39)]), [])
})
