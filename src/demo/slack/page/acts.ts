import { z } from 'zod'
import type { PressResult, Workspace } from '../contract.ts'
import { type Chosen, chosenKey } from './visit.ts'

/** What the page's script may ask for. `user` is who the reader says he is: everybody on this machine may be anybody. */
const user = z.string()
const place = { channel: z.string(), ts: z.string() }
export const actSchema = z.discriminatedUnion('act', [
  z.object({ act: z.literal('say'), user, channel: z.string(), threadTs: z.string().optional(), text: z.string().min(1).max(40_000) }),
  z.object({
    act: z.literal('press'),
    user,
    channel: z.string().optional(),
    ts: z.string().optional(),
    viewId: z.string().optional(),
    home: z.boolean().optional(),
    blockId: z.string(),
    actionId: z.string(),
    value: z.string().optional(),
    selectedOption: z.string().optional(),
    selectedOptions: z.array(z.string()).optional(),
  }),
  z.object({
    act: z.literal('submit'),
    user,
    viewId: z.string(),
    values: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()]))),
  }),
  z.object({ act: z.literal('close'), user, viewId: z.string() }),
  z.object({ act: z.literal('shortcut'), user, ...place, callbackId: z.string() }),
  z.object({ act: z.literal('react'), user, ...place, name: z.string() }),
])
type Act = z.infer<typeof actSchema>

/** `reason` is for the person who did it. */
export type Answer = { ok: true } | { ok: false; reason: string }

/** Does in the workspace what a person did on the page. */
export const perform = async (workspace: Workspace, chosen: Chosen, act: Act): Promise<Answer> => {
  try {
    return answerOf(await done(workspace, chosen, act))
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}

const done = async (workspace: Workspace, chosen: Chosen, act: Act): Promise<PressResult | undefined> => {
  switch (act.act) {
    case 'say':
      return say(workspace, act)
    case 'press': {
      const { act: _, ...press } = act
      const result = await workspace.press(defined(press))
      if (result.acked) remember(workspace, chosen, act)
      return result
    }
    case 'submit':
      return workspace.submitView({ viewId: act.viewId, user: act.user, values: act.values })
    case 'close':
      return workspace.closeView({ viewId: act.viewId, user: act.user })
    case 'shortcut':
      return workspace.shortcut({ callbackId: act.callbackId, channel: act.channel, ts: act.ts, user: act.user })
    case 'react': {
      const reactions = workspace.state.message(act.channel, act.ts)?.reactions ?? []
      const remove = reactions.some((reaction) => reaction.name === act.name && reaction.users.includes(act.user))
      await workspace.react({ channel: act.channel, ts: act.ts, user: act.user, name: act.name, remove })
      return undefined
    }
  }
}

const say = async (workspace: Workspace, act: Extract<Act, { act: 'say' }>): Promise<PressResult | undefined> => {
  const thread = act.threadTs === undefined ? {} : { threadTs: act.threadTs }
  const channel = workspace.state.channels.get(act.channel)
  if (channel !== undefined && !channel.members.has(act.user)) await workspace.join({ channel: act.channel, user: act.user })
  const [, command, words = ''] = /^(\/[a-z]\w*)\s*([\s\S]*)$/.exec(act.text) ?? []
  if (command === '/invite') return invite(workspace, act, words)
  if (command !== undefined) return workspace.slash({ command, text: words, channel: act.channel, user: act.user, ...thread })
  await workspace.say({ channel: act.channel, user: act.user, text: act.text, ...thread })
  const { app } = workspace.state
  if (channel === undefined || channel.isIm || channel.members.has(app.botUserId) || !act.text.includes(`@${app.name}`)) return undefined
  return { acked: false, reason: `${app.name} is not in #${channel.name} and did not hear that: /invite @${app.name}`, ms: 0 }
}

/** Slack's own command, for the app alone: everybody else is in any channel that he writes into. */
const invite = async (workspace: Workspace, { channel, user }: { channel: string; user: string }, words: string): Promise<PressResult> => {
  const { app } = workspace.state
  if (words.trim() !== `@${app.name}`) return { acked: false, reason: `only @${app.name} can be invited here`, ms: 0 }
  await workspace.join({ channel, user: app.botUserId, inviter: user })
  return { acked: true, ms: 0 }
}

const remember = (workspace: Workspace, chosen: Chosen, act: Extract<Act, { act: 'press' }>): void => {
  if (act.channel === undefined || act.ts === undefined) return
  const values = act.selectedOptions ?? [act.selectedOption ?? act.value ?? '']
  chosen.set(chosenKey({ user: act.user, channel: act.channel, ts: act.ts, actionId: act.actionId }), values)
  workspace.state.changed({ type: 'message', channel: act.channel, ts: act.ts })
}

const answerOf = (result: PressResult | undefined): Answer => {
  if (result === undefined || result.acked) return { ok: true }
  return { ok: false, reason: (result.reason ?? 'no answer').replace(/^timed out after/, 'no answer in') }
}

/** Drops the keys that are undefined: the workspace's types tell "not given" from "given as undefined". */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Defined<T>
