import type { FaultCase } from './case.ts'
import { memory } from './memory.ts'

/** All clusters with a fault. */
export const faults: readonly FaultCase[] = [...memory]
