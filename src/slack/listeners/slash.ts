import type { App } from '@slack/bolt'
import { PermanentError } from '../../errors.ts'
import { answer } from '../answer.ts'
import type { Ask } from '../commands/command.ts'
import type { Door } from '../door.ts'
import { isColleague, STRANGER } from '../people.ts'
import { shown } from '../words.ts'

/** `/vigil …`: the same commands as a mention, answered to the one who typed. Slack has no slash commands inside threads. */
export const slash = (app: App, door: Door): void => {
  app.command('/vigil', async ({ ack, command, respond }) => {
    await ack()
    const { user_id: user, channel_id: channel, team_id: team, text, trigger_id: key } = command
    const ask: Ask = { user, channel, ts: null, threadTs: null, isDirect: channel.startsWith('D'), key }
    const words = isColleague({ user, team }, door.identity) ? await tried(door, ask, text ?? '') : STRANGER
    if (words !== null) await respond({ response_type: 'ephemeral', ...shown(words) })
  })
}

/** An answer that needs a message of ours in a channel where Vigil is not: that is for the one who typed to mend. */
const tried = async (door: Door, ask: Ask, text: string): Promise<string | null> => {
  try {
    return await answer(door, ask, text)
  } catch (error) {
    if (!(error instanceof PermanentError) || !/not_in_channel|channel_not_found/.test(error.message)) throw error
    return 'Not done: I am not in this channel. Invite me with /invite @vigil, or ask in one where I am.'
  }
}
