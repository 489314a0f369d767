import { PGlite } from '@electric-sql/pglite'
import { createReceive, type Receive } from '../src/alert/receive.ts'
import { loadConfig } from '../src/config.ts'
import { type Clock, type Context, systemClock, systemRandom } from '../src/context.ts'
import { openDatabase } from '../src/db/connection.ts'
import { migrate } from '../src/db/migrate.ts'
import type { Reply } from '../src/demo/model/script.ts'
import { startModelServer } from '../src/demo/model/server.ts'
import type { MessagesRequest } from '../src/demo/model/wire.ts'
import { anthropic } from '../src/llm/anthropic.ts'
import type { Model } from '../src/llm/model.ts'
import { openQueue } from '../src/queue/queue.ts'
import { createLog } from '../src/telemetry/log.ts'
import { createTelemetry } from '../src/telemetry/telemetry.ts'
import type { Case } from './case.ts'
import { type Reader, readerOf } from './reader.ts'
import { NOW } from './world.ts'

/** Vigil without doors and workers, on a database of its own that is gone afterwards. */
export type Bench = { readonly context: Context; readonly receive: Receive; close(): Promise<void> }

/** Everything stands still at the moment of the cases, but waits are real. */
const clock: Clock = { ...systemClock, now: () => NOW }

/** Each case is a cluster of its own, so that none joins another's incident. */
export const openBench = async (cases: readonly { readonly name: string }[]): Promise<Bench> => {
  const log = createLog({ log_level: 'silent' })
  const embedded = await PGlite.create()
  const database = await openDatabase({ url: undefined, dataDir: '', embedded })
  await migrate(database.db)
  const queue = await openQueue({ database, url: undefined, log, clock: systemClock })
  const config = {
    ...loadConfig({ env: { VIGIL_CONFIG: '/dev/null' }, flags: {} }),
    clusters: cases.map(({ name }) => ({ name, match: [`cluster="${name}"`] })),
  }
  const context: Context = {
    config,
    clock,
    random: systemRandom(clock),
    fetch,
    log,
    telemetry: createTelemetry('eval'),
    db: database.db,
    queue,
    sources: () => ({}),
    models: { main: undefined, small: undefined, named: () => undefined },
  }
  return {
    context,
    receive: createReceive(context),
    close: async () => {
      await queue.stop(1000)
      await database.close()
      await embedded.close()
    },
  }
}

/** The scripted model of a case: it asks what the case says, and hands in what it reads in the answers. */
export const startScripted = async (one: Case): Promise<{ model: Model; close(): Promise<void> }> => {
  const server = await startModelServer({ script: scriptOf(one) })
  return {
    model: anthropic({ apiKey: server.apiKey, baseUrl: server.url, model: 'claude-haiku-5-5', fetch, clock }),
    close: () => server.close(),
  }
}

/** Which answer it is at is read from the conversation, so one server may play any number of cases. */
export const scriptOf =
  (one: Case) =>
  (request: MessagesRequest): Reply => {
    const round = request.messages.filter(({ role }) => role === 'assistant').length
    const questions = one.asks[round]
    if (questions !== undefined)
      return { content: questions.map(([name, input], i) => ({ type: 'tool_use', id: `q${round}_${i}`, name, input })) }
    return { content: [{ type: 'tool_use', id: `s${round}`, name: 'submit_analysis', input: handedIn(one, readerOf(request)) }] }
  }

const handedIn = ({ conclude, lies = [] }: Case, read: Reader): unknown => {
  const found = conclude(read)
  const told = lies.map(({ text, question, quote }) => {
    const evidence = read.evidence(question)
    const receipt = quote === undefined ? { evidence, statistic: 'last', value: read.last(question) ?? 0 } : { evidence, quote }
    return { text, kind: 'observation', receipts: [receipt] }
  })
  return { ...found, claims: [...(Array.isArray(found['claims']) ? found['claims'] : []), ...told] }
}
