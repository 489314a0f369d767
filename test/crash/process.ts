import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { freePort } from '../postgres.ts'
import { freshDatabase } from '../template.ts'
import { until } from '../until.ts'
import { type Answer, callApi, TOKEN } from '../vigil.ts'

/** How a process ended. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null; afterMs: number }

/** Vigil as users run it: `vigil start` in a process of its own, which can be killed and started again on the same database. */
export type VigilProcess = {
  url: string
  adminUrl: string
  /** Resolves when it says that it is ready. */
  start(): Promise<void>
  kill(signal: NodeJS.Signals): void
  exited(): Promise<Exit>
  call(method: string, path: string, body?: unknown): Promise<Answer>
  ready(): Promise<boolean>
  /** What it has printed, of all its lives. */
  words(): string
  close(): Promise<void>
}

/** `store` is a database that outlives the process. */
export const vigilProcess = async (env: Readonly<Record<string, string>>, store: Store): Promise<VigilProcess> => {
  const ports = { api: await freePort(), ops: await freePort() }
  const url = `http://127.0.0.1:${ports.api}`
  const adminUrl = `http://127.0.0.1:${ports.ops}`
  let child: ChildProcess | undefined
  let exit = Promise.resolve<Exit>({ code: null, signal: null, afterMs: 0 })
  let signalled = 0
  let words = ''
  const ready = async (): Promise<boolean> => {
    const response = await fetch(`${adminUrl}/-/ready`).catch(() => undefined)
    await response?.arrayBuffer()
    return response?.ok === true
  }
  const start = async (): Promise<void> => {
    const running = spawn(process.execPath, ['src/main.ts', 'start'], {
      env: {
        PATH: process.env['PATH'],
        VIGIL_CONFIG: '/dev/null',
        VIGIL_API_TOKEN: TOKEN,
        VIGIL_LOG_LEVEL: 'warn',
        ...env,
        ...store.env,
        VIGIL_HTTP_PORT: String(ports.api),
        VIGIL_ADMIN_PORT: String(ports.ops),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = running
    exit = new Promise((resolve) =>
      running.once('exit', (code, signal) => resolve({ code, signal, afterMs: performance.now() - signalled })),
    )
    for (const stream of [running.stdout, running.stderr]) stream?.on('data', (chunk: Buffer) => (words += chunk.toString()))
    await until('Vigil is ready', () => (running.exitCode === null ? ready() : Promise.reject(new Error(`it ended at once:\n${words}`))), {
      seconds: 30,
      seen: () => words,
    })
  }
  return {
    url,
    adminUrl,
    start,
    kill: (signal) => {
      signalled = performance.now()
      child?.kill(signal)
    },
    exited: () => exit,
    call: (method, path, body) => callApi(url, { method, path, body }),
    ready,
    words: () => words,
    close: async () => {
      if (child?.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await exit
      }
    },
  }
}

export type Store = { env: Record<string, string>; remove(): Promise<void> }

/** A migrated database of its own: on the suite's server, or embedded in a directory of its own. */
export const makeStore = async (): Promise<Store> => {
  if (process.env['VIGIL_TEST_SERVER'] !== undefined) {
    const { url = '', remove } = await freshDatabase()
    return { env: { VIGIL_DATABASE_URL: url }, remove }
  }
  const directory = mkdtempSync(join(tmpdir(), 'vigil-crash-'))
  const dump = process.env['VIGIL_TEST_DUMP']
  if (dump !== undefined) {
    // From the template: a first opening takes seconds, and this is not what is tested here.
    const made = await PGlite.create({ dataDir: join(directory, 'db'), loadDataDir: new Blob([readFileSync(dump)]) })
    await made.close()
  }
  return { env: { VIGIL_DATA_DIR: directory }, remove: async () => rmSync(directory, { recursive: true, force: true }) }
}
