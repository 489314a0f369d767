import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { actions } from '../../../src/remediation/actions/index.ts'

const page = readFileSync('docs/actions.md', 'utf8')
const sections = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((section) => [/^`(\w+)`/.exec(section)?.[1] ?? '', section.split(/^## /m)[0] ?? '']),
)

test('docs/actions.md tells every kind of the register, and no other', () => {
  assert.deepEqual([...sections.keys()].toSorted(), actions.map(({ kind }) => kind).toSorted())
})

test('of every kind it tells the parameters, the risk, the undo and what is refused', () => {
  for (const { kind, schema } of actions) {
    const section = sections.get(kind) ?? ''
    for (const part of ['Parameters', 'Risk', 'Undo', 'Refuses'])
      assert.match(section, new RegExp(`^- ${part}: \\S`, 'm'), `${kind}: ${part}`)
    const parameters = /^- Parameters: (.*?)^- Risk/ms.exec(section)?.[1] ?? ''
    const known = Object.keys((schema['properties'] ?? {}) as object)
    assert.ok(known.length > 0)
    for (const name of known) assert.ok(parameters.includes(`\`${name}\``), `${kind}: ${name}`)
  }
})
