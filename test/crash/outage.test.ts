import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPostgres, startPostgres } from '../postgres.ts'
import { channelOf, named, nameOf, replies, topLevel } from '../thread.ts'
import { stays, until } from '../until.ts'
import { webhookOf } from '../vigil.ts'
import { startScene } from './scene.ts'

const binaries = findPostgres('postgres') ?? findPostgres('system')
const missing = binaries === undefined && 'no PostgreSQL server on this machine that could be stopped'

/** A database that comes back is used again without a restart (SAFETY T5). */
const RECOVERED_SECONDS = 10

test('PostgreSQL is gone for a while: nothing is accepted, and nothing that was accepted is lost', { skip: missing }, async (t) => {
  const server = await startPostgres(binaries ?? '')
  const scene = await startScene({ store: { env: { VIGIL_DATABASE_URL: server.url }, remove: async () => undefined } })
  t.after(async () => {
    await scene.close()
    await server.remove()
  })
  const { vigil, stage, asked } = scene
  const { workspace } = stage
  const channel = channelOf(workspace).id
  await vigil.start()
  const post = await scene.breakShop()
  const first = await scene.message(post, 'first')
  await until('the second turn is asked for', () => asked.length === 2)

  await server.stop()
  const alert = webhookOf([{ alertname: 'QueueStuck', service: 'orders', severity: 'warning' }])
  for (let i = 0; i < 3; i++) {
    const refused = await vigil.call('POST', '/api/v1/alerts', alert)
    assert.equal(refused.status, 503)
    assert.equal(refused.body.error.code, 'unavailable')
    assert.ok(refused.ms < 2000, `${refused.ms} ms`)
  }
  const pressed = await workspace.press({ user: 'ana', actionId: 'own', channel, ts: first.ts })
  assert.equal(pressed.acked, false)
  await stage.workspace.postAsBot({ channel, bot: 'Alertmanager', attachments: [{ title: '[FIRING:1] DiskFull search', fallback: 'x' }] })
  const missed = topLevel(workspace).at(-1) ?? assert.fail()
  await until('Vigil says that it is not ready', async () => !(await vigil.ready()))
  await stays('nothing is said about an alert that could not be stored', () => replies(workspace, missed.ts).length === 0, 1)

  await server.start()
  const back = performance.now()
  await until('Vigil is ready again', () => vigil.ready(), { seconds: RECOVERED_SECONDS, seen: vigil.words })
  const accepted = await until(
    'the alert is accepted',
    async () => {
      const answer = await vigil.call('POST', '/api/v1/alerts', alert)
      return answer.status === 202 && answer
    },
    { seconds: RECOVERED_SECONDS - (performance.now() - back) / 1000 },
  )
  assert.equal(accepted.body.accepted.length, 1)

  // Slack sends again what nobody acknowledged, and the investigation goes on where its last stored turn stands.
  await until('the alert that Slack sent again is answered', () => named(workspace, missed.ts, 'first'), { seconds: 30 })
  await scene.message(post, 'analysis:1', 40)
  const orders = accepted.body.accepted[0].incident
  await until(
    'and so is the one of the webhook',
    async () => named(workspace, (await vigil.call('GET', `/api/v1/incidents/${orders}`)).body.thread_ts ?? '', 'first'),
    { seconds: 20 },
  )
  assert.deepEqual(replies(workspace, post.ts).map(nameOf).sort(), ['analysis:1', 'first', 'progress:1'])
  assert.equal(named(workspace, post.ts, 'first')?.ts, first.ts)
  const { body } = await vigil.call('GET', '/api/v1/incidents')
  assert.equal(body.total, 3)

  assert.ok((await workspace.press({ user: 'ana', actionId: 'own', channel, ts: first.ts })).acked)
  assert.doesNotMatch(vigil.words(), /rejected promise|unhandled/i)
})
