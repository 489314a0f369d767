import { loadConfig } from '../config.ts'
import { openDatabase } from '../db/connection.ts'
import { migrate } from '../db/migrate.ts'
import type { CommandInput, ExitStatus } from './command.ts'

/** Brings the database to this version's schema, for those who let a job do it before the replicas start. */
export const migrateCommand = async (input: CommandInput): Promise<ExitStatus> => {
  const config = loadConfig(input)
  const database = await openDatabase({ url: config.database_url, dataDir: config.data_dir })
  try {
    const ran = await migrate(database.db)
    input.print(ran.length === 0 ? 'The database is up to date.' : `Applied: ${ran.join(', ')}.`)
    return 0
  } finally {
    await database.close()
  }
}
