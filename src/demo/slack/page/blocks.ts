import type { ContainerBlock, ContextBlock, KnownBlock, SectionBlock } from '@slack/types'
import { type ChartBlock, chart } from './chart.ts'
import { type Place, pressable, type Surface } from './elements.ts'
import { type Html, html } from './html.ts'
import { input } from './inputs.ts'
import { markdown } from './markdown.ts'
import { richLine, richText } from './rich-text.ts'
import { table } from './tables.ts'
import { plan, taskCard } from './tasks.ts'
import { label, textObject } from './text-object.ts'

/** Blocks of a message or a view. What cannot be shown is named in its place, so that one bad block does not hide the others. */
export const blocks = (list: readonly unknown[], surface: Surface): Html =>
  html`${list.map((candidate) => {
    const block = candidate as KnownBlock | ChartBlock
    try {
      return shown(block, { surface, blockId: block.block_id ?? '' })
    } catch {
      return html`<p class="unknown">[a broken ${String(block?.type)} block]</p>`
    }
  })}`

const shown = (block: KnownBlock | ChartBlock, place: Place): Html => {
  const { reader } = place.surface
  switch (block.type) {
    case 'section':
      return section(block, place)
    case 'header':
      return html`<h3>${label(block.text)}</h3>`
    case 'divider':
      return html`<hr />`
    case 'context':
      return context(block, place)
    case 'actions':
    case 'context_actions':
      return html`<div class="${block.type}">${block.elements.map((element) => pressable(element, place))}</div>`
    case 'image':
      return html`<p class="picture">${block.title !== undefined && html`<b>${label(block.title)}</b> `}${block.alt_text}</p>`
    case 'rich_text':
      return richText(block, reader)
    case 'markdown':
      return markdown(block.text, reader)
    case 'plan':
      return plan(block, reader)
    case 'task_card':
      return taskCard(block, reader)
    case 'table':
    case 'data_table':
      return table(block, reader)
    case 'data_visualization':
      return chart(block)
    case 'container':
      return container(block, place)
    case 'input':
      return input(block, place)
    case 'alert':
      return html`<div class="alert ${block.level ?? 'default'}">${textObject(block.text, reader)}</div>`
    default:
      return html`<p class="unknown">[${String(block.type)}]</p>`
  }
}

const section = (block: SectionBlock, place: Place): Html => {
  const { reader } = place.surface
  const fields = block.fields?.map((field) => html`<div>${textObject(field, reader)}</div>`)
  const { accessory } = block
  return html`<div class="section"><div class="words">${block.text !== undefined && html`<div>${textObject(block.text, reader)}</div>`}${
    fields !== undefined && html`<div class="fields">${fields}</div>`
  }</div>${
    accessory !== undefined &&
    (accessory.type === 'image'
      ? html`<span class="picture">${accessory.alt_text}</span>`
      : html`<div>${pressable(accessory, place)}</div>`)
  }</div>`
}

const context = (block: ContextBlock, place: Place): Html =>
  html`<div class="context">${block.elements.map((element) =>
    element.type === 'image'
      ? html`<span class="picture">${element.alt_text}</span>`
      : html`<div>${textObject(element, place.surface.reader)}</div>`,
  )}</div>`

const container = (block: ContainerBlock, place: Place): Html => {
  const { reader } = place.surface
  const title = block.rich_text_title === undefined ? html`${label(block.title)}` : richLine(block.rich_text_title, reader)
  const head = html`<b>${title}</b>${block.subtitle !== undefined && html`<small>${textObject(block.subtitle, reader)}</small>`}`
  const body = html`<div class="children">${blocks(block.child_blocks, place.surface)}</div>`
  if (block.is_collapsible !== true) return html`<div class="container"><div class="head">${head}</div>${body}</div>`
  return html`<details class="container" data-key="${label(block.title)}" ${block.default_collapsed !== true && open}><summary>${head}</summary>${body}</details>`
}

const open = html`open`
