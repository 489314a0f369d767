import type { ModalView } from '@slack/types'
import { label } from '../blocks/text.ts'

export const SERVICE_CALLBACK = 'subject_service'
export const KNOWN_BLOCK = 'known'
export const OTHER_BLOCK = 'other'
export const SERVICE_INPUT = 'service'

/** Options of one select, and characters of an option's value. https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element */
const MOST = 100
const VALUE = 150

/** Asks which service an alert is about: one of those that are known, or another by its name. */
export const serviceModal = (known: readonly string[], { about, address }: { about: string; address: string }): ModalView => {
  const options = known
    .filter((name) => name.length <= VALUE)
    .slice(0, MOST)
    .map((name) => ({ text: { type: 'plain_text' as const, text: label(name, 75) }, value: name }))
  return {
    type: 'modal',
    callback_id: SERVICE_CALLBACK,
    private_metadata: address,
    title: { type: 'plain_text', text: 'Which service?' },
    submit: { type: 'plain_text', text: 'Look there' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      { type: 'section', text: { type: 'plain_text', text: label(about, 300) } },
      ...(options.length === 0
        ? []
        : [
            {
              type: 'input' as const,
              block_id: KNOWN_BLOCK,
              optional: true,
              label: { type: 'plain_text' as const, text: 'A service that I know' },
              element: { type: 'static_select' as const, action_id: SERVICE_INPUT, options },
            },
          ]),
      {
        type: 'input',
        block_id: OTHER_BLOCK,
        optional: options.length > 0,
        label: { type: 'plain_text', text: 'Another, as its labels name it' },
        element: { type: 'plain_text_input', action_id: SERVICE_INPUT, max_length: 200 },
      },
    ],
  }
}
