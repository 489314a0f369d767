import type { Evidence } from '../../investigation/evidence.ts'
import { amount } from '../../text/number.ts'
import { line } from '../blocks/text.ts'

/** What came of it, in one line of a list; the whole of it is one press away. */
export const inShort = ({ shown, complete }: Pick<Evidence, 'shown' | 'complete'>): string => {
  const first = shown.split('\n').find((one) => one.trim() !== '') ?? 'nothing'
  const readable = first
    .replace(/\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.\d+)?Z/g, '$1')
    .replace(/(?<![\w.])-?\d+\.\d{5,}(?:e[+-]?\d+)?(?![\w.])/g, (number) => amount(Number(number)))
  return line(`${readable}${complete ? '' : ' (cut at the source)'}`, [], 200)
}

/** A query as one line of code. */
export const code = (query: string): string => `\`${line(query, [], 120).replaceAll('`', "'")}\``

/** The question that the model named for a call, or null. */
export const whyOf = (input: unknown): string | null => {
  const why = typeof input === 'object' && input !== null && 'why' in input ? input.why : null
  return typeof why === 'string' && why.trim() !== '' ? why : null
}

/** "2026-11-21 01:06:48 UTC" */
export const moment = (at: string): string => at.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC')
