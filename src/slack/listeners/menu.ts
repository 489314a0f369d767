import type { App } from '@slack/bolt'
import { why } from '../../incident/why.ts'
import { whyWords } from '../commands/why.ts'
import type { Door } from '../door.ts'
import { onPress } from '../press.ts'
import { askService } from './about.ts'
import { challenging } from './investigate-anyway.ts'
import { openDetails } from './pages.ts'
import { againing, owning, splitting, stopping } from './press.ts'

/** The overflow menu of a message: `<what>:<incident>`, and a number where one of its investigations is meant. */
export const menu = (app: App, door: Door): void => {
  onPress(app, door, 'more', async (press) => {
    const { value, user } = press
    const [what = '', incident = '', number = ''] = value.split(':')
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
      case 'own':
        return owning(door, incident, user)
      case 'service':
        return askService(door, press, incident)
      case 'challenge':
        return challenging(door, `${incident}:${number}`, user)
      case 'details':
        return openDetails(door, press, `${incident}:${number}`)
      default:
        return 'Nothing was changed: I do not know this choice. It may be from an older version of me.'
    }
  })
}
