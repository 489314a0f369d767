#!/usr/bin/env node
import { runCommandLine } from './cli/command-line.ts'
import { systemClock } from './context.ts'
import { VERSION } from './version.ts'

/** The only place that reads the process: everything below gets what it needs of it as a value. */
const main = async (): Promise<void> => {
  const status = await runCommandLine(process.argv.slice(2), {
    version: VERSION,
    env: process.env,
    clock: systemClock,
    // biome-ignore lint/plugin: main hands the process's own network to the commands, as it does its variables.
    fetch: globalThis.fetch,
    print: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    onStop: (stop) => {
      process.on('SIGTERM', stop)
      process.on('SIGINT', stop)
    },
    onStray: (failed) => void process.on('unhandledRejection', failed),
  })
  process.exitCode = status
  // What is still open (a socket that the other side keeps, a half-closed pool) must not hold a finished command. A pipe takes what
  // was written later than a terminal does, so the end of it is waited for.
  process.stdout.write('', () => process.exit())
}

await main()
