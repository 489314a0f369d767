import type { StoredAction } from '../db/schema.ts'
import type { Found } from '../remediation/found.ts'
import { clockTime, line } from './blocks/text.ts'
import { decisionTold, deniedTold, refusal } from './decision-words.ts'
import type { Door } from './door.ts'
import { namesOf } from './names.ts'
import type { Told } from './press.ts'

/** To whoever said what they found: null where the message says it to everybody. */
export const foundTold = async (
  door: Door,
  found: Found,
  { action, user }: { action: StoredAction; user: string },
): Promise<Told | null> => {
  if (found.done) return null
  switch (found.why) {
    case 'denied':
      return deniedTold(door, found, { wanted: 'noted', user })
    case 'not_unknown':
      return refusal('Not noted, nothing was changed: what became of this is known by now, as its card says.', action)
    case 'found': {
      const { by, said } = found.entry
      const { [by ?? '']: name = 'somebody' } =
        by === null ? { '': 'the API' } : await namesOf(door.context, door, { users: [by], groups: [] })
      const what = said === 'done' ? 'it was done' : 'it was not done'
      return refusal(`Already said: ${line(name, [], 40)} found ${clockTime(found.at)} that ${what}. Nothing was changed.`, action)
    }
    default:
      return decisionTold(door, found, { wanted: 'noted', action, user })
  }
}
