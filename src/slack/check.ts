import { cut } from '../text/cut.ts'
import type { Block } from './drawing.ts'

/** What goes out: the part of a message that Slack's limits are about. */
export type Payload = { readonly text: string; readonly blocks: readonly Block[] }
export type Fitted = { readonly payload: Payload; readonly faults: readonly string[] }

/**
 * Slack's limits, in our own words since there is no official schema (SLACK.md 4). Returns the payload as it can be sent: what is
 * too long is cut between graphemes and ends by saying where the rest is, what Slack would refuse whole is left out. `faults`
 * names each of these; it is empty when nothing was changed. https://docs.slack.dev/reference/block-kit
 */
export const fitted = (payload: Payload): Fitted => {
  const faults: string[] = []
  const note = (fault: string): void => void faults.push(fault)
  const blocks = payload.blocks.flatMap((block, i) => fitBlock(block, (fault) => note(`blocks/${i} ${block.type}: ${fault}`)))
  if (blocks.length > MOST_BLOCKS) note(`${blocks.length} blocks`)
  const rest: Block[] =
    blocks.length > MOST_BLOCKS ? [{ type: 'section', text: { type: 'mrkdwn', text: MORE.trim(), verbatim: true } }] : []
  const kept = [...blocks.slice(0, MOST_BLOCKS - rest.length), ...rest]
  if (payload.text.trim() === '') note('text is empty')
  const text = shorter(payload.text.trim() || 'Vigil has news.', LONGEST.update, (fault) => note(`text: ${fault}`))
  const only = uniqueIds(kept, note)
  return { payload: { text, blocks: tooManyCharts(only, note) }, faults }
}

const MOST_BLOCKS = 50
const MORE = ' … more under Evidence'
const LONGEST = {
  update: 4000,
  section: 3000,
  title: 256,
  button: 75,
  value: 2000,
  option: 75,
  optionValue: 150,
  id: 255,
  chart: 50,
  point: 20,
}

type Note = (fault: string) => void

const fitBlock = (block: Block, note: Note): Block[] => {
  switch (block.type) {
    case 'section':
      return fitSection(block, note)
    case 'context': {
      const elements = listOf(block['elements'])
      if (elements.length > 10) note(`${elements.length} elements`)
      return nonEmpty({ ...block, elements: elements.slice(0, 10).flatMap((text) => fitText(text, LONGEST.section, note)) })
    }
    case 'actions':
      return nonEmpty({ ...block, elements: fitElements(listOf(block['elements']), 25, note) })
    case 'context_actions':
      return nonEmpty({ ...block, elements: fitElements(listOf(block['elements']), 5, note) })
    case 'plan':
      return [fitPlan(block, note)]
    case 'data_visualization':
      return isChart(block) ? [block] : dropped('a chart outside of its limits', note)
    case 'divider':
      return [block]
    default:
      return dropped('a kind that Vigil does not send', note)
  }
}

const fitSection = (block: Block, note: Note): Block[] => {
  const text = fitText(block['text'], LONGEST.section, note)[0]
  if (text === undefined) return dropped('no text', note)
  const accessory = block['accessory'] === undefined ? undefined : fitElements([block['accessory']], 1, note)[0]
  const { accessory: _, ...rest } = block
  return [{ ...rest, text, ...(accessory === undefined ? {} : { accessory }) }]
}

const fitText = (value: unknown, max: number, note: Note): Json[] => {
  if (!isObject(value) || typeof value['text'] !== 'string' || value['text'] === '') {
    note('an empty text')
    return []
  }
  const mrkdwn = value['type'] === 'mrkdwn'
  return [{ ...value, text: shorter(value['text'], max, note, mrkdwn) }]
}

const shorter = (text: string, max: number, note: Note, mrkdwn = true): string => {
  if (text.length <= max) return text
  note(`${text.length} characters of ${max}`)
  return cut(text, max, max > 200 ? MORE : '…', { mrkdwn })
}

const fitElements = (elements: readonly unknown[], max: number, note: Note): Json[] => {
  if (elements.length > max) note(`${elements.length} elements`)
  const seen = new Set<unknown>()
  return elements.slice(0, max).flatMap((element) => {
    if (!isObject(element) || seen.has(element['action_id'])) return dropped('an action_id twice', note)
    seen.add(element['action_id'])
    return fitElement(element, note)
  })
}

/** A value cannot be cut, because it names what to act on: a button that would act on something else is left out. */
const fitElement = (element: Json, note: Note): Json[] => {
  if (String(element['action_id']).length > LONGEST.id) return dropped('action_id too long', note)
  switch (element['type']) {
    case 'button': {
      if (String(element['value'] ?? '').length > LONGEST.value) return dropped('value too long', note)
      return fitText(element['text'], LONGEST.button, note).map((text) => ({ ...element, text }))
    }
    case 'overflow': {
      const options = listOf(element['options']).filter(
        (option) => isObject(option) && String(option['value']).length <= LONGEST.optionValue,
      )
      if (options.length !== listOf(element['options']).length || options.length > 5) note('options outside of their limits')
      if (options.length === 0) return dropped('no options', note)
      const fit = (option: unknown): Json[] =>
        isObject(option) ? fitText(option['text'], LONGEST.option, note).map((text) => ({ ...option, text })) : []
      return [{ ...element, options: options.slice(0, 5).flatMap(fit) }]
    }
    case 'feedback_buttons':
      return [element]
    default:
      return dropped('an element that Vigil does not send', note)
  }
}

const fitPlan = (block: Block, note: Note): Block => {
  const tasks = listOf(block['tasks']).filter(isObject)
  if (tasks.length > 50) note(`${tasks.length} tasks`)
  const title = (value: unknown): string => shorter(String(value ?? '') || 'Steps', LONGEST.title, note, false)
  return {
    ...block,
    title: title(block['title']),
    tasks: tasks
      .slice(-50)
      .map((task, i) => ({ ...task, title: title(task['title']), task_id: String(task['task_id'] || i).slice(0, LONGEST.id) })),
  }
}

/** 1 to 12 series with one point for each of at most 20 categories; labels of 20 characters. */
const isChart = (block: Block): boolean => {
  const chart = block['chart']
  if (!isObject(chart) || !isShort(block['title'], LONGEST.chart) || !isObject(chart['axis_config'])) return false
  const categories = listOf(chart['axis_config']['categories'])
  const series = listOf(chart['series'])
  const isPoint = (point: unknown): boolean => isObject(point) && Number.isFinite(point['value']) && categories.includes(point['label'])
  return (
    categories.length > 0 &&
    categories.length <= 20 &&
    new Set(categories).size === categories.length &&
    categories.every((name) => isShort(name, LONGEST.point)) &&
    series.length > 0 &&
    series.length <= 12 &&
    series.every(
      (one) =>
        isObject(one) &&
        isShort(one['name'], LONGEST.point) &&
        listOf(one['data']).length === categories.length &&
        listOf(one['data']).every(isPoint),
    )
  )
}

const tooManyCharts = (blocks: readonly Block[], note: Note): Block[] => {
  const charts = blocks.filter((block) => block.type === 'data_visualization')
  if (charts.length > 2) note(`${charts.length} charts`)
  return blocks.filter((block) => !charts.slice(2).includes(block))
}

const uniqueIds = (blocks: readonly Block[], note: Note): Block[] => {
  const seen = new Set<unknown>()
  return blocks.map((block) => {
    const id = block['block_id']
    if (id === undefined || (!seen.has(id) && isShort(id, LONGEST.id))) {
      seen.add(id)
      return block
    }
    note(`block_id ${String(id).slice(0, 40)}`)
    const { block_id: _, ...rest } = block
    return rest as Block
  })
}

const nonEmpty = (block: Block): Block[] => (listOf(block['elements']).length === 0 ? [] : [block])

const dropped = (why: string, note: Note): [] => {
  note(why)
  return []
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const isShort = (value: unknown, max: number): boolean => typeof value === 'string' && value.length > 0 && value.length <= max
