import { clean } from './clean.ts'

/** Foreign text on one line; what is longer is cut by whoever shows it. */
export const oneLine = (text: string): string => clean(text.slice(0, LONGEST)).replaceAll(/\s+/g, ' ').trim()

/** No line that is shown comes near it, and a line of a log may have megabytes. */
const LONGEST = 4000
