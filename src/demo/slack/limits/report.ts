/** Where in a payload something stands, and the list that its faults are added to. */
export type Place = { readonly path: string; readonly faults: string[] }

export type Json = Record<string, unknown>

/** Slack names a fault with the JSON pointer of its place: `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`. */
export const fault = (place: Place, text: string): void => {
  place.faults.push(`${text} [json-pointer:${place.path}]`)
}

export const inside = (place: Place, key: string | number): Place => ({ path: `${place.path}/${key}`, faults: place.faults })

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value as an object, or undefined with a fault. */
export const objectAt = (place: Place, value: unknown): Json | undefined => {
  if (isObject(value)) return value
  fault(place, 'must be an object')
  return undefined
}

/** The value as a list with `min` to `max` items, or an empty one with a fault. */
export const listAt = (place: Place, value: unknown, min: number, max: number): unknown[] => {
  if (!Array.isArray(value)) {
    fault(place, 'must be an array')
    return []
  }
  if (value.length < min) fault(place, `no less than ${min} items required, ${value.length} given`)
  if (value.length > max) fault(place, `no more than ${max} items allowed, ${value.length} given`)
  return value
}

/** Slack refuses fields that it does not know. */
export const onlyFields = (place: Place, value: Json, fields: readonly string[]): void => {
  for (const key of Object.keys(value)) if (!fields.includes(key)) fault(place, `invalid additional property: ${key}`)
}

/** A text field. UTF-16 units are counted: never fewer than whatever Slack counts. */
export const stringIn = (place: Place, value: Json, key: string, limit: { max: number; min?: number; required?: boolean }): void => {
  const text = value[key]
  if (text === undefined || text === null) {
    if (limit.required === true) fault(place, `missing required field: ${key}`)
    return
  }
  const here = inside(place, key)
  if (typeof text !== 'string') {
    fault(here, 'must be a string')
    return
  }
  if (text.length < (limit.min ?? 0)) fault(here, `must be more than ${(limit.min ?? 0) - 1} characters`)
  if (text.length > limit.max) fault(here, `must be less than ${limit.max + 1} characters`)
}

export const choiceIn = (place: Place, value: Json, key: string, choice: { of: readonly string[]; required?: boolean }): void => {
  const given = value[key]
  if (given === undefined) {
    if (choice.required === true) fault(place, `missing required field: ${key}`)
    return
  }
  if (typeof given !== 'string' || !choice.of.includes(given)) fault(inside(place, key), `must be one of: ${choice.of.join(', ')}`)
}

export const flagIn = (place: Place, value: Json, key: string): void => {
  if (value[key] !== undefined && typeof value[key] !== 'boolean') fault(inside(place, key), 'must be a boolean')
}

export const integerIn = (place: Place, value: Json, key: string, range: { min: number; max: number }): void => {
  const given = value[key]
  if (given === undefined) return
  if (!Number.isInteger(given) || Number(given) < range.min || Number(given) > range.max)
    fault(inside(place, key), `must be an integer from ${range.min} to ${range.max}`)
}

/** No two of them may be the same. */
export const unique = (place: Place, what: string, values: readonly unknown[]): void => {
  const given = values.filter((value) => value !== undefined)
  if (new Set(given).size !== given.length) fault(place, `${what} must be unique`)
}
