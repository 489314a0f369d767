import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commands } from '../../src/cli/index.ts'
import { scenarios } from '../../src/demo/world/scenarios/index.ts'
import { until } from '../until.ts'
import { program } from './process.ts'

test('the demo starts as people start it, prints its address, and ends when it is asked to', async () => {
  const { child, ran, ended } = program(['demo'], { VIGIL_CONFIG: '' })
  await until('its address', () => /Open {3}http:\/\/127\.0\.0\.1:\d+\/c\/alerts/.test(ran.out) || child.exitCode !== null, {
    seconds: 60,
    seen: () => ran,
  })
  assert.match(ran.out, /Open {3}http/, ran.err)
  child.kill('SIGINT')
  const { status, err } = await ended
  assert.deepEqual([status, err], [0, ''])
})

test('a scenario that there is not is answered with those that there are', async () => {
  const { ended } = program(['demo', '--scenario', 'earthquake'])
  const { status, err } = await ended
  assert.equal(status, 2)
  assert.match(err, /There is no scenario "earthquake"\. There are:\n\n {2}bad-deploy +A deploy of checkout /)
})

test('without a name all scenarios are listed, each with what one may do about it', async () => {
  const { ended } = program(['demo', '--scenario'])
  const { status, out } = await ended
  assert.equal(status, 0)
  const lines = out.trimEnd().split('\n')
  assert.ok(lines.length >= 12 && lines.length % 2 === 0, out)
  for (const [i, line] of lines.entries()) assert.match(line, i % 2 === 0 ? /^ {2}[a-z-]+ +\S.*\.$/ : /^ {19}\S.*\.$/)
})

test('the help and the documentation know every scenario', () => {
  const help = commands.find(({ name }) => name === 'demo')?.usage ?? ''
  const pages = readFileSync('docs/getting-started.md', 'utf8')
  for (const id of Object.keys(scenarios)) {
    assert.ok(help.includes(` ${id}`), `--help: ${id}`)
    assert.ok(pages.includes(`| \`${id}\``), `docs/getting-started.md: ${id}`)
  }
})
