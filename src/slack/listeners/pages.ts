import type { App } from '@slack/bolt'
import type { Door } from '../door.ts'
import { refusalOf, slackFailure } from '../failure.ts'
import { modalOf, pageValue } from '../modals/page.ts'
import { onPress, type Press } from '../press.ts'

/** Buttons that open a modal, and those inside that turn its pages. */
export const pages = (app: App, door: Door): void => {
  onPress(app, door, 'evidence', (press) => open(door, press, pageValue('evidence', press.value)))
  onPress(app, door, 'steps', (press) => open(door, press, pageValue('steps', press.value)))
  onPress(app, door, 'details', (press) => open(door, press, pageValue('details', press.value)))
  onPress(app, door, /^page_(?:back|on|show)$/, (press) => open(door, press, press.value))
}

const GONE = 'There is nothing to show any more: what this button names has been removed.'
const LATE = 'That took too long for Slack to open it. Press again.'

const open = async ({ context, clients }: Door, press: Press, value: string): Promise<string | null> => {
  const view = await modalOf(context, value)
  if (view === null) return press.view === null ? GONE : null
  try {
    if (press.view === null) await clients.interactive.views.open({ trigger_id: press.triggerId, view })
    else await clients.interactive.views.update({ view_id: press.view.id, hash: press.view.hash, view })
    return null
  } catch (error) {
    const refusal = refusalOf(error)
    // A trigger lives 3 s and opens one view: a replayed press finds it dead, which nothing can mend.
    if (refusal !== null && ['expired_trigger_id', 'invalid_trigger_id', 'exchanged_trigger_id'].includes(refusal)) return LATE
    if (refusal !== null && ['hash_conflict', 'not_found'].includes(refusal)) return null
    throw slackFailure(error, 'opening a modal')
  }
}
