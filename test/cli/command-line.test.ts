import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { commands } from '../../src/cli/index.ts'
import { findPostgres } from '../postgres.ts'
import { freshDatabase, hasProgram } from '../template.ts'
import { command, program } from './process.ts'

test('--help names every command with what it does, and an empty line is bad usage', async () => {
  const { status, out } = await command(['--help'])
  assert.equal(status, 0)
  for (const { name, summary } of commands) assert.ok(out.includes(name) && out.includes(summary), name)
  const bare = await command([])
  assert.equal(bare.status, 2)
  assert.match(bare.err, /Usage: vigil <command>/)
})

test('--version prints the version alone', async () => {
  assert.deepEqual(await command(['--version']), { status: 0, out: '1.2.3', err: '' })
})

test('an unknown command is told what was meant, lists the commands and ends with 2', async () => {
  const { status, err } = await command(['docter'])
  assert.equal(status, 2)
  assert.match(err, /no such command: docter\. Did you mean doctor\?/)
  for (const { name } of commands) assert.ok(err.includes(name))
})

test('every fault of flags and variables is listed at once on standard error, and the status is 2', async () => {
  const { status, out, err } = await command(['migrate', '--http-prot', '1', '--log-level=loud'], { VIGIL_ADMIN_PORT: 'abc' })
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /3 faults/)
  assert.match(err, /--http-prot: no such option; did you mean --http-port\?/)
  assert.match(err, /log_level .* is "loud"/)
  assert.match(err, /admin\.port \(VIGIL_ADMIN_PORT\): must be a number, is "abc"/)
})

test('a word that no command reads is refused, not passed over', async () => {
  const { status, err } = await command(['start', 'http-port', '8081'])
  assert.equal(status, 2)
  assert.match(err, /vigil start takes no words, and there is "http-port 8081"/)
  assert.match((await command(['doctor', '--http.port', '1'], { VIGIL_CONFIG: '/dev/null' })).err, /--http\.port: no such option/)
})

test('a command that reads no configuration refuses flags of it', async () => {
  const { status, err } = await command(['manifest', '--recever', 'x'])
  assert.equal(status, 2)
  assert.match(err, /did you mean --receiver\?/)
})

test('help of one command says what may follow it', async () => {
  const { status, out } = await command(['manifest', '--help'])
  assert.equal(status, 0)
  assert.match(out, /\[--receiver NAME\]/)
})

test('start without tokens says what is missing, names the demo, and ends with 2', async () => {
  const { status, err } = await command(['start'])
  assert.equal(status, 2)
  for (const words of ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'npm run demo', 'vigil manifest', 'VIGIL_API_TOKEN'])
    assert.ok(err.includes(words), words)
})

test('the program itself hands on the exit status and prints nothing on standard output when it refuses', async () => {
  const { ended } = program(['start'])
  const { status, out, err } = await ended
  assert.equal(status, 2)
  assert.equal(out, '')
  assert.match(err, /npm run demo/)
})

test('start runs without Slack when there is an API token, says so, and SIGTERM ends it with 0', async () => {
  const database = await freshDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-start-'))
  const { child, ran, ended } = program(['start'], {
    VIGIL_API_TOKEN: 'a-token-of-sixteen',
    ...(database.url === undefined ? { VIGIL_DATA_DIR: dataDir } : { DATABASE_URL: database.url }),
    ...{
      VIGIL_HTTP_PORT: '0',
      VIGIL_ADMIN_PORT: '0',
      VIGIL_HTTP_HOST: '127.0.0.1',
      VIGIL_ADMIN_HOST: '127.0.0.1',
      VIGIL_DRAIN_SECONDS: '1',
    },
  })
  const up = new Promise<void>((resolve) => {
    child.stdout.on('data', () => ran.out.includes('Vigil is up') && resolve())
    child.once('close', () => resolve())
  })
  await up
  child.kill('SIGTERM')
  const { status, out, err } = await ended
  await database.remove()
  rmSync(dataDir, { recursive: true, force: true })
  assert.equal(status, 0, `${out}${err}`)
  assert.match(err, /nothing is shown in Slack/)
  assert.equal(/not a power cut/.test(err), database.url === undefined)
})

test('migrate brings a new database up to date, and a second time has nothing to do', {
  skip: findPostgres('postgres') === undefined,
}, async (t) => {
  const database = await freshDatabase()
  t.after(() => database.remove())
  if (database.url === undefined) return t.skip('the suite runs on the embedded database')
  const { status, out } = await command(['migrate'], { DATABASE_URL: database.url })
  assert.deepEqual({ status, out }, { status: 0, out: 'The database is up to date.' })
})

test('manifest alertmanager prints lines that Alertmanager takes', {
  skip: !hasProgram('amtool') && 'no amtool on this machine',
}, async () => {
  const { out } = await command(['manifest', 'alertmanager', '--receiver', 'shop', '--url', 'https://vigil.example'])
  assert.match(out, /url: "https:\/\/vigil\.example\/api\/v1\/alerts"/)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-amtool-'))
  const path = join(directory, 'alertmanager.yml')
  writeFileSync(path, `global: { slack_api_url: 'http://127.0.0.1/x' }\nroute: { receiver: shop }\n${out}\n`)
  const { status, stdout, stderr } = spawnSync('amtool', ['check-config', path], { encoding: 'utf8' })
  rmSync(directory, { recursive: true })
  assert.equal(status, 0, `${stdout}${stderr}`)
})

test('manifest alertmanager refuses an address that is none', async () => {
  const { status, err } = await command(['manifest', 'alertmanager', '--url', 'vigil'])
  assert.equal(status, 2)
  assert.match(err, /--url: must be the address of Vigil/)
})
