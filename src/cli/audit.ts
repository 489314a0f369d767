import { sql } from 'kysely'
import { loadConfig } from '../config.ts'
import { openDatabase } from '../db/connection.ts'
import { InputError } from '../errors.ts'
import { firstBroken, trailOf } from '../remediation/audit.ts'
import type { CommandInput, ExitStatus } from './command.ts'

/** Checks the chain of the audit trail, or prints the trail, one JSON object a line. `verify` ends with 1 where the chain is broken. */
export const audit = async (input: CommandInput): Promise<ExitStatus> => {
  const [topic, ...rest] = input.args
  if ((topic !== 'verify' && topic !== 'export') || rest.length > 0)
    throw new InputError('vigil audit verify checks the trail, vigil audit export [--since TIME] prints it')
  const { since, head, ...flags } = input.flags
  const from = sinceOf(since)
  const config = loadConfig({ ...input, flags })
  const database = await openDatabase({ url: config.database_url, dataDir: config.data_dir })
  try {
    await refuseEmpty(database.db)
    if (topic === 'verify') return await verified(input, database.db, head)
    for await (const entry of trailOf(database.db)) if (entry.at >= from) input.print(JSON.stringify(entry))
    return 0
  } finally {
    await database.close()
  }
}

/** A trail that was never begun is told from one that was removed by whoever knows where it should be. */
const refuseEmpty = async (db: Parameters<typeof trailOf>[0]): Promise<void> => {
  const { rows } = await sql<{ table: string | null }>`select to_regclass('audit')::text as table`.execute(db)
  if (rows[0]?.table == null)
    throw new InputError(
      'There is no audit trail: Vigil never ran on this database. Name the one that it runs on: DATABASE_URL, or VIGIL_DATA_DIR for the embedded one, or its --config',
    )
}

/** RFC 3339 in UTC, as the trail has it; what is left out is the beginning. */
const sinceOf = (text: string | undefined): string => {
  if (text === undefined) return ''
  const at = new Date(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime()))
    throw new InputError(`--since ${text} is no time; for example --since 2026-11-20T00:00:00Z`)
  return at.toISOString()
}

const verified = async (input: CommandInput, db: Parameters<typeof trailOf>[0], head: string | undefined): Promise<ExitStatus> => {
  const broken = await firstBroken(db)
  if (broken !== null) {
    input.print(`Broken at entry ${broken.id}: ${broken.why}.`)
    return 1
  }
  let [count, last, isKnown] = [0, '', head === undefined]
  for await (const { hash } of trailOf(db)) {
    count += 1
    last = hash
    if (hash === head) isKnown = true
  }
  // A chain cannot tell that its end was cut off: only somebody who kept an earlier end can.
  if (!isKnown) {
    input.print(`Broken at its end: the chain of ${count} entries holds, but no entry has the hash ${head}. What came with it was removed.`)
    return 1
  }
  input.print(count === 0 ? 'The audit trail is empty.' : `The audit trail holds: ${count} entries, the last has the hash ${last}.`)
  return 0
}
