import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changedLines } from '../../src/kubernetes/changed.ts'

test('of a text of many lines those that differ are told, and what becomes empty where it matters', () => {
  const config = (text: string) => ({ data: { 'app.yaml': text } })
  assert.deepEqual(changedLines(config('a: 1\nb: 2\n'), config('a: 1\nb: 3\n')), ['- data.app.yaml: "b: 2"', '+ data.app.yaml: "b: 3"'])
  assert.deepEqual(changedLines(config('a\nb\n'), config('b\na\n')), ['- data.app.yaml: "a"', '+ data.app.yaml: "a"'])
  assert.deepEqual(changedLines(config('a\n'), { data: {} }), ['- data.app.yaml: "a\\n"'])
  const [was, is] = [{ spec: { selector: { app: 'a' } } }, { spec: { selector: {} } }]
  assert.deepEqual(changedLines(was, is, { hollow: true }), ['+ spec.selector: {}', '- spec.selector.app: "a"'])
  assert.deepEqual(changedLines(was, is), ['- spec.selector.app: "a"'])
})
