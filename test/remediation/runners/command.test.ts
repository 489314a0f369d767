import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command } from '../../../src/remediation/runners/command.ts'
import type { Ran } from '../../../src/remediation/runners/runner.ts'
import { hasSandbox } from '../../../src/remediation/runners/sandbox.ts'
import { runnerContract } from '../../contracts/runner.ts'
import { configOf, runningOf } from './running.ts'

/** A folder that everybody may read and write, as far as the sandbox lets them. */
const folder = (t: { after(run: () => void): void }): string => {
  const path = mkdtempSync(join(tmpdir(), 'vigil-deeds-'))
  execFileSync('chmod', ['0777', path])
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A script of ours as the program of an entry: what a parameter says stays one argument of it. */
const scripted = (t: { after(run: () => void): void }, text: string): string => {
  const path = join(folder(t), 'remedy')
  writeFileSync(path, `#!/bin/bash\n${text}\n`, { mode: 0o755 })
  return path
}

type Given = { readonly argv: readonly string[]; readonly more?: string; readonly params?: string; readonly env?: Record<string, string> }

const entryOf = ({ argv, more = '', params = '{}', env = {} }: Given) =>
  configOf(
    `actions: [{ kind: remedy, runner: command, argv: ${JSON.stringify(argv)}, params: ${params}, target: shop/checkout, targets: ['shop/*'] ${more} }]`,
    env,
  )

/** Runs a script as an entry's command. */
const run = async (
  t: { after(run: () => void): void },
  text: string,
  { more = '', env = {}, signal = AbortSignal.timeout(20_000) }: { more?: string; env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Ran> => {
  const path = scripted(t, text)
  const config = entryOf({ argv: [path], more: ` ${more}`, env })
  return command.run({ entry: 'remedy', params: {}, argv: [path] }, runningOf(config, { signal }))
}

/** A peer that counts who came: what a command did can be seen from outside its sandbox. */
const counter = async (t: { after(run: () => void): void }): Promise<{ port: number; calls: () => number }> => {
  let calls = 0
  const server = createServer((socket) => {
    calls++
    socket.end('reached')
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, calls: () => calls }
}

runnerContract(command, {
  stage: async (t, how) => {
    const { port, calls } = await counter(t)
    const text = {
      works: `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`,
      refuses: 'echo no such unit >&2; exit 5',
      hangs: 'sleep 60',
      breaks: 'kill -9 $$',
    }
    const path = scripted(t, text[how])
    return {
      request: { entry: 'remedy', params: {}, argv: [path] },
      running: runningOf(entryOf({ argv: [path], more: `, network: true` })),
      deeds: calls,
    }
  },
  unconfigured: null,
})

const inSandbox = { skip: hasSandbox() ? false : 'bubblewrap is not installed' }

test('a command reaches neither the network nor a service of the machine it runs on', inSandbox, async (t) => {
  const { port, calls } = await counter(t)
  const ask = `exec 2>&1; (exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3); cat /proc/net/dev; true`
  const ran = await run(t, ask)
  assert.equal(calls(), 0)
  assert.match(ran.output ?? '', /Connection refused|Network is unreachable|No such file/)
  assert.doesNotMatch(ran.output ?? '', /eth0/)
  const allowed = await run(t, ask, { more: ', network: true' })
  assert.equal(calls(), 1, allowed.output ?? '')
})

test('a command sees the system to read and nothing else, and writes nowhere but in its empty folder', inSandbox, async (t) => {
  const secret = join(folder(t), 'secret')
  writeFileSync(secret, 'SEEN-THE-SECRET')
  const { output = '' } = await run(
    t,
    `exec 2>&1; pwd; echo "files: $(ls -A | wc -l)"; echo own > own && echo wrote; cat ${secret}; cat /etc/passwd; cat /etc/shadow; ls ${process.cwd()}; touch /usr/bin/x; touch /etc/x; echo "others: $(ls -d /proc/[0-9]* | wc -l)"`,
  )
  assert.match(output, /^\/tmp\nfiles: \d\nwrote/)
  assert.doesNotMatch(output, /SEEN-THE-SECRET|root:/)
  assert.match(output, /\/etc\/passwd: No such file/)
  assert.match(output, /\/usr\/bin\/x.*Read-only file system/)
  assert.match(output, /others: [1-6]\n?$/)
})

test('a command runs as nobody, without the rights and the environment of Vigil', async (t) => {
  const env = { SHOP_TOKEN: 'shop-token-value', OTHER: 'x' }
  const { output = '' } = await run(t, 'id -u; env', { more: ', env: [SHOP_TOKEN]', env })
  if (process.getuid?.() === 0) assert.match(output, /^65534\n/)
  assert.match(output, /SHOP_TOKEN=\[redacted\]/)
  assert.doesNotMatch(output, /shop-token-value|OTHER|VIGIL|HOME=|npm_/)
})

test('a command that does not end in its time is told to, then killed with all that it started', async (t) => {
  const mark = `90${process.pid % 1000}`
  const began = performance.now()
  const ran = await run(t, `trap 'echo told' TERM; setsid sleep ${mark}.5 & sleep ${mark} & echo begun; wait; wait; sleep ${mark}`, {
    signal: AbortSignal.timeout(400),
  })
  assert.equal(ran.outcome, 'unknown')
  assert.match(ran.output ?? '', /begun/)
  assert.match(ran.output ?? '', /told/)
  assert.ok(performance.now() - began < 8000)
  await new Promise((resolve) => setTimeout(resolve, 300))
  const left = execFileSync('ps', ['axo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`sleep ${mark}`) && (hasSandbox() || !line.includes('.5')))
  assert.deepEqual(left, [])
})

test('a command ends with Vigil, however Vigil ends', inSandbox, async (t) => {
  const mark = `80${process.pid % 1000}`
  const path = scripted(t, `sleep ${mark}`)
  const config = { argv: [path], more: `` }
  const script = `
    import { execFileSync } from 'node:child_process'
    import { command } from ${JSON.stringify(join(process.cwd(), 'src/remediation/runners/command.ts'))}
    import { configOf, runningOf } from ${JSON.stringify(join(process.cwd(), 'test/remediation/runners/running.ts'))}
    const config = configOf(${JSON.stringify(`actions: [{ kind: remedy, runner: command, argv: ${JSON.stringify(config.argv)}, target: a, targets: [a] ${config.more} }]`)})
    const isBegun = () => execFileSync('ps', ['axo', 'args'], { encoding: 'utf8' }).split('\\n').includes('sleep ${mark}')
    setInterval(() => isBegun() && process.kill(process.pid, 'SIGKILL'), 100)
    await command.run({ entry: 'remedy', params: {}, argv: ${JSON.stringify(config.argv)} }, runningOf(config))`
  assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' }), /SIGKILL/)
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.doesNotMatch(execFileSync('ps', ['axo', 'args'], { encoding: 'utf8' }), new RegExp(`sleep ${mark}`))
})

test('of a flood of output the beginning and the end stay, 64 KB in all', async (t) => {
  const ran = await run(t, 'echo the beginning; head -c 3000000 /dev/zero | tr "\\0" "x"; echo; echo the end')
  assert.equal(ran.outcome, 'done')
  assert.ok((ran.output?.length ?? 0) < 66_000)
  assert.match(ran.output ?? '', /^the beginning\n/)
  assert.match(ran.output ?? '', /the end$/)
  assert.match(ran.outcome === 'done' ? ran.detail : '', /the end$/)
  assert.ok(ran.outcome === 'done' && ran.detail.length < 400)
})

test('what a command prints is shown without secrets and without what deceives the eye', async (t) => {
  const ran = await run(t, String.raw`printf 'password=hunter2hunter2 \033[31mred\033[0m AKIAIOSFODNN7EXAMPLE\n'`)
  assert.doesNotMatch(ran.output ?? '', /hunter2|AKIAIOSFODNN7EXAMPLE|\[31m/)
})

test('a command whose sandbox cannot be made was not run, and that is a failure', inSandbox, async () => {
  const config = entryOf({ argv: ['/usr/bin/true'], more: ', paths: [/no/such/place]' })
  const ran = await command.run({ entry: 'remedy', params: {}, argv: ['/usr/bin/true'] }, runningOf(config))
  assert.ok(ran.outcome === 'failed')
  assert.match(ran.reason, /the sandbox could not be made: bwrap: .*\/no\/such\/place/)
})

test('the dry run is the entry’s own; without one it is said that nothing could be tried', async (t) => {
  const path = scripted(t, 'if [ "$1" = --check ]; then echo "would restart $2"; [ "$2" != bad ]; else echo no; fi')
  const argv = [path, '{unit}']
  const of = (more: string) => runningOf(entryOf({ argv, params: '{ unit: { values: [good, bad] } }', more: ` ${more}` }))
  const request = (unit: string) => ({ entry: 'remedy', params: { unit }, argv: [path, unit] })
  assert.deepEqual(await command.dryRun(request('good'), of('')), { ok: true, change: [], untried: true })
  const trying = of(`, dry_run_argv: ["${path}", --check, "{unit}"]`)
  assert.deepEqual(await command.dryRun(request('good'), trying), { ok: true, change: ['~ would restart good'] })
  const bad = await command.dryRun(request('bad'), trying)
  assert.ok(!bad.ok)
  assert.match(bad.reason, /status 1.*would restart bad/)
})

test('a program that is not there is found out before anybody is asked to approve', async () => {
  const argv = ['/usr/bin/no-such-program']
  const tried = await command.dryRun({ entry: 'remedy', params: {}, argv }, runningOf(entryOf({ argv })))
  assert.ok(!tried.ok)
  assert.match(tried.reason, /\/usr\/bin\/no-such-program is not there/)
})

test('a stored command that is not what the entry makes of its parameters does not run', async () => {
  const running = runningOf(entryOf({ argv: ['/usr/bin/true', '{unit}'], params: '{ unit: { pattern: "[a-z-]+" } }' }))
  const steps = [
    { entry: 'remedy', params: { unit: 'web' }, argv: ['/usr/bin/true', 'mail'] },
    { entry: 'remedy', params: { unit: 'web' }, argv: ['/bin/sh', '-c', 'id'] },
    { entry: 'remedy', params: { unit: 'web' }, argv: ['/usr/bin/true', 'web', 'more'] },
    { entry: 'remedy', params: { unit: '--force' }, argv: ['/usr/bin/true', '--force'] },
    { entry: 'another', params: { unit: 'web' }, argv: ['/usr/bin/true', 'web'] },
  ]
  for (const step of steps) {
    const ran = await command.run(step, running)
    assert.ok(ran.outcome === 'failed' && !ran.mayPass, JSON.stringify(step))
  }
})
