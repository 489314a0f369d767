import { choiceIn, fault, flagIn, inside, integerIn, type Json, listAt, objectAt, onlyFields, type Place, stringIn } from './report.ts'
import { checkConfirm, checkOption, checkRichText, checkText } from './text.ts'

/** Which elements a block may hold. https://docs.slack.dev/reference/block-kit/block-elements */
const SELECTS = ['static_select', 'external_select', 'users_select', 'conversations_select', 'channels_select'].flatMap((name) => [
  name,
  `multi_${name}`,
])
const PICKERS = ['checkboxes', 'radio_buttons', 'datepicker', 'timepicker']

export const IN_SECTION = ['button', 'image', 'overflow', 'workflow_button', ...PICKERS, ...SELECTS]
export const IN_ACTIONS = ['button', 'overflow', 'workflow_button', 'datetimepicker', 'rich_text_input', ...PICKERS, ...SELECTS]
export const IN_INPUT = [
  'plain_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'rich_text_input',
  'file_input',
  'datetimepicker',
  ...PICKERS,
  ...SELECTS,
]
export const IN_CONTEXT_ACTIONS = ['feedback_buttons', 'icon_button']

/** An interactive element (or a section's image) of one of the allowed types. */
export const checkElement = (place: Place, value: unknown, allowed: readonly string[]): void => {
  const element = objectAt(place, value)
  if (!element) return
  const type = String(element['type'])
  if (!allowed.includes(type)) {
    fault(inside(place, 'type'), `unsupported type: ${type}`)
    return
  }
  if (type === 'image') {
    checkImage(place, element)
    return
  }
  stringIn(place, element, 'action_id', { max: 255, min: 1 })
  checkConfirm(inside(place, 'confirm'), element['confirm'])
  checkText(inside(place, 'placeholder'), element['placeholder'], { max: 150, plain: true })
  checkers[type]?.(place, element)
}

export const checkImage = (place: Place, image: Json): void => {
  stringIn(place, image, 'alt_text', { max: 2000, min: 1, required: true })
  stringIn(place, image, 'image_url', { max: 3000, min: 1 })
  if ((image['image_url'] === undefined) === (image['slack_file'] === undefined)) fault(place, 'needs one of image_url and slack_file')
}

const COMMON = ['type', 'action_id', 'confirm', 'focus_on_load', 'placeholder']

const checkButton = (place: Place, button: Json): void => {
  onlyFields(place, button, ['type', 'action_id', 'confirm', 'text', 'value', 'url', 'style', 'accessibility_label'])
  checkText(inside(place, 'text'), button['text'], { max: 75, plain: true, required: true })
  stringIn(place, button, 'value', { max: 2000 })
  stringIn(place, button, 'url', { max: 3000, min: 1 })
  choiceIn(place, button, 'style', { of: ['primary', 'danger'] })
  stringIn(place, button, 'accessibility_label', { max: 75 })
}

const checkOverflow = (place: Place, menu: Json): void => {
  onlyFields(place, menu, ['type', 'action_id', 'confirm', 'options'])
  for (const [index, option] of listAt(inside(place, 'options'), menu['options'], 1, 5).entries())
    checkOption(inside(inside(place, 'options'), index), option, { plain: true, url: true })
}

const checkGroup = (place: Place, group: Json): void => {
  onlyFields(place, group, [...COMMON, 'options', 'initial_option', 'initial_options'])
  for (const [index, option] of listAt(inside(place, 'options'), group['options'], 1, 10).entries())
    checkOption(inside(inside(place, 'options'), index), option, { plain: false })
}

const checkSelect = (place: Place, select: Json): void => {
  integerIn(place, select, 'max_selected_items', { min: 1, max: 1000 })
  if (!String(select['type']).endsWith('static_select')) return
  onlyFields(place, select, [...COMMON, 'options', 'option_groups', 'initial_option', 'initial_options', 'max_selected_items'])
  if ((select['options'] === undefined) === (select['option_groups'] === undefined)) fault(place, 'needs one of options and option_groups')
  if (select['options'] !== undefined) checkOptions(inside(place, 'options'), select['options'])
  if (select['option_groups'] === undefined) return
  const groups = inside(place, 'option_groups')
  for (const [index, value] of listAt(groups, select['option_groups'], 1, 100).entries()) {
    const group = objectAt(inside(groups, index), value)
    if (!group) continue
    checkText(inside(inside(groups, index), 'label'), group['label'], { max: 75, plain: true, required: true })
    checkOptions(inside(inside(groups, index), 'options'), group['options'])
  }
}

const checkOptions = (place: Place, options: unknown): void => {
  for (const [index, option] of listAt(place, options, 1, 100).entries()) checkOption(inside(place, index), option, { plain: true })
}

const checkInput = (place: Place, input: Json): void => {
  onlyFields(place, input, [...COMMON, 'multiline', 'initial_value', 'min_length', 'max_length', 'dispatch_action_config'])
  flagIn(place, input, 'multiline')
  integerIn(place, input, 'min_length', { min: 0, max: 3000 })
  integerIn(place, input, 'max_length', { min: 1, max: 3000 })
  stringIn(place, input, 'initial_value', { max: 3000 })
}

const checkFeedback = (place: Place, feedback: Json): void => {
  onlyFields(place, feedback, ['type', 'action_id', 'positive_button', 'negative_button'])
  for (const key of ['positive_button', 'negative_button']) {
    const here = inside(place, key)
    const button = objectAt(here, feedback[key])
    if (!button) continue
    onlyFields(here, button, ['text', 'value', 'accessibility_label'])
    checkText(inside(here, 'text'), button['text'], { max: 75, plain: true, required: true })
    stringIn(here, button, 'value', { max: 2000, required: true })
    stringIn(here, button, 'accessibility_label', { max: 75 })
  }
}

const checkIconButton = (place: Place, button: Json): void => {
  const fields = ['type', 'action_id', 'confirm', 'icon', 'text', 'value', 'accessibility_label', 'visible_to_user_ids']
  onlyFields(place, button, fields)
  // The one icon that the reference names.
  choiceIn(place, button, 'icon', { of: ['trash'], required: true })
  checkText(inside(place, 'text'), button['text'], { plain: true, required: true })
  stringIn(place, button, 'value', { max: 2000 })
}

const checkWorkflowButton = (place: Place, button: Json): void => {
  checkText(inside(place, 'text'), button['text'], { max: 75, plain: true, required: true })
  objectAt(inside(place, 'workflow'), button['workflow'])
}

const checkRichInput = (place: Place, input: Json): void => {
  if (input['initial_value'] !== undefined) checkRichText(inside(place, 'initial_value'), input['initial_value'])
}

const checkNumberInput = (place: Place, input: Json): void => {
  if (typeof input['is_decimal_allowed'] !== 'boolean') fault(place, 'missing required field: is_decimal_allowed')
}

const checkers: Readonly<Record<string, (place: Place, element: Json) => void>> = {
  button: checkButton,
  overflow: checkOverflow,
  checkboxes: checkGroup,
  radio_buttons: checkGroup,
  feedback_buttons: checkFeedback,
  icon_button: checkIconButton,
  workflow_button: checkWorkflowButton,
  plain_text_input: checkInput,
  email_text_input: checkInput,
  url_text_input: checkInput,
  rich_text_input: checkRichInput,
  number_input: checkNumberInput,
  ...Object.fromEntries(SELECTS.map((name) => [name, checkSelect])),
}
