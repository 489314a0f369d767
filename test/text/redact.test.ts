import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRedactor } from '../../src/text/redact.ts'
import type { Sample } from './corpus.ts'
import { createDice, personalSamples, secretSamples } from './corpus.ts'
import { ordinaryLines } from './ordinary.ts'
import { wildOrdinary } from './wild-ordinary.ts'
import { wildPeople } from './wild-people.ts'
import { leaks, type Wild, wildSecrets } from './wild-secrets.ts'

const SEEDS = [1, 2, 3]

const missed = (samples: readonly Sample[]): Sample[] => samples.filter(({ text, value }) => createRedactor().redact(text).includes(value))

test('at least 99 of 100 secrets are taken out', (context) => {
  for (const seed of SEEDS) {
    const samples = secretSamples(createDice(seed))
    assert.ok(samples.length >= 600)
    assert.deepEqual(
      samples.filter(({ text, value }) => !text.includes(value)),
      [],
      'each sample holds its secret',
    )
    const left = missed(samples)
    context.diagnostic(`recall with seed ${seed}: ${(1 - left.length / samples.length).toFixed(4)} of ${samples.length}`)
    assert.ok(
      left.length <= samples.length * 0.01,
      `${left.length} of ${samples.length} left:\n${JSON.stringify(left.slice(0, 20), null, 1)}`,
    )
  }
})

test('at least 95 of 100 personal data are under a pseudonym', (context) => {
  for (const seed of SEEDS) {
    const samples = personalSamples(createDice(seed))
    assert.ok(samples.length >= 400)
    assert.deepEqual(
      samples.filter(({ text, value }) => !text.includes(value)),
      [],
      'each sample holds its datum',
    )
    const left = missed(samples)
    context.diagnostic(`recall with seed ${seed}: ${(1 - left.length / samples.length).toFixed(4)} of ${samples.length}`)
    assert.ok(
      left.length <= samples.length * 0.05,
      `${left.length} of ${samples.length} left:\n${JSON.stringify(left.slice(0, 20), null, 1)}`,
    )
  }
})

const leaked = (samples: readonly Wild[]): Wild[] => samples.filter(({ text, hidden }) => leaks(createRedactor().redact(text), hidden))

const WILD = [
  { name: 'secrets as they stand in the field', samples: wildSecrets, atLeast: 1200, bar: 0.99 },
  { name: 'personal data as they stand in the field', samples: wildPeople, atLeast: 600, bar: 0.95 },
]

for (const { name, samples, atLeast, bar } of WILD) {
  test(`at least ${bar * 100} of 100 ${name} are taken out, and no third of one is left`, (context) => {
    for (const seed of SEEDS) {
      const all = samples(createDice(seed))
      assert.ok(all.length >= atLeast)
      const left = leaked(all)
      context.diagnostic(`recall with seed ${seed}: ${(1 - left.length / all.length).toFixed(4)} of ${all.length}`)
      assert.ok(
        left.length <= all.length * (1 - bar),
        `${left.length} of ${all.length} left:\n${JSON.stringify(left.slice(0, 20), null, 1)}`,
      )
    }
  })
}

for (const [name, lines] of [
  ['ordinary', ordinaryLines(createDice(7), 6000)],
  ['other everyday', wildOrdinary(createDice(7), 6000)],
] as const) {
  test(`at most 5 of 1,000 ${name} lines are touched`, (context) => {
    const touched = lines.map((line) => [line, createRedactor().redact(line)] as const).filter(([line, redacted]) => line !== redacted)
    context.diagnostic(`touched: ${touched.length} of ${lines.length}`)
    assert.ok(touched.length <= lines.length * 0.005, `${touched.length} of ${lines.length}:\n${touched.slice(0, 15).join('\n')}`)
  })
}

const LOGHUB = join(import.meta.dirname, '../../../shared/data/loghub')
const systems = existsSync(LOGHUB) ? readdirSync(LOGHUB, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : []

test('at most 5 of 1,000 recorded lines are touched, public addresses aside', {
  skip: systems.length === 0 && 'data/loghub is not here',
}, () => {
  const lines = systems.flatMap(({ name }) => readFileSync(join(LOGHUB, name, `${name}_2k.log`), 'utf8').split('\n'))
  const redactor = createRedactor({ addresses: 'none' })
  const touched = lines.map((line) => [line, redactor.redact(line)] as const).filter(([line, redacted]) => line !== redacted)
  assert.ok(touched.length <= lines.length * 0.005, `${touched.length} of ${lines.length}:\n${touched.slice(0, 15).join('\n')}`)
})

test('redacting twice changes nothing more', () => {
  const dice = createDice(4)
  const samples = [...secretSamples(dice), ...personalSamples(dice), ...wildSecrets(dice), ...wildPeople(dice)]
  const redactor = createRedactor()
  const unsettled = samples.map(({ text }) => redactor.redact(text)).filter((text) => redactor.redact(text) !== text)
  assert.deepEqual(unsettled, [])
})

test('what surrounds a secret stays readable', () => {
  const redactor = createRedactor()
  assert.equal(
    redactor.redact('postgres://app:hunter2@db:5432/shop?sslmode=require'),
    'postgres://app:[redacted:url-password]@db:5432/shop?sslmode=require',
  )
  assert.equal(
    redactor.redact('{"user":"app","password":"a\\"b, c","retries":3}'),
    '{"user":"app","password":"[redacted:password]","retries":3}',
  )
  assert.equal(redactor.redact('run --db-password hunter2 --port 5432'), 'run --db-password [redacted:password] --port 5432')
  assert.equal(redactor.redact('Authorization: Bearer abc123def456'), 'Authorization: Bearer [redacted:authorization]')
})

test('one person is one pseudonym within a redactor, however spelled, and is revealed only by its holder', () => {
  const redactor = createRedactor()
  const first = redactor.redact('Ana@Example.com wrote to ben@example.com, ana@example.com again; call +49 151 1234 5678 or +4915112345678')
  assert.equal(first, '<email-1> wrote to <email-2>, <email-1> again; call <phone-1> or <phone-1>')
  assert.equal(redactor.reveal('Ask <email-2> or <phone-1>, not <email-9>'), 'Ask ben@example.com or +49 151 1234 5678, not <email-9>')
  assert.equal(redactor.reveal('Ask <email-2> or <phone-1>', ['email']), 'Ask ben@example.com or <phone-1>')
  assert.equal(createRedactor().reveal('<email-1>'), '<email-1>')
  assert.deepEqual([...redactor.pseudonyms().keys()], ['<email-1>', '<email-2>', '<phone-1>'])
})

test('with a key a pseudonym does not depend on the order of meeting, and differs between keys', () => {
  const name = (key: string, ...texts: string[]): string => {
    const redactor = createRedactor({ key })
    return texts.map((text) => redactor.redact(text)).at(-1) ?? ''
  }
  assert.match(name('k1', 'ana@example.com'), /^<email-[0-9a-f]{6}>$/)
  assert.equal(name('k1', 'ana@example.com'), name('k1', 'ben@example.com', 'ana@example.com'))
  assert.notEqual(name('k1', 'ana@example.com'), name('k2', 'ana@example.com'))
})

test('allowed values stay, denied ones go, and a stateful pattern is no trap', () => {
  const redactor = createRedactor({ allow: [/@status\.example$/g, /^Ana Garcia$/], deny: [/project-\w+/i] })
  for (const _ of [1, 2, 3]) {
    assert.equal(
      redactor.redact('ops@status.example saw customer_name="Ana Garcia" in Project-Falcon'),
      'ops@status.example saw customer_name="Ana Garcia" in [redacted:denied]',
    )
  }
})

test('what is allowed stays where it was a guess, but not where its form or its name says that it is a secret', () => {
  const redactor = createRedactor({ allow: [/^AKIAIOSFODNN7EXAMPLE$/, /^hunter2$/, /^v1StGXR8Z5jdHi6BmyT9xQ$/] })
  assert.equal(redactor.redact('AKIAIOSFODNN7EXAMPLE'), '[redacted:aws-key]')
  assert.equal(redactor.redact('password=hunter2'), 'password=[redacted:password]')
  assert.equal(redactor.redact('shard=v1StGXR8Z5jdHi6BmyT9xQ'), 'shard=v1StGXR8Z5jdHi6BmyT9xQ')
  assert.equal(createRedactor().redact('shard=v1StGXR8Z5jdHi6BmyT9xQ'), 'shard=[redacted:high-entropy]')
})

test('people are under a pseudonym where a key names them, programs and roles are not', () => {
  const redactor = createRedactor()
  assert.equal(
    redactor.redact('user=ana.garcia customer_name="Ana Garcia" dob=1970-05-16'),
    'user=<login-1> customer_name="<person-1>" dob=<birthday-1>',
  )
  assert.equal(redactor.reveal('<login-1> is <person-1>', ['person']), '<login-1> is Ana Garcia')
  const roles =
    'user=postgres owner: platform-team by ci-bot displayName="Checkout Service" /home/deploy/.ssh CORP\\svc-backup user max_connections exceeded owner=grace'
  assert.equal(redactor.redact(roles), roles)
})

test('what is written in another alphabet is taken out where it stands', () => {
  const redactor = createRedactor()
  const token = `ghp_${'aB3dE6gH9'.repeat(4)}`
  assert.equal(
    redactor.redact('GET /?q=%22password%22%3A%22hunter2%22&n=%5B1%5D'),
    'GET /?q=%22password%22%3A%22[redacted:password]%22&n=%5B1%5D',
  )
  assert.equal(redactor.redact(`payload=${Buffer.from(`{"token":"${token}"}`).toString('base64')}`).includes('eyJ0'), false)
  assert.equal(
    redactor.redact('&quot;password&quot;:&quot;hunter2&quot;,&quot;n&quot;:1'),
    '&quot;password&quot;:&quot;[redacted:password]&quot;,&quot;n&quot;:1',
  )
})

test('private addresses stay, public ones go, and on request stay too', () => {
  const line =
    '10.1.2.3 172.20.0.1 192.168.1.1 127.0.0.1 169.254.169.254 fe80::1 ::1 fd00::5 0.0.0.0:8080 81.2.69.142:443 [2a02:6b8::242]:443'
  assert.equal(
    createRedactor().redact(line),
    '10.1.2.3 172.20.0.1 192.168.1.1 127.0.0.1 169.254.169.254 fe80::1 ::1 fd00::5 0.0.0.0:8080 <ip-1>:443 [<ip-2>]:443',
  )
  assert.equal(createRedactor({ addresses: 'none' }).redact(line), line)
})

const HOSTILE: Readonly<Record<string, string>> = {
  'one letter': 'a',
  digits: '1',
  'digits with spaces': '1 ',
  'digits with dashes': '123-',
  dots: '1.',
  at: 'a@',
  'at and dots': 'a@a.a.',
  'names without values': 'password=',
  'quoted names': '"password":"',
  'escaped quotes': '\\"token\\":\\"',
  'names and spaces': 'password   ',
  'name and value apart': 'name: password\nvalue',
  urls: 'http://a:',
  'url users': 'a://a:a@',
  brackets: '([{',
  begin: '-----BEGIN PRIVATE KEY-----\n',
  'begin putty': 'PuTTY-User-Key-File-2:',
  jwt: 'eyJhbGciOi.',
  'jwt letters': 'eyJ',
  bearer: 'bearer ',
  cookie: 'Cookie: a=b; ',
  mysql: 'mysql -h ',
  curl: 'curl -u ',
  flags: '--a-',
  backslashes: '\\',
  semicolons: ';,&)',
  colons: 'a:',
  hex: '2a02:',
  iban: 'DE89 ',
  dollars: '$2b$12$',
  entities: '&lt;',
  xml: '<password ',
  newlines: '\n',
  base64: 'aB3+',
  plus: '+1 ',
  phone: 'phone: ',
  percents: 'a%41',
  'percents alone': '%22',
  unicode: '\\u0041',
  'html entities': '&quot;a&quot;:',
  'base64 of text': Buffer.from('password=hunter2 ').toString('base64'),
  'hexadecimal of text': Buffer.from('token=').toString('hex'),
  'secret manifests': 'kind: Secret\ndata:\n  a: b\n',
  'secret manifests in JSON': '{"kind":"Secret","data":{',
  inserts: "insert into a (password) values ('",
  'docker login': 'docker login -u a ',
  echo: 'echo a | docker ',
  logins: 'user=ana.',
  people: 'customer_name=Ana ',
  addresses: 'street=1 a ',
  'capital words': 'Ana ',
  homes: '/home/ana',
  domains: 'CORP\\\\',
}

test('a megabyte of hostile input takes less than a second', { concurrency: false }, async (context) => {
  for (const [name, unit] of Object.entries(HOSTILE)) {
    await context.test(name, () => {
      const text = unit.repeat(Math.ceil(1_000_000 / unit.length))
      const start = performance.now()
      createRedactor().redact(text)
      const ms = performance.now() - start
      assert.ok(ms < 1000, `${Math.round(ms)} ms`)
    })
  }
})

test('whatever is repeated, no pattern runs away', () => {
  const unit = fc.array(
    fc.constantFrom(...Object.values(HOSTILE), ...' \n"=:;,.-_/@\\+()[]{}<>|0aAF', 'token', 'eyJ', 'https://', 'value'),
    { minLength: 1, maxLength: 5 },
  )
  fc.assert(
    fc.property(unit, (parts) => {
      const text = parts.join('').repeat(2000).slice(0, 200_000)
      const start = performance.now()
      createRedactor().redact(text)
      assert.ok(performance.now() - start < 1000)
    }),
    { numRuns: 60 },
  )
})
