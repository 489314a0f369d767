import type { FaultCase } from './case.ts'
import { crashes } from './crash.ts'
import { images } from './image.ts'
import { memory } from './memory.ts'

/** All clusters with a fault. */
export const faults: readonly FaultCase[] = [...memory, ...crashes, ...images]
