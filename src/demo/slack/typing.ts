import type { State } from './state.ts'

/** What a person typed as Slack stores it: `&`, `<`, `>` escaped, `@name` and `#name` as mentions, addresses as links; and the same as rich text. */
export const typed = (state: State, text: string): { text: string; blocks: unknown[] } => {
  const pieces = text.split(PIECE).filter((piece) => piece !== '')
  const elements = pieces.map((piece) => elementOf(state, piece))
  return {
    text: elements.map((element) => element.text).join(''),
    blocks: [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: elements.map((element) => element.rich) }] }],
  }
}

/** A mention in Slack's own form, an address, a mention as typed, or what stands between. */
const PIECE = /(<[@#!][^>\s]+>|https?:\/\/[^\s<>]+|[@#][a-zA-Z0-9][\w.-]*)/

const elementOf = (state: State, piece: string): { text: string; rich: Record<string, unknown> } => {
  const userId = /^<@(U[A-Z0-9]+)(?:\|[^>]*)?>$/.exec(piece)?.[1] ?? (piece.startsWith('@') ? state.user(piece)?.id : undefined)
  if (userId !== undefined) return { text: `<@${userId}>`, rich: { type: 'user', user_id: userId } }
  const groupId = piece.startsWith('@') ? groupOf(state, piece.slice(1)) : undefined
  if (groupId !== undefined) return { text: `<!subteam^${groupId}>`, rich: { type: 'usergroup', usergroup_id: groupId } }
  const channel = piece.startsWith('#') ? state.channel(piece) : undefined
  if (channel) return { text: `<#${channel.id}|${channel.name}>`, rich: { type: 'channel', channel_id: channel.id } }
  if (/^https?:\/\//.test(piece)) return { text: `<${escaped(piece)}>`, rich: { type: 'link', url: piece } }
  return { text: escaped(piece), rich: { type: 'text', text: piece } }
}

const groupOf = (state: State, handle: string): string | undefined =>
  [...state.usergroups.values()].find((group) => group.handle === handle)?.id

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
