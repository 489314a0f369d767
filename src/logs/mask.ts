/** Stands in a template for what differs from line to line. */
export const WILDCARD = '<*>'

/** What of a line decides its template: a stack trace's or a document's first 4,000 characters say which it is. */
const LONGEST = 4000

/**
 * The line with its values masked: numbers, hexadecimal, ids, addresses, paths. Words are set apart by one space; lists of values become one.
 *
 * A value is a piece between white space and `=:,;()[]{}"'|<>` that holds a digit, or a slash, backslash or @ with more beside it. A name with one digit inside
 * ("log4j", "jk2_init") stays. One pass over the characters, by hand: regular expressions took four times as long.
 */
export const mask = (line: string): string => {
  const length = Math.min(line.length, LONGEST)
  let masked = ''
  // `copied` is how far the line stands in `masked`; runs of plain text are copied as one.
  let copied = 0
  let start = 0
  let marks = 0
  let digits = 0
  let afterValue = false
  for (let at = 0; at <= length; at += 1) {
    const kind = at === length ? SPACE : (KINDS[line.charCodeAt(at)] ?? LETTER)
    if (kind === LETTER) continue
    if (kind === DIGIT) {
      digits += 1
      continue
    }
    if (kind === MARK) {
      marks += 1
      continue
    }
    const isValue = at - start > 1 ? marks > 0 || (digits > 0 && !(digits === 1 && isName(line, start, at))) : digits > 0
    if (isValue) {
      // `1,2,3` and `10.0.0.1:80` are one value.
      if (!(afterValue && start - copied <= 1 && isJoint(line.charCodeAt(copied)))) masked += line.slice(copied, start) + WILDCARD
      copied = at
    }
    if (at > start) afterValue = isValue
    start = at + 1
    marks = 0
    digits = 0
    if (kind === SPACE) afterValue = false
  }
  return masked + line.slice(copied, length)
}

const LETTER = 0
const DIGIT = 1
const MARK = 2
const EDGE = 3
const SPACE = 4

const KINDS: Uint8Array = (() => {
  const kinds = new Uint8Array(128).fill(LETTER)
  const put = (characters: string, kind: number): void => {
    for (const character of characters) kinds[character.charCodeAt(0)] = kind
  }
  put('0123456789', DIGIT)
  put('/\\@', MARK)
  put('=:,;()[]{}"\'|<>', EDGE)
  put(' \t\r\n', SPACE)
  return kinds
})()

const isJoint = (code: number): boolean => code === 58 || code === 44

const isLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122

/** One digit between letters, as in "log4j". */
const isName = (line: string, start: number, end: number): boolean => {
  for (let at = start + 1; at < end - 1; at += 1) {
    if (KINDS[line.charCodeAt(at)] === DIGIT)
      return isLetter(line.charCodeAt(at - 1)) && (isLetter(line.charCodeAt(at + 1)) || line[at + 1] === '_')
  }
  return false
}
