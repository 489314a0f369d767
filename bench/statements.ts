import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

/** One call of the pg client: one flight to the server and back, for no statement of ours has a name (parse, bind and execute go together). */
export type Statement = { readonly text: string; readonly owner: 'queue' | 'delivery' | 'vigil' }

const log = new AsyncLocalStorage<Statement[]>()

/** Every statement that `run` causes, begin and commit and those of the queue among them; not what workers poll meanwhile. */
export const statementsOf = async (run: () => Promise<unknown>): Promise<Statement[]> => {
  watch()
  const counted: Statement[] = []
  await log.run(counted, run)
  return counted
}

let watching = false

const watch = (): void => {
  if (watching) return
  watching = true
  const { query } = pg.Client.prototype
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first] = given
    const text = typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text ?? '')
    log.getStore()?.push({ text, owner: ownerOf(text) })
    return Reflect.apply(query, this, given)
  } as typeof query
}

/** The queue's tables are in its own schema; delivery's are the outbox, the rates and what was posted. */
const ownerOf = (text: string): Statement['owner'] =>
  /\bpgboss\b|pg_notify/i.test(text) ? 'queue' : /\b(from|into|update)\s+"?(message|slack_rate)\b/i.test(text) ? 'delivery' : 'vigil'

/** `begin` and `commit` are round trips as any other. */
export const describe = (statements: readonly Statement[]): string =>
  statements
    .map(({ owner, text }) => `${owner === 'queue' ? 'queue: ' : ''}${text.trim().replaceAll(/\s+/g, ' ').slice(0, 110)}`)
    .join('\n')
