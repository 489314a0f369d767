/** A word for a person's shell, which reads it as it stands: in single quotes unless nothing in it means anything there. */
export const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
