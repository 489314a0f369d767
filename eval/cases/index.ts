import type { Case } from '../case.ts'
import { changes } from './changes.ts'
import { clusters } from './clusters.ts'
import { machines } from './machines.ts'
import { misleading } from './misleading.ts'
import { resources } from './resources.ts'
import { surroundings } from './surroundings.ts'

/** Every recorded incident. */
export const cases: readonly Case[] = [...changes, ...misleading, ...resources, ...machines, ...surroundings, ...clusters]
