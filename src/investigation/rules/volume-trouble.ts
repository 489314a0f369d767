import type { Around } from '../../kubernetes/around.ts'
import { type Full, fullVolume, mayBeFull } from '../../kubernetes/full-volumes.ts'
import { findingsOf } from '../../kubernetes/trouble.ts'
import { volumeTroubles } from '../../kubernetes/volume-troubles.ts'
import type { Rule } from './rule.ts'

/** The last lines of a run that ended for want of room say so. */
const LINES = 40

/** Claims that are not bound, volumes that cannot be attached or mounted while a pod waits for them, and volumes that are full. */
export const volumeTrouble: Rule = {
  id: 'volume-trouble',
  looksAt: 'volumes and claims',
  needs: ['kubernetes'],
  evaluate: (input) =>
    findingsOf('volume-trouble', input, async (given) => {
      const full = await Promise.all(mayBeFull(given.around).map((one) => readFull(given.around, one)))
      return [...volumeTroubles(given), ...full.flat()]
    }),
}

/** A log that cannot be read takes nothing from what the objects say. */
const readFull = async ({ state, concerned }: Around, one: Full) => {
  const texts = await Promise.all(
    [true, false].map((previous) => state.logs(one.container, { previous, lines: LINES }).catch((): readonly string[] => [])),
  )
  return fullVolume(one, { lines: texts.flat(), concerned })
}
