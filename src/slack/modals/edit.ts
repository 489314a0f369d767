import type { ModalView } from '@slack/types'
import type { Context } from '../../context.ts'
import type { StoredAction } from '../../db/schema.ts'
import { catalogue } from '../../remediation/catalogue.ts'
import { label } from '../blocks/text.ts'

export const EDIT_CALLBACK = 'edit_action'
const INPUT = 'value'

/** One parameter, as the catalogue's own schema and the entry's bounds have it. */
type Field = {
  readonly name: string
  readonly type: string
  readonly about: string
  readonly isOptional: boolean
  readonly choices: readonly string[]
  readonly now: string
}

/** Asks for other parameters, filled with those that stand; null where there are none. What is sent is planned and checked like any. */
export const editModal = (context: Pick<Context, 'config'>, action: StoredAction, address: string): ModalView | null => {
  const fields = fieldsOf(context, action)
  if (fields.length === 0) return null
  return {
    type: 'modal',
    callback_id: EDIT_CALLBACK,
    private_metadata: address,
    title: { type: 'plain_text', text: 'Edit it' },
    submit: { type: 'plain_text', text: 'Check and offer' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'section',
        text: {
          type: 'plain_text',
          text: label(
            `${action.offer.title}. It becomes a new version: nothing runs before it is approved anew, and of HIGH risk not by you.`,
            300,
          ),
        },
      },
      ...fields.map((field) => ({
        type: 'input' as const,
        block_id: field.name,
        optional: field.isOptional,
        label: { type: 'plain_text' as const, text: label(field.name, 200) },
        ...(field.about === '' ? {} : { hint: { type: 'plain_text' as const, text: label(field.about, 300) } }),
        element: elementOf(field),
      })),
    ],
  }
}

type Values = Readonly<
  Record<
    string,
    Readonly<
      Record<
        string,
        { readonly value?: string | null | undefined; readonly selected_option?: { readonly value: string } | null | undefined }
      >
    >
  >
>

/** What was written, in the types of the schema; what is no number stays as written, and the action says what is wrong with it. */
export const editedParams = (context: Pick<Context, 'config'>, values: Values, action: StoredAction): Record<string, unknown> =>
  Object.fromEntries(
    fieldsOf(context, action).flatMap(({ name, type }) => {
      const state = values[name]?.[INPUT]
      const written = (state?.selected_option?.value ?? state?.value ?? '').trim()
      return written === '' ? [] : [[name, typed(written, type)] as const]
    }),
  )

const typed = (written: string, type: string): unknown => {
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,9})?$/.test(written)) return Number(written)
  return type === 'boolean' && /^(true|false)$/.test(written) ? written === 'true' : written
}

/** Options of one select, and inputs that a person still reads. */
const MOST_CHOICES = 100
const MOST_FIELDS = 20

const fieldsOf = ({ config }: Pick<Context, 'config'>, { cluster, entry, offer }: StoredAction): Field[] => {
  const enabled = catalogue(config, cluster).find(({ name }) => name === entry)
  if (enabled === undefined) return []
  const { properties = {}, required = [] } = enabled.action.schema as { properties?: Record<string, Property>; required?: string[] }
  return Object.entries(properties)
    .slice(0, MOST_FIELDS)
    .map(([name, property]) => {
      const bound = enabled.entry.params[name]
      const choices = (bound?.values ?? property.enum ?? (property.type === 'boolean' ? [true, false] : [])).map(String)
      return {
        name,
        type: typeof property.type === 'string' ? property.type : 'string',
        about: [property.description ?? '', rangeOf(bound, property)].filter((text) => text !== '').join('; '),
        isOptional: !required.includes(name),
        choices: choices.slice(0, MOST_CHOICES).filter((choice) => choice.length > 0 && choice.length <= 75),
        now: name in offer.params ? textOf(offer.params[name]) : '',
      }
    })
}

type Property = {
  readonly type?: unknown
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
}

const rangeOf = (bound: { min?: number | undefined; max?: number | undefined } | undefined, { minimum, maximum }: Property): string => {
  const [least, most] = [bound?.min ?? minimum, bound?.max ?? maximum]
  // What stands for "any number" in a schema tells nobody anything.
  return least === undefined || most === undefined || Math.abs(most) > 1e9 ? '' : `${least} to ${most}`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const elementOf = ({ choices, now }: Field) => {
  if (choices.length === 0)
    return {
      type: 'plain_text_input' as const,
      action_id: INPUT,
      max_length: 500,
      ...(now === '' ? {} : { initial_value: now.slice(0, 500) }),
    }
  const options = choices.map((value) => ({ text: { type: 'plain_text' as const, text: label(value, 75) }, value }))
  const chosen = options.find(({ value }) => value === now)
  return { type: 'static_select' as const, action_id: INPUT, options, ...(chosen === undefined ? {} : { initial_option: chosen }) }
}
