import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Evidence } from '../../../src/investigation/evidence.ts'
import { rules } from '../../../src/investigation/rules/index.ts'
import { unshown } from '../../contracts/stands.ts'

/** What a test file hands to the contract suite, by the name under which it imports it. */
const underContract = (file: string): string[] => {
  const text = readFileSync(`test/investigation/rules/${file}`, 'utf8')
  return [...text.matchAll(/^import \{ (?:\w+ as )?(\w+) \} from '[./]+\/src\/investigation\/rules\/([a-z-]+)\.ts'$/gm)].flatMap(
    ([, name = '', id = '']) => (new RegExp(`^ruleContract\\(${name}, `, 'm').test(text) ? [id] : []),
  )
}

test('every rule of the register has a world in which its evidence is opened: the contract suite does it', () => {
  const files = readdirSync('test/investigation/rules').filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual(files.flatMap(underContract).toSorted(), rules.map(({ id }) => id).toSorted())
})

const shown = (text: string, over: Partial<Evidence> = {}): Evidence => ({
  ...{ id: 'E1', source: 'prometheus', query: 'up', range: null, output: { kind: 'text', text }, shown: text, complete: true },
  ...{ at: '2026-11-20T22:00:00.000Z', ...over },
})

test('a number, a time or a name that no cited evidence shows is noticed, one that another of them shows is not', () => {
  const object = { kind: 'service', name: 'checkout' }
  const said = (summary: string, ...all: Evidence[]) => unshown({ summary, object, labels: {} }, all).length
  const one = shown('checkout: 25 % of requests fail since 21:49:00 UTC')
  assert.equal(said('checkout is at 25 % since 21:49:00 UTC.', one), 0)
  assert.equal(said('checkout is at 26 % since 21:49:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % since 21:47:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % since 21:49:00 UTC.', shown('25 % of requests fail since 21:49:00 UTC')), 1)
  assert.equal(said('checkout is at 25 % (limit 5 %) since 21:49:00 UTC.', one), 1)
  assert.equal(said('checkout is at 25 % (limit 5 %) since 21:49:00 UTC.', one, shown('fires above 5 %', { id: 'E2' })), 0)
})
