import { choiceIn, fault, flagIn, inside, isObject, listAt, objectAt, onlyFields, type Place, stringIn } from './report.ts'

/** A text object. https://docs.slack.dev/reference/block-kit/composition-objects/text-object : 1 to 3,000 characters. */
export const checkText = (place: Place, value: unknown, limit: { max?: number; plain?: boolean; required?: boolean } = {}): void => {
  if (value === undefined) {
    if (limit.required === true) fault(place, 'missing required field')
    return
  }
  const text = objectAt(place, value)
  if (!text) return
  choiceIn(place, text, 'type', { of: limit.plain === true ? ['plain_text'] : ['plain_text', 'mrkdwn'], required: true })
  stringIn(place, text, 'text', { max: limit.max ?? 3000, min: 1, required: true })
  onlyFields(place, text, text['type'] === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji'])
}

/** A confirmation dialog: title 100, text 300, buttons 30 characters. */
export const checkConfirm = (place: Place, value: unknown): void => {
  if (value === undefined) return
  const confirm = objectAt(place, value)
  if (!confirm) return
  onlyFields(place, confirm, ['title', 'text', 'confirm', 'deny', 'style'])
  checkText(inside(place, 'title'), confirm['title'], { max: 100, plain: true, required: true })
  checkText(inside(place, 'text'), confirm['text'], { max: 300, required: true })
  checkText(inside(place, 'confirm'), confirm['confirm'], { max: 30, plain: true, required: true })
  checkText(inside(place, 'deny'), confirm['deny'], { max: 30, plain: true, required: true })
  choiceIn(place, confirm, 'style', { of: ['primary', 'danger'] })
}

/** One choice of a menu: text 75, value 150 (75 in the types, 150 in the reference since 2024), description 75. */
export const checkOption = (place: Place, value: unknown, kind: { plain: boolean; url?: boolean }): void => {
  const option = objectAt(place, value)
  if (!option) return
  onlyFields(place, option, ['text', 'value', 'description', ...(kind.url === true ? ['url'] : [])])
  checkText(inside(place, 'text'), option['text'], { max: 75, plain: kind.plain, required: true })
  stringIn(place, option, 'value', { max: 150, required: kind.url !== true })
  checkText(inside(place, 'description'), option['description'], { max: 75, plain: kind.plain })
  stringIn(place, option, 'url', { max: 3000 })
}

/** A rich_text block or the value of one: sections, lists, quotes and code, with known elements alone. */
export const checkRichText = (place: Place, value: unknown): void => {
  const block = objectAt(place, value)
  if (!block) return
  if (block['type'] !== 'rich_text') fault(inside(place, 'type'), 'must be rich_text')
  onlyFields(place, block, ['type', 'block_id', 'elements'])
  for (const [index, element] of listAt(inside(place, 'elements'), block['elements'], 0, Number.POSITIVE_INFINITY).entries())
    checkRichElement(inside(inside(place, 'elements'), index), element)
}

const CONTAINERS = ['rich_text_section', 'rich_text_list', 'rich_text_quote', 'rich_text_preformatted']

const checkRichElement = (place: Place, value: unknown): void => {
  const element = objectAt(place, value)
  if (!element) return
  choiceIn(place, element, 'type', { of: CONTAINERS, required: true })
  const isList = element['type'] === 'rich_text_list'
  if (isList) choiceIn(place, element, 'style', { of: ['bullet', 'ordered'], required: true })
  for (const [index, child] of listAt(inside(place, 'elements'), element['elements'], 0, Number.POSITIVE_INFINITY).entries()) {
    const here = inside(inside(place, 'elements'), index)
    if (!isList) checkRichLeaf(here, child)
    else if (isObject(child) && child['type'] === 'rich_text_section') checkRichElement(here, child)
    else fault(inside(here, 'type'), 'must be rich_text_section')
  }
}

const LEAVES: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  link: ['url'],
  user: ['user_id'],
  usergroup: ['usergroup_id'],
  channel: ['channel_id'],
  team: ['team_id'],
  emoji: ['name'],
  broadcast: ['range'],
  color: ['value'],
  date: ['timestamp', 'format'],
}

const STYLES = ['bold', 'italic', 'strike', 'code', 'underline', 'highlight', 'client_highlight', 'unlink']

const checkRichLeaf = (place: Place, value: unknown): void => {
  const leaf = objectAt(place, value)
  if (!leaf) return
  const needed = LEAVES[String(leaf['type'])]
  if (!needed) {
    fault(inside(place, 'type'), `unsupported type: ${String(leaf['type'])}`)
    return
  }
  for (const key of needed) if (leaf[key] === undefined) fault(place, `missing required field: ${key}`)
  if (leaf['type'] === 'text') stringIn(place, leaf, 'text', { max: Number.POSITIVE_INFINITY, min: 1 })
  if (leaf['type'] === 'link') stringIn(place, leaf, 'url', { max: 3000, min: 1 })
  if (leaf['style'] === undefined) return
  const style = objectAt(inside(place, 'style'), leaf['style'])
  if (!style) return
  onlyFields(inside(place, 'style'), style, STYLES)
  for (const key of Object.keys(style)) flagIn(inside(place, 'style'), style, key)
}
