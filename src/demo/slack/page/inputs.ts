import type { InputBlock, PlainTextInput, StaticSelect } from '@slack/types'
import { type Choices, choices, chosenOf, options, type Place } from './elements.ts'
import { type Html, html, nothing } from './html.ts'
import { label } from './text-object.ts'

/** One labelled field of a modal; the page's script collects `data-field`s when the modal is submitted. */
export const input = (block: InputBlock, place: Place): Html => {
  const fault = place.surface.fault(place.blockId)
  return html`<div class="input element" data-block="${place.blockId}" data-action="${block.element.action_id}" ${block.dispatch_action === true && dispatching}>
    <div class="label">${label(block.label)}${block.optional === true && html` <small>(optional)</small>`}</div>
    ${field(block, place)}
    ${block.hint !== undefined && html`<small class="hint">${label(block.hint)}</small>`}
    ${fault !== undefined && html`<small class="fault">${fault}</small>`}</div>`
}

const field = (block: InputBlock, place: Place): Html => {
  const element = block.element
  const words = label(block.label)
  switch (element.type) {
    case 'plain_text_input':
      return textField(element, words, place)
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
      return html`<input type="text" data-field aria-label="${words}" placeholder="${label(element.placeholder)}" value="${typed(element, place)}" />`
    case 'datepicker':
      return html`<input type="date" data-field aria-label="${words}" value="${typed({ initial_value: element.initial_date, ...element }, place)}" />`
    case 'timepicker':
      return html`<input type="time" data-field aria-label="${words}" value="${typed({ initial_value: element.initial_time, ...element }, place)}" />`
    case 'radio_buttons':
    case 'checkboxes':
      return choices(element as Choices, place, 'data-field')
    case 'static_select':
      return html`<select data-field aria-label="${words}">${options(element, place)}</select>`
    case 'multi_static_select':
      return html`<select data-field multiple aria-label="${words}">${options(element as unknown as StaticSelect, place)}</select>`
    default:
      return html`<span class="unknown">[${element.type}]</span>`
  }
}

const textField = (element: PlainTextInput, words: string, place: Place): Html => {
  const limit = element.max_length === undefined ? nothing : html`maxlength="${element.max_length}"`
  const placeholder = label(element.placeholder)
  const value = typed(element, place)
  if (element.multiline === true)
    return html`<textarea rows="4" data-field aria-label="${words}" placeholder="${placeholder}" ${limit}>${value}</textarea>`
  return html`<input type="text" data-field aria-label="${words}" placeholder="${placeholder}" value="${value}" ${limit} />`
}

const typed = (element: { action_id?: string; initial_value?: string | undefined }, place: Place): string =>
  chosenOf({ action_id: element.action_id ?? '' }, place)[0] ?? element.initial_value ?? ''

const dispatching = html`data-dispatch`
