import type { CatalogueAction } from './action.ts'
import { restartWorkload } from './restart-workload.ts'
import { rollbackWorkload } from './rollback-workload.ts'
import { scaleWorkload } from './scale-workload.ts'

/** The register of built-in actions: one file, one line. */
export const actions: readonly CatalogueAction[] = [restartWorkload, rollbackWorkload, scaleWorkload]
