/** The text with a capital at its beginning, as a sentence has. */
export const upper = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

/** The text with a small letter at its beginning, fit for the middle of a sentence. */
export const lower = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`
