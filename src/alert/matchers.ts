import { InputError } from '../errors.ts'
import type { Labels } from '../series/series.ts'

/** A label matcher as Alertmanager writes it. */
export type LabelMatcher = (labels: Labels) => boolean

/** `team="payments"`, `!=`, `=~`, `!~`; a missing label is the empty string and patterns are anchored, as in Alertmanager. */
export const labelMatcher = (text: string): LabelMatcher => {
  const found = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text)
  const [, name = '', operator, raw = ''] = found ?? []
  if (name === '') throw new InputError(`"${text}" is not a matcher; write for instance team="payments"`)
  const value = raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? raw.slice(1, -1).replace(/\\(.)/g, '$1') : raw
  if (operator === '=') return (labels) => (labels[name] ?? '') === value
  if (operator === '!=') return (labels) => (labels[name] ?? '') !== value
  const pattern = anchored(text, value)
  return operator === '=~' ? (labels) => pattern.test(labels[name] ?? '') : (labels) => !pattern.test(labels[name] ?? '')
}

/** True when every matcher fits. */
export const matchesAll = (matchers: readonly string[], labels: Labels): boolean => matchers.every((text) => labelMatcher(text)(labels))

const anchored = (text: string, value: string): RegExp => {
  try {
    return new RegExp(`^(?:${value})$`)
  } catch {
    throw new InputError(`"${text}" has a pattern that cannot be read`)
  }
}
