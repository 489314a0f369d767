import type { App } from '@slack/bolt'
import type { Door } from '../door.ts'
import { isDeadTrigger, refusalOf, slackFailure } from '../failure.ts'
import { askingSheet, nowSheet } from '../modals/now.ts'
import { modalOf, onePage, pageValue } from '../modals/page.ts'
import { words } from '../modals/sheet.ts'
import { onPress, type Press } from '../press.ts'
import { type Rate, reserve } from '../rates.ts'

/** Buttons that open a modal, and those inside that turn its pages. */
export const pages = (app: App, door: Door): void => {
  onPress(app, door, 'evidence', (press) => open(door, press, pageValue('evidence', press.value)))
  onPress(app, door, 'steps', (press) => open(door, press, pageValue('steps', press.value)))
  onPress(app, door, 'details', (press) => openDetails(door, press, press.value))
  onPress(app, door, 'copy_rule', (press) => open(door, press, pageValue('rule', press.value)))
  onPress(app, door, 'copy_command', (press) => openSheet(door, press, { kind: 'command', address: press.value }))
  onPress(app, door, 'whole_action', (press) => openSheet(door, press, { kind: 'action', address: press.value }))
  onPress(app, door, 'run_again', (press) => runAgain(door, press))
  onPress(app, door, /^page_(?:back|on|show)$/, (press) => open(door, press, press.value))
}

const GONE = 'There is nothing to show any more: what this button names has been removed.'
const LATE = 'That took too long for Slack to open it. Press again.'

/** `<incident>:<investigation number>` */
export const openDetails = (door: Door, press: Press, address: string): Promise<string | null> =>
  open(door, press, pageValue('details', address))

/** `address`: what stands behind the kind in a value. */
export const openSheet = (door: Door, press: Press, { kind, address }: { kind: string; address: string }): Promise<string | null> =>
  open(door, press, pageValue(kind, address))

/** A source is asked at most once in 3 s for one person. */
const againRate = (user: string): Rate => ({ bucket: `ask_again:${user}`, everyMs: 3000, burst: 1 })

/** Asks the source of one piece of evidence again and shows the answer in the same window, to the presser alone. */
const runAgain = async (door: Door, { user, value, view }: Press): Promise<string | null> => {
  const { context, clients } = door
  if (view === null) return null
  // What was pressed twice is being asked already.
  if (!(await reserve(context.db, againRate(user), 0)).taken) return null
  const { interactive } = clients
  const asking = await asUpdate(() => interactive.views.update({ view_id: view.id, hash: view.hash, view: onePage(askingSheet(value)) }))
  const sheet = (await nowSheet(context, value)) ?? { title: 'Gone', blocks: [words(GONE)] }
  const hash = asking?.view?.hash
  // Who turned the page meanwhile wants to see that one.
  if (hash !== undefined) await asUpdate(() => interactive.views.update({ view_id: view.id, hash, view: onePage(sheet) }))
  return null
}

/** Undefined where the window was closed or shows something else by now. */
const asUpdate = async <T>(update: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await update()
  } catch (error) {
    if (['hash_conflict', 'not_found'].includes(refusalOf(error) ?? '')) return undefined
    throw slackFailure(error, 'showing the new answer')
  }
}

const open = async ({ context, clients }: Door, press: Press, value: string): Promise<string | null> => {
  const view = await modalOf(context, value)
  if (view === null) return press.view === null ? GONE : null
  try {
    if (press.view === null) await clients.interactive.views.open({ trigger_id: press.triggerId, view })
    else await clients.interactive.views.update({ view_id: press.view.id, hash: press.view.hash, view })
    return null
  } catch (error) {
    if (isDeadTrigger(error)) return LATE
    if (['hash_conflict', 'not_found'].includes(refusalOf(error) ?? '')) return null
    throw slackFailure(error, 'opening a modal')
  }
}
