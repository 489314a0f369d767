import type { ModalView } from '@slack/types'

export const FEEDBACK_CALLBACK = 'feedback_reason'
export const REASON_BLOCK = 'reason'
export const REASON_INPUT = 'text'

/** Asks what was wrong; whoever closes it has rated all the same. */
export const feedbackModal = (investigation: string): ModalView => ({
  type: 'modal',
  callback_id: FEEDBACK_CALLBACK,
  private_metadata: investigation,
  title: { type: 'plain_text', text: 'What was wrong?' },
  submit: { type: 'plain_text', text: 'Send' },
  close: { type: 'plain_text', text: 'Skip' },
  blocks: [
    {
      type: 'input',
      block_id: REASON_BLOCK,
      label: { type: 'plain_text', text: 'What should it have said? Your rating is kept already.' },
      element: { type: 'plain_text_input', action_id: REASON_INPUT, multiline: true, max_length: 3000 },
    },
  ],
})
