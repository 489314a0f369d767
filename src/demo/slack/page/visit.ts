import type { Channel, State, StoredMessage, User, View } from '../state.ts'
import type { Surface } from './elements.ts'
import type { Reader } from './reader.ts'

/** Who looks at what. */
export type Visit = {
  readonly state: State
  readonly me: User
  readonly channel: Channel
  /** The parent's `ts` of the open thread. */
  readonly threadTs: string | undefined
  /** The app's home stands in the middle, not the channel. */
  readonly home: boolean
  readonly chosen: Chosen
  readonly shortcuts: readonly Shortcut[]
  readonly story?: Story | undefined
}

/** What is shown here, where it is a demo: what breaks, and what one may do about it. */
export type Story = { readonly name: string; readonly title: string; readonly hint: string }

/** Message shortcuts of the manifest. */
export type Shortcut = { readonly name: string; readonly callbackId: string }

/** What each person pressed or chose in messages, by `chosenKey`. Slack's clients remember this themselves; no API tells it. */
export type Chosen = Map<string, readonly string[]>

export const chosenKey = (at: { user: string; channel: string; ts: string; actionId: string }): string =>
  [at.user, at.channel, at.ts, at.actionId].join(' ')

/** Direct messages go by id: their channels have no name that tells them apart. */
export const channelPath = (channel: Channel, me: User): string => `/c/${channel.isIm ? channel.id : channel.name}?as=${me.id}`

export const threadPath = ({ channel, me }: Visit, ts: string): string =>
  `/c/${channel.isIm ? channel.id : channel.name}/t/${ts}?as=${me.id}`

export const readerOf = ({ state, me }: Visit): Reader => ({
  id: me.id,
  userName: (id) => state.users.get(id)?.name ?? state.bots.get(id)?.name,
  channelName: (id) => state.channels.get(id)?.name,
  groupName: (id) => state.usergroups.get(id)?.handle,
})

export const messageSurface = (visit: Visit, message: StoredMessage): Surface => ({
  reader: readerOf(visit),
  // By action and not by block: a block's id changes with every update of its message.
  chosen: (_, actionId) => visit.chosen.get(chosenKey({ user: visit.me.id, channel: visit.channel.id, ts: message.ts, actionId })) ?? [],
  fault: () => undefined,
})

export const viewSurface = (visit: Visit, view: View): Surface => ({
  reader: readerOf(visit),
  chosen: (blockId, actionId) => stateValues(view.values[blockId]?.[actionId]),
  fault: (blockId) => view.errors?.[blockId],
})

/** Slack's state object of an element, as the plain values that stand in a form. */
const stateValues = (candidate: unknown): readonly string[] => {
  const state = (candidate ?? {}) as {
    value?: string | null
    selected_option?: { value?: string } | null
    selected_options?: { value?: string }[]
    selected_date?: string | null
    selected_time?: string | null
  }
  const chosen = [state.selected_option, ...(state.selected_options ?? [])].map((option) => option?.value)
  return [state.value, state.selected_date, state.selected_time, ...chosen].filter((value) => typeof value === 'string')
}
