import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Config, loadConfig } from '../../src/config.ts'
import { InputError } from '../../src/errors.ts'
import { redactorFor } from '../../src/text/redactor-for.ts'

const configOf = (yaml: string, env: Record<string, string> = {}): Config => {
  const path = join(mkdtempSync(join(tmpdir(), 'vigil-redaction-')), 'vigil.yaml')
  writeFileSync(path, yaml)
  return loadConfig({ env: { VIGIL_CONFIG: path, ...env }, flags: {} })
}

const redact = (config: Config, text: string): string => redactorFor(config, 'i1').redact(text)

test('what is denied is withheld wherever it stands: a text in any case, a pattern as it is written', () => {
  const config = configOf(`redaction: { deny: ['Project Falcon', '/acme-\\d+/'] }`)
  assert.equal(
    redact(config, 'PROJECT FALCON runs on acme-17 and ACME-18; projects fly'),
    '[redacted:denied] runs on [redacted:denied] and ACME-18; projects fly',
  )
})

test('what is allowed stays as a whole value, and a secret that its form tells does not', () => {
  const config = configOf(`redaction: { allow: ['Support@Example.com', '/@status\\.example$/i', 'AKIAIOSFODNN7EXAMPLE'] }`)
  assert.equal(
    redact(config, 'support@example.com page@status.example AKIAIOSFODNN7EXAMPLE'),
    'support@example.com page@status.example [redacted:aws-key]',
  )
  assert.match(redact(config, 'my-support@example.com'), /^<email-[0-9a-f]{6}>$/)
})

test('what is denied goes even where it is allowed', () => {
  const config = configOf(`redaction: { allow: ['ana@example.com'], deny: ['/ana@/'] }`)
  assert.equal(redact(config, 'ana@example.com'), '[redacted:denied]example.com')
})

test('the lists may come from variables, with commas between', () => {
  const config = configOf('', { VIGIL_REDACTION_ALLOW: 'a@example.com,b@example.com', VIGIL_REDACTION_DENY: 'falcon' })
  assert.equal(redact(config, 'a@example.com b@example.com falcon'), 'a@example.com b@example.com [redacted:denied]')
})

test('a pattern that is no regular expression is a fault of the configuration that names its key', () => {
  assert.throws(
    () => configOf(`redaction: { deny: ['fine', '/(open/'] }`),
    (error) => error instanceof InputError && /redaction\.deny\.1: is no regular expression: Unterminated group/.test(error.message),
  )
  assert.throws(
    () => configOf(`redaction: { allow: ['/x/qq'] }`),
    (error) => error instanceof InputError && /redaction\.allow\.0: is no regular expression/.test(error.message),
  )
})
