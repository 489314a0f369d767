import type { App } from '@slack/bolt'
import { askApprover } from '../../remediation/ask.ts'
import { mayBeAsked } from '../ask.ts'
import { clockTime, line } from '../blocks/text.ts'
import { decisionTold, deniedTold, refusal } from '../decision-words.ts'
import type { Door } from '../door.ts'
import { namesOf } from '../names.ts'
import { onPress, type Press, type Told } from '../press.ts'
import { pressedAction } from '../pressed-action.ts'

/** "Ask ana": of somebody who was told that others decide. Guests and shared channels call nobody. */
export const askingApprover = (app: App, door: Door): void => {
  onPress(app, door, 'ask_approver', (press) => asking(door, press))
}

/** `<action>:<version>:<digest>:<user or group>` */
const asking = async (door: Door, press: Press): Promise<Told | null> => {
  const [, value = '', whom = ''] = /^(.*):([UWS][A-Z0-9]{2,20})$/.exec(press.value) ?? []
  const one = await pressedAction(door, { ...press, value }, 'asked')
  if ('told' in one) return one.told
  const { action, pressed, presser } = one
  const { person } = presser
  if (person !== 'colleague' || presser.shared) {
    const denial = person === 'colleague' ? 'shared_channel' : person === 'unknown' ? 'look_up_failed' : person
    return deniedTold(door, { denial, action }, { wanted: 'asked', user: press.user })
  }
  if (action.status !== 'awaiting_approval') return refusal(OVER, action)
  if (!(await mayBeAsked(door, action, { presser: press.user, whom })))
    return refusal('Not asked, nothing was changed: their word would not count any more. Press on the card again.', action)
  const outcome = await askApprover(door.context, { pressed, presser }, whom)
  if (outcome.asked) return null
  switch (outcome.why) {
    case 'before': {
      const { by } = outcome.entry
      const { [by]: name = 'somebody' } = await namesOf(door.context, door, { users: [by], groups: [] })
      return refusal(`Asked already: by ${line(name, [], 40)} ${clockTime(outcome.at)}, in this thread. Once is enough.`, action)
    }
    case 'sealed':
      return decisionTold(door, outcome.refusal, { wanted: 'asked', action, user: press.user })
    case 'gone':
    case 'not_waiting':
      return refusal(OVER, action)
  }
}

const OVER = 'Not asked, nothing was changed: it does not wait for anybody any more, as its card says.'
