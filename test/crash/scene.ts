import { investigator } from '../../src/demo/investigator.ts'
import type { Turn } from '../../src/demo/model/script.ts'
import type { MessagesRequest } from '../../src/demo/model/wire.ts'
import type { StoredMessage } from '../../src/demo/slack/state.ts'
import { type Stage, startStage } from '../../src/demo/stage.ts'
import { named, nameOf, ours, topLevel } from '../thread.ts'
import { until } from '../until.ts'
import { makeStore, type Store, type VigilProcess, vigilProcess } from './process.ts'

/** One question to the model: how many messages it carried, when it came and when its answer was ready. */
export type Asked = { messages: number; readyAt: number }

/** A shop, a Slack and a model that outlive the process between them. */
export type Scene = {
  stage: Stage
  vigil: VigilProcess
  asked: Asked[]
  /** The alert's own post, once the shop is broken. */
  breakShop(): Promise<StoredMessage>
  message(post: StoredMessage, name: string, seconds?: number): Promise<StoredMessage>
  close(): Promise<void>
}

/** Milliseconds that the model thinks for each of its three turns: long enough to be killed in. */
const THINKS = [1500, 3000, 500]

export const startScene = async ({ store, env = {} }: { store?: Store; env?: Record<string, string> } = {}): Promise<Scene> => {
  const asked: Asked[] = []
  const script = (request: MessagesRequest): Turn => {
    const turns = request.messages.filter((message) => message.role === 'assistant').length
    const delayMs = THINKS[turns] ?? 0
    asked.push({ messages: request.messages.length, readyAt: performance.now() + delayMs })
    return { ...(investigator(request) as Turn), delayMs }
  }
  const stage = await startStage({ rates: false, retryScale: 0.1, script, world: { rule: { forSeconds: 3 } } })
  const kept = store ?? (await makeStore())
  const vigil = await vigilProcess({ ...stage.env, VIGIL_RECOVERY_SECONDS: '60', ...env }, kept)
  const { workspace } = stage
  return {
    stage,
    vigil,
    asked,
    breakShop: async () => {
      stage.world.break('bad-deploy')
      return until("the alert's post", () => topLevel(workspace)[0])
    },
    message: (post, name, seconds = 30) =>
      until(`the ${name} of the thread`, () => named(workspace, post.ts, name), {
        seconds,
        seen: () => ({ ours: ours(workspace).map(nameOf), asked, printed: vigil.words().slice(-3000) }),
      }),
    close: async () => {
      await vigil.close()
      await stage.close()
      if (store === undefined) await kept.remove()
    },
  }
}
