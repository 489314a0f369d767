import type { Db as QueueDb } from 'pg-boss'

type Execute = QueueDb['executeSql']
type Rows = Awaited<ReturnType<Execute>>

/**
 * pg-boss wakes every worker of a queue for one new job, and each then asks the database: of eight fetches seven find nothing, on
 * every hop of an alert and in every idle second. Here the workers of a queue ask one after the other, and one that finds nothing
 * answers for all that had asked before it began; whoever asks later is not answered by what it may have missed.
 */
export const sharingFetches = (execute: Execute): Execute => {
  const queues = new Map<string, Fetching>()
  return (text, values) => {
    if (!isFetch(text)) return execute(text, values)
    const key = `${text} ${JSON.stringify(values)}`
    const fetching = queues.get(key) ?? { asking: [], busy: false }
    queues.set(key, fetching)
    const { promise, resolve, reject } = Promise.withResolvers<Rows>()
    fetching.asking.push({ resolve, reject })
    if (!fetching.busy) void drain(fetching, () => execute(text, values)).then(() => fetching.busy || queues.delete(key))
    return promise
  }
}

/** How pg-boss's fetch begins. If a later version's does not, nothing is shared and nothing breaks. */
const isFetch = (text: string): boolean => /^\s*WITH\s+next AS/.test(text)

type Asking = { resolve: (rows: Rows) => void; reject: (error: unknown) => void }
type Fetching = { asking: Asking[]; busy: boolean }

const drain = async (fetching: Fetching, ask: () => Promise<Rows>): Promise<void> => {
  fetching.busy = true
  for (;;) {
    const [first, ...others] = fetching.asking.splice(0)
    if (first === undefined) break
    try {
      const found = await ask()
      first.resolve(found)
      if (found.rows.length > 0) fetching.asking.unshift(...others)
      else for (const { resolve } of others) resolve({ rows: [] })
    } catch (error) {
      first.reject(error)
      // Somebody else was first with one job, of which pg-boss makes an empty answer; the next may be free. All else hits everybody alike.
      if ((error as { code?: unknown } | null)?.code === UNIQUE_VIOLATION) fetching.asking.unshift(...others)
      else for (const { reject } of others) reject(error)
    }
  }
  fetching.busy = false
}

const UNIQUE_VIOLATION = '23505'
