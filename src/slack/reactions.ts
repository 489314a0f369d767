import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { type Called, call } from './call.ts'
import type { Drawing } from './drawing.ts'
import { holdBack, type Rate, reactionRate, turn, unreactionRate } from './rates.ts'
import type { Slack } from './view.ts'

/** One reaction of Vigil's on the message that carries the thread, one on each later post. Milliseconds until there is more to do, or null. */
export const drawReactions = async (context: Context, slack: Slack, incident: Incident, drawing: Drawing): Promise<number | null> => {
  const own = await drawOwn(context, slack, incident, drawing.reaction)
  return own ?? drawOnPosts(context, slack, incident.id, drawing)
}

const drawOwn = async (context: Context, slack: Slack, incident: Incident, wanted: string | null): Promise<number | null> => {
  const { channel, thread_ts: timestamp, reaction: shown } = incident
  // What a person wrote is not marked: they see the answer under it.
  if (channel === null || timestamp === null || shown === wanted || incident.anchor === 'mention') return null
  const at = { channel, timestamp }
  const changes = [
    ...(shown === null ? [] : [{ name: shown, remove: true }]),
    ...(wanted === null ? [] : [{ name: wanted, remove: false }]),
  ]
  for (const change of changes) {
    const wait = await react(context, slack, { ...at, ...change })
    if (wait !== null) return wait
  }
  await context.db
    .updateTable('incident')
    .set({ reaction: wanted })
    .where('id', '=', incident.id)
    .where('thread_ts', '=', timestamp)
    .execute()
  return null
}

const drawOnPosts = async (context: Context, slack: Slack, incident: string, { postReactions }: Drawing): Promise<number | null> => {
  if (postReactions.length === 0) return null
  const bare = await context.db
    .selectFrom('post')
    .select(['channel', 'ts'])
    .where('incident_id', '=', incident)
    .where('reaction', 'is', null)
    .execute()
  for (const { channel, ts, name } of postReactions) {
    if (!bare.some((post) => post.channel === channel && post.ts === ts)) continue
    const wait = await react(context, slack, { channel, timestamp: ts, name, remove: false })
    if (wait !== null) return wait
    await context.db.updateTable('post').set({ reaction: name }).where('channel', '=', channel).where('ts', '=', ts).execute()
  }
  return null
}

type Change = { readonly channel: string; readonly timestamp: string; readonly name: string; readonly remove: boolean }

/** Null when it is done, or cannot be: a reaction is not worth a second try after a refusal. */
const react = async (context: Context, slack: Slack, { remove, ...at }: Change): Promise<number | null> => {
  const rate: Rate = remove ? unreactionRate : reactionRate
  const wait = await turn(context, [rate])
  if (wait !== undefined) return wait.later
  const called: Called = await call(slack.clients.progress, remove ? 'reactions.remove' : 'reactions.add', at)
  switch (called.how) {
    case 'done':
      return null
    case 'limited':
      await holdBack(context.db, rate, called.afterMs)
      return called.afterMs
    case 'unknown':
      // With Slack away the messages set the pace; a reaction must not quicken it.
      return 30_000
    case 'refused':
      if (!['already_reacted', 'no_reaction'].includes(called.reason))
        context.log.warn({ ...at, reason: called.reason }, 'a reaction was refused')
      return null
  }
}
