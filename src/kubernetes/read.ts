/** Readers of what stands in an object of the API: whatever is not of the expected shape is as if it were not there. */

/** Follows a path of fields; undefined where it breaks off. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown => {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined
    here = (here as Readonly<Record<string | number, unknown>>)[step]
  }
  return here
}

export const recordAt = (value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, unknown>> => {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Readonly<Record<string, unknown>>) : {}
}

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The text there; numbers too (a port is `80` or "http"). Empty where there is none. */
export const textAt = (value: unknown, ...path: readonly (string | number)[]): string => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}

export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | null => {
  const found = at(value, ...path)
  return typeof found === 'number' && Number.isFinite(found) ? found : null
}

export const timeAt = (value: unknown, ...path: readonly (string | number)[]): Date | null => {
  const found = at(value, ...path)
  if (typeof found !== 'string') return null
  const time = new Date(found)
  return Number.isNaN(time.getTime()) ? null : time
}

/** A map of texts such as labels, node selectors, a service's selector. */
export const textsAt = (value: unknown, ...path: readonly (string | number)[]): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(recordAt(value, ...path)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
