import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readManifests } from '../../src/datasources/manifests.ts'
import { InputError } from '../../src/errors.ts'

const folder = (t: TestContext, files: Readonly<Record<string, string | Buffer>>): string => {
  const made = mkdtempSync(join(tmpdir(), 'vigil-manifests-'))
  t.after(() => rmSync(made, { recursive: true, force: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made, file)), { recursive: true })
    writeFileSync(join(made, file), text)
  }
  return made
}

const refused = (promise: Promise<unknown>, words: RegExp) =>
  assert.rejects(promise, (error) => error instanceof InputError && words.test(error.message))

test('manifests are read from all folders below, in order, and only where the name is mentioned', async (t) => {
  const made = folder(t, {
    'z.yaml': 'cart',
    'a/b.yml': 'checkout',
    'a/c.json': '"checkout"',
    'README.md': 'checkout',
    '.git/config.yaml': 'checkout',
    'values.yaml.tmpl': 'checkout',
  })
  assert.deepEqual(
    (await readManifests(made)).map(({ file }) => file),
    ['a/b.yml', 'a/c.json', 'z.yaml'],
  )
  assert.deepEqual(await readManifests(made, { mentions: 'checkout' }), [
    { file: 'a/b.yml', text: 'checkout' },
    { file: 'a/c.json', text: '"checkout"' },
  ])
})

test('a link out of the folder is refused by its name; one inside of it is the file itself', async (t) => {
  const outside = folder(t, { 'secret.yaml': 'x' })
  const made = folder(t, { '..data/a.yaml': 'checkout' })
  symlinkSync('..data/a.yaml', join(made, 'a.yaml'))
  symlinkSync(made, join(outside, 'current'))
  assert.deepEqual(await readManifests(join(outside, 'current')), [{ file: 'a.yaml', text: 'checkout' }])
  symlinkSync(join(outside, 'secret.yaml'), join(made, 'b.yaml'))
  await refused(readManifests(made), /^b.yaml is a link that leads out of the folder/)
  const loop = folder(t, {})
  symlinkSync('c.yaml', join(loop, 'c.yaml'))
  await refused(readManifests(loop), /^c.yaml cannot be read \(ELOOP\)/)
})

test('what is too large, no text, no file or not finished is refused by its name', async (t) => {
  await refused(readManifests('/nowhere/manifests'), /^the folder of manifests \/nowhere\/manifests cannot be read \(ENOENT\)/)
  await refused(readManifests(folder(t, { 'a.yaml': 'x'.repeat(1_000_001) })), /^a.yaml is larger than 1 MB/)
  await refused(readManifests(folder(t, { 'a.yaml': Buffer.from([0xff, 0xfe, 0x00]) })), /^a.yaml cannot be read \(it is not UTF-8\)/)
  await refused(readManifests(folder(t, { 'base/kustomization.yaml': '' })), /^base\/kustomization.yaml: Kustomize makes the manifests/)
  await refused(readManifests(folder(t, { 'shop/Chart.yaml': '' })), /^shop\/Chart.yaml: Helm makes the manifests/)
  await refused(readManifests(folder(t, { [`${'a/'.repeat(13)}b.yaml`]: '' })), /nested deeper than 12 folders/)
  const many = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`${i}.yaml`, `name ${'x'.repeat(900_000)}`]))
  await refused(readManifests(folder(t, many), { mentions: 'name' }), /^more than 4 MB of manifests in .* mention name/)
  const piped = folder(t, {})
  execFileSync('mkfifo', [join(piped, 'a.yaml')])
  await refused(readManifests(piped), /^a.yaml is no ordinary file/)
})
