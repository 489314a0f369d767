import type { App } from '@slack/bolt'
import { challenge } from '../../investigation/challenge.ts'
import { force } from '../../investigation/force.ts'
import type { Door } from '../door.ts'
import { onPress } from '../press.ts'
import { GONE, OVER } from '../refusals.ts'

/** The buttons that start an investigation against what was decided or found: past gate, wait or budget, or to refute it. */
export const investigateAnyway = (app: App, door: Door): void => {
  onPress(app, door, 'force', ({ value, user }) => forcing(door, value, user))
  onPress(app, door, 'challenge', ({ value, user }) => challenging(door, value, user))
}

const forcing = async ({ context }: Door, incident: string, user: string): Promise<string | null> => {
  const outcome = await force(context, incident, user)
  if (outcome.forced) return outcome.past === 'budget' ? 'Going on beyond the budget: this investigation’s own limit still holds.' : null
  switch (outcome.reason) {
    case 'running':
      return 'It is being investigated already: somebody was a moment before you.'
    case 'nothing_held_back':
      return 'Nothing was changed: nothing holds it back any more. "Investigate again" in the menu of the first reply looks once more.'
    case 'over':
      return OVER
    case 'gone':
      return GONE
  }
}

/** `<incident>:<investigation number>` */
export const challenging = async ({ context }: Door, value: string, user: string): Promise<string | null> => {
  const [incident = '', number = ''] = value.split(':')
  if (!/^\d{1,9}$/.test(number)) return 'Nothing was changed: I do not know this analysis any more.'
  const outcome = await challenge(context, incident, user, Number(number))
  if (outcome.challenged) return null
  switch (outcome.reason) {
    case 'running':
      return 'Not started: something of this incident is being looked into right now. Press again when that is done.'
    case 'no_analysis':
      return 'Not started: there is no analysis by a model that could be refuted.'
    case 'no_model':
      return 'Not started: no model is configured that could try.'
    case 'budget':
      return `Not started, ${outcome.detail ?? 'the budget is spent'} (budgets.day). "Evidence" shows what it rests on.`
    case 'gone':
      return GONE
  }
}
