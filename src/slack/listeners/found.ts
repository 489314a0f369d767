import type { App } from '@slack/bolt'
import { found as finding, type Look } from '../../remediation/found.ts'
import type { Door } from '../door.ts'
import { foundTold } from '../found-words.ts'
import { onAnyPress, type Press, type Told } from '../press.ts'
import { onOwnMessage, pressedAction } from '../pressed-action.ts'

/** The answers to "Was it done?", of whoever may approve the action. */
export const found = (app: App, door: Door): void => {
  onAnyPress(app, door, 'was_done', (press) => saying(door, press, 'done'))
  onAnyPress(app, door, 'was_not_done', (press) => saying(door, press, 'not_done'))
}

const saying = async (door: Door, press: Press, said: Look['said']): Promise<Told | null> => {
  const one = await pressedAction(door, press, 'noted')
  if ('told' in one) return one.told
  const { action, presser } = one
  const pressed = await onOwnMessage(door, press, one.pressed)
  const outcome = await finding(door.context, action.id, { said, detail: '', by: { pressed, presser } })
  return foundTold(door, outcome, { action, user: press.user })
}
