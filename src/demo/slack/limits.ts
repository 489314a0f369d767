import { checkBlock, type Surface } from './limits/block.ts'
import { choiceIn, fault, flagIn, inside, isObject, type Json, listAt, type Place, stringIn, unique } from './limits/report.ts'
import { checkText } from './limits/text.ts'

/**
 * Everything for which Slack would refuse this message, modal or home, each with its place; empty when it would pass.
 * There is no official schema: the limits are those of the reference and of the official types.
 */
export const faultsOf = (payload: unknown): string[] => {
  const place: Place = { path: '', faults: [] }
  if (!isObject(payload)) fault(place, 'must be an object')
  else if (payload['type'] === 'modal' || payload['type'] === 'home') checkView(place, payload)
  else checkMessage(place, payload)
  return place.faults
}

/** Longest `text` of a new message and of an edit. https://docs.slack.dev/reference/methods/chat.update */
export const LONGEST_TEXT = { post: 40_000, update: 4_000 } as const

/** https://docs.slack.dev/messaging/formatting-message-text#attachments */
export const MOST_ATTACHMENTS = 100

const checkMessage = (place: Place, message: Json): void => {
  if (message['blocks'] !== undefined) checkBlocks(inside(place, 'blocks'), message['blocks'], 'message')
  if (message['attachments'] === undefined) return
  const attachments = inside(place, 'attachments')
  for (const [index, value] of listAt(attachments, message['attachments'], 0, MOST_ATTACHMENTS).entries()) {
    const here = inside(attachments, index)
    if (!isObject(value)) {
      fault(here, 'must be an object')
      continue
    }
    if (value['blocks'] !== undefined) checkBlocks(inside(here, 'blocks'), value['blocks'], 'message')
    stringIn(here, value, 'footer', { max: 300 })
    stringIn(here, value, 'callback_id', { max: 255 })
  }
}

const checkView = (place: Place, view: Json): void => {
  const isModal = view['type'] === 'modal'
  checkBlocks(inside(place, 'blocks'), view['blocks'], 'view')
  stringIn(place, view, 'private_metadata', { max: 3000 })
  stringIn(place, view, 'callback_id', { max: 255 })
  stringIn(place, view, 'external_id', { max: 255 })
  choiceIn(place, view, 'type', { of: ['modal', 'home'], required: true })
  for (const flag of ['clear_on_close', 'notify_on_close', 'submit_disabled']) flagIn(place, view, flag)
  if (isModal) {
    for (const key of ['title', 'submit', 'close'])
      checkText(inside(place, key), view[key], { max: 24, plain: true, required: key === 'title' })
    const hasInput = Array.isArray(view['blocks']) && view['blocks'].some((block) => isObject(block) && block['type'] === 'input')
    if (hasInput && view['submit'] === undefined) fault(place, 'missing required field: submit')
  }
  if (Buffer.byteLength(JSON.stringify(view)) > 250_000) fault(place, 'view must be less than 250KB')
}

const checkBlocks = (place: Place, value: unknown, surface: Surface): void => {
  const blocks = listAt(place, value, 0, surface === 'view' ? 100 : 50)
  for (const [index, block] of blocks.entries()) checkBlock(inside(place, index), block, surface)
  const objects = blocks.filter(isObject)
  unique(
    place,
    'block_id',
    objects.map((block) => block['block_id']),
  )
  const markdown = objects.filter((block) => block['type'] === 'markdown')
  const length = markdown.reduce((sum, block) => sum + String(block['text'] ?? '').length, 0)
  if (markdown.length > 1 && length > 12_000) fault(place, 'markdown blocks must be less than 12001 characters together')
  if (objects.filter((block) => block['type'] === 'data_visualization').length > 2)
    fault(place, 'no more than 2 data_visualization blocks allowed')
  if (objects.filter((block) => block['type'] === 'table').length > 1) fault(place, 'only_one_table_allowed')
}
