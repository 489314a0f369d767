import type { KubeEvent } from '../../kubernetes/events.ts'
import { clean } from '../../text/clean.ts'

/** One event in a line: when last, how often since when, what, and of which object where that is not known from elsewhere. */
export const eventText = (event: KubeEvent, options: { readonly withObject?: boolean } = {}): string => {
  const { reason, message, isWarning, about, first, last, count } = event
  const often = count > 1 ? ` (${count} times since ${timeText(first)})` : ''
  const object =
    options.withObject === true ? ` ${about.kind} ${about.namespace === undefined ? '' : `${about.namespace}/`}${about.name}` : ''
  return `${timeText(last)} ${isWarning ? 'Warning' : 'Normal'} ${reason}${object}${often}: ${clean(message).replaceAll(/\s+/g, ' ').trim()}`
}

const timeText = (time: Date | null): string => (time === null ? 'unknown time' : time.toISOString().replace(/\.\d+Z$/, 'Z'))
