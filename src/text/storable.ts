import type { Labels } from '../series/series.ts'

/** PostgreSQL stores neither NUL nor half a surrogate pair, and JSON can carry both: one such letter must not lose a whole webhook. */
export const storable = (given: string): string => given.toWellFormed().replaceAll('\0', '\ufffd')

/** The same for what may be missing; a link can spell a NUL as %00. */
export const storableOrNull = (given: string | null): string | null => (given === null ? null : storable(given))

export const storableLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [storable(name), storable(value)]))
