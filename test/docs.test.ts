import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path/posix'
import { test } from 'node:test'
import { commands } from '../src/cli/index.ts'
import { configKeys } from '../src/config.ts'
import { createTelemetry } from '../src/telemetry/telemetry.ts'

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

test('every link inside the project leads to something', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !existsSync(target))
      .map((target) => `${page}: ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('files of src that the pages name exist', () => {
  const missing = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/`((?:src|test|tools)\/[\w./-]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => !path.includes('<') && !existsSync(path))
      .map((path) => `${page}: ${path}`),
  )
  assert.deepEqual(missing, [])
})

test('variables and commands that the pages name exist', () => {
  const variables = new Set(['VIGIL_CONFIG', 'VIGIL_ALERT_CHANNELS', 'VIGIL_ALERT_BOTS', ...configKeys().map((key) => key.variable)])
  const names = commands.map(({ name }) => name)
  for (const page of [...pages, 'compose.yaml', 'Dockerfile', 'vigil.example.yaml']) {
    const text = readFileSync(page, 'utf8')
    for (const [found] of text.matchAll(/\bVIGIL_[A-Z_]*[A-Z]\b/g))
      assert.ok(variables.has(found) || variables.has(found.replace(/_FILE$/, '')), `${page}: ${found}`)
    for (const [, command = ''] of text.matchAll(/\bnpx vigil ([a-z]+)/g)) assert.ok(names.includes(command), `${page}: vigil ${command}`)
  }
})

test('docs/metrics.md names every metric that Vigil has, and no other', async () => {
  const text = readFileSync('docs/metrics.md', 'utf8')
  const own = (await createTelemetry('1').registry.getMetricsAsJSON())
    .map(({ name }) => name)
    .filter((name) => !/^(process|nodejs)_/.test(name))
  assert.deepEqual(
    own.filter((name) => !text.includes(`\`${name}\``)),
    [],
  )
  const named = [...text.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name),
  )
  assert.deepEqual(
    named.filter((name) => !own.includes(name)),
    [],
  )
})
