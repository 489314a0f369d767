import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InputError, PermanentError } from '../../src/errors.ts'
import { openMetrics } from './openmetrics.ts'
import type { AlertRule, Metrics } from './recording.ts'

/** A real Prometheus, at whatever moment it is asked for. */
export type Running = { readonly url: string; close(): Promise<void> }

/** Throws InputError where Prometheus is not installed. */
export const startPrometheus = async (metrics: Metrics): Promise<Running> => {
  const blocks = blocksOf(openMetrics(metrics.series()))
  const directory = mkdtempSync(join(tmpdir(), 'vigil-eval-'))
  linkAll(blocks, join(directory, 'tsdb'))
  writeFileSync(join(directory, 'rules.yml'), JSON.stringify({ groups: [{ name: 'recorded', rules: metrics.rules.map(ruleOf) }] }))
  writeFileSync(join(directory, 'prometheus.yml'), JSON.stringify({ global: { evaluation_interval: '1h' }, rule_files: ['rules.yml'] }))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=tsdb',
      '--storage.tsdb.retention.time=100y',
      '--storage.tsdb.min-block-duration=2h',
      '--storage.tsdb.max-block-duration=2h',
      // The default of five minutes would lose every other sample of a recording with one in five.
      `--query.lookback-delta=${Math.max(300, Math.ceil(2 * metrics.intervalSeconds))}s`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { cwd: directory, stdio: 'ignore' },
  )
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  const close = async (): Promise<void> => {
    process.off('exit', kill)
    await killed(child)
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await ready(url, child)
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

const ruleOf = ({ alert, expression, forSeconds, labels }: AlertRule) => ({ alert, expr: expression, for: `${forSeconds}s`, labels })

/** Blocks that promtool made of these samples, kept by their content: a second run need not make them. */
const blocksOf = (text: string): string => {
  const cache = join(tmpdir(), 'vigil-eval-blocks')
  const kept = join(cache, createHash('sha256').update(text).digest('hex').slice(0, 32))
  if (existsSync(kept)) return kept
  mkdirSync(cache, { recursive: true })
  const directory = mkdtempSync(join(cache, 'making-'))
  const file = join(directory, 'metrics.txt')
  const blocks = join(directory, 'blocks')
  writeFileSync(file, text)
  mkdirSync(blocks)
  const made = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, blocks], { encoding: 'utf8' })
  if (made.error !== undefined)
    throw new InputError('Recordings are loaded into a real Prometheus, and promtool is not on this machine (apt-get install prometheus)')
  if (made.status !== 0) throw new PermanentError(`promtool could not load the recording: ${made.stderr.slice(0, 500)}`)
  // Another run may have been faster: its blocks are the same.
  if (!existsSync(kept)) renameSync(blocks, kept)
  rmSync(directory, { recursive: true, force: true })
  return kept
}

/** Prometheus writes into its directory and removes blocks that it merged: links leave the kept ones alone. */
const linkAll = (from: string, to: string): void => {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) linkAll(join(from, entry.name), join(to, entry.name))
    else linkSync(join(from, entry.name), join(to, entry.name))
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address === null || typeof address === 'string' ? reject(new Error('no port')) : resolve(address.port)))
    })
  })

const TRIES = 200

const ready = async (url: string, child: ChildProcess): Promise<void> => {
  let failed: Error | undefined
  child.once('error', (error) => {
    failed = error
  })
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (failed !== undefined)
      throw new InputError('Recordings are loaded into a real Prometheus, and there is none on this machine (apt-get install prometheus)')
    if (child.exitCode !== null) throw new PermanentError(`prometheus ended with ${child.exitCode}`)
    const response = await fetch(`${url}/-/ready`).catch(() => undefined)
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new PermanentError('prometheus was not ready within 10 s')
}

const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.pid === undefined) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
