import { dateToken } from './dates.ts'
import { emoji, withEmoji } from './emoji.ts'
import { type Html, html, nothing } from './html.ts'
import { channelMention, link, loudMention, userMention } from './mentions.ts'
import type { Reader } from './reader.ts'

/** Slack's own markup as a page: docs.slack.dev/messaging/formatting-message-text */
export const mrkdwn = (text: string, reader: Reader): Html =>
  html`${text
    .split(/```\n?([\s\S]*?)\n?```\n?/)
    .map((part, i) => (i % 2 === 1 ? html`<pre>${preformatted(part, reader)}</pre>` : lines(part, reader)))}`

/** One line of markup. */
export const inline = (text: string, reader: Reader): Html => {
  const parts: Html[] = []
  let from = 0
  for (const match of text.matchAll(inlinePattern)) {
    parts.push(plain(text.slice(from, match.index)), styled(match, reader))
    from = match.index + match[0].length
  }
  return html`${parts}${plain(text.slice(from))}`
}

/** Text as it would stand in a notification: no markup, only words. */
export const plainOf = (text: string, reader: Reader): string =>
  withEmoji(unescaped(text.replace(/<([^<>\n]+)>/g, (_, token: string) => tokenWords(token, reader))))

const lines = (text: string, reader: Reader): Html => {
  if (text === '') return nothing
  const groups: { quoted: boolean; lines: Html[] }[] = []
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line)
    const last = groups.at(-1)
    const shown = oneLine(quote?.[1] ?? line, reader)
    if (last !== undefined && last.quoted === (quote !== null)) last.lines.push(shown)
    else groups.push({ quoted: quote !== null, lines: [shown] })
  }
  return html`${groups.map((group) => (group.quoted ? html`<blockquote>${group.lines}</blockquote>` : html`${group.lines}`))}`
}

const oneLine = (line: string, reader: Reader): Html => {
  if (line.trim() === '') return html`<span class="line gap"></span>`
  const item = /^(\s*)([•◦▸✓⚠-]|\d{1,2}\.)\s+(.*)$/u.exec(line)
  if (item === null) return html`<span class="line">${inline(line, reader)}</span>`
  const [, indent = '', mark = '', rest = ''] = item
  return html`<span class="line item${indent.length > 1 && ' deep'}"><span class="mark">${mark}</span><span>${inline(rest, reader)}</span></span>`
}

/** Code, token, bold/italic/strike, emoji, bare address: in this order of precedence at one place. */
const inlinePattern =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)(.*?\S)\3(?![\p{L}\p{N}*_~])|:([a-z0-9_+-]+):|https?:\/\/[^\s<>|"']*[^\s<>|"'.,;:!?)\]]/gu

const styled = (match: RegExpExecArray, reader: Reader): Html => {
  const [whole, code, token, mark, inner, name] = match
  if (code !== undefined) return html`<code>${preformatted(code, reader)}</code>`
  if (token !== undefined) return tokenHtml(token, reader)
  if (mark === '*') return html`<b>${inline(inner ?? '', reader)}</b>`
  if (mark === '_') return html`<i>${inline(inner ?? '', reader)}</i>`
  if (mark === '~') return html`<s>${inline(inner ?? '', reader)}</s>`
  if (name !== undefined) return html`${emoji(name) ?? whole}`
  return link(unescaped(whole), plain(whole))
}

/** Inside code no style works, but Slack still resolves what stands in angle brackets: a mention there rings as loud as anywhere. */
const preformatted = (text: string, reader: Reader): Html =>
  html`${text.split(/<([^<>\n]+)>/).map((part, i) => (i % 2 === 1 ? tokenHtml(part, reader) : plain(part)))}`

const tokenHtml = (token: string, reader: Reader): Html => {
  const bar = token.indexOf('|')
  const head = bar < 0 ? token : token.slice(0, bar)
  const label = bar < 0 ? undefined : token.slice(bar + 1)
  if (/^@[UWB][A-Z0-9]+$/.test(head)) return userMention(head.slice(1), reader)
  if (/^#[CG][A-Z0-9]+$/.test(head)) return channelMention(head.slice(1), reader)
  if (head.startsWith('!subteam^')) return loudMention((label ?? reader.groupName(head.slice(9)) ?? head.slice(9)).replace(/^@/, ''))
  if (/^!(here|channel|everyone)$/.test(head)) return loudMention(head.slice(1))
  const date = /^!date\^(\d+)\^([^^]*)(?:\^.*)?$/.exec(head)
  if (date !== null) return dateToken(Number(date[1]), unescaped(date[2] ?? ''), unescaped(label ?? ''))
  if (head.startsWith('!')) return plain(label ?? `<${token}>`)
  if (/^(https?:|mailto:)/i.test(head)) return link(unescaped(head), plain(label ?? head))
  return plain(`<${token}>`)
}

const tokenWords = (token: string, reader: Reader): string => {
  const [head = '', label] = token.split('|')
  if (/^@[UWB]/.test(head)) return `@${reader.userName(head.slice(1)) ?? head.slice(1)}`
  if (/^#[CG]/.test(head)) return `#${reader.channelName(head.slice(1)) ?? head.slice(1)}`
  if (/^!(here|channel|everyone)$/.test(head)) return `@${head.slice(1)}`
  if (/^(!|https?:|mailto:)/i.test(head)) return label ?? head
  return `<${token}>`
}

const plain = (text: string): Html => html`${withEmoji(unescaped(text))}`

/** Slack's three entities, and no other. */
const unescaped = (text: string): string => text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>' })[name] ?? '&')
