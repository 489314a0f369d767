/**
 * Secrets that are written in another alphabet: URL-encoded, in base64, in hexadecimal, with escapes of JSON, of C or of HTML. The text is decoded, looked
 * at, and taken out where it stands encoded; what is decoded never goes anywhere. So nothing that a reader could take for a quote, a tag or
 * a new line comes into being here: `%3C` stays `%3C`.
 */

type Redact = (text: string) => string

/** URL-encoded words: `access_token%22%3A%22…`, `https%3A%2F%2Fuser%3Apass%40host`. */
export const throughPercents = (text: string, redact: Redact): string => {
  let done = ''
  let from = 0
  PERCENT.lastIndex = 0
  for (let hit = PERCENT.exec(text); hit !== null; hit = PERCENT.exec(text)) {
    const start = wordStart(text, hit.index, from)
    URL_REST.lastIndex = hit.index
    const word = text.slice(start, hit.index) + (URL_REST.exec(text)?.[0] ?? '')
    done += text.slice(from, start) + seenThrough(word, PERCENTS, redact)
    from = start + word.length
    PERCENT.lastIndex = from
  }
  return done + text.slice(from)
}

const wordStart = (text: string, at: number, from: number): number => {
  let start = at
  while (start > from && !NO_URL.test(text[start - 1] ?? ' ')) start -= 1
  return start
}

/** Lines with escapes inside words: `"pass\u0077ord"`, `\x22token\x22`, `https:\/\/…`, `&quot;`. */
export const throughEscapes = (text: string, redact: Redact): string =>
  ESCAPE.test(text) ? text.replace(LINE, (line) => (ESCAPE.test(line) ? seenThrough(line, ESCAPES, redact) : line)) : text

/** Whole words of base64 or hexadecimal digits that hold text. */
export const throughBlobs = (text: string, redact: Redact): string =>
  text.replace(BLOB, (word) => seenInside(word, /^(?:[0-9a-f]{2}){20,}$/i.test(word) ? 'hex' : 'base64', redact))

const PERCENT = /%(?:[2-7][0-9a-f]|0[9ad])/gi
const URL_REST = /[^\s"'<>`\\]*/y
const NO_URL = /[\s"'<>`\\]/
const PERCENTS = /%(?:([2-7][0-9a-f])|0[9ad])/gi

const ESCAPE = /\\(?:u00[2-7][0-9a-f]|x[2-7][0-9a-f]|\/)|&(?:quot|amp|apos|#3[49]);/i
const LINE = /[^\n]+/g
const ESCAPES = /\\{1,8}u00([2-7][0-9a-f])|\\{1,8}x([2-7][0-9a-f])|\\{1,8}(\/)|&(quot|amp|apos|#3[49]);/gi

const BLOB = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}/g

/** How much of a blob must be text before the rest is looked at, in bytes: 24 random ones are printable once in 1e10. */
const SAMPLE = 24

const NAMED: Readonly<Record<string, string>> = { quot: '"', amp: '&', apos: "'", '#34': '"', '#39': "'" }

/** No name with a secret is shorter, and many short words would cost much each. */
const SHORTEST = 8

/** Decodes with `pattern`; where the decoded text would lose something, the same stretch is taken out of the encoded one. */
const seenThrough = (text: string, pattern: RegExp, redact: Redact): string => {
  let plain = ''
  const origin: number[] = []
  let from = 0
  const take = (until: number): void => {
    for (let at = from; at < until; at += 1) origin.push(at)
    plain += text.slice(from, until)
  }
  for (const match of text.matchAll(pattern)) {
    take(match.index)
    const [whole, first, second, slash, named] = match
    const code = first ?? second
    plain +=
      slash ??
      (named === undefined
        ? code === undefined
          ? ' '
          : String.fromCharCode(Number.parseInt(code, 16))
        : (NAMED[named.toLowerCase()] ?? ' '))
    origin.push(match.index)
    from = match.index + whole.length
  }
  take(text.length)
  const redacted = plain.length < SHORTEST ? plain : redact(plain)
  if (redacted === plain) return text
  const { start, end, put } = difference(plain, redacted)
  return text.slice(0, origin[start] ?? text.length) + put + text.slice(origin[end] ?? text.length)
}

const seenInside = (word: string, encoding: 'base64' | 'hex', redact: Redact): string => {
  const sample = Buffer.from(word.slice(0, encoding === 'hex' ? SAMPLE * 2 : (SAMPLE * 4) / 3), encoding).toString('latin1')
  if (!TEXT.test(sample)) return word
  const plain = Buffer.from(word, encoding).toString('utf8')
  const redacted = redact(plain)
  return redacted === plain ? word : (/\[redacted:[\w-]+\]/.exec(redacted)?.[0] ?? '[redacted:personal]')
}

const TEXT = /^[\t\n\r\x20-\x7e]+$/

const PLACEHOLDER = /\[redacted:[\w-]{1,40}\]|<[a-z]{2,12}-[0-9a-f]{1,64}>/g

/** What stands differently in both, in whole placeholders: one goes in its own place, of several the first is put for all between them. */
const difference = (plain: string, redacted: string): { start: number; end: number; put: string } => {
  const shorter = Math.min(plain.length, redacted.length)
  let start = 0
  while (start < shorter && plain[start] === redacted[start]) start += 1
  let tail = 0
  while (tail < shorter - start && plain[plain.length - 1 - tail] === redacted[redacted.length - 1 - tail]) tail += 1
  for (const { index, 0: whole } of redacted.matchAll(PLACEHOLDER)) {
    if (index < start && index + whole.length > start) start = index
    const behind = redacted.length - tail
    if (index < behind && index + whole.length > behind) tail = redacted.length - index - whole.length
  }
  const changed = redacted.slice(start, redacted.length - tail)
  return { start, end: plain.length - tail, put: changed.match(PLACEHOLDER)?.[0] ?? '[redacted:encoded]' }
}
