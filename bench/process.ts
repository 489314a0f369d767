import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process of ours that has said that it is ready. */
export type Running = {
  readonly pid: number
  /** From the spawn to the line, in milliseconds. */
  readonly readyMs: number
  /** The line by which it said so. */
  readonly line: string
  /** Resident memory in bytes, after the garbage was collected. */
  memory(): Promise<number>
  /** SIGTERM, then SIGKILL after 10 s. */
  stop(): Promise<void>
}

type Program = {
  /** Relative to the repository, with its arguments. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Ready is said by a line of standard output that has this in it. */
  readonly ready: string
}

const RUN = ['--expose-gc', '--import', './bench/report-memory.ts']

/** Both sides of a comparison are started in the same way: this Node, nothing of our own environment. */
export const startProcess = async ({ args, env, ready }: Program): Promise<Running> => {
  const began = performance.now()
  const child = spawn(process.execPath, [...RUN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const errors: string[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(String(chunk)))
  const line = await lineWith(child, ready, errors)
  const readyMs = performance.now() - began
  return { pid: child.pid ?? 0, readyMs, line, memory: () => memoryOf(child), stop: () => stop(child) }
}

const lineWith = (child: ChildProcess, ready: string, errors: readonly string[]): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const { stdout } = child
  if (stdout === null) throw new Error('the process has no output')
  createInterface({ input: stdout }).on('line', (text) => {
    if (text.includes(ready)) resolve(text)
    else if (process.env['VIGIL_BENCH_EXPLAIN'] !== undefined) console.error(text)
  })
  const timer = setTimeout(() => reject(new Error(`not ready within 60 s: ${errors.join('')}`)), 60_000)
  void promise.finally(() => clearTimeout(timer)).catch(() => child.kill('SIGKILL'))
  child.once('exit', (code) => reject(new Error(`the process ended with ${code} before it was ready: ${errors.join('')}`)))
  return promise
}

const memoryOf = (child: ChildProcess): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>()
  child.once('message', (bytes) => resolve(Number(bytes)))
  child.send('memory')
  return promise
}

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await gone
  clearTimeout(timer)
}
