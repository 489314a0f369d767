import type { View } from '../state.ts'
import { blocks } from './blocks.ts'
import { type Html, html, nothing } from './html.ts'
import { label } from './text-object.ts'
import { type Visit, viewSurface } from './visit.ts'

/** The newest modal that is open for the reader, over everything else. */
export const modal = (visit: Visit): Html => {
  const own = [...visit.state.views.values()].filter((view) => view.userId === visit.me.id && view.payload.type === 'modal')
  const view = own.at(-1)
  return view === undefined ? nothing : overlay(view, visit)
}

const overlay = (view: View, visit: Visit): Html =>
  html`<div class="overlay"><form class="modal" data-view="${view.id}" role="dialog" aria-modal="true" aria-label="${label(view.payload.title)}">
    <header><h2>${label(view.payload.title)}</h2><button type="button" class="quiet" data-close title="Close">✕</button></header>
    <div class="body">${blocks(view.payload.blocks, viewSurface(visit, view))}</div>
    <footer><span class="answer" role="status"></span><button type="button" class="button" data-close>${label(view.payload.close) || 'Close'}</button>${
      view.payload.submit !== undefined && html`<button type="submit" class="button primary">${label(view.payload.submit)}</button>`
    }</footer></form></div>`

/** The app's home, as it last published it for the reader. */
export const homeView = (visit: Visit): Html => {
  const view = visit.state.homes.get(visit.me.id)
  if (view === undefined) return html`<p class="empty">The app has not made a home for you.</p>`
  return html`<div class="home" data-view="${view.id}" data-home>${blocks(view.payload.blocks, viewSurface(visit, view))}</div>`
}
