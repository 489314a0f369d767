import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartWorkload } from '../../src/remediation/actions/restart-workload.ts'
import { scaleWorkload } from '../../src/remediation/actions/scale-workload.ts'
import { type Enabled, outOfBounds } from '../../src/remediation/catalogue.ts'
import type { Target } from '../../src/remediation/offer.ts'

const entry = (targets: readonly string[], params: object = {}) => ({ targets, params }) as unknown as Enabled['entry']
const within = (targets: readonly string[], target: Target): boolean =>
  outOfBounds({ name: 'restart', entry: entry(targets), action: restartWorkload }, {}, target) === null
const of = (namespace: string | undefined, name: string): Target => ({ kind: 'x', name, ...(namespace === undefined ? {} : { namespace }) })

test('a target fits by its namespace and its name, each as a whole, and nothing is a pattern but the star', () => {
  const cases: readonly (readonly [string, Target, boolean])[] = [
    ['shop/*', of('shop', 'checkout'), true],
    ['shop/*', of('test', 'checkout'), false],
    ['shop/*', of('shop2', 'checkout'), false],
    ['shop/*', of('myshop', 'checkout'), false],
    ['shop/*', of(undefined, 'checkout'), false],
    ['shop/web-*', of('shop', 'web-1'), true],
    ['shop/web-*', of('shop', 'my-web-1'), false],
    ['shop/web', of('shop', 'web-1'), false],
    ['sh.p/web', of('shop', 'web'), false],
    ['shop/w+b', of('shop', 'wwb'), false],
    ['*/web', of('any', 'web'), true],
    ['*', of(undefined, 'node-1'), true],
    ['*', of('shop', 'web'), false],
    ['worker-*', of(undefined, 'worker-1'), true],
    ['worker-*', of('worker-1', 'worker-1'), false],
  ]
  for (const [pattern, target, fits] of cases)
    assert.equal(within([pattern], target), fits, `${pattern} ${target.namespace}/${target.name}`)
  assert.ok(within(['a/b', 'shop/*'], of('shop', 'web')) && !within([], of('shop', 'web')))
})

test('a bound holds for its parameter and for what is bounded as it, and an inherited name is none', () => {
  const bounded = (params: object, given: Record<string, number | string>) =>
    outOfBounds({ name: 'scale', entry: entry(['shop/*'], params), action: scaleWorkload }, given, of('shop', 'web'))
  assert.equal(bounded({ replicas: { min: 2, max: 8 } }, { replicas: 8 }), null)
  assert.match(bounded({ replicas: { min: 2, max: 8 } }, { replicas: 9 }) ?? '', /replicas 9 is above 8/)
  assert.match(bounded({ replicas: { min: 2, max: 8 } }, { replicas: 1 }) ?? '', /replicas 1 is below 2/)
  assert.match(bounded({ replicas: { max: 8 } }, { max_replicas: 9 }) ?? '', /max_replicas 9 is above 8/)
  assert.match(bounded({ kind: { values: ['Deployment'] } }, { kind: 'StatefulSet' }) ?? '', /must be one of Deployment/)
  assert.match(bounded({ name: { pattern: 'web|api' } }, { name: 'web-evil' }) ?? '', /not as scale/)
  assert.equal(bounded({ name: { pattern: 'web|api' } }, { name: 'api' }), null)
})
