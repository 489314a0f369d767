/** One label matcher of a PromQL or LogQL selector; a metric's name is the label `__name__`. */
export type Matcher = { readonly label: string; readonly operator: '=' | '!=' | '=~' | '!~'; readonly value: string }

/**
 * True when the matcher alone leaves out most of a data source: an equality that is not empty, or a pattern whose every
 * alternative is a plain word or begins with three plain characters (`api|web`, `checkout-.*`). `.+`, `.*` and `(?i)…` are not.
 */
export const selective = (matcher: Matcher): boolean => {
  if (matcher.operator === '=') return matcher.value !== ''
  if (matcher.operator !== '=~') return false
  // Both servers anchor patterns themselves; models write the anchors all the same.
  const pattern = matcher.value.replace(/^\^/, '').replace(/\$$/, '')
  const body = /^\((?:\?:)?([^()]*)\)$/.exec(pattern)?.[1] ?? pattern
  return body.split('|').every((alternative) => {
    const [plain = ''] = /^(?:[\w:/ -]|\\[.\-/+])*/.exec(alternative) ?? []
    if (plain === alternative) return plain !== ''
    // A quantifier takes the last character back: `abc*` begins with `ab`.
    const kept = /^[*?{]/.test(alternative.slice(plain.length)) ? plain.slice(0, -1) : plain
    return kept.replaceAll('\\', '').length >= 3
  })
}

/** The text inside a quoted literal of PromQL or LogQL (Go's rules, backquotes are raw); undefined when it is not closed. */
export const unquote = (literal: string): string | undefined => {
  const quote = literal[0]
  if (literal.length < 2 || quote === undefined || literal.at(-1) !== quote) return undefined
  const inner = literal.slice(1, -1)
  if (quote === '`') return inner
  return inner.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs, (_, code: string) => {
    if (/^[xuU]./.test(code)) return codePoint(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]{3}$/.test(code)) return codePoint(Number.parseInt(code, 8))
    return escapes[code] ?? code
  })
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '�')

/** The pattern of RE2 that fits this text alone. RegExp.escape writes `\x61` forms, which RE2 knows too, but nobody can read. */
export const literally = (text: string): string => text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
