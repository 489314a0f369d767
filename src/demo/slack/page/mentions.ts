import { type Html, html } from './html.ts'
import type { Reader } from './reader.ts'

export const userMention = (id: string, reader: Reader): Html =>
  html`<span class="mention${id === reader.id && ' me'}" title="${id}">@${reader.userName(id) ?? id}</span>`

export const channelMention = (id: string, reader: Reader): Html => {
  const name = reader.channelName(id)
  if (name === undefined) return html`<span class="mention">#${id}</span>`
  return html`<a class="mention" href="/c/${name}?as=${reader.id}">#${name}</a>`
}

/** A mention that rings many phones. Vigil must never send one, so it cannot be overlooked here. */
export const loudMention = (name: string): Html => html`<strong class="mention loud" title="This notifies everybody">@${name}</strong>`

/** A link, if its address is one that a browser may open; else its words alone. */
export const link = (url: string, label: Html): Html => {
  const safe = safeUrl(url)
  return safe === undefined ? label : html`<a href="${safe}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

/** Undefined for everything but http and https, `javascript:` above all. */
export const safeUrl = (url: string): string | undefined => (/^https?:\/\//i.test(url) && URL.canParse(url) ? url : undefined)
