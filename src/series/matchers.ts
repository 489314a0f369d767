import { InputError } from '../errors.ts'
import type { Labels } from './series.ts'

/** A label matcher as Alertmanager writes it. */
export type LabelMatcher = (labels: Labels) => boolean

/** `team="payments"`, `!=`, `=~`, `!~`; a missing label is the empty string and patterns are anchored, as in Alertmanager. */
export const labelMatcher = (text: string): LabelMatcher => {
  const found = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text)
  const [, name = '', operator, raw = ''] = found ?? []
  if (name === '') throw new InputError(`"${text}" is not a matcher; write for instance team="payments"`)
  const value = raw.startsWith('"') && raw.endsWith('"') && raw.length > 1 ? unescaped(raw.slice(1, -1)) : raw
  const of = (labels: Labels): string => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '')
  if (operator === '=') return (labels) => of(labels) === value
  if (operator === '!=') return (labels) => of(labels) !== value
  const pattern = anchored(text, value)
  return operator === '=~' ? (labels) => pattern.test(of(labels)) : (labels) => !pattern.test(of(labels))
}

/** True when every matcher fits. */
export const matchesAll = (matchers: readonly string[], labels: Labels): boolean => compiled(matchers).every((fits) => fits(labels))

/** A list of the configuration is asked for each alert of a storm: reading its patterns anew each time takes seconds. */
const compiled = (matchers: readonly string[]): readonly LabelMatcher[] => {
  const known = read.get(matchers)
  if (known !== undefined) return known
  const made = matchers.map(labelMatcher)
  read.set(matchers, made)
  return made
}

const read = new WeakMap<readonly string[], readonly LabelMatcher[]>()

/** Alertmanager's own escapes; any other backslash stays, because patterns have theirs (`10\.0\..*`). */
const unescaped = (text: string): string =>
  text.replace(/\\(.)/gs, (whole, letter: string) => (letter === 'n' ? '\n' : letter === '"' || letter === '\\' ? letter : whole))

/** Go writes flags for a whole pattern in front, `(?i)prod`; JavaScript knows them beside it only. */
const anchored = (text: string, value: string): RegExp => {
  const [flagged, flags = ''] = /^\(\?([is]+)\)/.exec(value) ?? ['']
  try {
    return new RegExp(`^(?:${value.slice(flagged.length)})$`, [...new Set(flags)].join(''))
  } catch {
    throw new InputError(`"${text}" has a pattern that cannot be read`)
  }
}
