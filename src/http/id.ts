/** Ids are UUIDs: what is none of them is unknown, and is not worth a question to the database, which refuses some letters. */
export const isId = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text)
