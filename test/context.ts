import { type Config, loadConfig } from '../src/config.ts'
import { type Context, systemClock, systemRandom } from '../src/context.ts'
import { openDatabase } from '../src/db/connection.ts'
import type { Model } from '../src/llm/model.ts'
import type { Models } from '../src/llm/models.ts'
import { openQueue } from '../src/queue/queue.ts'
import { createLog } from '../src/telemetry/log.ts'
import { createTelemetry } from '../src/telemetry/telemetry.ts'
import { freshDatabase } from './template.ts'

/** The one model in every place. */
export const onlyModel = (model: Model | undefined): Models => ({ main: model, small: model, named: () => model })

export type TestContext = { context: Context; close(): Promise<void> }

/** The real context on a fresh database, without doors and workers; fields can be replaced. */
export const testContext = async (env: Record<string, string> = {}, overrides: Partial<Context> = {}): Promise<TestContext> => {
  const made = await freshDatabase()
  const config: Config = loadConfig({ env: { VIGIL_CONFIG: '/dev/null', ...env }, flags: {} })
  const log = createLog({ log_level: (process.env['VIGIL_TEST_LOG'] as 'silent' | undefined) ?? 'silent' })
  const database = await openDatabase({ url: made.url, dataDir: made.dataDir, ...(made.embedded ? { embedded: made.embedded } : {}) })
  const queue = await openQueue({ database, url: made.url, log, clock: systemClock })
  const context: Context = {
    config,
    clock: systemClock,
    random: systemRandom(systemClock),
    fetch: globalThis.fetch,
    log,
    telemetry: createTelemetry('test'),
    db: database.db,
    queue,
    sources: () => ({}),
    models: onlyModel(undefined),
    ...overrides,
  }
  const close = async () => {
    await queue.stop(1000)
    await database.close()
    await made.remove()
  }
  return { context, close }
}
