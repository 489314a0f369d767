import type { StoredMessage } from '../state.ts'
import { attachment } from './attachment.ts'
import { blocks } from './blocks.ts'
import { dateToken } from './dates.ts'
import { emoji } from './emoji.ts'
import { type Html, html, nothing } from './html.ts'
import { mrkdwn, plainOf } from './mrkdwn.ts'
import { type Piece, piece } from './piece.ts'
import { messageSurface, readerOf, threadPath, type Visit } from './visit.ts'

/** Where a message stands: the channel shows how many replied, the thread does not. */
export type Shelf = { readonly list: 'channel' | 'thread'; readonly previous: StoredMessage | undefined }

export const message = (shown: StoredMessage, visit: Visit, shelf: Shelf): Piece => {
  const author = authorOf(shown, visit)
  const follows = shelf.previous !== undefined && continues(shelf.previous, shown)
  const surface = messageSurface(visit, shown)
  const classes = ['message', follows && 'follows', shown.ephemeralFor !== undefined && 'ephemeral', isOpen(shown, visit, shelf) && 'open']
  const inner = html`<div class="gutter">${follows ? clock(shown.ts) : avatar(author)}</div>
    <div class="content" data-channel="${visit.channel.id}" data-ts="${shown.ts}">
    ${shown.ephemeralFor !== undefined && html`<div class="only">👁 Only visible to you</div>`}
    ${!follows && html`<div class="by"><b>${author.name}</b>${author.isApp && html`<span class="tag">APP</span>`}${clock(shown.ts)}</div>`}
    <div class="push" title="What a phone shows of this message">${push(shown, visit)}</div>
    <div class="text">${shown.blocks.length > 0 ? blocks(shown.blocks, surface) : mrkdwn(shown.text, surface.reader)}</div>
    ${shown.attachments.map((candidate) => attachment(candidate, surface))}
    ${shown.files?.map((file) => html`<p class="picture">📎 ${file.title || file.name} · ${file.size} bytes</p>`)}
    ${shown.edited !== undefined && html`<small class="edited">(edited)</small>`}
    ${reactions(shown, visit)}${shelf.list === 'channel' && replies(shown, visit)}</div>
    ${shown.ephemeralFor === undefined && tools(shown, visit)}`
  return piece(`${shelf.list}-${shown.ts}`, classes.filter(Boolean).join(' '), inner)
}

export type Author = { readonly id: string; readonly name: string; readonly isApp: boolean; readonly isOurs: boolean }

const authorOf = (shown: StoredMessage, { state }: Visit): Author => {
  const bot = shown.botId === undefined ? undefined : state.bots.get(shown.botId)
  const user = shown.user === undefined ? undefined : state.users.get(shown.user)
  const isApp = shown.botId !== undefined || user?.isBot === true
  const own = isApp ? (bot?.name ?? user?.name) : user?.realName || user?.name
  return {
    id: shown.user ?? shown.botId ?? '',
    name: shown.username ?? own ?? 'unknown',
    isApp,
    isOurs: shown.botId === state.app.botId || shown.user === state.app.botUserId,
  }
}

export const avatar = (author: Author): Html =>
  html`<span class="avatar ${kind(author)}" aria-hidden="true">${author.isOurs ? '◉' : initial(author.name)}</span>`

const kind = (author: Author): string => (author.isOurs ? 'ours' : author.isApp ? 'bot' : `hue${hue(author.name)}`)

const initial = (name: string): string => [...name.trim()][0]?.toUpperCase() ?? '?'

const hue = (name: string): number => [...name].reduce((sum, char) => (sum * 33 + (char.codePointAt(0) ?? 0)) % 65521, 5) % 8

const clock = (ts: string): Html => html`<span class="clock">${dateToken(Math.floor(Number(ts)), '{time}', 'when it was posted')}</span>`

/** The same person within five minutes: the name is not said again. What an app says stands alone each time. */
const continues = (before: StoredMessage, after: StoredMessage): boolean =>
  after.botId === undefined && before.botId === undefined && before.user === after.user && Number(after.ts) - Number(before.ts) < 300

const isOpen = (shown: StoredMessage, visit: Visit, shelf: Shelf): boolean => shelf.list === 'channel' && visit.threadTs === shown.ts

/** MOCKUPS: a phone shows only this, so it must be written for it. 110 characters are what a lock screen holds. */
const push = (shown: StoredMessage, visit: Visit): Html => {
  const [first] = shown.attachments as { fallback?: string; title?: string }[]
  const words = plainOf(shown.text || first?.fallback || first?.title || '', readerOf(visit)).replace(/\s+/g, ' ')
  const length = [...words].length
  if (words === '') return html`<b>push</b><span class="long">nothing: a phone would show an empty message</span>`
  return html`<b>push</b><span>${words}</span>${length > 110 && html`<span class="long">${length} of 110 characters</span>`}`
}

const reactions = (shown: StoredMessage, { state, me }: Visit): Html => {
  if (shown.reactions.length === 0) return nothing
  return html`<div class="reactions">${shown.reactions.map((reaction) => {
    const names = reaction.users.map((id) => state.users.get(id)?.name ?? id).join(', ')
    return html`<button type="button" class="${reaction.users.includes(me.id) && 'mine'}" data-react="${reaction.name}" title="${names}: :${reaction.name}:">${
      emoji(reaction.name) ?? `:${reaction.name}:`
    } <span>${reaction.users.length}</span></button>`
  })}</div>`
}

const replies = (shown: StoredMessage, visit: Visit): Html => {
  const answers = visit.channel.messages.filter(
    (reply) => reply.threadTs === shown.ts && reply.ts !== shown.ts && reply.deleted !== true && reply.ephemeralFor === undefined,
  )
  const last = answers.at(-1)
  if (last === undefined) return nothing
  const authors = new Map(answers.map((reply) => authorOf(reply, visit)).map((author) => [author.name, author]))
  return html`<a class="replies" href="${threadPath(visit, shown.ts)}">${[...authors.values()].slice(0, 4).map(avatar)}
    <b>${answers.length} ${answers.length === 1 ? 'reply' : 'replies'}</b><span>last at ${clock(last.ts)}</span></a>`
}

const tools = (shown: StoredMessage, visit: Visit): Html =>
  html`<div class="tools" data-channel="${visit.channel.id}" data-ts="${shown.ts}">${['eyes', 'mag_right', 'white_check_mark'].map(
    (name) => html`<button type="button" data-react="${name}" title="React with :${name}:">${emoji(name)}</button>`,
  )}<a href="${threadPath(visit, shown.threadTs ?? shown.ts)}" title="Reply in thread">💬</a>
    ${
      visit.shortcuts.length > 0 &&
      html`<details class="menu" data-key="shortcuts"><summary title="Shortcuts">⋮</summary><div>${visit.shortcuts.map(
        (shortcut) => html`<button type="button" data-shortcut="${shortcut.callbackId}">${shortcut.name}</button>`,
      )}</div></details>`
    }</div>`
