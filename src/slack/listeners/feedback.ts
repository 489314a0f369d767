import type { App } from '@slack/bolt'
import { rate } from '../../learning/rate.ts'
import { isByColleague, submitted } from '../acting.ts'
import type { Door } from '../door.ts'
import { slackFailure } from '../failure.ts'
import { FEEDBACK_CALLBACK, feedbackModal, REASON_BLOCK, REASON_INPUT } from '../modals/feedback.ts'
import { onPress, type Press } from '../press.ts'

/** 👍 and 👎 under an analysis: stored at once; 👎 also asks what was wrong. */
export const feedback = (app: App, door: Door): void => {
  onPress(app, door, 'feedback', (press) => judge(door, press))
  app.view(FEEDBACK_CALLBACK, async ({ ack, body }) => {
    await ack()
    const sent = submitted.parse(body)
    const { user, view } = sent
    if (!isByColleague(sent, door.identity)) return
    const reason = view.state.values[REASON_BLOCK]?.[REASON_INPUT]?.value?.trim() ?? ''
    if (reason !== '') await rate(door.context, { investigation: view.private_metadata, user: user.id, rating: 'bad', reason })
  })
}

const judge = async ({ context, clients }: Door, { value, user, triggerId }: Press): Promise<string | null> => {
  const [investigation = '', rating] = value.split(':')
  if (rating !== 'good' && rating !== 'bad') return 'Nothing was changed: I do not know this choice.'
  const outcome = await rate(context, { investigation, user, rating, reason: null })
  if (!outcome.rated) return 'Nothing was changed: I do not know this analysis any more.'
  if (rating === 'good') return outcome.changed ? 'Thanks, kept. Press the other one if you change your mind.' : 'You had said so already.'
  try {
    await clients.interactive.views.open({ trigger_id: triggerId, view: feedbackModal(investigation) })
  } catch (error) {
    // The rating stands; only the question after it is lost.
    context.log.warn({ err: slackFailure(error, 'asking what was wrong') }, 'the question after a bad rating could not be asked')
  }
  return null
}
