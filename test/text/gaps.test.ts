import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gapsByCause, gapsInShort } from '../../src/text/gaps.ts'

test('what one cause hides stands together, in the order of the first of each', () => {
  assert.deepEqual(gapsByCause(['logs (Loki 503)', 'traces (Tempo 503)', 'hosts, logs (Loki 503)', 'nothing known']), [
    'logs, hosts (Loki 503)',
    'traces (Tempo 503)',
    'nothing known',
  ])
  assert.deepEqual(gapsByCause(['the state (Kubernetes 403 (are the rights right?))']), [
    'the state (Kubernetes 403 (are the rights right?))',
  ])
})

test('of many things the first three are named and the others counted, and one more than three is named too', () => {
  const of = (...all: string[]) => all.map((what) => `${what} (Kubernetes 503)`)
  assert.deepEqual(gapsInShort(of('a', 'b', 'c', 'd')), ['a, b, c, d (Kubernetes 503)'])
  assert.deepEqual(gapsInShort(of('a', 'b', 'c', 'd', 'e')), ['a, b, c and 2 more (Kubernetes 503)'])
})
