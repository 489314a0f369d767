import type { App } from '@slack/bolt'
import { z } from 'zod'
import { findByMessage } from '../../incident/find.ts'
import { own } from '../../incident/own.ts'
import type { Door } from '../door.ts'
import { personOf } from '../people.ts'
import { say } from '../say.ts'
import { triageMessage } from '../triage.ts'

const added = z.object({
  user: z.string(),
  reaction: z.string(),
  item: z.object({ type: z.literal('message'), channel: z.string(), ts: z.string() }),
})

const ON_IT = 'eyes'
/** Both magnifying glasses: people do not see which way they lean. */
const LOOK = new Set(['mag', 'mag_right'])

/** From people, 👀 on an alert is "I'm on it" and 🔎 on any message is "look at this". Nothing else has an effect. */
export const reaction = (app: App, door: Door): void => {
  app.event('reaction_added', async ({ event }) => {
    const read = added.safeParse(event)
    if (!read.success || (read.data.reaction !== ON_IT && !LOOK.has(read.data.reaction))) return
    const { user, reaction: name, item } = read.data
    // The event does not say of which workspace somebody is, nor whether it is a bot.
    const person = await personOf(door.clients, user, door.identity)
    if (!person.isHuman || !person.isColleague) return
    if (name === ON_IT) await take(door, user, item)
    else await look(door, user, item)
  })
}

type Item = { readonly channel: string; readonly ts: string }

const take = async ({ context }: Door, user: string, { channel, ts }: Item): Promise<void> => {
  const incident = await findByMessage(context.db, channel, ts)
  if (incident !== undefined) await own(context, incident.id, user)
}

const look = async (door: Door, user: string, { channel, ts }: Item): Promise<void> => {
  const words = await triageMessage(door, { channel, ts }, { user, channel, threadTs: ts })
  // One answer however many people point at it: a reaction taken back and given again is no new question.
  if (words !== null) await say(door.context, door.clients, { key: `looked:${channel}:${ts}:${user}`, channel, threadTs: ts, text: words })
}
