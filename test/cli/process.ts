import { spawn } from 'node:child_process'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { type Clock, systemClock } from '../../src/context.ts'

export type Ran = { status: number | null; out: string; err: string }

/** A command in this process, with its own variables and nothing of ours. */
export const command = async (words: readonly string[], env: Record<string, string> = {}, clock: Clock = systemClock): Promise<Ran> => {
  const out: string[] = []
  const err: string[] = []
  const status = await runCommandLine(words, {
    version: '1.2.3',
    env: { VIGIL_CONFIG: '/dev/null', ...env },
    clock,
    fetch: globalThis.fetch,
    print: (text) => out.push(text),
    note: (text) => err.push(text),
    onStop: () => {},
    onStray: () => {},
  })
  return { status, out: out.join('\n'), err: err.join('\n') }
}

/** The real program: a process of its own, here or from a copy of the source. */
export const program = (words: readonly string[], env: Record<string, string> = {}, directory = '.') => {
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: directory,
    env: { PATH: process.env['PATH'] ?? '', VIGIL_CONFIG: '/dev/null', ...env },
  })
  const ran: Ran = { status: null, out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    ran.out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    ran.err += chunk
  })
  const ended = new Promise<Ran>((resolve) => child.once('close', (status) => resolve(Object.assign(ran, { status }))))
  return { child, ran, ended }
}
