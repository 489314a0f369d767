/** The order of two texts by their code units: the same on every machine, which the order of a language is not. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
