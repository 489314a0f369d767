/**
 * Runs the suite on one database: `node test/run.ts [--database postgres|system|embedded] [node --test arguments]`.
 * postgres: the server from the registry (default where this platform has it); system: the server on this machine; embedded: the
 * database in the process. A server is started here, in a directory of its own, and stopped at the end.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findPostgres, startPostgres } from './postgres.ts'
import { prepareTemplate } from './template.ts'

const { values, positionals } = parseArgs({
  options: { database: { type: 'string', default: 'postgres' }, concurrency: { type: 'string' }, name: { type: 'string' } },
  allowPositionals: true,
})

/** They hold seconds that users were promised: they run first, where nothing else waits for the processor. */
const TIMED = ['test/first-reply.test.ts', 'test/node-storm.test.ts']

/** Many tests wait for a process or a clock more than they compute: one more at a time than CI has processors ends a fifth sooner. */
const [FEW, MANY] = ['2', '3']

const main = async (): Promise<number> => {
  const binaries = values.database === 'embedded' ? undefined : findPostgres(values.database)
  if (values.database !== 'embedded' && binaries === undefined) {
    console.log(`# no ${values.database} server on this machine: the suite runs on the embedded database instead`)
  }
  const server = binaries === undefined ? undefined : await startPostgres(binaries)
  try {
    const template = await prepareTemplate(server?.url)
    const filter = values.name === undefined ? [] : ['--test-name-pattern', values.name]
    const some = (files: string[], concurrency: string): Promise<number> =>
      run(['--test', `--test-concurrency=${values.concurrency ?? concurrency}`, '--test-force-exit', ...filter, ...files], template)
    if (positionals.length > 0) return await some(positionals, FEW)
    const timed = await some(TIMED, FEW)
    return (await some(testFiles('test'), MANY)) || timed
  } finally {
    await server?.stop()
  }
}

const testFiles = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${directory}/${name}`)
    .filter((name) => !TIMED.includes(name))
    .sort()

const run = (args: string[], env: Record<string, string>): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } })
    child.on('exit', (code) => resolve(code ?? 1))
  })

process.exitCode = await main()
