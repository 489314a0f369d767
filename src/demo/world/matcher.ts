import type { Labels } from '../../series/series.ts'

/** One condition on a label, as PromQL, LogQL and Alertmanager write it. A label that is not there counts as empty. */
export type Matcher = {
  readonly name: string
  readonly op: '=' | '!=' | '=~' | '!~'
  readonly value: string
  matches(value: string): boolean
}

/** Throws a SyntaxError when `value` is no regular expression. Expressions are anchored, as in RE2 users' habit and Prometheus's code. */
export const matcher = (name: string, op: Matcher['op'], value: string): Matcher => {
  if (op === '=' || op === '!=') return { name, op, value, matches: (text) => (text === value) === (op === '=') }
  const expression = regularExpression(value, { anchored: true })
  return { name, op, value, matches: (text) => expression.test(text) === (op === '=~') }
}

/** An RE2 expression as JavaScript reads it: the leading flags `(?i)` and named groups are written differently. Throws a SyntaxError. */
export const regularExpression = (pattern: string, { anchored }: { anchored: boolean }): RegExp => {
  const [flags, letters = ''] = /^\(\?([ims]+)\)/.exec(pattern) ?? ['']
  const body = pattern.slice(flags.length).replaceAll('(?P<', '(?<')
  return new RegExp(anchored ? `^(?:${body})$` : body, letters)
}

export const matchesAll = (labels: Labels, matchers: readonly Matcher[]): boolean =>
  matchers.every(({ name, matches }) => matches(labels[name] ?? ''))

/** Whether a selector of these would select everything: the query languages refuse that. */
export const selectsNothingInParticular = (matchers: readonly Matcher[]): boolean => matchers.every(({ matches }) => matches(''))

/** The text between the quotes of a string literal; Go's escapes are those of JSON but for a few. */
export const unquote = (literal: string): string => {
  const quote = literal[0]
  const inner = literal.slice(1, literal.endsWith(quote ?? '') ? -1 : undefined)
  if (quote === '`') return inner
  return inner.replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, code: string) => {
    if (code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16))
    return escapes[code] ?? code
  })
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }
