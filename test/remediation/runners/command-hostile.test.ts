import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostile } from './hostile.ts'

const skip = existsSync('/usr/bin/strace') ? false : 'strace is not installed'

/** In a process of its own, all of whose programs strace writes down. */
const PROGRAM = `
  import { configured } from 'ROOT/src/remediation/actions/configured.ts'
  import { command } from 'ROOT/src/remediation/runners/command.ts'
  import { hostile } from 'ROOT/test/remediation/runners/hostile.ts'
  import { configOf, runningOf } from 'ROOT/test/remediation/runners/running.ts'
  const entry = (kind, pattern) => \`{ kind: \${kind}, runner: command, argv: [/usr/bin/true, restart, '{unit}'], target: '{unit}', targets: ['*'], params: { unit: { pattern: '\${pattern}' } } }\`
  const config = configOf(\`actions: [\${entry('strict', '[a-z][a-z0-9.-]{0,60}')}, \${entry('lax', '.{1,500}')}]\`)
  const running = runningOf(config, { signal: AbortSignal.timeout(300_000) })
  const told = { parsed: 0, refused: 0, ran: 0, failed: 0 }
  const one = async (entry, unit) => {
    const argv = ['/usr/bin/true', 'restart', unit]
    let step = { entry: entry.kind, params: { unit }, argv }
    try {
      const planned = await configured(entry, undefined).prepare({ unit }, undefined, 'id')
      step = planned.steps[0].request
      told.parsed++
    } catch {
      // Also a step that somebody forged goes to the runner, except where it is what the entry allows.
      told.refused++
      if (entry.kind === 'strict') return
    }
    const ran = await command.run(step, running)
    told[ran.outcome === 'done' ? 'ran' : 'failed']++
  }
  for (const entry of config.actions) for (let i = 0; i < hostile.length; i += 4) await Promise.all(hostile.slice(i, i + 4).map((unit) => one(entry, unit)))
  process.stdout.write(JSON.stringify(told))`

test('500 hostile values start no process but the fixed program with one argument more', { skip, timeout: 240_000 }, (t) => {
  assert.equal(new Set(hostile).size, 500)
  const place = mkdtempSync(join(tmpdir(), 'vigil-strace-'))
  t.after(() => rmSync(place, { recursive: true, force: true }))
  const log = join(place, 'execve')
  const script = PROGRAM.replaceAll('ROOT', process.cwd())
  const options = ['-f', '-v', '-s', '2000', '-e', 'trace=execve', '-o', log]
  const told = JSON.parse(
    execFileSync('/usr/bin/strace', [...options, process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8' }),
  ) as { parsed: number; refused: number; ran: number; failed: number }
  // The strict entry takes none that is more than a name; what the lax one takes is one argument.
  assert.ok(told.refused > 550 && told.ran > 100, JSON.stringify(told))
  const calls = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('execve('))
  const [first, ...started] = calls.map((line) => line.replace(/^\d+\s+/, ''))
  assert.ok(first?.includes(process.execPath))
  const TEXT = '"(?:[^"\\\\]|\\\\.)*"'
  const fixed = `"/usr/bin/true", "restart", ${TEXT}\\]`
  const bare = new RegExp(`^execve\\("/usr/bin/true", \\[${fixed}`)
  const boxed = new RegExp(
    `^execve\\("/usr/bin/bwrap", \\["/usr/bin/bwrap", "--unshare-all", (?:${TEXT}, )*"--json-status-fd", "3", "--", ${fixed}`,
  )
  assert.deepEqual(
    started.filter((line) => !bare.test(line) && !boxed.test(line)),
    [],
  )
  assert.equal(started.filter((line) => bare.test(line)).length, told.ran)
})
