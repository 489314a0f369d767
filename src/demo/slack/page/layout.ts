import type { Channel, StoredMessage, User } from '../state.ts'
import { type Html, html, nothing } from './html.ts'
import { avatar, message } from './message.ts'
import { homeView, modal } from './modal.ts'
import { type Piece, piece } from './piece.ts'
import { channelPath, type Story, type Visit } from './visit.ts'

/** All that can change on the page: single pieces, and lists of pieces whose members come and go. */
export type Layout = { readonly pieces: readonly Piece[]; readonly lists: Readonly<Record<'channel' | 'thread', readonly Piece[]>> }

export const layout = (visit: Visit): Layout => ({
  pieces: [
    piece('sidebar', 'region', sidebar(visit)),
    piece('head', 'region', visit.home ? html`<h1>${visit.state.app.name}</h1><span class="about">home</span>` : channelHead(visit)),
    piece('status', 'status', status(visit)),
    piece('home', 'region', visit.home ? homeView(visit) : nothing),
    piece('modals', 'region', modal(visit)),
  ],
  lists: { channel: visit.home ? [] : shelf(topLevel(visit), visit, 'channel'), thread: shelf(threadOf(visit), visit, 'thread') },
})

/** The whole page, from the same pieces that are later sent one by one. */
export const document = (visit: Visit, events: string): Html => {
  const { pieces, lists } = layout(visit)
  const at = (id: string): Html => ({ html: pieces.find((candidate) => candidate.id === id)?.html ?? '' })
  const all = (list: readonly Piece[]): Html => ({ html: list.map((candidate) => candidate.html).join('') })
  const title = visit.home ? visit.state.app.name : nameOf(visit)
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · ${visit.state.team.name}</title><link rel="stylesheet" href="/static/page.css" /><script src="/static/page.js" defer></script></head>
    <body data-events="${events}" data-me="${visit.me.id}"><nav>${at('sidebar')}</nav>
    <main><header class="bar">${at('head')}${visit.threadTs === undefined && phoneSwitch}</header>
      <div class="list"><div id="channel">${all(lists.channel)}</div>${at('home')}</div>
      ${!visit.home && composer(visit, undefined)}</main>
    ${
      visit.threadTs !== undefined &&
      html`<aside><header class="bar"><h1>Thread</h1><span class="about">${nameOf(visit)}</span>${phoneSwitch}
      <a class="quiet" href="${channelPath(visit.channel, visit.me)}" title="Close the thread">✕</a></header>
      <div class="list"><div id="thread">${all(lists.thread)}</div>${at('status')}</div>${composer(visit, visit.threadTs)}</aside>`
    }${at('modals')}<div id="dialogs"></div></body></html>`
}

const nameOf = ({ channel, state }: Visit): string => (channel.isIm ? state.app.name : `#${channel.name}`)

const phoneSwitch = html`<label class="switch" title="Shows under each message what a phone's notification would say"><input type="checkbox" data-phone /> phone view</label>`

const composer = (visit: Visit, threadTs: string | undefined): Html => {
  const place = threadTs === undefined ? `Message ${nameOf(visit)}` : 'Reply in thread'
  const app = visit.state.app.name
  return html`<form class="composer" data-compose data-channel="${visit.channel.id}" data-thread="${threadTs}">
    <textarea rows="1" placeholder="${place}" aria-label="${place}"></textarea>
    <div class="row"><button type="button" class="quiet" data-insert="@${app} ">@${app}</button>${
      threadTs === undefined && html`<button type="button" class="quiet" data-insert="/${app} ">/${app}</button>`
    }<span class="answer" role="status"></span><button type="submit" class="button primary">Send</button></div></form>`
}

const sidebar = (visit: Visit): Html => {
  const { state, me } = visit
  const channels = [...state.channels.values()].filter((channel) => !channel.isIm && (!channel.isPrivate || channel.members.has(me.id)))
  const own = [...state.channels.values()].find((channel) => channel.isIm && channel.members.has(me.id))
  const people = [...state.users.values()].filter((user) => !user.isBot)
  const app = { id: state.app.botUserId, name: state.app.name, isApp: true, isOurs: true }
  return html`<h1>${state.team.name}</h1><h2>Channels</h2><ul>${channels.map((channel) => channelLink(channel, visit))}</ul>
    <h2>Apps</h2><ul><li><a href="/dm?as=${me.id}" class="${own?.id === visit.channel.id && !visit.home && 'here'}">${avatar(app)}${state.app.name}</a></li>
    <li><a href="/home?as=${me.id}" class="${visit.home && 'here'}"><span class="hash">⌂</span>${state.app.name}'s home</a></li></ul>${visit.story !== undefined && story(visit.story)}
    <form class="who" method="get"><label>You are<select name="as" data-as>${people.map((user) => person(user, me))}</select></label><noscript><button>Change</button></noscript></form>
    <p class="note">A Slack that lives on this machine only</p>`
}

const story = ({ name, title, hint }: Story): Html =>
  html`<div class="story"><h2>The story: ${name}</h2><p>${title}.</p><p>${hint}.</p></div>`

const channelLink = (channel: Channel, visit: Visit): Html => {
  const here = channel.id === visit.channel.id && !visit.home
  return html`<li><a href="${channelPath(channel, visit.me)}" class="${here && 'here'}"><span class="hash">${channel.isPrivate ? '🔒' : '#'}</span>${channel.name}${
    channel.isExtShared && html`<small>shared</small>`
  }</a></li>`
}

const person = (user: User, me: User): Html => {
  const kind = (user.deleted && ' (deactivated)') || (user.isStranger && ' (other organisation)') || (user.isRestricted && ' (guest)') || ''
  const state = html`${user.id === me.id && html`selected`} ${user.deleted && html`disabled`}`
  return html`<option value="${user.id}" ${state}>${user.realName || user.name}${kind}</option>`
}

const channelHead = ({ channel, state }: Visit): Html => {
  if (channel.isIm) return html`<h1>${state.app.name}</h1><span class="about">direct messages</span>`
  return html`<h1>${channel.isPrivate ? '🔒 ' : '#'}${channel.name}</h1><span class="about">${channel.members.size} ${channel.members.size === 1 ? 'member' : 'members'}${channel.isExtShared && ' · shared with another organisation'}</span>`
}

const status = ({ state, channel, threadTs }: Visit): Html => {
  const words = threadTs === undefined ? undefined : state.statuses.get(`${channel.id}:${threadTs}`)
  return words === undefined || words === '' ? nothing : html`<span class="spinner"></span>${state.app.name} ${words}`
}

/** The last 200 are enough to look at; a storm of alerts would make every change re-render thousands. */
const topLevel = (visit: Visit): readonly StoredMessage[] =>
  visit.channel.messages
    .filter(
      (shown) =>
        visible(shown, visit) && (shown.threadTs === undefined || shown.threadTs === shown.ts || shown.subtype === 'thread_broadcast'),
    )
    .slice(-200)

const threadOf = (visit: Visit): readonly StoredMessage[] =>
  visit.threadTs === undefined
    ? []
    : visit.channel.messages.filter((shown) => visible(shown, visit) && (shown.ts === visit.threadTs || shown.threadTs === visit.threadTs))

const visible = (shown: StoredMessage, { me }: Visit): boolean =>
  shown.deleted !== true && (shown.ephemeralFor === undefined || shown.ephemeralFor === me.id)

const shelf = (messages: readonly StoredMessage[], visit: Visit, list: 'channel' | 'thread'): readonly Piece[] =>
  messages.map((shown, i) => message(shown, visit, { list, previous: list === 'thread' && i === 1 ? undefined : messages[i - 1] }))
