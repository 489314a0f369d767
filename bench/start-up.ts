import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startWorkspace } from '../src/demo/slack/workspace.ts'
import { freshDatabase } from '../test/template.ts'
import { atMost, compared, inTurns, type Measured } from './measure.ts'
import { type Running, startProcess } from './process.ts'
import type { Scratch } from './scratch.ts'
import { startVigil } from './vigil.ts'

const TURNS = 5
const MB = 1_000_000

/** Start-up and idle memory, against a process that only imports the packages that this configuration of Vigil imports. */
export const startUp = async (scratch: Scratch): Promise<Measured[]> => {
  const workspace = await startWorkspace({ rates: false })
  const slack = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken, SLACK_API_URL: workspace.apiUrl }
  const database = await freshDatabase()
  const dataDir = mkdtempSync(join(scratch.directory, 'embedded-'))
  const empty = mkdtempSync(join(scratch.directory, 'packages-'))
  try {
    const server = {
      ...slack,
      VIGIL_DATABASE_URL: database.url ?? '',
      VIGIL_CLAUDE_API_KEY: 'none',
      VIGIL_CLAUDE_BASE_URL: 'http://127.0.0.1:9',
    }
    const embedded = { ...server, VIGIL_DATABASE_URL: '', VIGIL_DATA_DIR: dataDir }
    return [
      ...(await measure('PostgreSQL', server, { BENCH_PACKAGES: await packagesOf(scratch, server) })),
      ...(await measure('embedded database', embedded, { BENCH_PACKAGES: await packagesOf(scratch, embedded), BENCH_DATA_DIR: empty })),
    ]
  } finally {
    await database.remove()
    await workspace.close()
  }
}

type Variables = Readonly<Record<string, string>>

const measure = async (name: string, vigil: Variables, packages: Variables): Promise<Measured[]> => {
  const memory: { a: number[]; b: number[] } = { a: [], b: [] }
  const times = await inTurns(
    TURNS,
    async () => {
      const running = await startVigil(vigil)
      const ready = running.readyMs + (await untilReady(running.ops))
      memory.a.push(await idle(running))
      return ready
    },
    async () => {
      const running = await startProcess({ args: ['bench/import-packages.ts'], env: packages, ready: 'ready' })
      memory.b.push(await idle(running))
      return running.readyMs
    },
  )
  const sizes = { a: Math.min(...memory.a) / MB, b: Math.min(...memory.b) / MB }
  return [
    compared(`start to ready, ${name}`, times, { unit: 'ms', digits: 0, aim: atMost(2.5) }),
    compared(`idle memory, ${name}`, sizes, { unit: 'MB', aim: atMost(1.25) }),
  ]
}

/** Milliseconds until the ops port says ready, which needs a socket to Slack. */
const untilReady = async (ops: string): Promise<number> => {
  const began = performance.now()
  for (;;) {
    const answer = await fetch(`${ops}/-/ready`)
    await answer.text()
    if (answer.status === 200) return performance.now() - began
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A second after the start, when what the start left behind is garbage. */
const idle = async (running: Running): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const bytes = await running.memory()
  await running.stop()
  return bytes
}

/** By a first start under a hook that writes them down, so that the baseline cannot fall behind the imports. */
const packagesOf = async ({ directory }: Scratch, vigil: Variables): Promise<string> => {
  const record = join(directory, 'packages.txt')
  const running = await startVigil({ ...vigil, NODE_OPTIONS: `--import ./bench/record-packages.ts`, BENCH_RECORD: record })
  await running.stop()
  return readFileSync(record, 'utf8')
}
