import type { App } from '@slack/bolt'
import { z } from 'zod'
import type { Presser } from '../../remediation/authorise.ts'
import { approve as approving, cancel, type Decision, type Pressed, reject } from '../../remediation/decide.ts'
import { offerAnew } from '../../remediation/offer-anew.ts'
import { offerUndo } from '../../remediation/undo.ts'
import { isByColleague, submitted } from '../acting.ts'
import { anewTold, undoTold } from '../anew-words.ts'
import { decisionTold, type Wanted } from '../decision-words.ts'
import type { Door } from '../door.ts'
import { isDeadTrigger, slackFailure } from '../failure.ts'
import { EDIT_CALLBACK, editedParams, editModal } from '../modals/edit.ts'
import { REJECT_BLOCK, REJECT_CALLBACK, REJECT_INPUT, rejectModal } from '../modals/reject.ts'
import { onAnyPress, onPress, type Press, type Told, tell } from '../press.ts'
import { onOwnMessage, type PressedAt, pressedAction, pressedIn } from '../pressed-action.ts'
import { openSheet } from './pages.ts'

/** The buttons of an action's card. Who may is asked anew for each press; what is acted on comes from the database alone. */
export const approve = (app: App, door: Door): void => {
  onAnyPress(app, door, 'approve', (press) =>
    deciding(door, press, 'approved', async (presser, pressed) =>
      approving(door.context, await onOwnMessage(door, press, pressed), presser),
    ),
  )
  onAnyPress(app, door, 'cancel_action', (press) =>
    deciding(door, press, 'taken back', (presser, pressed) => cancel(door.context, pressed.action, presser)),
  )
  onPress(app, door, 'reject', (press) => askWhy(door, press))
  onPress(app, door, 'offer_anew', (press) => anew(door, press, 'offered anew'))
  onPress(app, door, 'offer_undo', (press) => undoing(door, press))
  onPress(app, door, 'action_more', (press) => menu(door, press))
  app.view(REJECT_CALLBACK, async ({ ack, body }) => {
    await ack()
    const sent = submitted.parse(body)
    const press = pressOf(sent, isByColleague(sent, door.identity))
    const reason = sent.view.state.values[REJECT_BLOCK]?.[REJECT_INPUT]?.value ?? ''
    await say(
      door,
      press,
      await deciding(door, press, 'rejected', (presser, pressed) => reject(door.context, pressed, { ...presser, reason })),
    )
  })
  app.view(EDIT_CALLBACK, async ({ ack, body }) => {
    await ack()
    const sent = submitted.parse(body)
    const press = pressOf(sent, isByColleague(sent, door.identity))
    await say(door, press, await anew(door, press, 'edited', sent.view.state.values))
  })
}

const address = z.object({ value: z.string(), channel: z.string().nullable(), threadTs: z.string().nullable() })

/** A modal of a card acts as the press that opened it. */
const pressOf = ({ user, view }: z.infer<typeof submitted>, isColleague: boolean): PressedAt => ({
  user: user.id,
  isColleague,
  ...address.parse(JSON.parse(view.private_metadata)),
})

const addressOf = ({ value, channel, threadTs }: PressedAt): string => JSON.stringify({ value, channel, threadTs })

const say = async (door: Door, press: PressedAt, told: Told | null): Promise<void> => (told === null ? undefined : tell(door, press, told))

type Decide = (presser: Presser, pressed: Pressed) => Promise<Decision>

const deciding = async (door: Door, press: PressedAt, wanted: Wanted, decide: Decide): Promise<Told | null> => {
  const one = await pressedAction(door, press, wanted)
  if ('told' in one) return one.told
  return decisionTold(door, await decide(one.presser, one.pressed), { wanted, action: one.action, user: press.user })
}

/** A trigger lives 3 s, so who may reject is looked up when the reason comes. */
const askWhy = async (door: Door, press: Press): Promise<Told | null> => {
  const pressed = pressedIn(press.value)
  const action =
    pressed === null
      ? undefined
      : await door.context.db.selectFrom('action').select('offer').where('id', '=', pressed.action).executeTakeFirst()
  if (action === undefined)
    return decisionTold(door, { done: false, why: 'gone' }, { wanted: 'rejected', action: undefined, user: press.user })
  return opened(door, press.triggerId, rejectModal(action.offer.title, addressOf(press)))
}

const anew = async (door: Door, press: PressedAt, wanted: Wanted, values?: Parameters<typeof editedParams>[1]): Promise<Told | null> => {
  const one = await pressedAction(door, press, wanted)
  if ('told' in one) return one.told
  const { action, pressed, presser } = one
  const params = values === undefined ? {} : { params: editedParams(door.context, values, action) }
  return anewTold(door, await offerAnew(door.context, { pressed, presser, ...params }), { wanted, action, user: press.user })
}

const undoing = async (door: Door, press: Press): Promise<Told | null> => {
  const one = await pressedAction(door, press, 'offered anew')
  if ('told' in one) return one.told
  const { action, presser } = one
  if (presser.person !== 'colleague' || presser.shared)
    return anewTold(
      door,
      {
        offered: false,
        why: 'denied',
        denial: presser.person === 'colleague' ? 'shared_channel' : presser.person === 'unknown' ? 'look_up_failed' : presser.person,
        action,
      },
      { wanted: 'offered anew', action, user: press.user },
    )
  return undoTold(await offerUndo(door.context, action, press.user), action)
}

/** `edit:<action>:<version>:<digest>`, `command:<action>`, `whole:<action>` */
const menu = (door: Door, press: Press): Promise<Told | null> => {
  const [, what = '', rest = ''] = /^(\w+):(.*)$/.exec(press.value) ?? []
  switch (what) {
    case 'edit':
      return askParams(door, { ...press, value: rest })
    case 'command':
      return openSheet(door, press, { kind: 'command', address: rest })
    case 'whole':
      return openSheet(door, press, { kind: 'action', address: rest })
    default:
      return Promise.resolve('Nothing was changed: I do not know this choice. It may be from an older version of me.')
  }
}

const askParams = async (door: Door, press: Press): Promise<Told | null> => {
  const { db } = door.context
  const pressed = pressedIn(press.value)
  const action =
    pressed === null ? undefined : await db.selectFrom('action').selectAll().where('id', '=', pressed.action).executeTakeFirst()
  if (pressed === null || action === undefined)
    return decisionTold(door, { done: false, why: 'gone' }, { wanted: 'edited', action: undefined, user: press.user })
  if (action.version !== pressed.version || action.status !== 'awaiting_approval')
    return anewTold(door, { offered: false, why: 'moved_on', status: action.status }, { wanted: 'edited', action, user: press.user })
  const view = editModal(door.context, action, addressOf(press))
  if (view === null) return 'Nothing was changed: this action has nothing to edit, or is not in the catalogue any more.'
  return opened(door, press.triggerId, view)
}

type View = ReturnType<typeof rejectModal>

const opened = async ({ clients }: Door, triggerId: string, view: View): Promise<Told | null> => {
  try {
    await clients.interactive.views.open({ trigger_id: triggerId, view })
    return null
  } catch (error) {
    if (isDeadTrigger(error)) return 'Nothing was changed: that took too long for Slack to open it. Press again.'
    throw slackFailure(error, 'opening a modal')
  }
}
