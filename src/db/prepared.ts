import pg from 'pg'

/**
 * Has the server keep the plans of our long statements. Reading an intake, storing a step and the like join a dozen tables: to plan
 * one takes 4 ms, to run it 1. Each connection prepares such a statement at its first use.
 *
 * A kept plan is made for the sizes that the tables had, and a storm multiplies them within seconds, long before autovacuum counts
 * anew. So the plans are dropped after 50 uses, 100, 200 … and then after every 1000.
 *
 * Only statements that begin with `with`: they are few and their text is constant, which is what the memory of server and client
 * relies on, and none of them ends in `select *`, whose prepared form fails for ever once another version has added a column.
 */
const preparing = (client: pg.ClientBase): void => {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown
  let uses = 0
  let next = FIRST
  const prepared = (text: unknown, values: unknown, done?: unknown): unknown => {
    const name = Array.isArray(values) ? nameOf(text) : undefined
    if (name === undefined) return query(text, values, done)
    uses += 1
    if (uses > next) {
      next = uses + Math.min(uses, MOST)
      query('discard plans', () => undefined)
    }
    return query({ name, text, values }, done)
  }
  client.query = prepared as typeof client.query
}

const FIRST = 50
const MOST = 1000

/** Names are good for all connections: each prepares what it has not seen. */
const names = new Map<string, string>()
/** More than that many statements are not constant ones. */
const NAMES = 200

const nameOf = (text: unknown): string | undefined => {
  if (typeof text !== 'string' || !/^\s*with\s/i.test(text)) return undefined
  const known = names.get(text)
  if (known !== undefined || names.size >= NAMES) return known
  const name = `vigil_${names.size + 1}`
  names.set(text, name)
  return name
}

/** A class because a pool makes its clients with `new`, also the pool that pg-boss opens for itself. */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config)
    preparing(this)
  }
}
