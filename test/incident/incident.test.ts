import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Context } from '../../src/context.ts'
import type { IncidentStatus } from '../../src/db/schema.ts'
import { identityOf, incidentName, move, statusesBefore, takeOver } from '../../src/incident/incident.ts'
import { testContext } from '../context.ts'

let context: Context
let end: () => Promise<void>
before(async () => {
  const made = await testContext()
  context = made.context
  end = made.close
})
after(() => end())

const STATUSES: readonly IncidentStatus[] = [
  'open',
  'investigating',
  'analysed',
  'awaiting_approval',
  'executing',
  'verifying',
  'resolved',
  'escalated',
]

/** DESIGN 4, written down a second time: the table in the code is compared with it, not with itself. */
const LEGAL: Readonly<Record<IncidentStatus, string>> = {
  open: 'investigating analysed resolved escalated',
  investigating: 'open analysed awaiting_approval resolved escalated',
  analysed: 'investigating awaiting_approval resolved escalated',
  awaiting_approval: 'executing analysed investigating resolved escalated',
  executing: 'verifying escalated',
  verifying: 'analysed awaiting_approval resolved escalated',
  resolved: 'open',
  escalated: 'investigating awaiting_approval verifying resolved',
}
const isLegal = (from: IncidentStatus, to: IncidentStatus): boolean => LEGAL[from].split(' ').includes(to)

let made = 0
const incidentIn = async (status: IncidentStatus): Promise<string> => {
  const id = `i${++made}`
  await context.db
    .insertInto('incident')
    .values({
      id,
      status,
      title: 't',
      severity: 's',
      cluster: 'default',
      alertname: 'A',
      ...(status === 'resolved' ? { resolved_at: new Date() } : {}),
    })
    .execute()
  return id
}

const rowOf = (id: string) => context.db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('every move of the table goes, every other is refused and tells where the incident stands', async () => {
  for (const from of STATUSES) {
    for (const to of STATUSES) {
      const id = await incidentIn(from)
      const moved = await move(context.db, id, to)
      assert.deepEqual(moved, isLegal(from, to) ? { moved: true } : { moved: false, status: from }, `${from} -> ${to}`)
      const row = await rowOf(id)
      assert.equal(row.status, isLegal(from, to) ? to : from)
      assert.equal(row.resolved_at !== null, row.status === 'resolved', `${from} -> ${to}`)
    }
  }
})

test('any sequence of moves keeps to the table', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STATUSES), { maxLength: 12 }), async (path) => {
      const id = await incidentIn('open')
      let at: IncidentStatus = 'open'
      for (const to of path) {
        const { moved } = await move(context.db, id, to)
        assert.equal(moved, isLegal(at, to))
        if (moved) at = to
        assert.equal((await rowOf(id)).status, at)
      }
    }),
    { numRuns: 25 },
  )
})

test('of many who move at once one wins, and the others are told so', async () => {
  const id = await incidentIn('awaiting_approval')
  const results = await Promise.all(Array.from({ length: 10 }, () => move(context.db, id, 'executing')))
  assert.equal(results.filter(({ moved }) => moved).length, 1)
  assert.ok(results.every((result) => result.moved || result.status === 'executing'))
})

test('who was overtaken moves nothing', async () => {
  const id = await incidentIn('open')
  const first = await takeOver(context.db, id)
  const second = await takeOver(context.db, id)
  assert.equal((second?.epoch ?? 0) - (first?.epoch ?? 0), 1)
  assert.deepEqual(await move(context.db, id, 'investigating', first?.epoch), { moved: false, status: 'open' })
  assert.deepEqual(await move(context.db, id, 'investigating', second?.epoch), { moved: true })
})

test('what is not there is gone', async () => {
  assert.deepEqual(await move(context.db, 'nobody', 'resolved'), { moved: false, status: 'gone' })
  assert.equal(await takeOver(context.db, 'nobody'), undefined)
})

test('many who take over at once each get an epoch of their own', async () => {
  const id = await incidentIn('open')
  const epochs = (await Promise.all(Array.from({ length: 10 }, () => takeOver(context.db, id)))).map((incident) => incident?.epoch)
  assert.equal(new Set(epochs).size, 10)
})

test('an identity is cluster, subject and name; without a subject there is none', () => {
  assert.equal(identityOf({ cluster: 'eu', subject: 'checkout', alertname: 'A' }), 'eu|checkout|A')
  assert.equal(identityOf({ cluster: 'eu', subject: null, alertname: 'A' }), null)
  assert.equal(incidentName({ number: 214 }), 'INC-214')
})

test('the statuses before one are those that may go there', () => {
  for (const to of STATUSES) {
    assert.deepEqual(statusesBefore(to).sort(), STATUSES.filter((from) => isLegal(from, to)).sort())
  }
})
