import type { MessageAttachment } from '@slack/types'
import { blocks } from './blocks.ts'
import { dateToken } from './dates.ts'
import type { Surface } from './elements.ts'
import { withEmoji } from './emoji.ts'
import { type Html, html } from './html.ts'
import { link } from './mentions.ts'
import { mrkdwn } from './mrkdwn.ts'

/** An attachment as Alertmanager, Grafana and others still post them, with the coloured bar. */
export const attachment = (candidate: unknown, surface: Surface): Html => {
  const shown = candidate as MessageAttachment
  const { reader } = surface
  const title = withEmoji(shown.title ?? '')
  return html`${shown.pretext !== undefined && html`<div>${mrkdwn(shown.pretext, reader)}</div>`}
    <div class="attachment"><svg class="stripe" aria-hidden="true"><rect width="4" height="100%" rx="2" fill="${colour(shown.color)}" /></svg><div>
    ${shown.author_name !== undefined && html`<div class="author">${shown.author_name}</div>`}
    ${title !== '' && html`<div class="title">${shown.title_link === undefined ? title : link(shown.title_link, html`${title}`)}</div>`}
    ${shown.text !== undefined && shown.text !== '' && html`<div>${mrkdwn(shown.text, reader)}</div>`}
    ${
      shown.fields !== undefined &&
      html`<div class="fields">${shown.fields.map((field) => html`<div class="${field.short !== true && 'wide'}"><b>${field.title}</b>${mrkdwn(field.value, reader)}</div>`)}</div>`
    }
    ${shown.blocks !== undefined && blocks(shown.blocks, surface)}
    ${shown.image_url !== undefined && html`<span class="picture">image</span>`}
    ${footer(shown)}</div></div>`
}

const footer = (shown: MessageAttachment): Html => {
  const at = shown.ts === undefined ? undefined : dateToken(Number(shown.ts), '{date_short} {time}', '')
  if (shown.footer === undefined && at === undefined) return html``
  return html`<small class="footer">${shown.footer}${shown.footer !== undefined && at !== undefined && ' · '}${at}</small>`
}

const colour = (color: string | undefined): string => {
  const named = { good: '#2f9e64', warning: '#d99a22', danger: '#c93c37' }[color ?? '']
  if (named !== undefined) return named
  return /^#?[0-9a-f]{6}$/i.test(color ?? '') ? `#${color?.replace('#', '')}` : '#c9cdd4'
}
