import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'

/** A part of the page that is replaced as a whole when it changes. The digest tells the browser whether it has this one already. */
export type Piece = { readonly id: string; readonly digest: string; readonly html: string }

export const piece = (id: string, className: string, inner: Html): Piece => {
  const digest = createHash('sha256').update(`${className}\n${inner.html}`).digest('base64url').slice(0, 12)
  return { id, digest, html: html`<div id="${id}" class="${className}" data-digest="${digest}">${inner}</div>`.html }
}
