import { z } from 'zod'
import { formatDuration, parseMoment } from '../../datasources/time.ts'

/** The end of a window, behind a start that each tool describes by itself. */
export const end = z.string().default('now').describe('Until when, in the same forms.')

export type Window = { readonly from: Date; readonly to: Date }

/** A window that a model wrote, in RFC 3339 or relative to `now`; or why it cannot be asked. `maxSeconds` bounds its length. */
export const windowOf = (asked: { start: string; end: string }, now: Date, maxSeconds: number): Window | string => {
  const from = parseMoment(asked.start, now)
  const to = parseMoment(asked.end, now)
  if (!from || !to) return `the time ${from ? asked.end : asked.start} is neither RFC 3339 nor relative (-1h)`
  const seconds = (to.getTime() - from.getTime()) / 1000
  if (seconds <= 0) return `start ${from.toISOString()} is not before end ${to.toISOString()}`
  if (seconds > maxSeconds) return `the window of ${formatDuration(seconds)} is longer than ${formatDuration(maxSeconds)}`
  return { from, to }
}
