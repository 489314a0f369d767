import { checkChart, checkDataTable, checkTable } from './data.ts'
import { checkElement, checkImage, IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION } from './element.ts'
import {
  choiceIn,
  fault,
  flagIn,
  inside,
  isObject,
  type Json,
  listAt,
  objectAt,
  onlyFields,
  type Place,
  stringIn,
  unique,
} from './report.ts'
import { checkRichText, checkText } from './text.ts'

/** Where blocks are shown: messages hold no inputs, and views none of the blocks that were made for agents' answers. */
export type Surface = 'message' | 'view'

/** One block with all it holds. https://docs.slack.dev/reference/block-kit/blocks */
export const checkBlock = (place: Place, value: unknown, surface: Surface): void => {
  const block = objectAt(place, value)
  if (!block) return
  const type = String(block['type'])
  const check = checkers[type]
  if (!check || (surface === 'view' && MESSAGE_ONLY.includes(type))) {
    fault(inside(place, 'type'), `unsupported type: ${type}`)
    return
  }
  stringIn(place, block, 'block_id', { max: 255 })
  check(place, block)
}

const MESSAGE_ONLY = [
  'plan',
  'task_card',
  'context_actions',
  'data_visualization',
  'data_table',
  'table',
  'card',
  'carousel',
  'container',
  'file',
]
const IN_CONTAINER = ['actions', 'context', 'divider', 'file', 'header', 'image', 'input', 'rich_text', 'section', 'table', 'video']

const checkSection = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'text', 'fields', 'accessory', 'expand'])
  if (block['text'] === undefined && block['fields'] === undefined) fault(place, 'needs text or fields')
  checkText(inside(place, 'text'), block['text'], { max: 3000 })
  if (block['fields'] !== undefined)
    for (const [index, field] of listAt(inside(place, 'fields'), block['fields'], 1, 10).entries())
      checkText(inside(inside(place, 'fields'), index), field, { max: 2000 })
  if (block['accessory'] !== undefined) checkElement(inside(place, 'accessory'), block['accessory'], IN_SECTION)
  flagIn(place, block, 'expand')
}

const checkHeader = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'text', 'level'])
  checkText(inside(place, 'text'), block['text'], { max: 150, plain: true, required: true })
}

const checkContext = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'elements'])
  for (const [index, value] of listAt(inside(place, 'elements'), block['elements'], 1, 10).entries()) {
    const here = inside(inside(place, 'elements'), index)
    if (isObject(value) && value['type'] === 'image') checkImage(here, value)
    else checkText(here, value)
  }
}

const checkActionsWith =
  (allowed: readonly string[], max: number) =>
  (place: Place, block: Json): void => {
    onlyFields(place, block, ['type', 'block_id', 'elements'])
    const elements = listAt(inside(place, 'elements'), block['elements'], 1, max)
    for (const [index, element] of elements.entries()) checkElement(inside(inside(place, 'elements'), index), element, allowed)
    unique(
      inside(place, 'elements'),
      'action_id',
      elements.map((element) => (isObject(element) ? element['action_id'] : undefined)),
    )
  }

const checkImageBlock = (place: Place, block: Json): void => {
  checkImage(place, block)
  checkText(inside(place, 'title'), block['title'], { max: 2000, plain: true })
}

const checkMarkdown = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'text'])
  stringIn(place, block, 'text', { max: 12_000, min: 1, required: true })
}

const checkInputBlock = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'label', 'element', 'hint', 'optional', 'dispatch_action'])
  checkText(inside(place, 'label'), block['label'], { max: 2000, plain: true, required: true })
  checkText(inside(place, 'hint'), block['hint'], { max: 2000, plain: true })
  checkElement(inside(place, 'element'), block['element'], IN_INPUT)
  flagIn(place, block, 'optional')
}

/** The reference names no lengths for plan and task card: 256 characters a title and 50 tasks are bounds of our own, to notice one that ran away. */
const checkPlan = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'title', 'tasks'])
  stringIn(place, block, 'title', { max: 256, min: 1, required: true })
  if (block['tasks'] === undefined) return
  const tasks = listAt(inside(place, 'tasks'), block['tasks'], 0, 50)
  for (const [index, task] of tasks.entries()) {
    const here = inside(inside(place, 'tasks'), index)
    const card = objectAt(here, task)
    if (card && card['type'] !== undefined && card['type'] !== 'task_card') fault(inside(here, 'type'), 'must be task_card')
    if (card) checkTask(here, card)
  }
  unique(
    inside(place, 'tasks'),
    'task_id',
    tasks.map((task) => (isObject(task) ? task['task_id'] : undefined)),
  )
}

const checkTask = (place: Place, task: Json): void => {
  onlyFields(place, task, ['type', 'block_id', 'task_id', 'title', 'details', 'output', 'sources', 'status', 'icon', 'hide_title'])
  stringIn(place, task, 'task_id', { max: 255, min: 1, required: true })
  stringIn(place, task, 'title', { max: 256, min: 1, required: true })
  choiceIn(place, task, 'status', { of: ['pending', 'in_progress', 'complete', 'error'] })
  for (const key of ['details', 'output']) if (task[key] !== undefined) checkRichText(inside(place, key), task[key])
  if (task['sources'] === undefined) return
  for (const [index, value] of listAt(inside(place, 'sources'), task['sources'], 0, 50).entries()) {
    const here = inside(inside(place, 'sources'), index)
    const source = objectAt(here, value)
    if (!source) continue
    choiceIn(here, source, 'type', { of: ['url'], required: true })
    stringIn(here, source, 'url', { max: 3000, min: 1, required: true })
    stringIn(here, source, 'text', { max: 3000, min: 1, required: true })
  }
}

const CONTAINER_FIELDS = ['type', 'block_id', 'title', 'rich_text_title', 'subtitle', 'child_blocks', 'width', 'icon']
const CONTAINER_FLAGS = ['is_collapsible', 'default_collapsed', 'has_header_divider']

const checkContainer = (place: Place, block: Json): void => {
  onlyFields(place, block, [...CONTAINER_FIELDS, ...CONTAINER_FLAGS])
  if (block['title'] === undefined && block['rich_text_title'] === undefined) fault(place, 'needs title or rich_text_title')
  checkText(inside(place, 'title'), block['title'], { max: 150, plain: true })
  if (block['rich_text_title'] !== undefined) checkRichText(inside(place, 'rich_text_title'), block['rich_text_title'])
  checkText(inside(place, 'subtitle'), block['subtitle'], { max: 150 })
  choiceIn(place, block, 'width', { of: ['narrow', 'standard', 'wide', 'full'] })
  for (const flag of CONTAINER_FLAGS) flagIn(place, block, flag)
  if (block['default_collapsed'] === true && block['is_collapsible'] !== true) fault(place, 'default_collapsed needs is_collapsible')
  for (const [index, child] of listAt(inside(place, 'child_blocks'), block['child_blocks'], 1, 10).entries()) {
    const here = inside(inside(place, 'child_blocks'), index)
    if (isObject(child) && IN_CONTAINER.includes(String(child['type']))) checkBlock(here, child, 'message')
    else fault(inside(here, 'type'), 'unsupported type in a container')
  }
}

const checkCard = (place: Place, block: Json): void => {
  if (['hero_image', 'title', 'actions', 'body'].every((key) => block[key] === undefined))
    fault(place, 'needs one of hero_image, title, actions, body')
  checkText(inside(place, 'title'), block['title'], { max: 150 })
  checkText(inside(place, 'subtitle'), block['subtitle'], { max: 150 })
  checkText(inside(place, 'body'), block['body'], { max: 200 })
  if (block['actions'] === undefined) return
  for (const [index, button] of listAt(inside(place, 'actions'), block['actions'], 1, 5).entries())
    checkElement(inside(inside(place, 'actions'), index), button, ['button'])
}

const checkCarousel = (place: Place, block: Json): void => {
  for (const [index, value] of listAt(inside(place, 'elements'), block['elements'], 1, 10).entries()) {
    const here = inside(inside(place, 'elements'), index)
    const card = objectAt(here, value)
    if (card) checkCard(here, card)
  }
}

const checkAlert = (place: Place, block: Json): void => {
  onlyFields(place, block, ['type', 'block_id', 'text', 'level'])
  checkText(inside(place, 'text'), block['text'], { required: true })
  choiceIn(place, block, 'level', { of: ['default', 'info', 'warning', 'error', 'success'] })
}

const checkVideo = (place: Place, block: Json): void => {
  for (const key of ['video_url', 'thumbnail_url', 'alt_text']) stringIn(place, block, key, { max: 3000, min: 1, required: true })
  checkText(inside(place, 'title'), block['title'], { max: 199, plain: true, required: true })
  stringIn(place, block, 'author_name', { max: 49 })
}

const checkFile = (place: Place, block: Json): void => {
  stringIn(place, block, 'external_id', { max: 255, min: 1, required: true })
  choiceIn(place, block, 'source', { of: ['remote'], required: true })
}

const checkers: Readonly<Record<string, (place: Place, block: Json) => void>> = {
  section: checkSection,
  header: checkHeader,
  divider: (place, block) => onlyFields(place, block, ['type', 'block_id']),
  context: checkContext,
  actions: checkActionsWith(IN_ACTIONS, 25),
  context_actions: checkActionsWith(IN_CONTEXT_ACTIONS, 5),
  image: checkImageBlock,
  rich_text: checkRichText,
  markdown: checkMarkdown,
  input: checkInputBlock,
  plan: checkPlan,
  task_card: checkTask,
  data_visualization: checkChart,
  data_table: checkDataTable,
  table: checkTable,
  container: checkContainer,
  card: checkCard,
  carousel: checkCarousel,
  alert: checkAlert,
  video: checkVideo,
  file: checkFile,
}
