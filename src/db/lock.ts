import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../errors.ts'

/**
 * The embedded database does not lock its directory, and two processes on it lose rows. So a file with our pid does.
 * Returns what releases it. Throws InputError "in use by pid N"; a file whose process is gone is taken over.
 */
export const lockDirectory = (directory: string): (() => void) => {
  const path = join(realpathSync(directory), 'vigil.pid')
  if (held.has(path)) throw inUse(directory, process.pid)
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      held.add(path)
      return () => {
        held.delete(path)
        // Whoever took it over, because this process looked dead, keeps it.
        if (holderOf(path) === process.pid) rmSync(path, { force: true })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = holderOf(path)
      // Our own pid in it is an earlier process's: in a container every start has the same.
      if (holder !== undefined && holder !== process.pid && isAlive(holder)) throw inUse(directory, holder)
      rmSync(path, { force: true })
    }
  }
  throw new InputError(`The data directory ${directory} was taken by another process at this moment; start again.`)
}

/** What this process holds itself. */
const held = new Set<string>()

const inUse = (directory: string, pid: number): InputError =>
  new InputError(
    `The data directory ${directory} is in use by pid ${pid}. Stop that Vigil, or give this one a directory of its own (VIGIL_DATA_DIR), or one PostgreSQL for both (DATABASE_URL).`,
  )

const holderOf = (path: string): number | undefined => {
  if (!existsSync(path)) return undefined
  const pid = Number(readFileSync(path, 'utf8').trim())
  return Number.isInteger(pid) && pid > 0 ? pid : undefined
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
