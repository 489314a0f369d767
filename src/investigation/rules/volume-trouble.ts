import { type Around, aroundOf } from '../../kubernetes/around.ts'
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
  evaluate: async ({ surroundings, subject, alert, onset, cite }) => {
    const around = await aroundOf({ surroundings, subject, alert })
    if (around === null) return []
    const full = await Promise.all(mayBeFull(around).map((one) => readFull(around, one)))
    return findingsOf('volume-trouble', [...volumeTroubles({ around, onset }), ...full.flat()], { state: around.state, onset, cite })
  },
}

/** A log that cannot be read takes nothing from what the objects say. */
const readFull = async ({ state, concerned }: Around, one: Full) => {
  const texts = await Promise.all(
    [true, false].map((previous) => state.logs(one.container, { previous, lines: LINES }).catch((): readonly string[] => [])),
  )
  return fullVolume(one, { lines: texts.flat(), concerned })
}
