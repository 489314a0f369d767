import type { App } from '@slack/bolt'
import { why } from '../../incident/why.ts'
import { whyWords } from '../commands/why.ts'
import type { Door } from '../door.ts'
import { onPress } from '../press.ts'
import { againing, splitting, stopping } from './press.ts'

/** The overflow menu of a message: `<what>:<incident>`. */
export const menu = (app: App, door: Door): void => {
  onPress(app, door, 'more', async ({ value, user }) => {
    const [what = '', incident = ''] = value.split(':')
    switch (what) {
      case 'why': {
        const reasons = await why(door.context.db, incident)
        return reasons.length === 0 ? 'I know nothing of this incident any more.' : whyWords(reasons)
      }
      case 'not_same':
        return splitting(door, { incident, fingerprint: null }, user)
      case 'again':
        return againing(door, incident, user)
      case 'stop':
        return stopping(door, incident, user)
      default:
        return 'Nothing was changed: I do not know this choice. It may be from an older version of me.'
    }
  })
}
