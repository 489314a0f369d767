import type { App } from '@slack/bolt'
import { z } from 'zod'
import { acting, isByColleague } from './acting.ts'
import type { Door } from './door.ts'
import type { Block } from './drawing.ts'
import { STRANGER } from './people.ts'
import { shown } from './words.ts'

/** A person pressed something. */
export type Press = {
  readonly user: string
  /** The button's value, or the chosen option's. */
  readonly value: string
  readonly triggerId: string
  /** Null in a modal or the home. */
  readonly channel: string | null
  readonly threadTs: string | null
  /** Which message holds the button; null in a modal or the home. */
  readonly messageTs: string | null
  /** The modal that holds the button. */
  readonly view: { readonly id: string; readonly hash: string } | null
  /** Of the workspace that Vigil is installed in, as the press itself says. */
  readonly isColleague: boolean
}

/** What the presser alone is told: words, or words with something to press below them. */
export type Told = string | { readonly text: string; readonly blocks: readonly Block[] }

const pressBody = acting.extend({
  trigger_id: z.string(),
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ message_ts: z.string().optional(), thread_ts: z.string().optional() }).optional(),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }).optional(),
  view: z.object({ id: z.string(), hash: z.string() }).nullish(),
  actions: z.array(z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string().optional() }).nullish() })).min(1),
})

/**
 * Registers what one button does: acknowledged at once, refused to people of other workspaces, then one call. What it returns is told to the
 * presser alone; null: there is nothing to tell.
 */
export const onPress = (app: App, door: Door, actionId: string | RegExp, run: Run): void =>
  onAnyPress(app, door, actionId, (press) => (press.isColleague ? run(press) : Promise.resolve(STRANGER)))

type Run = (press: Press) => Promise<Told | null>

/** The same for what has its own words for people of other workspaces. */
export const onAnyPress = (app: App, door: Door, actionId: string | RegExp, run: Run): void => {
  app.action({ action_id: actionId, type: 'block_actions' }, async ({ ack, body }) => {
    await ack()
    const pressed = pressBody.parse(body)
    const { user, channel, container, message, view, actions, trigger_id: triggerId } = pressed
    const [action] = actions
    const press: Press = {
      user: user.id,
      value: action?.selected_option?.value ?? action?.value ?? '',
      triggerId,
      channel: channel?.id ?? null,
      threadTs: container?.thread_ts ?? message?.thread_ts ?? container?.message_ts ?? null,
      messageTs: container?.message_ts ?? message?.ts ?? null,
      view: view ?? null,
      isColleague: isByColleague(pressed, door.identity),
    }
    const told = await run(press)
    if (told !== null) await tell(door, press, told)
  })
}

/** Tells one person, where they pressed. That it cannot be told changes nothing of what was done. */
export const tell = async (
  { context, clients }: Door,
  { user, channel, threadTs }: Pick<Press, 'user' | 'channel' | 'threadTs'>,
  told: Told,
): Promise<void> => {
  // From a modal there is no place to tell it: what it shows has to say enough.
  if (channel === null) return
  try {
    await clients.interactive.chat.postEphemeral({
      channel,
      user,
      ...(typeof told === 'string' ? shown(told) : shown(told.text, told.blocks)),
      ...(threadTs === null ? {} : { thread_ts: threadTs }),
    })
  } catch (error) {
    context.log.warn({ err: error }, 'a person could not be told about a press')
  }
}
