import type { App } from '@slack/bolt'
import { z } from 'zod'
import { answer } from '../answer.ts'
import type { Ask } from '../commands/command.ts'
import type { Door } from '../door.ts'
import { isColleague, personOf, STRANGER } from '../people.ts'
import { say } from '../say.ts'

const said = z.object({
  type: z.enum(['message', 'app_mention']),
  channel: z.string(),
  channel_type: z.string().optional(),
  ts: z.string(),
  thread_ts: z.string().optional(),
  text: z.string().default(''),
  user: z.string(),
  bot_id: z.undefined().optional(),
  /** Absent for what people type; files come with words too. */
  subtype: z.enum(['file_share', 'thread_broadcast']).optional(),
  team: z.string().optional(),
  user_team: z.string().optional(),
  source_team: z.string().optional(),
})

/** People who mention Vigil, or write to it alone. One message comes as both kinds at times: its answer has one key. */
export const mention = (app: App, door: Door): void => {
  app.event('app_mention', ({ event }) => hear(door, event))
  app.event('message', ({ event }) => hear(door, event))
}

const hear = async (door: Door, event: unknown): Promise<void> => {
  const read = said.safeParse(event)
  if (!read.success) return
  const { type, channel, channel_type: kind, ts, thread_ts: thread, text, user } = read.data
  const isDirect = kind === 'im'
  if (type === 'message' && !isDirect) return
  const threadTs = thread === undefined || thread === ts ? null : thread
  const ask: Ask = { user, channel, ts, threadTs, isDirect, key: `${channel}:${ts}` }
  const team = read.data.user_team ?? read.data.source_team ?? read.data.team ?? null
  const isOurs =
    team === null ? (await personOf(door.clients, user, door.identity)).isColleague : isColleague({ user, team }, door.identity)
  const words = isOurs ? await answer(door, ask, withoutUs(text, door.identity.botUserId)) : STRANGER
  if (words === null) return
  await say(door.context, door.clients, { key: `answer:${ask.key}`, channel, threadTs: threadTs ?? ts, text: words })
}

const withoutUs = (text: string, us: string): string =>
  text.replaceAll(new RegExp(`<@${us}(?:\\|[^>]*)?>`, 'g'), ' ').replace(/^[\s,:]+/, '')
