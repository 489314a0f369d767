import type { Cause } from './cause.ts'
import { cpu } from './cpu.ts'
import { database } from './database.ts'
import { expired } from './expired.ts'
import { memory } from './memory.ts'
import { pool } from './pool.ts'
import { region } from './region.ts'
import { surge } from './surge.ts'

/** The register: what the scripted model can recognise. */
export const causes: readonly Cause[] = [pool, region, memory, cpu, surge, database, expired]
