import type { ModalView } from '@slack/types'
import { label } from '../blocks/text.ts'

export const REJECT_CALLBACK = 'reject_action'
export const REJECT_BLOCK = 'reason'
export const REJECT_INPUT = 'text'

/** Asks why; an empty answer rejects as well. */
export const rejectModal = (title: string, address: string): ModalView => ({
  type: 'modal',
  callback_id: REJECT_CALLBACK,
  private_metadata: address,
  title: { type: 'plain_text', text: 'Reject it?' },
  submit: { type: 'plain_text', text: 'Reject' },
  close: { type: 'plain_text', text: 'Not now' },
  blocks: [
    { type: 'section', text: { type: 'plain_text', text: label(title, 300) } },
    {
      type: 'input',
      block_id: REJECT_BLOCK,
      optional: true,
      label: { type: 'plain_text', text: 'Why? It is shown on the card.' },
      element: { type: 'plain_text_input', action_id: REJECT_INPUT, multiline: true, max_length: 500 },
    },
  ],
})
