/** The words before a place of a text, as many whole ones as `most` characters hold: of "slowest" no "lowest" must be left. */
export const wordsBefore = (text: string, at: number, most: number): string => {
  const from = Math.max(0, at - most)
  const cut = text.slice(from, at)
  return from > 0 && /[\p{L}\p{N}]/u.test(text[from - 1] ?? '') ? cut.replace(/^[\p{L}\p{N}]+/u, '') : cut
}

/** The words after a place of a text, whole ones alone. */
export const wordsAfter = (text: string, at: number, most: number): string => {
  const cut = text.slice(at, at + most)
  return /[\p{L}\p{N}]/u.test(text[at + most] ?? '') ? cut.replace(/[\p{L}\p{N}]+$/u, '') : cut
}
