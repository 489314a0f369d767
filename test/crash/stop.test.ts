import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { nameOf, ours } from '../thread.ts'
import { until } from '../until.ts'
import { TOKEN } from '../vigil.ts'
import { startScene } from './scene.ts'

describe('SIGTERM in the middle of an investigation', { concurrency: 2 }, () => {
  test('ends with 0 at once, and the work goes on after the start', async (t) => {
    const scene = await startScene()
    t.after(scene.close)
    const { vigil, stage, asked } = scene
    await vigil.start()
    const post = await scene.breakShop()
    await until('the second turn is asked for', () => asked.length === 2)
    await scene.message(post, 'progress:1')

    vigil.kill('SIGTERM')
    const exit = await vigil.exited()
    assert.equal(exit.code, 0, vigil.words())
    // A drain waits for what can end; an investigation is handed over instead.
    assert.ok(exit.afterMs < 10_000, `${exit.afterMs} ms`)
    const before = new Map(ours(stage.workspace).map((message) => [nameOf(message), message.ts]))

    await vigil.start()
    // Handed over, so nobody waits for a lease of 10 s to run out.
    await until('the turn that was cut is asked for again', () => asked.length === 3, { seconds: 6 })
    await scene.message(post, 'analysis:1')
    const after = ours(stage.workspace)
    assert.deepEqual(after.map(nameOf).sort(), ['analysis:1', 'first', 'progress:1'])
    for (const message of after) assert.equal(message.ts, before.get(nameOf(message)) ?? message.ts)
    assert.deepEqual(
      asked.map(({ messages }) => messages),
      [1, 3, 3, 5],
    )
  })

  test('a second one does not wait for the drain, and loses nothing either', async (t) => {
    const scene = await startScene({ env: { VIGIL_DRAIN_SECONDS: '60', VIGIL_SHUTDOWN_BUDGET_SECONDS: '90' } })
    t.after(scene.close)
    const { vigil, asked } = scene
    await vigil.start()
    const post = await scene.breakShop()
    await until('the first turn is asked for', () => asked.length === 1)

    // Somebody who sends half a body and then nothing: the drain would wait a minute for the rest.
    const sender = connect(Number(new URL(vigil.url).port), '127.0.0.1')
    sender.on('error', () => undefined)
    sender.write(
      `POST /api/v1/alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{`,
    )
    await until('Vigil reads it', async () => (await vigil.call('GET', '/api/v1/stats')).status === 200)

    vigil.kill('SIGTERM')
    let gone = false
    void vigil.exited().then(() => {
      gone = true
    })
    await until('it is not ready any more', async () => !(await vigil.ready()))
    await new Promise((resolve) => setTimeout(resolve, 1000))
    assert.equal(gone, false, 'it did not wait for the request')
    vigil.kill('SIGTERM')
    const exit = await vigil.exited()
    sender.destroy()
    assert.equal(exit.code, 0, vigil.words())
    assert.ok(exit.afterMs < 2000, `${exit.afterMs} ms`)

    await vigil.start()
    await scene.message(post, 'analysis:1')
    assert.deepEqual(ours(scene.stage.workspace).map(nameOf).sort(), ['analysis:1', 'first', 'progress:1'])
  })
})
