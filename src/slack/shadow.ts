import type { Context } from '../context.ts'
import type { Incident } from '../db/schema.ts'
import { InputError } from '../errors.ts'
import { resolveChannel } from './channels.ts'
import type { Drawing } from './drawing.ts'
import { type Row, stand } from './stand.ts'
import type { Slack } from './view.ts'

/** The id of the trial channel. Null: there is none, or Vigil cannot see it, which is in the log with the mend. */
export const trialChannel = async (context: Context, { clients }: Pick<Slack, 'clients'>): Promise<string | null> => {
  const { shadow_channel: name } = context.config.slack
  if (name === undefined) return null
  try {
    return await resolveChannel(clients, name)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    context.log.warn({ channel: name }, error.message)
    return null
  }
}

type Copy = { readonly incident: Pick<Incident, 'id' | 'merged_into'>; readonly drawing: Drawing; readonly rows: ReadonlyMap<string, Row> }

/** Makes the copy stand in the trial channel. Milliseconds until there is more to do, or null. */
export const standCopy = async (context: Context, slack: Slack, { incident, drawing, rows }: Copy): Promise<number | null> => {
  const { copy } = drawing
  if (copy === undefined) return null
  const standing = await stand(context, slack, { message: copy, row: rows.get(copy.key), incident })
  if (standing.how === 'refused') {
    context.log.warn({ channel: copy.channel, reason: standing.reason }, 'the trial channel refused a copy: invite Vigil there')
  }
  return standing.how === 'later' ? standing.afterMs : null
}
