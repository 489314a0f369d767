import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPostgres, startPostgres } from '../test/postgres.ts'
import { prepareTemplate } from '../test/template.ts'

/** A PostgreSQL of its own with its durable settings (fsync, synchronous_commit) on, and a migrated database to copy from. */
export type Scratch = { readonly directory: string; readonly version: string; url(): string; remove(): Promise<void> }

export const prepareScratch = async (): Promise<Scratch> => {
  const registry = findPostgres('postgres')
  const binaries = registry ?? findPostgres('system')
  if (binaries === undefined) throw new Error('no PostgreSQL server: npm ci brings one for most platforms, else install postgresql')
  const server = await startPostgres(binaries)
  const directory = mkdtempSync(join(tmpdir(), 'vigil-bench-'))
  Object.assign(process.env, await prepareTemplate(server.url))
  return {
    directory,
    version: `PostgreSQL of the ${registry === undefined ? 'system' : 'registry'}`,
    url: () => server.url,
    remove: async () => {
      await server.remove()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
