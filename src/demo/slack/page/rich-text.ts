import type { RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import { dateToken } from './dates.ts'
import { emoji } from './emoji.ts'
import { type Html, html } from './html.ts'
import { channelMention, link, loudMention, userMention } from './mentions.ts'
import type { Reader } from './reader.ts'

export const richText = (block: RichTextBlock, reader: Reader): Html =>
  html`<div class="rich">${block.elements.map((element) => paragraph(element, reader))}</div>`

/** A rich text block that stands inside a line: its sections without their own paragraphs. */
export const richLine = (block: RichTextBlock, reader: Reader): Html =>
  html`${block.elements.map((element) => (element.type === 'rich_text_section' ? spans(element.elements, reader) : paragraph(element, reader)))}`

const paragraph = (element: RichTextBlockElement, reader: Reader): Html => {
  switch (element.type) {
    case 'rich_text_section':
      return html`<div class="paragraph">${spans(element.elements, reader)}</div>`
    case 'rich_text_quote':
      return html`<blockquote>${spans(element.elements, reader)}</blockquote>`
    case 'rich_text_preformatted':
      return html`<pre>${spans(element.elements, reader)}</pre>`
    case 'rich_text_list': {
      const items = element.elements.map((item) => html`<li>${spans(item.elements, reader)}</li>`)
      const indent = `indent${Math.min(element.indent ?? 0, 4)}`
      return element.style === 'ordered' ? html`<ol class="${indent}">${items}</ol>` : html`<ul class="${indent}">${items}</ul>`
    }
  }
}

const spans = (elements: readonly RichTextElement[], reader: Reader): Html => html`${elements.map((element) => styled(element, reader))}`

const styled = (element: RichTextElement, reader: Reader): Html => {
  const style = element.style ?? {}
  let shown = span(element, reader)
  if (style.code) shown = html`<code>${shown}</code>`
  if (style.strike) shown = html`<s>${shown}</s>`
  if (style.italic) shown = html`<i>${shown}</i>`
  if (style.bold) shown = html`<b>${shown}</b>`
  return shown
}

const span = (element: RichTextElement, reader: Reader): Html => {
  switch (element.type) {
    case 'text':
      return html`${element.text}`
    case 'link':
      return link(element.url, html`${element.text ?? element.url}`)
    case 'emoji':
      return html`${emoji(element.name) ?? `:${element.name}:`}`
    case 'user':
      return userMention(element.user_id, reader)
    case 'channel':
      return channelMention(element.channel_id, reader)
    case 'usergroup':
      return loudMention(reader.groupName(element.usergroup_id) ?? element.usergroup_id)
    case 'broadcast':
      return loudMention(element.range)
    case 'date':
      return dateToken(element.timestamp, element.format, element.fallback ?? '')
    case 'color':
      return html`<code>${element.value}</code>`
    case 'team':
      return html`<span class="mention">${element.team_id}</span>`
  }
}
