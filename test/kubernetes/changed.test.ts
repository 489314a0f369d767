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

test('of several items of one name each is told: none hides what another changes', () => {
  const pod = (first: string) => ({
    spec: {
      env: [
        { name: 'POOL', value: first },
        { name: 'POOL', value: '50' },
      ],
    },
  })
  assert.deepEqual(changedLines(pod('10'), pod('20')), ['- spec.env[POOL]: "10"', '+ spec.env[POOL]: "20"'])
  assert.deepEqual(changedLines({ spec: { env: [{ name: 'POOL', value: '50' }] } }, pod('50')), ['+ spec.env[POOL#2]: "50"'])
})

test('an environment variable is told as its name and its value, so that what it is can be seen, by a redactor too', () => {
  const pod = (env: readonly object[]) => ({
    spec: { containers: [{ name: 'app', image: 'a:1', env }], imagePullSecrets: [{ name: 'hub' }] },
  })
  assert.deepEqual(
    changedLines(
      pod([{ name: 'POOL', value: '10' }]),
      pod([
        { name: 'POOL', value: '50' },
        { name: 'DB_PASSWORD', value: 'x1' },
      ]),
    ),
    ['+ spec.containers[app].env[DB_PASSWORD]: "x1"', '- spec.containers[app].env[POOL]: "10"', '+ spec.containers[app].env[POOL]: "50"'],
  )
  assert.deepEqual(changedLines(pod([]), { spec: {} }), ['- spec.containers[app].image: "a:1"', '- spec.imagePullSecrets[hub].name: "hub"'])
})
