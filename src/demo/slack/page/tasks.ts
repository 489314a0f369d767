import type { PlanBlock, TaskCardBlock } from '@slack/types'
import { withEmoji } from './emoji.ts'
import { type Html, html } from './html.ts'
import { link } from './mentions.ts'
import type { Reader } from './reader.ts'
import { richText } from './rich-text.ts'

export const plan = (block: PlanBlock, reader: Reader): Html => {
  const tasks = (block.tasks ?? []) as TaskCardBlock[]
  const running = tasks.some((task) => task.status === 'in_progress')
  return html`<details class="plan" data-key="plan" open><summary>${running && html`<span class="spinner"></span>`}<b>${withEmoji(block.title)}</b></summary>
    ${tasks.map((task) => taskCard(task, reader))}</details>`
}

export const taskCard = (task: TaskCardBlock, reader: Reader): Html => {
  const head = html`<span class="status ${task.status}" title="${task.status}">${icons[task.status] ?? '·'}</span><span class="title">${withEmoji(task.title)}</span>`
  const body = html`${task.details !== undefined && richText(task.details, reader)}
    ${task.output !== undefined && html`<div class="output">${richText(task.output, reader)}</div>`}
    ${task.sources !== undefined && html`<div class="sources">${task.sources.map((source) => link(source.url, html`${source.text}`))}</div>`}`
  if (task.details === undefined && task.output === undefined && task.sources === undefined) return html`<div class="task">${head}</div>`
  return html`<details class="task" data-key="${task.task_id}" ${task.status !== 'complete' && open}><summary>${head}</summary><div class="more">${body}</div></details>`
}

const open = html`open`

const icons: Readonly<Record<string, Html>> = {
  pending: html`○`,
  in_progress: html`<span class="spinner"></span>`,
  complete: html`✓`,
  error: html`⚠`,
}
