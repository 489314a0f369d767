import { type Called, call, type Found } from './call.ts'
import type { Slack } from './view.ts'

/** Where a message was looked for and stands. `threadTs` null: on the top level. */
export type FoundPosted =
  | { readonly how: 'found'; readonly ts: string; readonly threadTs: string | null }
  | { readonly how: 'nowhere' }
  | { readonly how: 'later'; readonly afterMs: number }

type Sought = { readonly key: string; readonly channel: string; readonly threadTs: string | null; readonly since: Date }

/** The two clocks need not agree. */
const SKEW_MS = 60_000
const MOST_PAGES = 20

/**
 * After a call whose end is not known: looks for the message by the key in its metadata, in its thread, and on the top level where it
 * belongs or where Slack puts replies to what is gone.
 */
export const findPosted = async (slack: Slack, sought: Sought): Promise<FoundPosted> => {
  if (sought.threadTs !== null) {
    const inThread = await search(slack, sought, 'conversations.replies')
    if (inThread.how !== 'nowhere') return inThread
    if (inThread.complete) return { how: 'nowhere' }
  }
  const found = await search(slack, sought, 'conversations.history')
  return found.how === 'nowhere' ? { how: 'nowhere' } : found
}

type Searched = Exclude<FoundPosted, { how: 'nowhere' }> | { readonly how: 'nowhere'; readonly complete: boolean }

/** `complete: false` when there is no such thread any more. */
const search = async ({ clients }: Slack, sought: Sought, method: string): Promise<Searched> => {
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const called: Called = await call(clients.history, method, {
      channel: sought.channel,
      ...(method === 'conversations.replies' ? { ts: sought.threadTs } : {}),
      oldest: String((sought.since.getTime() - SKEW_MS) / 1000),
      include_all_metadata: true,
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    })
    switch (called.how) {
      case 'done': {
        const match = called.answer.messages?.find((message) => keyIn(message) === sought.key)
        if (match?.ts !== undefined) return { how: 'found', ts: match.ts, threadTs: threadOf(match) }
        cursor = called.answer.response_metadata?.next_cursor
        if (!cursor) return { how: 'nowhere', complete: true }
        break
      }
      case 'limited':
        return { how: 'later', afterMs: called.afterMs }
      case 'unknown':
        return { how: 'later', afterMs: 1000 }
      case 'refused':
        // What cannot be read cannot be posted to either; posting will say why.
        return { how: 'nowhere', complete: called.reason !== 'thread_not_found' }
    }
  }
  return { how: 'nowhere', complete: true }
}

const keyIn = (message: Found): unknown => message.metadata?.event_payload?.key

const threadOf = ({ ts, thread_ts: thread }: Found): string | null => (thread === undefined || thread === ts ? null : thread)
