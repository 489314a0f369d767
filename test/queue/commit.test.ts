import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/context.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { openQueue } from '../../src/queue/queue.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { freshDatabase } from '../template.ts'

const log = createLog({ log_level: 'silent' })

test('a job exists only when the transaction that sent it commits', async () => {
  const made = await freshDatabase()
  const database = await openDatabase({ url: made.url, dataDir: made.dataDir, ...(made.embedded ? { embedded: made.embedded } : {}) })
  const queue = await openQueue({ database, url: made.url, log, clock: systemClock })
  const ran: string[] = []
  await queue.work('deliver', {
    run: async ({ incident }) => {
      ran.push(incident)
    },
  })
  await assert.rejects(
    database.db.transaction().execute(async (trx) => {
      await queue.send(trx, 'deliver', [{ incident: 'rolled back' }])
      throw new Error('no')
    }),
  )
  await database.db.transaction().execute((trx) => queue.send(trx, 'deliver', [{ incident: 'committed' }]))
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await queue.stop(1000)
  await database.close()
  await made.remove()
  assert.deepEqual(ran, ['committed'])
})
