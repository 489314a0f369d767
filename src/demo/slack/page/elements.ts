import type { Button, Confirm, FeedbackButtons, IconButton, MultiStaticSelect, Option, Overflow, StaticSelect } from '@slack/types'
import { type Html, html, nothing } from './html.ts'
import { safeUrl } from './mentions.ts'
import type { Reader } from './reader.ts'
import { label, textObject } from './text-object.ts'

/** Where elements stand: in a message or a view, and what this reader has chosen there before. */
export type Surface = {
  readonly reader: Reader
  /** Values of the options (or the button) that the reader chose or typed at this place. */
  readonly chosen: (blockId: string, actionId: string) => readonly string[]
  /** Fault of a submission, by block. */
  readonly fault: (blockId: string) => string | undefined
}

export type Place = { readonly surface: Surface; readonly blockId: string }

/** An element that acts at once, in a message or in a view. */
export const pressable = (element: { type: string }, place: Place): Html => {
  const known = element as Button | Overflow | StaticSelect | MultiStaticSelect | FeedbackButtons | IconButton | Choices
  switch (known.type) {
    case 'button':
      return wrapped(known, place, button(known))
    case 'overflow':
      return wrapped(known, place, overflow(known))
    case 'static_select':
    case 'multi_static_select':
      return wrapped(
        known,
        place,
        html`<select data-pick ${known.type === 'multi_static_select' && multiple}>${options(known, place)}</select>`,
      )
    case 'radio_buttons':
    case 'checkboxes':
      return wrapped(known, place, choices(known, place, 'data-pick'))
    case 'feedback_buttons':
      return wrapped(known, place, feedback(known, place))
    case 'icon_button':
      return wrapped(
        known,
        place,
        html`<button type="button" class="quiet" data-press data-value="${known.value}">🗑 ${label(known.text)}</button>`,
      )
    default:
      return html`<span class="unknown">[${element.type}]</span>`
  }
}

export type Choices = {
  type: 'radio_buttons' | 'checkboxes'
  action_id?: string
  confirm?: Confirm
  options: Option[]
  initial_option?: Option
  initial_options?: Option[]
}

/** What is chosen: by the reader before, else by the app at the start. */
export const chosenOf = (element: Partial<Choices>, place: Place): readonly string[] => {
  const before = place.surface.chosen(place.blockId, element.action_id ?? '')
  if (before.length > 0) return before
  return [element.initial_option, ...(element.initial_options ?? [])].map((option) => option?.value ?? '').filter((value) => value !== '')
}

export const choices = (element: Choices, place: Place, use: 'data-pick' | 'data-field'): Html => {
  const chosen = chosenOf(element, place)
  const kind = element.type === 'checkboxes' ? 'checkbox' : 'radio'
  const name = `${place.blockId}/${element.action_id}`
  return html`<span class="choices">${element.options.map(
    (option) => html`<label>
      <input type="${kind}" name="${name}" value="${option.value}" ${marks[use]} ${chosen.includes(option.value ?? '') && checked} />
      <span>${textObject(option.text, place.surface.reader)}${
        option.description !== undefined && html`<small>${textObject(option.description, place.surface.reader)}</small>`
      }</span></label>`,
  )}</span>`
}

type Selectable = Omit<StaticSelect, 'type'> & { type: string; initial_options?: Option[] }

export const options = (element: Selectable, place: Place): Html => {
  const chosen = chosenOf(element as Partial<Choices>, place)
  const one = (option: Option): Html =>
    html`<option value="${option.value}" ${chosen.includes(option.value ?? '') && selected}>${label(option.text as { text: string })}</option>`
  const groups = element.option_groups?.map((group) => html`<optgroup label="${label(group.label)}">${group.options.map(one)}</optgroup>`)
  return html`<option value="" ${chosen.length === 0 && selected}>${label(element.placeholder) || 'Choose…'}</option>${groups ?? element.options?.map(one)}`
}

const wrapped = (element: { type: string; action_id?: string; confirm?: Confirm }, place: Place, inner: Html): Html =>
  html`<span class="element" data-block="${place.blockId}" data-action="${element.action_id}">${inner}${confirm(element.confirm, place)}</span>`

const button = (element: Button): Html => {
  const style = html`class="button${element.style !== undefined && ` ${element.style}`}" data-press data-value="${element.value}"`
  const words = label(element.text)
  const url = element.url === undefined ? undefined : safeUrl(element.url)
  if (url !== undefined) return html`<a href="${url}" target="_blank" rel="noopener noreferrer" ${style}>${words}</a>`
  return html`<button type="button" ${style} title="${element.accessibility_label}">${words}</button>`
}

const overflow = (element: Overflow): Html =>
  html`<details class="menu" data-key="${element.action_id}"><summary class="button" title="More">⋯</summary><div>${element.options.map(
    (option) => {
      const url = option.url === undefined ? undefined : safeUrl(option.url)
      const words = html`${label(option.text)}${option.description !== undefined && html`<small>${label(option.description)}</small>`}`
      if (url !== undefined)
        return html`<a href="${url}" target="_blank" rel="noopener noreferrer" data-press data-option="${option.value}">${words}</a>`
      return html`<button type="button" data-press data-option="${option.value}">${words}</button>`
    },
  )}</div></details>`

const feedback = (element: FeedbackButtons, place: Place): Html => {
  const chosen = place.surface.chosen(place.blockId, element.action_id ?? '')
  const one = (side: FeedbackButtons['positive_button'], sign: string): Html => {
    const isChosen = chosen.includes(side.value)
    return html`<button type="button" class="thumb${isChosen && ' chosen'}" data-press data-value="${side.value}" aria-pressed="${String(isChosen)}"
      title="${side.accessibility_label ?? label(side.text)}">${sign} <span>${label(side.text).replace(sign, '').trim()}</span></button>`
  }
  return html`${one(element.positive_button, '👍')}${one(element.negative_button, '👎')}`
}

/** Stands unseen beside its element until the element is used. */
const confirm = (dialog: Confirm | undefined, place: Place): Html => {
  if (dialog === undefined) return nothing
  const style = dialog.style === 'danger' ? 'danger' : 'primary'
  return html`<template><div class="dialog" role="alertdialog" aria-modal="true"><h2>${label(dialog.title) || 'Are you sure?'}</h2>
    <div class="body">${textObject(dialog.text, place.surface.reader)}</div>
    <footer><button type="button" class="button" data-deny>${label(dialog.deny) || 'Cancel'}</button>
    <button type="button" class="button ${style}" data-confirm>${label(dialog.confirm) || 'Yes'}</button></footer></div></template>`
}

const checked = html`checked`
const selected = html`selected`
const multiple = html`multiple`
const marks = { 'data-pick': html`data-pick`, 'data-field': html`data-field` } as const
