import { setTimeout as sleep } from 'node:timers/promises'
import type { Context as Request } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Change } from '../state.ts'
import { layout } from './layout.ts'
import type { Piece } from './piece.ts'
import type { Visit } from './visit.ts'

/** What a page that stands open has to change: whole new pieces where `html` is given, only the order where it is not. */
export type Patch = { pieces: Sent[]; lists: Record<string, Sent[]> }
type Sent = { id: string; digest: string; html?: string }

/** Server-sent events: one whole picture first, then after each change in the workspace what differs from the last. */
export const live = (request: Request, visit: Visit): Response =>
  streamSSE(request, async (stream) => {
    let wake = (): void => {}
    let isStale = true
    const unsubscribe = visit.state.subscribe((change) => {
      if (!concerns(change, visit)) return
      isStale = true
      wake()
    })
    stream.onAbort(() => {
      unsubscribe()
      wake()
    })
    const known = new Map<string, string>()
    while (!stream.aborted) {
      if (!isStale) await new Promise<void>((resolve) => (wake = resolve))
      // A storm of changes is drawn once: 40 ms are not seen, and 25 pictures a second are enough.
      await sleep(40)
      isStale = false
      if (!stream.aborted) await stream.writeSSE({ event: 'patch', data: JSON.stringify(patch(visit, known)) })
    }
  })

const concerns = (change: Change, visit: Visit): boolean => {
  if (change.type === 'call') return false
  if (change.type === 'message' || change.type === 'status') return change.channel === visit.channel.id
  if (change.type === 'view' || change.type === 'home') return change.userId === visit.me.id
  return true
}

/** `known` holds what the browser has, by id, and is brought up to date. */
const patch = (visit: Visit, known: Map<string, string>): Patch => {
  const { pieces, lists } = layout(visit)
  const sent = (one: Piece): Sent => {
    const isKnown = known.get(one.id) === one.html
    known.set(one.id, one.html)
    return { id: one.id, digest: one.digest, ...(isKnown ? {} : { html: one.html }) }
  }
  return { pieces: pieces.map(sent), lists: { channel: lists.channel.map(sent), thread: lists.thread.map(sent) } }
}
