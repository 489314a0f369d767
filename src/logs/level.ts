import type { LogLine } from './line.ts'

export type Level = 'error' | 'warning' | 'other'

/**
 * How bad a line says that it is. What a program wrote down as its level counts before any word of the text: "INFO retry after error" is no
 * error. Without one the words decide, unless they count nothing ("errors=0", "no error").
 */
export const levelOf = ({ line, labels }: LogLine): Level => {
  const labelled = labels['level'] ?? labels['severity'] ?? labels['detected_level']
  const stated = (labelled === undefined ? undefined : wordLevel(labelled)) ?? fieldLevel(line) ?? leadingLevel(line)
  return stated ?? (saysError(line) ? 'error' : 'other')
}

/** Beyond this nobody writes a level. */
const HEAD = 160

// Enough for any message; the rest of a dump costs time and says no more.
const TEXT = 2000

const LEVELS: Readonly<Record<string, Level>> = (() => {
  const levels: Record<string, Level> = {}
  const put = (names: string, level: Level): void => {
    for (const name of names.split(' ')) levels[name] = level
  }
  put('error err eror fatal panic critical crit severe emerg emergency alert dpanic', 'error')
  put('warning warn wrn', 'warning')
  put('info inf information informational notice debug dbg trace trc verbose fine finer finest log', 'other')
  return levels
})()

const wordLevel = (word: string): Level | undefined => LEVELS[word.toLowerCase()]

/** `"level":"error"`, `level=error`, and the numbers of pino and bunyan: 40 is a warning, 50 an error. */
const FIELD = /["']?\b(?:level|severity|lvl|levelname|log\.level|loglevel)["']?\s*[=:]\s*["']?([A-Za-z]+|\d{2})\b/i

const fieldLevel = (line: string): Level | undefined => {
  const value = FIELD.exec(line.slice(0, TEXT))?.[1]
  if (value === undefined) return undefined
  if (!/^\d/.test(value)) return wordLevel(value)
  return Number(value) >= 50 ? 'error' : Number(value) >= 40 ? 'warning' : 'other'
}

/** Capital letters as most loggers write them, `[error]` as servers do, `E0102 15:04:05` as klog does. */
const LEADING = /(?<![\w/.-])(ERROR|FATAL|PANIC|CRITICAL|SEVERE|EMERG|WARN(?:ING)?|INFO|NOTICE|DEBUG|TRACE)(?![\w=])|\[:?(\w{3,9})\]/
const KLOG = /^([EFWI])\d{4} \d\d:\d\d:\d\d/

const leadingLevel = (line: string): Level | undefined => {
  const head = line.slice(0, HEAD)
  const klog = KLOG.exec(head)?.[1]
  if (klog !== undefined) return klog === 'W' ? 'warning' : klog === 'I' ? 'other' : 'error'
  const [, capital, bracketed] = LEADING.exec(head) ?? []
  return wordLevel(capital ?? bracketed ?? '')
}

const WORDS =
  /(?:error|exception|fatal|panic|critical|failed|failure|timed? ?-?out|refused|unavailable|unreachable|denied|traceback|segfault|out of memory|no space left|no such host|deadlock|too many (?:connections|open files)|certificate has expired)s?\b(?!["']\s*:\s*(?:0\b|null|false|""|\[\])|["']?\s*=\s*["']?(?:0\b|null|none|nil|false|"|')|:\s*0\b)/gi

/** "0 errors", "no error", "without failure". */
const DENIED = /(?:\b0|\bno|\bnot|\bwithout|\bzero)\s$/i

const saysError = (line: string): boolean => {
  const text = line.slice(0, TEXT)
  for (const found of text.matchAll(WORDS)) if (!DENIED.test(text.slice(Math.max(0, found.index - 9), found.index))) return true
  return false
}
