import type { App } from '@slack/bolt'
import { z } from 'zod'
import { findByMessage } from '../../incident/find.ts'
import { isAddressed, type Talk } from '../../investigation/addressed.ts'
import { alertChannel } from '../alert-channels.ts'
import type { Door } from '../door.ts'
import { slackFailure } from '../failure.ts'
import { isQuestionToAll } from '../inbox.ts'
import { nameOf, personOf } from '../people.ts'
import { plainOf } from '../plain.ts'
import { say } from '../say.ts'
import { askInThread } from '../thread-question.ts'

const talk = z.object({
  channel: z.string(),
  ts: z.string(),
  thread_ts: z.string(),
  text: z.string().min(1),
  user: z.string(),
  bot_id: z.undefined().optional(),
  subtype: z.undefined().optional(),
})

/** Messages before it by which it is understood. */
const BEFORE = 5

/**
 * In an `eager` channel: a question in an incident's thread that mentions nobody is answered when a small model is sure that it is meant
 * for Vigil. Everything else is talk among people and left alone, unread by any model and unstored.
 */
export const threadTalk = (app: App, door: Door): void => {
  app.event('message', async ({ event }) => {
    const read = talk.safeParse(event)
    if (!read.success || read.data.thread_ts === read.data.ts) return
    const { channel, ts, thread_ts: threadTs, text, user } = read.data
    if (!isQuestionToAll(text)) return
    if ((await alertChannel(door, channel))?.mode !== 'eager') return
    const incident = await findByMessage(door.context.db, channel, threadTs)
    if (incident === undefined || !(await isOurs(door, user))) return
    if (!(await isAddressed(door.context, incident, await before(door, { channel, ts, threadTs })))) return
    const words = await askInThread(door, incident, { user, channel, ts, text: plainOf(text) })
    if (words !== null) await say(door.context, door.clients, { key: `answer:${channel}:${ts}`, channel, threadTs, text: words })
  })
}

const isOurs = async ({ clients, identity }: Door, user: string): Promise<boolean> => {
  const person = await personOf(clients, user, identity)
  return person.isHuman && person.isColleague
}

/** The thread's last messages, the asking one at the end. */
const before = async ({ clients, identity }: Door, at: { channel: string; ts: string; threadTs: string }): Promise<Talk[]> => {
  const { channel, ts, threadTs } = at
  try {
    const { messages = [] } = await clients.history.conversations.replies({
      channel,
      ts: threadTs,
      latest: ts,
      inclusive: true,
      limit: 200,
    })
    const newest = messages.filter((message) => message.ts !== threadTs).slice(-BEFORE - 1)
    return await Promise.all(
      newest.map(async ({ user, bot_id: bot, text = '' }) => ({
        who: bot === identity.botId ? 'Vigil' : user === undefined ? 'a bot' : await nameOf(clients, user, identity),
        text: plainOf(text).slice(0, 500),
      })),
    )
  } catch (error) {
    throw slackFailure(error, 'reading a thread')
  }
}
