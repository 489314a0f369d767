/**
 * A value as the text of a jsonb parameter. PostgreSQL refuses a NUL and half a surrogate pair in jsonb, and both come from outside (log
 * lines, a model's words): they become U+FFFD, for one character must not lose a whole step.
 */
export const jsonbText = (value: unknown, replacer?: (key: string, value: unknown) => unknown): string => {
  const text = JSON.stringify(value, replacer)
  return SUSPECT.test(text) ? text.replace(UNSTORABLE, '$1\\ufffd') : text
}

/** JSON.stringify escapes a surrogate only where it stands alone. */
const SUSPECT = /\\u(?:0000|d[89a-f])/

/** After an even number of backslashes: an odd one would make the escape itself a text about an escape. */
const UNSTORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g
