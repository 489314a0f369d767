import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StoredMessage } from '../../src/demo/slack/state.ts'
import { named, nameOf, ours, wordsOf } from '../thread.ts'
import { until } from '../until.ts'
import { type Scene, startScene } from './scene.ts'

/** From the start of the new process to the analysis: a lease of 10 s, and the rest of the investigation. */
const RESUMED_SECONDS = 30

/** Most of it is waiting for a lease; but an embedded database makes each process a heavy one. */
const SIDE_BY_SIDE = process.env['VIGIL_TEST_SERVER'] === undefined ? 2 : 3

/** Each waits for its moment; then the process is killed. */
const moments: Readonly<Record<string, (scene: Scene, post: StoredMessage) => Promise<unknown>>> = {
  'right after the first reply': (scene, post) => scene.message(post, 'first'),

  "while the model's second turn is on its way": (scene) => until('the second turn is asked for', () => scene.asked.length === 2),

  'while a tool waits for its answer': async (scene) => {
    await until('the first turn is asked for', () => scene.asked.length === 1)
    scene.stage.world.faults.delay('prometheus', 8000)
    await until('the first turn is answered', () => performance.now() > (scene.asked[0]?.readyAt ?? 0) + 700)
    scene.stage.world.faults.delay('prometheus', 0)
  },

  'after the tools have answered and the thread shows it': async (scene, post) => {
    const progress = await scene.message(post, 'progress:1')
    await until('an answer stands in the progress', () => /E\d+\)/.test(wordsOf(progress)))
  },

  'when the analysis is stored and not yet in the thread': async (scene) => {
    await until('the last turn is asked for', () => scene.asked.length === 3)
    scene.stage.workspace.faults.failNext('chat.postMessage', 'hang')
    await analysisSent(scene)
  },

  'when the analysis stands in the thread and Vigil does not know': async (scene) => {
    await until('the last turn is asked for', () => scene.asked.length === 3)
    scene.stage.workspace.faults.failNext('chat.postMessage', 'hang_after_accept')
    await analysisSent(scene)
  },
}

/** Slack has the call and does not answer it. */
const analysisSent = ({ stage }: Scene): Promise<unknown> =>
  until('the analysis is on its way to Slack', () =>
    stage.workspace.state.calls.find(({ method, status }) => method === 'chat.postMessage' && status === 0),
  )

describe('kill -9 in the middle of an investigation', { concurrency: SIDE_BY_SIDE }, () => {
  for (const [moment, reach] of Object.entries(moments)) {
    test(moment, async (t) => {
      const scene = await startScene()
      t.after(scene.close)
      const { vigil, stage, asked } = scene
      await vigil.start()
      const post = await scene.breakShop()
      await reach(scene, post)

      vigil.kill('SIGKILL')
      assert.equal((await vigil.exited()).signal, 'SIGKILL')
      const last = asked.at(-1)
      const cut = last !== undefined && last.readyAt > performance.now() ? last.messages : null
      stage.workspace.faults.clear()
      const before = new Map(ours(stage.workspace).map((message) => [nameOf(message), message.ts]))

      await vigil.start()
      await scene.message(post, 'analysis:1', RESUMED_SECONDS)
      await until('the progress is one line', () =>
        /Investigated in/.test(wordsOf(named(stage.workspace, post.ts, 'progress:1') ?? { blocks: [] })),
      )

      // Same thread, same messages, and each of them once.
      const after = ours(stage.workspace)
      assert.deepEqual(after.map(nameOf).sort(), ['analysis:1', 'first', 'progress:1'])
      for (const message of after) {
        assert.equal(message.threadTs, post.ts)
        assert.equal(message.ts, before.get(nameOf(message)) ?? message.ts, `${nameOf(message)} was posted anew`)
      }

      // What the model has answered is not asked again; what was cut is asked once more.
      const times = Map.groupBy(asked, ({ messages }) => messages)
      for (const [messages, questions] of times) {
        assert.equal(questions.length, messages === cut ? 2 : 1, `${messages} messages were sent ${questions.length} times`)
      }
      assert.deepEqual([...times.keys()], [1, 3, 5])

      const { body } = await vigil.call('GET', '/api/v1/incidents')
      assert.equal(body.total, 1)
      const { body: incident } = await vigil.call('GET', `/api/v1/incidents/${body.incidents[0].id}`)
      assert.equal(incident.thread_ts, post.ts)
      assert.equal(incident.status, 'analysed')
      assert.equal(incident.analysis.verdict, 'action_required')
      assert.deepEqual(incident.analysis.unsupported, [])
      assert.equal(incident.spending.tool_calls, 6)
      const types = incident.timeline.map(({ type }: { type: string }) => type)
      for (const type of ['opened', 'briefed', 'analysed'])
        assert.equal(types.filter((other: string) => other === type).length, 1, `${type}: ${types}`)
    })
  }
})
