import { isObject } from './limits/report.ts'

type Element = Record<string, unknown>

/** What a person chose or typed in an element, in the words of Slack's payloads: `selected_option`, `selected_users`, `value` … Throws for an option that is not there. */
export const stateOf = (element: Element, given: Given): Record<string, unknown> => {
  const type = String(element['type'])
  if (isObject(given)) return { type, ...given }
  const list = Array.isArray(given) ? given : given === null ? [] : [given]
  const one = list[0]
  if (['static_select', 'external_select', 'radio_buttons', 'overflow'].includes(type))
    return { type, selected_option: one === undefined || one === '' ? null : optionOf(element, one) }
  if (['multi_static_select', 'multi_external_select', 'checkboxes'].includes(type))
    return { type, selected_options: list.map((value) => optionOf(element, value)) }
  const key = PICKED[type]
  if (key === undefined) return { type, value: one === undefined || one === '' ? null : one }
  if (type.startsWith('multi_')) return { type, [key]: list }
  return { type, [key]: one === undefined || one === '' ? null : type === 'datetimepicker' ? Number(one) : one }
}

/** What the app put there before anybody touched it. */
export const initialStateOf = (element: Element): Record<string, unknown> => {
  const type = String(element['type'])
  const initial = Object.entries(element).find(([key]) => key.startsWith('initial_'))
  if (!initial) return stateOf(element, type.startsWith('multi_') || type === 'checkboxes' ? [] : null)
  const key = initial[0] === 'initial_value' ? 'value' : initial[0].replace('initial_', 'selected_')
  return { type, [key]: initial[1] }
}

export const isEmpty = (state: Record<string, unknown>): boolean =>
  Object.entries(state).every(
    ([key, value]) => key === 'type' || value === null || value === '' || (Array.isArray(value) && value.length === 0),
  )

const PICKED: Readonly<Record<string, string>> = {
  users_select: 'selected_user',
  multi_users_select: 'selected_users',
  conversations_select: 'selected_conversation',
  multi_conversations_select: 'selected_conversations',
  channels_select: 'selected_channel',
  multi_channels_select: 'selected_channels',
  datepicker: 'selected_date',
  timepicker: 'selected_time',
  datetimepicker: 'selected_date_time',
}

const optionOf = (element: Element, value: string): unknown => {
  const groups = Array.isArray(element['option_groups']) ? element['option_groups'].flatMap((group) => group?.options ?? []) : []
  const options: unknown[] = [...(Array.isArray(element['options']) ? element['options'] : []), ...groups]
  const option = options.find((candidate) => isObject(candidate) && candidate['value'] === value)
  if (!option && element['type'] !== 'external_select')
    throw new Error(`there is no option ${JSON.stringify(value)} in ${String(element['action_id'])}`)
  return option ?? { text: { type: 'plain_text', text: value }, value }
}

export type Given = string | readonly string[] | null | Record<string, unknown>
