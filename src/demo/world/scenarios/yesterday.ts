import { dependencyDown } from './dependency-down.ts'
import type { Scenario } from './scenario.ts'

/** The short trouble that every shop has behind it: it fires the same alert for about 6 minutes. Not in the register, since nobody can start it. */
export const yesterday: Scenario = { ...dependencyDown, id: 'yesterday', title: 'payments-db was slow for some minutes' }

/** Seconds from the start of the world back to its beginning, and how long it lasted. */
export const yesterdayAgo = 79_380
export const yesterdayLasted = 425
